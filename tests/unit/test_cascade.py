"""The climb: cheapest first, until a verifier accepts; each rung that was tried or left out is in the receipt."""

from collections.abc import Sequence
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import Cancelled, EncoderUnavailable, ModelDown, ModelRejected, ModelUnavailable
from bot.domain.models import ChatDelta, ChatMessage, ChatRequest
from bot.ensemble.cascade import Climbed, Rung, climb
from bot.ensemble.effort import Effort
from bot.ensemble.metering import ask
from bot.ensemble.verifiers.verdict import Draft, Judged, Verdict, verified
from integrations.memory.clock import FrozenClock
from tests.unit.talking import ENDS, TalkingModel, Turn, effort, entry, talking

REQUEST = ChatRequest((ChatMessage("user", "Say yes."),))
CUT = ModelUnavailable("it was cut")
SMALL, LARGE = entry("small"), entry("large", size="large")


def says_yes(draft: Draft) -> Verdict:
    return Verdict(draft.text == "yes", f"it says {draft.text}")


def attempt(model: TalkingModel, turn: Effort) -> Judged[str]:
    text = "".join(delta.text for delta in ask(model, REQUEST, effort=turn, purpose="answer"))
    return verified(Draft(text), [says_yes])


def climbed(*models: TalkingModel, turn: Effort | None = None) -> Climbed[str]:
    turn = turn or effort()
    return climb([Rung(model, partial(attempt, model, turn)) for model in models], effort=turn)


def tries(result: Climbed[str]) -> list[tuple[str | None, bool, str]]:
    return [(one.model, one.accepted, one.why) for one in result.tries]


class TestClimbing:
    def test_what_the_first_rung_gets_right_costs_no_second(self) -> None:
        large = talking("yes", model=LARGE)
        result = climbed(talking("yes", model=SMALL), large)
        assert (result.value, tries(result)) == ("yes", [("small", True, "it says yes")])
        assert large.requests == []

    def test_a_refused_draft_is_never_shown_and_the_next_rung_is_tried(self) -> None:
        result = climbed(talking("no", model=SMALL), talking("yes", model=LARGE))
        assert result.value == "yes"
        assert tries(result) == [("small", False, "it says no"), ("large", True, "it says yes")]

    def test_nothing_passes(self) -> None:
        result = climbed(talking("no", model=SMALL), talking("never", model=LARGE))
        assert (result.value, result.capped, len(result.tries)) == (None, False, 2)

    def test_no_rung_at_all(self) -> None:
        assert climbed() == Climbed(None, ())

    @pytest.mark.parametrize("failure", [CUT, ModelRejected("too long")])
    def test_a_model_that_fails_is_passed_and_says_nothing_of_its_drafts(self, failure: Exception) -> None:
        result = climbed(talking([failure], model=SMALL), talking("yes", model=LARGE))
        assert tries(result) == [("small", False, str(failure)), ("large", True, "it says yes")]
        assert [one.judged for one in result.tries] == [False, True]

    def test_a_model_that_was_not_even_asked_takes_nobodys_only_try(self) -> None:
        down = ModelDown("small at http://gpu-1: refused")
        result = climbed(talking([down], model=SMALL), talking("yes", model=LARGE), turn=effort(hurried=True))
        assert tries(result) == [("small", False, str(down)), ("large", True, "it says yes")]
        assert [(one.tried, one.judged) for one in result.tries] == [(False, False), (True, True)]

    def test_other_failures_are_the_turns(self) -> None:
        with pytest.raises(EncoderUnavailable):
            climbed(talking([EncoderUnavailable("away")], model=SMALL), talking("yes", model=LARGE))

    def test_a_turn_that_is_stopped_climbs_no_further(self) -> None:
        turn = Turn()

        def stops(model: TalkingModel) -> Judged[str]:
            turn.stopped = True
            return Judged(Verdict(False, "no"))

        small, large = talking("no", model=SMALL), talking("yes", model=LARGE)
        work = effort(turn=turn)
        with pytest.raises(Cancelled):
            climb([Rung(small, partial(stops, small)), Rung(large, partial(attempt, large, work))], effort=work)

    def test_seconds_are_the_rungs_own(self) -> None:
        clock = FrozenClock()
        small = TalkingModel([[ChatDelta("no"), ENDS]], SMALL, clock, seconds=1.0)
        large = TalkingModel([[ChatDelta("yes"), ENDS]], LARGE, clock, seconds=4.0)
        result = climbed(small, large, turn=effort(clock=clock))
        assert [one.seconds for one in result.tries] == [2.0, 8.0]


