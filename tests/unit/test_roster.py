"""The models of now: renewed at once, switched off and on, never half."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.ensemble.ladder import rungs
from bot.ensemble.roster import Roster, renewed
from tests.unit.serving import Served, entry

NAMES = st.lists(st.sampled_from("abcde"), unique=True)


def names(models: object) -> list[str]:
    return [model.entry.name for model in models]  # type: ignore[attr-defined]


def test_what_is_switched_off_is_in_no_ladder_and_still_in_the_catalogue() -> None:
    roster = Roster([Served(entry("a")), Served(entry("b"))])
    roster.switch_off({"a", "gone"})
    assert names(roster) == ["b"]
    assert len(roster) == 1
    assert names(roster.catalogue) == ["a", "b"]
    assert names(rungs(roster, task="answer", language="en")) == ["b"]
    roster.switch_off(())
    assert names(roster) == ["a", "b"]


def test_who_iterates_sees_the_models_of_the_moment_in_which_it_began() -> None:
    roster = Roster([Served(entry("a")), Served(entry("b"))])
    seen = iter(roster)
    assert next(seen).entry.name == "a"
    roster.renew([Served(entry("c"))])
    assert names(seen) == ["b"]
    assert names(roster) == ["c"]


def test_a_switch_outlives_a_new_catalogue() -> None:
    roster = Roster([Served(entry("a"))])
    roster.switch_off({"a"})
    roster.renew([Served(entry("a")), Served(entry("b"))])
    assert names(roster) == ["b"]


@settings(deadline=None)
@given(NAMES, NAMES, NAMES)
def test_a_roster_is_always_the_catalogue_without_what_is_off(
    first: list[str], then: list[str], off: list[str]
) -> None:
    roster = Roster([Served(entry(name)) for name in first])
    roster.switch_off(off)
    roster.renew([Served(entry(name)) for name in then])
    assert names(roster) == [name for name in then if name not in off]
    assert [roster[at] for at in range(len(roster))] == list(roster)


def test_only_what_changed_is_made_anew() -> None:
    same, other = Served(entry("same")), Served(entry("other"))
    changed = replace(other.entry, urls=("http://elsewhere",))
    new = renewed([same, other], [changed, same.entry, entry("new")], Served)
    assert names(new) == ["other", "same", "new"]
    assert new[1] is same
    assert new[0] is not other
    assert new[0].entry == changed
