"""Philox4x32-10: the published vectors, and an implementation of our own in NumPy's unsigned integers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ohmgrad.kernels.draws import key_at, uniform
from ohmgrad.kernels.philox import philox4x32

ONES = 0xFFFFFFFF
word = st.one_of(st.integers(0, ONES), st.sampled_from([0, 1, 0x7FFFFFFF, 0x80000000, ONES]))
words = st.tuples(*[word] * 6)


def philox_uint64(counter, key):
    """The paper's rounds on uint64: high and low halves of two 32 x 32-bit products, crossed with the key's Weyl sequence."""
    c = np.array(counter, dtype=np.uint64)
    k = np.array(key, dtype=np.uint64)
    low = np.uint64(ONES)
    for _ in range(10):
        p = np.array([0xD2511F53, 0xCD9E8D57], dtype=np.uint64) * c[[0, 2]]
        high, rest = p >> np.uint64(32), p & low
        c = np.array([high[1] ^ c[1] ^ k[0], rest[1], high[0] ^ c[3] ^ k[1], rest[0]], dtype=np.uint64)
        k = (k + np.array([0x9E3779B9, 0xBB67AE85], dtype=np.uint64)) & low
    return [int(w) for w in c]


# Known-answer vectors of Random123 (kat_vectors, philox4x32 with 10 rounds).
@pytest.mark.parametrize(
    ("counter", "key", "expected"),
    [
        ((0, 0, 0, 0), (0, 0), "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
        ((ONES,) * 4, (ONES,) * 2, "408f276d 41c83b0e a20bc7c6 6d5451fd"),
        ((0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344), (0xA4093822, 0x299F31D0), "d16cfe09 94fdcceb 5001e420 24126ea1"),
    ],
)
def test_known_answers_of_random123(counter, key, expected):
    assert " ".join(f"{w:08x}" for w in philox4x32(*counter, *key)) == expected
    assert " ".join(f"{w:08x}" for w in philox_uint64(counter, key)) == expected


@settings(deadline=None)  # the first call compiles
@given(words)
def test_equals_unsigned_numpy(w):
    assert list(philox4x32(*w)) == philox_uint64(w[:4], w[4:])


@settings(deadline=None)  # the first call compiles
@given(seed=word, repeat=word, cell=word, step=word, pulse=st.integers(0, 2**24 - 1), stream=word, k=st.integers(0, 510))
def test_a_draw_takes_its_words_from_its_address(seed, repeat, cell, step, pulse, stream, k):
    block = philox_uint64((cell, step, pulse * 256 + k // 2, stream), (seed, repeat))
    w0, w1 = block[:2] if k % 2 == 0 else block[2:]
    expected = ((w0 << 20 | w1 >> 12) + 0.5) / 2**52
    assert 0.0 < expected < 1.0
    assert uniform(key_at(seed, repeat, cell, step, pulse, stream), k) == expected
