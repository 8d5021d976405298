"""The judge of `make chaos` sees every kind of wrong: a judge that cannot convict acquits nobody."""

from typing import Any

import pytest

from tests.chaos.checker import Verdict, judge


def sent(event: str, conversation: str = "C1", *, at: float = 0.0, acked: bool = True) -> list[dict[str, Any]]:
    platform = event.split(":")[0]
    said = {"at": at, "kind": "sent", "event": event, "platform": platform, "conversation": conversation}
    lines = [{**said, "place": f"{conversation}/1"}]
    return [*lines, {"at": at, "kind": "acked", "event": event}] if acked else lines


def post(event: str, *, at: float = 1.0, place: str = "C1/1", text: str = "Roll back.") -> dict[str, Any]:
    platform = event.split(":")[0]
    return {
        "at": at,
        "kind": "post",
        "platform": platform,
        "event": event,
        "place": place,
        "text": text,
        "name": f"{at}",
    }


def action(target: str, *, at: float, **more: Any) -> dict[str, Any]:
    return {"at": at, "kind": "action", "target": target, "name": "kill -9", **more}


def convicted(verdict: Verdict, **violations: Any) -> bool:
    return not verdict.good and all(getattr(verdict, name) == value for name, value in violations.items())


def test_a_run_without_a_fault_is_good() -> None:
    verdict = judge([*sent("slack:1"), *sent("slack:2"), post("slack:1"), post("slack:2", at=2.0)])
    assert verdict.good
    assert verdict.waits == [1.0, 2.0]


def test_an_acknowledged_event_without_a_reply_is_lost() -> None:
    assert convicted(judge([*sent("slack:1"), *sent("slack:2"), post("slack:2")]), lost=["slack:1"])


def test_what_was_never_acknowledged_may_be_missing() -> None:
    assert judge(sent("slack:1", acked=False)).good


def test_an_apology_settles_and_is_counted() -> None:
    verdict = judge([*sent("slack:1"), post("slack:1", text="Something failed. Reference 7")])
    assert verdict.good
    assert verdict.apologies == 1


def test_two_replies_in_slack_are_one_too_many_whatever_was_killed() -> None:
    lines = [*sent("slack:1"), action("worker delivery", at=1.0), post("slack:1"), post("slack:1", at=3.0)]
    assert convicted(judge(lines), doubled=["slack:1"], inside=[])


TWICE = [*sent("telegram:1"), post("telegram:1", at=30.0), post("telegram:1", at=52.0)]
DEAD_DATABASE = action("postgres", at=29.0)


@pytest.mark.parametrize(
    "done",
    [
        [action("worker delivery", at=30.5)],
        [action("worker delivery", at=30.2, until=55.0)],  # frozen before it recorded
        [action("worker delivery", at=20.0, until=52.1)],  # frozen in the request, which went out as it woke
        [action("telegram wire", at=30.1, name="cut")],
        [action("telegram wire", at=25.0, name="slow", until=31.0, seconds=3.0), action("worker delivery", at=33.0)],
        [{"at": 30.0, "kind": "spoiled", "name": "30.0", "seconds": None}],
        [{"at": 30.0, "kind": "spoiled", "name": "30.0", "seconds": 4.0}, action("worker delivery", at=34.0)],
        [DEAD_DATABASE, action("worker delivery", at=40.0)],
    ],
)
def test_two_replies_in_telegram_are_explained_by_what_was_done_to_the_sender_before_its_record(
    done: list[Any],
) -> None:
    verdict = judge([*TWICE, *done])
    assert verdict.good
    assert verdict.inside == ["telegram:1"]


@pytest.mark.parametrize(
    "done",
    [
        [],
        [action("gateway", at=30.5)],
        [action("worker delivery", at=29.0)],
        [action("worker delivery", at=34.0)],
        [action("worker delivery", at=5.0, until=29.0)],
        [action("telegram wire", at=33.0, name="cut")],
        [action("slack wire", at=30.1, name="cut")],
        [DEAD_DATABASE],
        [{"at": 30.0, "kind": "spoiled", "name": "another", "seconds": None}],
    ],
)
def test_two_replies_in_telegram_are_explained_by_nothing_else(done: list[Any]) -> None:
    assert convicted(judge([*TWICE, *done]), doubled=["telegram:1"], inside=[])


def test_it_is_told_whether_the_platform_or_the_sender_broke_off() -> None:
    broken = {"at": 30.0, "kind": "spoiled", "name": "30.0", "seconds": None}
    assert judge([*TWICE, broken]).unheard == 1
    assert judge([*TWICE, action("worker delivery", at=30.5)]).unheard == 0


def test_what_was_found_by_a_look_is_counted_once() -> None:
    found = {"at": 30.0, "kind": "found", "platform": "telegram", "name": "1000/7"}
    verdict = judge([*sent("slack:1"), post("slack:1"), found, found])
    assert (verdict.good, verdict.found) == (True, 1)


def test_a_third_reply_needs_an_explanation_of_its_own() -> None:
    lines = [*TWICE, post("telegram:1", at=80.0), action("worker delivery", at=30.5)]
    assert convicted(judge(lines), doubled=["telegram:1"])


def test_a_reply_before_that_of_an_earlier_question_is_out_of_order() -> None:
    lines = [*sent("slack:1"), *sent("slack:2"), post("slack:2", at=1.0), post("slack:1", at=2.0)]
    assert convicted(judge(lines), disordered=["slack:2"])
    lines = [*sent("slack:1"), *sent("slack:2", "C2"), post("slack:2", at=1.0, place="C2/1"), post("slack:1", at=2.0)]
    assert judge(lines).good


def test_a_reply_in_another_thread_is_misplaced() -> None:
    assert convicted(judge([*sent("slack:1"), post("slack:1", place="C1/7")]), misplaced=["slack:1"])


def test_a_post_to_no_question_is_seen() -> None:
    assert convicted(judge([*sent("slack:1"), post("slack:1"), post("slack:9")]), unknown=1)


def test_a_final_reply_that_was_changed_is_seen() -> None:
    update = {"at": 2.0, "kind": "update", "platform": "slack", "name": "C1/1.0"}
    assert convicted(judge([*sent("slack:1"), post("slack:1"), update]), changed=["C1/1.0"])


def test_rows_that_stay_open_are_seen() -> None:
    rest = {"at": 40.0, "kind": "rest", "stuck": 2, "seconds": 30.0}
    assert convicted(judge([*sent("slack:1"), post("slack:1"), rest]), stuck=2)
