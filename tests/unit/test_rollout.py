"""Who gets the new model, in whose place it stands, and when it is surely worse."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.conversation import ConversationId
from bot.domain.rollouts import EVERYWHERE, Rollout, Stage, Verdicts
from bot.ensemble.ladder import rungs
from bot.ensemble.rollout import FEWEST, LATEST, SURE, arranged, takes, wilson, worse
from tests.unit.serving import Served, entry

SHARES = st.floats(0, 1)
TALKS = st.text(min_size=1, max_size=20).map(ConversationId)
OLD, NEW = entry("old"), entry("new", size="large", tasks=("trial",), languages=("ko",))


def names(models: object) -> list[str]:
    return [model.entry.name for model in models]  # type: ignore[attr-defined]


def canary(share: float, channel: str = EVERYWHERE, stage: Stage = "canary") -> Rollout:
    return Rollout("new", "old", stage, share, channel)


@settings(deadline=None)
@given(SHARES, SHARES, TALKS)
def test_a_larger_share_only_adds_conversations(one: float, other: float, talk: ConversationId) -> None:
    less, more = sorted((one, other))
    assert takes(canary(more), talk, "C1") or not takes(canary(less), talk, "C1")


@settings(deadline=None)
@given(SHARES, TALKS)
def test_a_channels_share_is_that_of_no_other_channel(share: float, talk: ConversationId) -> None:
    assert not takes(canary(share, "C1"), talk, "C2")
    assert takes(canary(share, "C1"), talk, "C1") == takes(canary(share), talk, "C9")


@settings(deadline=None)
@given(TALKS)
def test_none_is_none_and_all_is_all(talk: ConversationId) -> None:
    assert not takes(canary(0.0), talk, "C1")
    assert takes(canary(1.0), talk, "C1")


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5])
def test_a_share_is_that_share_of_conversations_and_two_candidates_draw_apart(share: float) -> None:
    talks = [ConversationId(f"slack:T1/C1/{number}.000100") for number in range(5_000)]
    mine = {talk for talk in talks if takes(canary(share), talk, "C1")}
    its = {talk for talk in talks if takes(Rollout("newer", "old", "canary", share), talk, "C1")}
    assert len(mine) / len(talks) == pytest.approx(share, abs=0.02)
    assert len(mine & its) / len(talks) == pytest.approx(share**2, abs=0.02)


def test_a_canary_stands_before_the_incumbent_with_its_duties() -> None:
    models = [Served(entry("task")), Served(OLD), Served(NEW), Served(entry("large", size="large"))]
    ladder = arranged(models, [canary(1.0)], conversation=ConversationId("a"), channel="C1")
    assert names(ladder) == ["task", "new", "old", "large"]
    assert names(rungs(ladder, task="answer", language="en")) == ["task", "new", "old", "large"]


@pytest.mark.parametrize("stage", ["shadow", "demoted", "canary"])
def test_a_candidate_is_on_no_ladder_of_its_own(stage: Stage) -> None:
    models = [Served(OLD), Served(entry("new"))]
    ladder = arranged(models, [canary(0.0, stage=stage)], conversation=ConversationId("a"), channel="C1")
    assert names(ladder) == ["old"]


def test_where_the_candidate_is_away_the_incumbent_goes_on() -> None:
    ladder = arranged([Served(OLD)], [canary(1.0)], conversation=ConversationId("a"), channel="C1")
    assert names(ladder) == ["old"]


def test_without_rollouts_nothing_changes() -> None:
    models = [Served(OLD), Served(NEW)]
    assert arranged(models, [], conversation=ConversationId("a"), channel="C1") == tuple(models)


@settings(deadline=None)
@given(st.integers(1, 500).flatmap(lambda tries: st.tuples(st.integers(0, tries), st.just(tries))))
def test_wilsons_interval_holds_the_share_and_stays_between_none_and_all(found: tuple[int, int]) -> None:
    successes, tries = found
    lowest, highest = wilson(successes, tries, deviations=SURE)
    assert 0 <= lowest <= successes / tries + 1e-9
    assert successes / tries - 1e-9 <= highest <= 1
    narrow = wilson(successes, tries, deviations=1.0)
    assert lowest - 1e-9 <= narrow[0]
    assert narrow[1] <= highest + 1e-9


def test_wilsons_interval_as_published() -> None:
    # Newcombe 1998, Statistics in Medicine 17:857, table I: 81 of 263 at 95 %.
    assert wilson(81, 263, deviations=1.959964) == pytest.approx((0.2553, 0.3662), abs=5e-5)


def verdicts(mine: int, of: int, its: int, out_of: int) -> Verdicts:
    return Verdicts((True,) * mine + (False,) * (of - mine), (True,) * its + (False,) * (out_of - its))


@settings(deadline=None)
@given(st.integers(0, LATEST), st.integers(0, LATEST))
def test_who_is_as_good_or_better_is_never_worse(one: int, other: int) -> None:
    less, more = sorted((one, other))
    assert not worse(verdicts(more, LATEST, less, LATEST))


@settings(deadline=None)
@given(st.integers(0, 60), st.integers(0, 60), st.integers(1, 60))
def test_one_more_accepted_draft_makes_nobody_worse(mine: int, its: int, more: int) -> None:
    if worse(verdicts(min(mine + more, 60), 60, its, 60)):
        assert worse(verdicts(mine, 60, its, 60))


def test_a_fall_is_noticed_and_chance_is_not() -> None:
    assert worse(verdicts(30, 100, 60, 100))
    assert not worse(verdicts(50, 100, 60, 100))
    assert worse(verdicts(0, FEWEST, FEWEST, FEWEST))


@pytest.mark.parametrize("few", [0, 1, FEWEST - 1])
def test_few_verdicts_prove_nothing(few: int) -> None:
    assert not worse(verdicts(0, few, LATEST, LATEST))
    assert not worse(verdicts(0, LATEST, few, few))
