"""How far quotas let a person go, and how seldom the database is asked for it."""

from bot.domain.conversation import PersonId
from bot.domain.errors import DatabaseUnavailable
from bot.domain.money import Quota, QuotaUse
from bot.people.quotas import FREE, STALE_SECONDS, Allowances, allowance
from integrations.memory.clock import FrozenClock

ANA, GROUP = PersonId("telegram:42"), "telegram:-1001"


def uses(**spent: float) -> dict[str, QuotaUse]:
    """Return quotas of one dollar a day, and what is spent of each."""
    scopes = {"ana": f"person:{ANA}", "group": f"channel:{GROUP}", "all": "workspace"}
    return {scopes[name]: QuotaUse(Quota(scopes[name], 1.0, "day"), usd) for name, usd in spent.items()}


def test_within_all_quotas_every_model_may_be_asked() -> None:
    assert allowance({}, person=ANA, channel=GROUP) == FREE
    assert allowance(uses(ana=0.99, group=0.5, all=0.0), person=ANA, channel=GROUP) == FREE


def test_beyond_any_quota_small_models_are_left_and_then_none() -> None:
    for name in ("ana", "group", "all"):
        assert allowance(uses(**{name: 1.0}), person=ANA, channel=GROUP).most == "small"
        assert allowance(uses(**{name: 1.25}), person=ANA, channel=GROUP).most == "none"


def test_the_narrowest_counts_and_is_named() -> None:
    found = allowance(uses(ana=1.1, all=1.3), person=ANA, channel=GROUP)
    assert (found.most, found.quota and found.quota.quota.scope) == ("none", "workspace")


def test_the_quotas_of_others_do_not_count() -> None:
    assert allowance(uses(ana=9.0, group=9.0), person=PersonId("telegram:7"), channel="telegram:direct") == FREE


def test_a_quota_of_nothing_leaves_what_costs_nothing() -> None:
    none = {"workspace": QuotaUse(Quota("workspace", 0.0, "day"), 0.0)}
    assert allowance(none, person=ANA, channel=GROUP).most == "none"


class CountingQuotas:
    """`Quotas` that can only be asked, and counts how often; away while `away`."""

    def __init__(self, found: dict[str, QuotaUse]) -> None:
        self.found, self.asked, self.away = found, 0, False

    def uses(self) -> list[QuotaUse]:
        self.asked += 1
        if self.away:
            raise DatabaseUnavailable("away")
        return list(self.found.values())


def test_many_turns_ask_once_in_five_seconds() -> None:
    clock, quotas = FrozenClock(), CountingQuotas(uses(ana=1.0))
    allowances = Allowances(quotas, clock=clock)
    assert {allowances.of(ANA, GROUP).most for _ in range(50)} == {"small"}
    assert quotas.asked == 1
    quotas.found = {}
    clock.advance(STALE_SECONDS)
    assert allowances.of(ANA, GROUP) == FREE
    assert quotas.asked == 2


def test_while_the_database_is_away_the_last_sums_count() -> None:
    clock, quotas = FrozenClock(), CountingQuotas(uses(ana=1.0))
    allowances = Allowances(quotas, clock=clock)
    allowances.of(ANA, GROUP)
    quotas.away = True
    clock.advance(STALE_SECONDS)
    assert allowances.of(ANA, GROUP).most == "small"
    assert quotas.asked == 2
