"""What a device law is, and what it declares of itself.

A law is one pure scalar function, compiled into every loop::

    pulse(s, v, t, p, tab, key) -> s

    s    state of the cell, a NamedTuple of floats: conductance `g` (siemens) first, hidden state after it
    v    voltage across the cell (volts); v > 0 is the SET polarity
    t    width of the pulse (seconds)
    p    this cell's own parameters, a NamedTuple of floats in SI units; g_min and g_max, the nominal window, first
    tab  read-only table, a 2-D float64 array (empty for laws without one)
    key  address of the pulse, from which ``normal(key, k)`` and ``uniform(key, k)`` draw

`Law` holds that function together with what it promises; ``check_law`` in `ohmgrad.devices.check` tests the promises.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from ohmgrad.errors import LawError


@dataclass(frozen=True)
class Param:
    """One declared parameter: its dimension (a name that `ohmgrad.units` knows), default in SI, allowed range, meaning."""

    dimension: str
    default: float
    low: float
    high: float
    text: str


@dataclass(frozen=True, kw_only=True)
class Law:
    """A device law and its declarations.

    equation, leaves_out
        The law in one or a few lines of plain text, and what it does not model; shown by ``ohmgrad device show``.
    mean_step(s, v, t, p, tab)
        Expected change of `g` (siemens) for one pulse of `v` volts and `t` seconds, bounds aside.
    spread(s, v, t, p, tab)
        Standard deviation of that change (siemens), bounds aside.
    bounds(p)
        (lowest, highest) conductance in siemens; ±inf where unbounded.
    start(g, p)
        State of a cell that has just been brought to `g` (hidden state included).
    nominal_step(t_set, t_reset, p, tab)
        (SET, RESET) step in siemens, both positive, by which a write scheme counts pulses of these widths.
    pulses_needed(g0, g1, t, p, tab)
        Mean number of nominal SET pulses of width `t` from `g0` up to `g1` (inf where out of reach).
    rest(s, dt, p, key)
        State after `dt` seconds without a pulse, or None for a law that forgets nothing by itself.
    drawn(g, v, p)
        Conductance that the source of a pulse of `v` volts sees where something is in series with a cell of `g` siemens; None: `g` itself.
    can_go_down
        True if a RESET pulse of nominal amplitude lowers `g` gradually; False if only a full RESET brings it back.
    has_threshold
        True if pulses of half the nominal amplitude change nothing.
    switches
        Imperfections of the law that can be switched off: name → parameters that do it. Names in use: "nonlinearity",
        "asymmetry", "cycle-to-cycle".
    checks(p)
        Messages on parameters that contradict each other (empty if none).
    read_table(value)
        The law's table (rows, points) from the name of a file or from nested lists; raises DataError. None: the law needs no table.
    """

    name: str
    text: str
    source: str
    state: type[Any]
    params: type[Any]
    declared: Mapping[str, Param]
    pulse: Callable[..., Any]
    mean_step: Callable[..., float]
    spread: Callable[..., float]
    bounds: Callable[..., tuple[float, float]]
    start: Callable[..., Any]
    nominal_step: Callable[..., tuple[float, float]]
    pulses_needed: Callable[..., float]
    can_go_down: bool
    equation: str = ""
    leaves_out: str = ""
    has_threshold: bool = True
    rest: Callable[..., Any] | None = None
    drawn: Callable[..., float] | None = None
    switches: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    checks: Callable[..., list[str]] = field(default=lambda p: [])
    read_table: Callable[[Any], npt.NDArray[np.float64]] | None = None

    def __post_init__(self) -> None:
        fields = tuple(self.params._fields)
        if fields != tuple(self.declared):
            raise LawError(f"law '{self.name}': declared parameters {tuple(self.declared)} are not the fields {fields}")
        if fields[:2] != ("g_min", "g_max"):
            raise LawError(
                f"law '{self.name}': the first two parameters must be 'g_min' and 'g_max', the nominal window in siemens"
            )
        if not self.state._fields or self.state._fields[0] != "g":
            raise LawError(f"law '{self.name}': the first field of the state must be 'g', the conductance in siemens")

    @property
    def needs_table(self) -> bool:
        """True if the law reads a table."""
        return self.read_table is not None

    def defaults(self) -> Any:
        """Parameters at their defaults, as the law's NamedTuple."""
        return self.params(*(d.default for d in self.declared.values()))