class TestLimits:
    def test_who_is_hurried_tries_one_and_reads_what_was_left_out(self) -> None:
        large = talking("yes", model=LARGE)
        result = climbed(talking("no", model=SMALL), large, turn=effort(hurried=True))
        assert (result.value, result.capped, large.requests) == (None, False, [])
        assert tries(result)[1] == ("large", False, "not tried, for many others wait")
        assert [(one.tried, one.judged) for one in result.tries] == [(True, True), (False, False)]

    def test_over_quota_the_large_one_is_left_out_and_that_is_said(self) -> None:
        large = talking("yes", model=LARGE)
        result = climbed(talking("no", model=SMALL), large, turn=effort(most="small"))
        assert (result.value, result.capped, large.requests) == (None, True, [])
        assert tries(result)[1] == ("large", False, "not tried, for the quota is used up")

    def test_what_a_small_one_answers_needs_no_quota(self) -> None:
        result = climbed(talking("yes", model=SMALL), talking("yes", model=LARGE), turn=effort(most="small"))
        assert (result.value, result.capped) == ("yes", False)

    def test_with_nothing_left_no_model_is_asked(self) -> None:
        small = talking("yes", model=SMALL)
        result = climbed(small, turn=effort(most="none"))
        assert (result.value, result.capped, small.requests) == (None, True, [])

    def test_who_asks_for_the_larger_one_gets_it_at_once(self) -> None:
        small = talking("yes", model=SMALL)
        result = climbed(small, talking("yes", model=LARGE), turn=effort(least="large"))
        assert (tries(result), small.requests) == ([("large", True, "it says yes")], [])

    def test_a_hurried_climb_for_the_larger_one_tries_the_larger_one(self) -> None:
        result = climbed(
            talking("yes", model=SMALL), talking("yes", model=LARGE), turn=effort(least="large", hurried=True)
        )
        assert result.value == "yes"


class TestBrokenStreams:
    DIES: Sequence[ChatDelta | Exception] = (ChatDelta("y"), CUT)

    def test_a_stream_that_dies_is_done_again_where_there_is_another_server(self) -> None:
        result = climbed(talking(self.DIES, "yes", model=entry(urls=2)), talking("yes", model=LARGE))
        assert tries(result) == [("small", False, "it was cut"), ("small", True, "it says yes")]
        assert [one.judged for one in result.tries] == [False, True]

    def test_once_only(self) -> None:
        small = talking(self.DIES, model=entry(urls=3))
        result = climbed(small, talking("yes", model=LARGE))
        assert (result.value, len(small.requests)) == ("yes", 2)

    def test_with_one_server_the_next_rung_is_tried(self) -> None:
        small = talking(self.DIES, "yes", model=entry(urls=1))
        climbed(small, talking("yes", model=LARGE))
        assert len(small.requests) == 1

    def test_servers_that_never_spoke_were_tried_already(self) -> None:
        small = talking([CUT], "yes", model=entry(urls=2))
        climbed(small, talking("yes", model=LARGE))
        assert len(small.requests) == 1

    def test_a_draft_that_took_most_of_its_time_is_not_begun_anew(self) -> None:
        clock = FrozenClock()
        small = TalkingModel([self.DIES, [ChatDelta("yes"), ENDS]], entry(urls=2), clock, seconds=16.0)
        climbed(small, talking("yes", model=LARGE), turn=effort(clock=clock))
        assert len(small.requests) == 1


@given(
    st.lists(st.tuples(st.sampled_from(["yes", "no", "cut"]), st.sampled_from(["small", "large"])), max_size=5),
    st.booleans(),
    st.sampled_from(["none", "small", "large"]),
)
def test_only_accepted_text_comes_out_and_every_rung_up_to_it_is_written_down(
    rungs: list[tuple[str, str]], hurried: bool, most: str
) -> None:
    rungs = sorted(rungs, key=lambda rung: rung[1] == "large")
    models = [
        talking([CUT] if says == "cut" else says, model=entry(f"m{number}", size=size))
        for number, (says, size) in enumerate(rungs)
    ]
    turn = effort(hurried=hurried, most=most)
    result = climbed(*models, turn=turn)
    assert result.value in (None, "yes")
    assert [one.model for one in result.tries] == [model.entry.name for model in models][: len(result.tries)]
    assert [one.accepted for one in result.tries] == [False] * (len(result.tries) - 1) + [
        result.value is not None
    ] * bool(result.tries)
    assert (result.value is not None) or len(result.tries) == len(models)
    assert sum(len(model.requests) for model in models) == sum(one.tried for one in result.tries)
    assert len(turn.account.calls) == sum(one.tried for one in result.tries)
    assert not hurried or sum(one.tried for one in result.tries) <= 1
