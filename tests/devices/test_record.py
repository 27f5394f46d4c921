"""A recording law does what the law within it does, and writes down one cell's pulses."""

import numpy as np
import pytest

from ohmgrad.devices.catalogue import find_law
from ohmgrad.devices.record import COLUMNS, Tape, record
from ohmgrad.devices.wrap import wrap
from ohmgrad.kernels.draws import REFRESH, WRITE, key_at

LAYER, ADDRESS = 1, 6


def given(law, tape, keys):
    """States after each of the pulses at `keys`, from 20 uS on; 1 SET of 2 V, 50 ns each."""
    p = law.defaults()
    s = law.start(2e-5, p)
    out = []
    for key in keys:
        s = law.pulse(s, 2.0, 5e-8, p, tape, key)
        out.append(tuple(s))
    return out


def keys(n=5):
    return [key_at(1, 0, ADDRESS, step, step % 2, purpose * 256 + LAYER) for step in range(n) for purpose in (WRITE, REFRESH)]


@pytest.mark.parametrize("law", [find_law("linear"), find_law("soft-bounds"), wrap(find_law("linear"), wear=True)])
def test_same_states_and_every_pulse_on_the_tape(law):
    tape = Tape(np.zeros((3, 2)), LAYER, ADDRESS, 32)
    states = given(record(law), tape.array, keys())
    assert states == given(law, np.zeros((3, 2)), keys())
    rows = tape.take()
    assert rows.shape == (10, len(COLUMNS)) and tape.written == 0
    assert rows[:, 0].tolist() == [k.step for k in keys()] and rows[:, 1].tolist() == [k.pulse for k in keys()]
    assert rows[:, 2].tolist() == [WRITE, REFRESH] * 5
    assert rows[:, 6].tolist() == [s[0] for s in states] and (rows[1:, 5] == rows[:-1, 6]).all() and rows[0, 5] == 2e-5


@pytest.mark.parametrize("key", [(ADDRESS + 1, LAYER + WRITE * 256), (ADDRESS, LAYER + 1 + WRITE * 256), (ADDRESS, LAYER)])
def test_other_cells_other_layers_and_trials_are_not_written_down(key):
    tape = Tape(np.zeros((3, 2)), LAYER, ADDRESS, 4)
    given(record(find_law("linear")), tape.array, [key_at(1, 0, key[0], 0, 0, key[1])])
    assert tape.written == 0


def test_a_full_tape_counts_on_and_a_longer_one_holds_the_same_table():
    tape = Tape(np.arange(8.0).reshape(2, 4), LAYER, ADDRESS, 3)
    given(record(find_law("linear")), tape.array, keys())
    assert tape.written == 10 and (tape.array[4:, :4] == np.arange(8.0).reshape(2, 4)).all()
    longer = tape.longer(tape.written)
    given(record(find_law("linear")), longer.array, keys())
    assert longer.written == 10 and (longer.take()[:3] == tape.take()).all()
    assert (longer.array[11:, :4] == np.arange(8.0).reshape(2, 4)).all()
