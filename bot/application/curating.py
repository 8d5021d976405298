"""`/maru curate …`, `/maru curated …`: answers that people vouch for, given without a model."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo

from bot.application.administration import Command, Undone
from bot.application.curating_words import say
from bot.dialogue.curating import LONGEST_ANSWER, day
from bot.dialogue.manager import COMMAND_PREFIX
from bot.domain.conversation import WORKSPACE, Platform, Standing
from bot.domain.curated import CuratedAnswer, CuratedEntry, CuratedId
from bot.domain.events import Event
from bot.domain.language import Language
from bot.nlu.language import language_of
from bot.ports.audiences import Audiences
from bot.ports.audit import AuditLog
from bot.ports.clock import Clock
from bot.ports.directory import Directory
from bot.retrieval.curated import CuratedDesk

LONGEST_QUESTION = 300
LONGEST_LIFE_DAYS = 3_650
LISTED = 50

_PAIR = re.compile(r"\s*(?P<question>.+?)\s*(?:=>|⇒|→|=&gt;)\s*(?P<answer>.+?)\s*", re.DOTALL)
_NUMBERED = re.compile(r"\s*(\d{1,18})\s*(.*?)\s*", re.DOTALL)
_DAYS = re.compile(r"(\d{1,4})\s*(?:d|days?|일)?", re.IGNORECASE)
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")


class CurationCommands:
    """The commands and what they use. An answer is changed by its owner and by administrators, where it may be read."""

    def __init__(
        self,
        *,
        desk: CuratedDesk,
        directory: Directory,
        audit: AuditLog,
        clock: Clock,
        audiences: Audiences,
        zone: tzinfo = UTC,
    ) -> None:
        self._desk, self._directory, self._audit = desk, directory, audit
        self._clock, self._audiences, self._zone = clock, audiences, zone

    def commands(self) -> Mapping[str, Command]:
        """Return the rows of the table of commands."""
        return {
            "curate": Command(self._curate, administrators_only=True),
            "curated": Command(self._usage),
            "curated list": Command(self._list),
            "curated show": Command(self._show),
            "curated also": Command(self._also),
            "curated expire": Command(self._expire),
            "curated remove": Command(self._remove),
        }

    def _usage(self, _rest: str, event: Event, language: Language) -> str:
        return say("usage", language, c=COMMAND_PREFIX[event.address.platform])

    def _curate(self, rest: str, event: Event, language: Language) -> str:
        found = _PAIR.fullmatch(rest)
        if found is None:
            return self._usage(rest, event, language)
        question, answer = found["question"], found["answer"]
        if len(question) > LONGEST_QUESTION or len(answer) > LONGEST_ANSWER:
            return say("too_long", language, question=LONGEST_QUESTION, answer=LONGEST_ANSWER)
        expires = self._desk.lasting()
        kept = CuratedAnswer(question, answer, language_of(question), WORKSPACE, event.person, expires)
        number = self._desk.curate(kept)
        until = day(expires, language, self._zone)
        c = COMMAND_PREFIX[event.address.platform]
        return say("curated", language, number=number, question=question, until=until, c=c)

    def _list(self, _rest: str, event: Event, language: Language) -> str:
        entries = [
            one for one in self._readable(event) if self._live(one) or self._may_change(one, event)
        ]  # what is expired concerns those alone who can renew or remove it
        if not entries:
            return say("none", language, c=COMMAND_PREFIX[event.address.platform])
        lines = [self._line(one, language) for one in entries[-LISTED:]]
        expired = sum(not self._live(one) for one in entries)
        told = [say("expired_count", language, count=expired)] if expired else []
        return "\n".join([say("list", language, count=len(entries)), *lines, *told])

    def _line(self, one: CuratedEntry, language: Language) -> str:
        name = "line" if self._live(one) else "line_expired"
        until = day(one.answer.expires, language, self._zone)
        return say(name, language, number=one.id, question=one.answer.question, hits=one.hits, until=until)

    def _show(self, rest: str, event: Event, language: Language) -> str:
        one = self._meant(rest, event)
        if one is None or not (self._live(one) or self._may_change(one, event)):
            return self._missing(rest, language)
        last = say("never", language) if one.last_hit is None else day(one.last_hit, language, self._zone)
        return say(
            "shown",
            language,
            number=one.id,
            wordings="; ".join(one.wordings),
            answer=one.answer.answer,
            space=one.answer.space,
            owner=one.answer.owner,
            created=day(one.created, language, self._zone),
            until=day(one.answer.expires, language, self._zone),
            hits=one.hits,
            last=last,
        )

    def _also(self, rest: str, event: Event, language: Language) -> str:
        one, words = self._changeable(rest, event, language)
        if isinstance(one, str):
            return one
        if not words or len(words) > LONGEST_QUESTION:
            return self._usage(rest, event, language)
        if not self._desk.reword(one.id, words):
            return Undone(say("taken", language, words=words))
        return say("reworded", language, number=one.id, words=words)

    def _expire(self, rest: str, event: Event, language: Language) -> str:
        one, words = self._changeable(rest, event, language)
        if isinstance(one, str):
            return one
        at = self._moment(words)
        if at is None or at > self._clock.now() + LONGEST_LIFE_DAYS * 86_400:
            return self._usage(rest, event, language)
        self._desk.store.expire(one.id, at)
        return say("expires", language, number=one.id, until=day(at, language, self._zone))

    def _remove(self, rest: str, event: Event, language: Language) -> str:
        one, _ = self._changeable(rest, event, language)
        if isinstance(one, str):
            return one
        self._desk.store.remove(one.id)
        return say("removed", language, number=one.id, question=one.answer.question)

    def _changeable(self, rest: str, event: Event, language: Language) -> tuple[CuratedEntry | str, str]:
        """Return the answer that is meant and the words behind its number, or what to say instead of changing it."""
        one = self._meant(rest, event)
        if one is None:
            return self._missing(rest, language), ""
        allowed = self._may_change(one, event)
        self._audit.record(person=event.person, action="curated", allowed=allowed, detail=event.text[:500])
        found = _NUMBERED.fullmatch(rest)
        return (one, found[2] if found else "") if allowed else (say("not_yours", language), "")

    def _meant(self, rest: str, event: Event) -> CuratedEntry | None:
        found = _NUMBERED.fullmatch(rest)
        one = self._desk.store.entry(CuratedId(int(found[1]))) if found else None
        shell = event.address.platform is Platform.CONSOLE
        return (
            one
            if one and (shell or one.answer.space in self._audiences.of(event.person, event.address).spaces)
            else None
        )

    def _readable(self, event: Event) -> Sequence[CuratedEntry]:
        shell = event.address.platform is Platform.CONSOLE
        return self._desk.store.entries(None if shell else self._audiences.of(event.person, event.address).spaces)

    def _may_change(self, one: CuratedEntry, event: Event) -> bool:
        if one.answer.owner == event.person:
            return True
        return self._directory.standing(event.person, event.address) is Standing.ADMINISTRATOR

    def _live(self, one: CuratedEntry) -> bool:
        return one.answer.expires > self._clock.now()

    def _missing(self, rest: str, language: Language) -> str:
        return Undone(say("no_answer", language, number=rest.split()[0] if rest.split() else "?"))

    def _moment(self, words: str) -> float | None:
        """Return when "30 days", "2027-01-31" or "now" is, in seconds since the epoch."""
        now = self._clock.now()
        if words.casefold() in ("now", "지금"):
            return now
        if found := _DAYS.fullmatch(words):
            return now + int(found[1]) * 86_400
        if found := _DATE.fullmatch(words):
            try:
                return datetime(int(found[1]), int(found[2]), int(found[3]), tzinfo=self._zone).timestamp()
            except ValueError:
                return None
        return None
