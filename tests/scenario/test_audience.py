"""Who reads along decides what Maru may say: at every surface."""

import pytest

from bot.domain.conversation import Address, ConversationId, PersonId, Platform, Space
from bot.domain.errors import PlatformRateLimited, PlatformUnauthorised, PlatformUnavailable, PostRejected
from bot.domain.events import CommandReceived, MessageReceived
from bot.generation.phrases import phrase
from tests.scenario.house import ADMIN, FRIEND, MEMBER, House

QUESTION = "How high is the takeover budget?"
SECRET = "# Takeover\n\n## Budget\n\nThe takeover budget is 12 million euros.\n"
C1, C9 = Space("channel:slack:T1/C1"), Space("channel:slack:T1/C9")
OWN = Space("person:slack:T1/MEMBER")
GROUP = Space("group:telegram:-100")


def house(space: Space) -> House:
    maru = House()
    maru.learn("takeover.md", SECRET, space=space)
    return maru


def asked(maru: House, address: Address, *, person: PersonId = MEMBER, text: str = QUESTION) -> str:
    """Ask at an address and return what was posted there."""
    return maru.take(event(maru, address, person=person, text=text)).text


def event(maru: House, address: Address, *, person: PersonId, text: str) -> MessageReceived:
    new = maru.message(text, person=person)
    place = f"{address.platform}:{address.channel}/{address.thread or ''}"
    return MessageReceived(new.event_id, new.message_key, ConversationId(place), person, address, text)


def channel(name: str) -> Address:
    return Address(Platform.SLACK, channel=name, thread="1", reply_to="1", team="T1")


DIRECT = Address(Platform.SLACK, channel="D1", reply_to="1", team="T1", direct=True)
TELEGRAM_GROUP = Address(Platform.TELEGRAM, channel="-100", reply_to="1")


class TestInAChannel:
    def test_its_own_documents_and_the_workspaces(self) -> None:
        maru = house(C1)
        assert "12 million" in asked(maru, channel("C1"))
        assert "shipit rollback" in asked(maru, channel("C1"), text="how do I roll back a deploy?")

    @pytest.mark.parametrize("space", [C9, OWN, Space("person:slack:T1/ADMIN"), GROUP])
    def test_no_word_of_what_somebody_there_may_not_read(self, space: Space) -> None:
        maru = house(space)
        maru.rooms.people = {"C1": {"MEMBER", "OTHER"}, "C9": {"MEMBER"}}
        assert "million" not in asked(maru, channel("C1"))
        assert "Takeover" not in asked(maru, channel("C1"))

    def test_another_channels_documents_where_all_are_in_it(self) -> None:
        maru = house(C9)
        maru.rooms.people = {"C1": {"MEMBER", "OTHER"}, "C9": {"MEMBER", "OTHER", "THIRD"}}
        assert "12 million" in asked(maru, channel("C1"))

    def test_a_guest_who_reads_along_takes_the_workspaces_documents_away_and_maru_says_so(self) -> None:
        maru = House()
        maru.rooms.people = {"C1": {"MEMBER", "GUEST"}}
        said = asked(maru, channel("C1"), text="how do I roll back a deploy?")
        assert "shipit" not in said
        assert said.endswith(phrase("narrowed_together", "en"))
        korean = asked(maru, channel("C1"), text="배포를 롤백하려면?")
        assert "shipit" not in korean
        assert korean.endswith(phrase("narrowed_together", "ko"))

    def test_what_is_said_is_the_same_whether_there_was_something_to_find(self) -> None:
        maru, empty = House(), House(documents=False)
        for one in (maru, empty):
            one.rooms.people = {"C1": {"MEMBER", "GUEST"}}
        assert asked(maru, channel("C1")) == asked(empty, channel("C1"))

    @pytest.mark.parametrize("failure", [PlatformUnauthorised("no right"), PostRejected("no such channel")], ids=repr)
    def test_where_slack_does_not_say_only_the_channels_own(self, failure: Exception) -> None:
        maru = house(C1)
        maru.rooms.failure = failure
        assert "12 million" in asked(maru, channel("C1"))
        assert "shipit" not in asked(maru, channel("C1"), text="how do I roll back a deploy?")

    @pytest.mark.parametrize(
        "failure", [PlatformRateLimited("slow down", retry_after=7.0), PlatformUnavailable("away")], ids=repr
    )
    def test_a_slack_that_is_away_or_asks_for_a_pause_is_asked_again(self, failure: Exception) -> None:
        maru = House()
        maru.rooms.failure = failure
        maru.keep(event(maru, channel("C1"), person=MEMBER, text="how do I roll back a deploy?"))
        assert maru.run(patience=5) == []
        maru.rooms.failure = None
        (posted,) = maru.run(patience=8)
        assert "shipit rollback" in posted.reply.text


