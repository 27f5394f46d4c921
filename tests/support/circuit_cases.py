"""Crossbars for referees, each from its number: every kind of cell, access, drive and end, from 1 kilohm to 10 megohm on wires from 0.1 ohm to 1 kilohm."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ohmgrad.arrays.circuit.access import Passive, Selector, Transistor
from ohmgrad.arrays.circuit.crossbar import Crossbar

KINDS = ("ohmic", "sinh", "cubic", "selector", "selector-sinh", "transistor")
DRIVES = ("forward", "backward", "floating", "half", "third")
ROW_ENDS, COLUMN_ENDS = ("left", "right", "both"), ("bottom", "top", "both")


@dataclass(frozen=True)
class Case:
    name: str
    bar: Crossbar
    rows: Any
    columns: Any
    start: Any

    def solve(self):
        return self.bar.solve(self.rows, self.columns, start=self.start)


def case(number, size=None, kind=None, drive=None, ohms=None):
    """Case `number`; what is given is fixed, the rest is drawn from the number."""
    r = np.random.default_rng((20240611, number))
    shape = (size, size) if size else tuple(int(n) for n in r.integers(2, 13, 2))
    kind = kind or KINDS[number % len(KINDS)]
    drive = drive or DRIVES[number % len(DRIVES)]
    low, high = np.sort(r.uniform(-7, -3, 2))
    g = 10 ** r.uniform(low, high, shape)
    drawn = 10 ** r.uniform(-1, 3, 2)
    row, column = (ohms, ohms) if ohms is not None else [(drawn[0], drawn[0]), (drawn[0], drawn[1]), (0.0, drawn[1]), (drawn[0], 0.0)][
        r.choice(4, p=[0.55, 0.25, 0.1, 0.1])
    ]  # fmt: skip
    ends = dict(
        source=float(r.choice([0.0, 50.0])), sense=float(r.choice([0.0, 200.0])), row_ends=str(r.choice(ROW_ENDS)),
        column_ends=str(r.choice(COLUMN_ENDS)), end_segments=bool(r.random() < 0.8),
    )  # fmt: skip
    # the highest voltage: a read, or a write where something is to switch
    top = float(r.uniform(0.1, 0.5)) if kind in ("ohmic", "sinh", "cubic") else float(r.uniform(0.8, 2.0))
    access, start = Passive(), None
    if kind.startswith("selector"):
        start = "off"
        access = Selector(v_th=r.uniform(0.4, 0.6, shape), v_hold=0.1, r_on=float(r.choice([0.0, 500.0])), r_off=1e9)
    elif kind == "transistor":
        access = Transistor(word=r.uniform(0.8, 3.0, shape[1]), v_th=0.5, gain=10 ** r.uniform(-4, -3))
    current = next((c for c in ("sinh", "cubic") if kind.endswith(c)), "ohmic")
    bar = Crossbar(g, wire=(float(row), float(column)), access=access, current=current, v_0=top / r.uniform(0.5, 4.0), **ends)
    name = f"{number}-{shape[0]}x{shape[1]}-{kind}-{drive}-{row:.3g}-{column:.3g}ohm"
    return Case(name, bar, *_volts(r, shape, drive, top), start)


def _volts(r, shape, drive, top):
    rows, columns = shape
    if drive == "forward":
        return r.uniform(-top, top, rows), np.zeros(columns)
    if drive == "backward":
        return np.zeros(rows), r.uniform(-top, top, columns)
    i, j = r.integers(rows), r.integers(columns)
    share = {"floating": (np.nan, np.nan), "half": (0.5, 0.5), "third": (1 / 3, 2 / 3)}[drive]
    v_row, v_col = np.full(rows, share[0] * top), np.full(columns, share[1] * top)
    v_row[i], v_col[j] = top, 0.0
    return v_row, v_col


def deviation(got, want):
    """Largest difference of cell currents, in units of what is allowed: 10⁻⁶ of the current and 10⁻⁹ of the largest one."""
    allowed = 1e-6 * np.abs(want) + 1e-9 * np.abs(want).max()
    return float((np.abs(got - want) / allowed).max())
