"""The judge of `make chaos` sees every kind of wrong: a judge that cannot convict acquits nobody."""

from typing import Any

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
    return {"at": at, "kind": "action", "name": "kill -9", "target": target, **more}


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


def test_two_replies_in_telegram_are_explained_only_by_what_was_done_to_the_sender() -> None:
    twice = [*sent("telegram:1"), post("telegram:1", at=30.0), post("telegram:1", at=40.0)]
    assert judge([*twice, action("worker delivery", at=30.5)]).inside == ["telegram:1"]
    assert judge([*twice, action("worker delivery", at=5.0, until=29.0)]).good
    for innocent in (action("gateway", at=30.5), action("worker delivery", at=32.0), action("worker delivery", at=5.0)):
        assert convicted(judge([*twice, innocent]), doubled=["telegram:1"])


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