class TestAlone:
    @pytest.mark.parametrize("space", [OWN, C9])
    def test_ones_own_documents_and_those_of_ones_channels(self, space: Space) -> None:
        maru = house(space)
        maru.rooms.people = {"C9": {"MEMBER"}}
        assert "12 million" in asked(maru, DIRECT)
        assert "shipit rollback" in asked(maru, DIRECT, text="how do I roll back a deploy?")

    @pytest.mark.parametrize("space", [C9, Space("person:slack:T1/ADMIN"), GROUP])
    def test_nobody_elses(self, space: Space) -> None:
        maru = house(space)
        maru.rooms.people = {"C9": {"OTHER"}}
        assert "million" not in asked(maru, DIRECT)

    def test_who_left_a_channel_reads_it_no_more(self) -> None:
        maru = house(C9)
        maru.rooms.people = {"C9": {"MEMBER"}}
        assert "12 million" in asked(maru, DIRECT)
        maru.rooms.people = {"C9": set()}
        assert "million" not in asked(maru, DIRECT)

    def test_an_admitted_guest_reads_no_document_of_the_workspace(self) -> None:
        maru = house(C9)
        guest = PersonId("slack:T1/GUEST")
        maru.admissions.admit(guest, by=ADMIN)
        maru.rooms.people = {"C9": {"GUEST"}}
        assert "12 million" in asked(maru, DIRECT, person=guest)
        said = asked(maru, DIRECT, person=guest, text="how do I roll back a deploy?")
        assert "shipit" not in said
        assert said.endswith(phrase("narrowed_alone", "en"))


class TestTelegramGroups:
    def test_one_that_was_let_in_reads_the_workspaces_documents_and_its_own(self) -> None:
        maru = house(GROUP)
        maru.admissions.admit(PersonId("telegram:-100"), by=ADMIN)
        assert "12 million" in asked(maru, TELEGRAM_GROUP, person=FRIEND)
        assert "shipit rollback" in asked(maru, TELEGRAM_GROUP, person=FRIEND, text="how do I roll back a deploy?")

    def test_where_only_the_asker_was_let_in_the_groups_own_alone(self) -> None:
        maru = house(GROUP)
        assert "12 million" in asked(maru, TELEGRAM_GROUP, person=FRIEND)
        assert "shipit" not in asked(maru, TELEGRAM_GROUP, person=FRIEND, text="how do I roll back a deploy?")

    def test_no_other_groups(self) -> None:
        maru = house(Space("group:telegram:-200"))
        maru.admissions.admit(PersonId("telegram:-100"), by=ADMIN)
        assert "million" not in asked(maru, TELEGRAM_GROUP, person=FRIEND)


class TestCommands:
    """A slash command's answer is read by one person; in a Telegram group by all."""

    def order(self, maru: House, line: str, address: Address, *, person: PersonId) -> str:
        new = maru.command(line, person=person)
        return maru.take(
            CommandReceived(new.event_id, new.message_key, ConversationId("c"), person, address, line)
        ).text

    def test_a_list_names_and_counts_only_what_may_be_read(self) -> None:
        maru = house(C9)
        maru.rooms.people = {"C9": {"MEMBER"}}
        assert "**3 documents**" in self.order(maru, "kb list", DIRECT, person=MEMBER)
        listed = self.order(maru, "kb list", DIRECT, person=ADMIN)
        assert "**2 documents**" in listed
        assert "Takeover" not in listed

    def test_status_counts_only_what_may_be_read(self) -> None:
        maru = house(C9)
        maru.rooms.people = {"C9": {"MEMBER"}}
        assert "**Documents**: 3" in self.order(maru, "status", DIRECT, person=MEMBER)
        assert "**Documents**: 2" in self.order(maru, "status", DIRECT, person=ADMIN)

    def test_what_one_may_not_read_one_cannot_remove(self) -> None:
        maru = house(C9)
        (number,) = [one.id for one in maru.library.documents([C9])]
        assert "no document" in self.order(maru, f"kb remove {number}", DIRECT, person=ADMIN)
        assert maru.library.how_many([C9]) == 1

    def test_an_answers_sources_are_named_only_to_who_may_read_them_now(self) -> None:
        maru = house(C9)
        maru.rooms.people = {"C9": {"MEMBER"}}
        asked(maru, DIRECT)
        number = maru.database.turns[-1].claim.inbox
        assert "takeover.md" in self.order(maru, f"why {number}", DIRECT, person=MEMBER)
        maru.rooms.people = {"C9": set()}
        kept_back = self.order(maru, f"why {number}", DIRECT, person=MEMBER)
        assert "akeover" not in kept_back
        assert "not named here" in kept_back

    def test_a_skills_trial_reads_what_its_reader_may(self) -> None:
        maru = house(C9)
        line = f"skill try answer-from-knowledge {QUESTION}"
        assert "million" not in self.order(maru, line, DIRECT, person=ADMIN)
        maru.rooms.people = {"C9": {"ADMIN"}}
        assert "12 million" in self.order(maru, line, DIRECT, person=ADMIN)


class TestElsewhere:
    def test_a_shell_reads_all_but_what_people_keep_for_themselves(self) -> None:
        shell = Address(Platform.CONSOLE, direct=True)
        owner = PersonId("console:local")
        assert "12 million" in asked(house(C9), shell, person=owner)
        assert "million" not in asked(house(OWN), shell, person=owner)

    def test_a_key_of_the_api_reads_the_workspaces(self) -> None:
        api, key = Address(Platform.API), PersonId("api:abc")
        maru = house(C9)
        assert "shipit rollback" in asked(maru, api, person=key, text="how do I roll back a deploy?")
        assert "million" not in asked(maru, api, person=key)

    def test_a_follow_up_in_a_channel_does_not_lean_on_what_was_found_alone(self) -> None:
        maru = house(OWN)
        assert "12 million" in asked(maru, DIRECT)
        assert "million" not in asked(maru, channel("C1"), text="And how high is it in detail?")
