"""What people think of an answer, and who hears of it."""

from dataclasses import replace

import pytest

from bot.domain.conversation import PersonId, Space
from bot.domain.events import pressed
from bot.domain.messages import Button, Reply
from tests.scenario.house import ADMIN, FRIEND, MEMBER, STRANGER, House

QUESTION = "how many days of leave do I get?"
LEAVE = "# Leave\n\nEverybody gets 25 days of leave a year.\n"
OWNER = PersonId("slack:T1/OWNER")
OTHER = PersonId("slack:T1/OTHER")
DAY = 86_400.0


def house(owner: PersonId | None = OWNER, *, space: Space | None = None) -> House:
    maru = House(documents=False)
    if space is not None:
        maru.learn("leave.md", LEAVE, owner=owner, space=space)
    else:
        maru.learn("leave.md", LEAVE, owner=owner)
    return maru


def press(maru: House, button: Button, *, person: PersonId = MEMBER) -> Reply:
    place = maru.message("", person=person)
    return maru.take(
        pressed(
            button.says,
            event_id=place.event_id,
            message_key=place.message_key,
            conversation=place.conversation,
            person=person,
            address=place.address,
        )
    )


def thumbs(maru: House) -> tuple[Button, Button]:
    found = {one.label: one for one in maru.hear(QUESTION).buttons}
    return found["👍"], found["👎"]


def test_a_press_is_answered_once_and_down_asks_what_is_wrong() -> None:
    maru = house()
    up, down = thumbs(maru)
    assert press(maru, up).text == "Thank you, noted: useful."
    reply = press(maru, down)
    assert [one.label for one in reply.buttons] == ["Wrong source", "Out of date"]
    assert press(maru, reply.buttons[1]).text.startswith("Noted: out of date.")
    assert "- **Opinions**: 1 out of date" in maru.order("why"), "the last one of a person counts"


def test_in_korean() -> None:
    maru = House()
    down = next(one for one in maru.hear("배포를 롤백하려면?").buttons if one.label == "👎")
    reply = press(maru, down)
    assert [one.label for one in reply.buttons] == ["엉뚱한 출처", "오래된 내용"]


def test_in_a_shared_thread_each_person_counts() -> None:
    maru = house()
    up, down = thumbs(maru)
    for person, button in ((MEMBER, down), (OTHER, down), (ADMIN, up)):
        press(maru, button, person=person)
    told = maru.order("why")
    assert "2 not useful" in told
    assert "1 useful" in told
    assert "2 not useful" in maru.order("kb feedback")


def test_small_talk_and_what_was_not_found_ask_for_no_opinion() -> None:
    maru = house()
    for text in ("thanks!", "what is the wifi password of the guest network?"):
        assert not {"👍", "👎"} & {one.label for one in maru.hear(text).buttons}


@pytest.mark.parametrize("line", ["feedback useful 999", "feedback", "feedback great 1", "feedback useful"])
def test_what_is_no_answer_is_not_judged(line: str) -> None:
    maru = house()
    thumbs(maru)
    maru.order(line)
    assert maru.order("kb feedback").startswith("Nobody")
    assert "Opinions" not in maru.order("why")


def test_who_could_not_read_the_answer_judges_nothing() -> None:
    maru = house()
    _, down = thumbs(maru)
    assert "somebody else" in press(maru, down, person=FRIEND).text
    assert maru.order("kb feedback").startswith("Nobody")
    press(maru, down, person=STRANGER)
    assert maru.order("kb feedback").startswith("Nobody")


def test_the_owner_is_told_at_once_and_then_once_a_day_of_the_rest_together() -> None:
    maru = house()
    _, down = thumbs(maru)
    press(maru, down)
    (posted,) = maru.tell_owners()
    assert (posted.address.channel, posted.address.direct) == ("OWNER", True)
    assert posted.reply.text.startswith("Answers from your document “Leave”")
    assert QUESTION in posted.reply.text
    assert "1 not useful" in posted.reply.text
    for person in (OTHER, ADMIN):
        maru.clock.advance(60)
        press(maru, down, person=person)
        assert maru.tell_owners() == []
    maru.clock.advance(DAY)
    (posted,) = maru.tell_owners()
    assert "2 not useful" in posted.reply.text
    maru.clock.advance(DAY * 3)
    assert maru.tell_owners() == []


def test_without_an_owner_the_administrators_are_told() -> None:
    maru = house(owner=None)
    press(maru, thumbs(maru)[1])
    assert {one.address.channel for one in maru.tell_owners()} == {"ADMIN", "1"}


def test_of_a_document_that_not_everybody_may_read_only_its_owner_hears() -> None:
    room = Space("channel:slack:T1/C1")
    maru = house(owner=None, space=room)
    press(maru, thumbs(maru)[1])
    assert maru.tell_owners() == []
    assert "Leave" in maru.order("kb feedback")
    asked = maru.command("kb feedback")
    elsewhere = replace(asked.address, channel="C2", direct=False)
    assert "Leave" not in maru.take(replace(asked, address=elsewhere)).text


def test_useful_is_nobodys_message() -> None:
    maru = house()
    press(maru, thumbs(maru)[0])
    assert maru.tell_owners() == []
