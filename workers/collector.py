"""Python's garbage collector, told what a long-lived process is made of."""

import gc

THRESHOLDS = (10_000, 20, 50)
"""New objects before a round, and rounds before a deeper one; Python's own (700, 10, 10) are for short programs."""


def spare() -> None:
    """Keep what is loaded by now out of the collector's rounds, and make these rarer.

    The libraries are some 300,000 objects that live as long as the process; looking through them again and again was
    15 % of a turn's CPU.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
