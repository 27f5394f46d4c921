"""Where a series of reads turns from rising to falling and back."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

SHARE = 0.4  # of the whole range: a smaller reversal is noise
LEAST = 4  # reads of a piece


def pieces(y: Floats) -> list[tuple[int, int]]:
    """Parts (from, to) of y that each go one way; neighbours share the read at the turn.

    A turn is an extreme from which y goes back by more than `SHARE` of its range.

    >>> pieces(np.array([0.0, 1, 2, 3, 4, 5, 4, 3, 2, 1, 0]))
    [(0, 6), (5, 11)]
    """
    n = len(y)
    seen = np.flatnonzero(np.isfinite(y))
    if len(seen) < 2 * LEAST:
        return [(0, n)]
    back = SHARE * float(np.ptp(y[seen]))
    turns: list[int] = []
    low = high = int(seen[0])
    way = 0
    for i in map(int, seen[1:]):
        if y[i] > y[high]:
            high = i
        if y[i] < y[low]:
            low = i
        if way >= 0 and y[high] - y[i] > back:
            if way > 0 or high > int(seen[0]):
                turns.append(high)
            way, low = -1, i
            high = i
        elif way <= 0 and y[i] - y[low] > back:
            if way < 0 or low > int(seen[0]):
                turns.append(low)
            way, high = 1, i
            low = i
    edges = [0]
    for t in turns:
        if t - edges[-1] >= LEAST - 1 and n - t >= LEAST:
            edges.append(t)
    return [(a, (b + 1) if b < n else n) for a, b in zip(edges, [*edges[1:], n], strict=True)]
