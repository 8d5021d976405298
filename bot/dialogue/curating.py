"""Curated answers in a talk: given before anything else is tried, and taken from who knows."""

from dataclasses import replace
from datetime import UTC, datetime, tzinfo

from bot.dialogue.means import Means
from bot.dialogue.outcome import Outcome
from bot.domain.conversation import PersonId, Space, person_space, room_space
from bot.domain.curated import CuratedAnswer, CuratedMatch
from bot.domain.documents import Vector
from bot.domain.events import Event
from bot.domain.language import Language
from bot.domain.messages import Button, Citation, Reply, RungTry
from bot.domain.state import DialogueState, Unanswered
from bot.generation.phrases import phrase
from bot.nlu.language import language_of
from bot.nlu.mood import asks_about, asks_for
from bot.nlu.understanding import KNOWLEDGE

LONGEST_ANSWER = 3_000
"""Characters: what people read in a chat."""

_FEWEST_WORDS = 3
"""Of an answer that is offered to be kept; "thanks" and "see above" are none."""


def given(question: str, vector: Vector, means: Means) -> Outcome | None:
    """Return the curated answer, if every reader of the reply may read one to this question. vector: may be empty.

    Raises EncoderUnavailable, DatabaseUnavailable.
    """
    if means.curated is None or "curated" not in means.understander.skill(KNOWLEDGE).ladder:
        return None
    found = means.curated.match(question, vector, means.spaces)
    return _outcome(found, means) if found else None


def given_by_words(question: str, means: Means) -> Outcome | None:
    """Return the curated answer to the very same words, for when no encoder answers. Raises DatabaseUnavailable."""
    if means.curated is None or "curated" not in means.understander.skill(KNOWLEDGE).ladder:
        return None
    found = means.curated.literal(question, means.spaces)
    return _outcome(found, means) if found else None


def expert_reply(text: str, state: DialogueState, person: PersonId) -> bool:
    """Tell whether a message may be what somebody who knows says to a question that Maru could not answer."""
    open_question = state.unanswered
    if open_question is None or open_question.asked_by == person or len(text.split()) < _FEWEST_WORDS:
        return False
    if text.rstrip().endswith(("?", "？")) or asks_about(text):
        return False
    return asks_for(text) is (language_of(text) == "en")  # in English whatever is no question; in Korean no request


def offered(text: str, state: DialogueState, person: PersonId) -> Outcome:
    """Ask who knows whether to say the same next time, and remember what they said."""
    assert state.unanswered is not None, "there is a question that the reply answers"
    language = language_of(text)
    told = replace(state.unanswered, reply=text[:LONGEST_ANSWER], replied_by=person)
    words = phrase("curate_offer", language, question=told.question)
    button = Button(phrase("curate_button", language), phrase("curate_button_says", language))
    return Outcome(Reply(words, buttons=(button,)), (), (), unanswered=told)


def taken(answer: str, state: DialogueState, event: Event, *, means: Means) -> Outcome:
    """Curate what somebody who knows said in the thread; an administrator may, and who answered in Maru's stead.

    answer: what stands in the request itself; empty = what they said before.
    """
    language, known = language_of(event.text), state.unanswered
    administrator = event.person in means.administrators
    if means.curated is None or not (administrator or (known and known.asked_by != event.person)):
        return _said(phrase("curate_not_yours", language))
    question = known.question if known else state.topic
    if question is None:
        return _said(phrase("curate_no_question", language))
    words = answer or _before(known, event.person, administrator=administrator)
    if not words:
        return _said(phrase("curate_what", language, say=phrase("curate_button_says", language)))
    space = _home(event, means)
    if space is None:
        return _said(phrase("curate_no_space", language))
    expires = means.curated.lasting()
    owner = known.replied_by if known and known.replied_by and not answer else event.person
    kept = CuratedAnswer(question, words[:LONGEST_ANSWER], language_of(question), space, owner, expires)
    number = means.curated.curate(kept)
    until = day(expires, language, means.zone)
    said = phrase("curated", language, number=number, question=question, until=until)
    return replace(_said(said), settles=True)


def day(seconds: float, language: Language, zone: tzinfo = UTC) -> str:
    """Return a day as people write it: `24 Nov 2026`, `2026년 11월 24일`."""
    at = datetime.fromtimestamp(seconds, zone)
    return f"{at.year}년 {at.month}월 {at.day}일" if language == "ko" else f"{at.day} {at:%b} {at.year}"


def _outcome(found: CuratedMatch, means: Means) -> Outcome:
    answer = found.answer
    language = answer.language
    who = phrase("curated_by", language, owner=answer.owner, day=day(found.created, language, means.zone))
    citation = Citation(1, answer.question, who, None)
    why = f"curated answer {found.id}: “{found.wording}”"
    # On a line of its own behind several: a mark behind a fence of code would leave it open.
    text = f"{answer.answer}\n\n[1]" if "\n" in answer.answer else f"{answer.answer} [1]"
    tries = (RungTry("curated", True, why),)
    return Outcome(Reply(text, (citation,)), tries, (who,), curated=(found.id,), spaces=(answer.space,))


def _before(known: Unanswered | None, person: PersonId, *, administrator: bool) -> str | None:
    """Return what was said in the thread, if this person may vouch for it: it is their own, or they administrate."""
    if known is None or known.reply is None:
        return None
    return known.reply if administrator or known.replied_by == person else None


def _home(event: Event, means: Means) -> Space | None:
    """Return where the talk's own answers lie: its room, a person's own space in a direct message; None if unknown.

    What was said in a private channel is no answer elsewhere.
    """
    home = person_space(event.person) if event.address.direct else room_space(event.address)
    return home if home in means.spaces else None


def _said(text: str) -> Outcome:
    return Outcome(Reply(text), (), ())
