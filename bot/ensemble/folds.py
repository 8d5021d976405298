"""Who is judged by whom: folds for cross-validation, the same on every machine."""

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int64]

SEED = 20261124


def folds_of(rows: int, groups: Places | None, *, count: int, seed: int = SEED) -> Places:
    """Return each row's fold, 0 to count - 1, of about equal sizes; a group's rows stay together.

    Without groups, or with fewer of them than folds, rows are dealt at random. Groups go, largest first, to the
    lightest fold; the seed shuffles equals.
    """
    generator = np.random.default_rng(seed)
    if groups is None or len(np.unique(groups)) < count:
        return generator.permutation(rows) % count
    names, places, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    shuffled = generator.permutation(len(names))
    load = np.zeros(count)
    chosen = np.zeros(len(names), dtype=np.int64)
    for name in sorted(shuffled, key=lambda one: -sizes[one]):
        chosen[name] = int(load.argmin())
        load[chosen[name]] += sizes[name]
    return chosen[places]
