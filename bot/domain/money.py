"""What calls cost, for whom, and how much may be spent."""

from dataclasses import dataclass
from typing import Literal

from bot.domain.conversation import Address

Dimension = Literal["person", "channel", "skill", "model", "day"]
"""By what costs are told apart."""

QuotaPeriod = Literal["day", "month"]
"""How long a quota lasts, in calendar days and months of UTC."""

Reach = Literal["none", "small", "large"]
"""How large a model may be asked."""

WORKSPACE_SCOPE = "workspace"


@dataclass(frozen=True, slots=True)
class Reference:
    """The model that everything is compared with: what the same tokens would have cost there.

    usd_per_million_embedding: the same for texts that are embedded.
    """

    name: str
    usd_per_million_input: float
    usd_per_million_output: float
    usd_per_million_embedding: float


DEFAULT_REFERENCE = Reference("gpt-4.1", 2.00, 8.00, 0.02)
"""OpenAI's list prices of GPT-4.1 (since 14 April 2025) and text-embedding-3-small, as they still stood in June 2026.

The cheapest of the GPT-4 class, so that no saving is made larger than it is: GPT-4o is 2.50 and 10.00.
"""


@dataclass(frozen=True, slots=True)
class Spent:
    """What calls came to. seconds: of the calls, not of the GPU."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    seconds: float = 0.0
    usd: float = 0.0
    reference_usd: float = 0.0


@dataclass(frozen=True, slots=True)
class CostLine:
    """What was spent under one name of a dimension. name: None where it is forgotten; a day is YYYY-MM-DD."""

    name: str | None
    spent: Spent


@dataclass(frozen=True, slots=True)
class Quota:
    """How much may be spent. scope: `workspace`, `person:<person id>` or `channel:<channel>`."""

    scope: str
    usd: float
    period: QuotaPeriod


@dataclass(frozen=True, slots=True)
class QuotaUse:
    """A quota, and what is spent of it in the present day or month."""

    quota: Quota
    usd: float


def channel_of(address: Address) -> str:
    """Return the channel as the ledger knows it: `slack:T1/C1`, `telegram:-1001`, `console`, `slack:direct`.

    What only the person and Maru read is `…:direct` for everybody: its own id would name the person, even when
    persons are forgotten.
    """
    if not address.channel:
        return str(address.platform)
    if address.direct:
        return f"{address.platform}:direct"
    place = f"{address.team}/{address.channel}" if address.team else address.channel
    return f"{address.platform}:{place}"
