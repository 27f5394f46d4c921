"""Philox4x32-10: random numbers that are addressed, not drawn.

A counter-based generator turns (key, counter) into four 32-bit words with no state in between, so a draw depends on
*what it is for* and on nothing else: not on order, threads, chunks or other replicas.

Source: J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC'11 (2011),
doi:10.1145/2063384.2063405.

The arithmetic is on int64 with masks, not uint64: then one source means the same in Python (long integers), NumPy
(wrapping int64) and Numba, and none of them slips into floating point.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ohmgrad.kernels.compiled import inline

MASK = 0xFFFFFFFF
_M0, _M1 = 0xD2511F53, 0xCD9E8D57  # multipliers (Table 2 of the source)
_W0, _W1 = 0x9E3779B9, 0xBB67AE85  # Weyl increments of the key


class Key(NamedTuple):
    """Address of a random number: six 32-bit words held as int64.

    key words: ``seed``, ``repeat`` (the replica's label);
    counter words: ``cell`` (2·synapse + place in the synapse), ``step`` (index of the training sample over the whole run),
    ``pulse`` (number of the pulse within the step; its low byte counts the blocks drawn for it),
    ``stream`` (purpose · 256 + layer).
    ``drawn`` is the first normal draw at this address if ``made``: loops make many at once, ahead.
    """

    seed: int
    repeat: int
    cell: int
    step: int
    pulse: int
    stream: int
    made: bool
    drawn: float


@inline
def _round(c0: Any, c1: Any, c2: Any, c3: Any, k0: Any, k1: Any) -> Any:
    p0, p1 = _M0 * c0, _M1 * c2
    return ((p1 >> 32) & MASK) ^ c1 ^ k0, p1 & MASK, ((p0 >> 32) & MASK) ^ c3 ^ k1, p0 & MASK


@inline
def philox4x32(c0: Any, c1: Any, c2: Any, c3: Any, k0: Any, k1: Any) -> Any:
    """Four 32-bit words (as int64) for counter (c0…c3) and key (k0, k1), all words 0 … 2³² − 1.

    Written out round by round: a loop of ten would keep the loop around it from becoming vector instructions.

    >>> [hex(w) for w in philox4x32(0, 0, 0, 0, 0, 0)]
    ['0x6627e8d5', '0xe169c58d', '0xbc57ac4c', '0x9b00dbd8']
    """
    c0, c1, c2, c3 = _round(c0, c1, c2, c3, k0, k1)
    c0, c1, c2, c3 = _round(c0, c1, c2, c3, (k0 + 1 * _W0) & MASK, (k1 + 1 * _W1) & MASK)
    c0, c1, c2, c3 = _round(c0, c1, c2, c3, (k0 + 2 * _W0) & MASK, (k1 + 2 * _W1) & MASK)
    c0, c1, c2, c3 = _round(c0, c1, c2, c3, (k0 + 3 * _W0) & MASK, (k1 + 3 * _W1) & MASK)
    c0, c1, c2, c3 = _round(c0, c1, c2, c3, (k0 + 4 * _W0) & MASK, (k1 + 4 * _W1) & MASK)
    c0, c1, c2, c3 = _round(c0, c1, c2, c3, (k0 + 5 * _W0) & MASK, (k1 + 5 * _W1) & MASK)
    c0, c1, c2, c3 = _round(c0, c1, c2, c3, (k0 + 6 * _W0) & MASK, (k1 + 6 * _W1) & MASK)
    c0, c1, c2, c3 = _round(c0, c1, c2, c3, (k0 + 7 * _W0) & MASK, (k1 + 7 * _W1) & MASK)
    c0, c1, c2, c3 = _round(c0, c1, c2, c3, (k0 + 8 * _W0) & MASK, (k1 + 8 * _W1) & MASK)
    c0, c1, c2, c3 = _round(c0, c1, c2, c3, (k0 + 9 * _W0) & MASK, (k1 + 9 * _W1) & MASK)
    return c0, c1, c2, c3
