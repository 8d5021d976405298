"""The languages Maru speaks to people; documents may be in any."""

from typing import Literal

Language = Literal["en", "ko"]
