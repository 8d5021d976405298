"""Assembles what calls cost and how much may be spent: the same parts for every process that asks or tells."""

from collections.abc import Callable, Sequence

from bot.application.costs import Costs
from bot.domain.models import ModelEntry
from bot.domain.money import Reference
from bot.ensemble.prices import Pricing
from bot.people.quotas import Allowances
from bot.ports.directory import Directory
from integrations.postgres.ledger import PostgresLedger, PostgresQuotas
from integrations.postgres.pool import Pool
from workers.bootstrap.charts import LateCharts
from workers.clock import SystemClock


class Money:
    """Ledger, prices, quotas and their commands, over one pool; nothing is asked yet."""

    def __init__(
        self,
        pool: Pool,
        *,
        entries: Callable[[], Sequence[ModelEntry]],
        reference: Callable[[], Reference],
        directory: Directory,
    ) -> None:
        """entries, reference: what the catalogue says now."""
        clock, quotas = SystemClock(), PostgresQuotas(pool)
        self.ledger = PostgresLedger(pool)
        self.prices = Pricing(entries=entries, reference=reference, monotonic=clock.monotonic)
        self.allowances = Allowances(quotas, clock=clock)
        self.charts = LateCharts()
        self.commands = Costs(
            ledger=self.ledger,
            quotas=quotas,
            charts=self.charts,
            directory=directory,
            clock=clock,
            models=entries,
            reference=reference,
        ).commands()
