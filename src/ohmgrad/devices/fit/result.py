"""`fit_pulses`: every law that can explain the data, ranked."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from ohmgrad.devices.catalogue import LAWS, find_law
from ohmgrad.devices.drive import VOLTS
from ohmgrad.devices.fit.across import Parameter, over_cells
from ohmgrad.devices.fit.candidates import candidate, steps_of
from ohmgrad.devices.fit.compare import Curve, StepSpread, curves, split, step_spread, steps_along
from ohmgrad.devices.fit.estimate import Cell, Filter, LawFit, fit_law
from ohmgrad.devices.fit.files import Cells, Direction, read_ramps
from ohmgrad.devices.fit.likelihood import GOES_ON, Packed, make_filter
from ohmgrad.devices.fit.ramps import Measurement, Outlier, Ramp, check_ramps, find_outliers, pack, thin
from ohmgrad.devices.law import Law
from ohmgrad.errors import DataError, SpecError, nearest

Floats = npt.NDArray[np.float64]

FITTED = ("linear", "soft-bounds", "exponential-step", "power-step", "pcm-nandakumar2018", "table")
NODES = (5, 9, 17, 33)  # of the table: finer as long as BIC gains
WHY_NOT = {
    "jump-table": "needs the whole distribution of the step at each conductance, from many more pulses than a ramp has",
    "metal-oxide": "its step depends on the amplitude of the pulse; ramps at one amplitude do not determine it",
    "vteam": "a differential equation in voltage and time; ramps at one amplitude and width do not determine it",
    "stanford-pku": "a differential equation in voltage and time; ramps at one amplitude and width do not determine it",
}
PILE = 20  # reads within the noise of an extreme: the cell sat there
OTHERWISE = "not determined by ramps of equal pulses"


@dataclass
class FitResult:
    """Laws fitted to ramps, the best first.

    fits: ranked by BIC. not_fitted: law → reason. windows: cell → (g_min, g_max), siemens; given: which of them the user gave. outliers: reads
    that were taken out. notes: what was taken for granted; warnings: what the data do not say.
    """

    measurement: Measurement
    cells: dict[str, Packed]
    windows: dict[str, tuple[float, float]]
    given: dict[str, float]
    widths: tuple[float, float]
    fits: list[LawFit] = field(default_factory=list)
    not_fitted: dict[str, str] = field(default_factory=dict)
    outliers: list[Outlier] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    filters: dict[str, Filter] = field(default_factory=dict)
    derived: list[str] = field(default_factory=list)

    @property
    def best(self) -> LawFit:
        """The law with the least BIC."""
        return self.fits[0]

    def fit_of(self, name: str) -> LawFit:
        """The fit of the law called `name`; raises SpecError for one that was not fitted."""
        for f in self.fits:
            if f.law.name == name:
                return f
        reason = f": {self.not_fitted[name]}" if name in self.not_fitted else nearest(name, [f.law.name for f in self.fits])
        raise SpecError(f"law '{name}' was not fitted{reason}")

    def parameters(self, fit: LawFit) -> list[Parameter]:
        """Values, standard errors and spreads over cells."""
        return over_cells(fit.cells)

    def curves(self, fit: LawFit, cell: str) -> list[Curve]:
        """Mean curves of one cell, data and model."""
        c = fit.cells[cell]
        p, tab = c.parameters()
        return curves(self.filters[fit.law.name], self.cells[cell], p, tab, c.read_noise, self.widths)

    def miss(self, fit: LawFit) -> dict[str, float]:
        """Root mean square of mean curve, data less model, over pulses and cells, as a share of the window: SET, RESET, both."""
        squares: dict[str, list[Floats]] = {"SET": [], "RESET": []}
        for cell, (low, high) in self.windows.items():
            for c in self.curves(fit, cell):
                miss = c.miss[1:] / (high - low)
                squares["SET" if c.up else "RESET"].append(miss[np.isfinite(miss)] ** 2)
        out = {k: float(np.sqrt(np.concatenate(v).mean())) for k, v in squares.items() if v and np.concatenate(v).size}
        together = [x for v in squares.values() for x in v]
        return out | ({"both": float(np.sqrt(np.concatenate(together).mean()))} if together else {})

    def step_spread(self, fit: LawFit, cell: str, up: bool) -> StepSpread | None:
        """Spread of a measured step about the mean at the same pulse number, and that of the model with its read noise."""
        c = fit.cells[cell]
        p, tab = c.parameters()

        longest = max(s.stop - s.start for s in split(self.cells[cell]))

        def model(g: Floats, up: bool) -> Floats:
            return steps_along(fit.law, p, tab, up, self.widths, np.quantile(g, np.linspace(0.01, 0.99, 41)), longest - 1)[2]

        return step_spread(self.cells[cell], up, model, c.read_noise)

    def correlations(self, fit: LawFit, least: float = 0.9) -> list[tuple[str, str, float]]:
        """Pairs of estimates whose correlation is at least `least` in size (first cell)."""
        c = next(iter(fit.cells.values()))
        names, covariance = list(c.values), c.covariance()
        sd = np.sqrt(np.maximum(np.diag(covariance), 1e-300))
        rho = covariance / np.outer(sd, sd)
        return [
            (names[i], names[j], float(rho[i, j]))
            for i in range(len(sd)) for j in range(i) if abs(rho[i, j]) >= least
        ]  # fmt: skip


def fit_pulses(
    data: str | Path | Sequence[str | Path] | Measurement,
    *,
    read_voltage: float | None = None,
    unit: str | None = None,
    direction: Direction = "auto",
    cells: Cells = "auto",
    laws: Sequence[str] = (),
    values: Mapping[str, float] | None = None,
    t_set: float = 5e-8,
    t_reset: float = 5e-8,
    keep_outliers: bool = False,
    report: Callable[[str], None] = lambda _: None,
) -> FitResult:
    """Fit device laws to ramps of equal pulses.

    data: CSV files (see `read_ramps` for read_voltage, unit, direction, cells) or a `Measurement`. laws: names, or files such as "mylaw.py";
    all that can explain ramps by default. values: parameters that are known, in SI units, such as v_set, g_min, g_max; they are held. t_set,
    t_reset: pulse widths (seconds). keep_outliers: take nothing out. report: receives a line for each law.

    Raises DataError for data that cannot be read or hold nothing to fit, SpecError for an unknown law or parameter.
    """
    held = dict(values or {})
    measurement = (
        data
        if isinstance(data, Measurement)
        else read_ramps(data, read_voltage=read_voltage, unit=unit, direction=direction, cells=cells)
    )
    check_ramps(measurement.ramps)
    chosen = [find_law(name) for name in laws] or [LAWS[name] for name in FITTED if name in LAWS]
    known = {name for law in chosen for name in law.declared}
    for name in held:
        if name not in known:
            raise SpecError(f"no law of this fit has a parameter '{name}'{nearest(name, known)}")
    derived = _other_volts(held)
    _check_held(held, chosen)
    packed, outliers, notes = _prepare(measurement, keep_outliers)
    windows = {name: _window(data, held) for name, data in packed.items()}
    result = FitResult(
        measurement,
        packed,
        windows,
        held,
        (t_set, t_reset),
        outliers=outliers,
        notes=[*measurement.notes, *notes],
        derived=derived,
    )
    if not laws:
        result.not_fitted = {name: WHY_NOT.get(name, OTHERWISE) for name in LAWS if name not in FITTED}
    for law in chosen:
        reason = _unfit(law, packed, windows)
        fit = None if reason else _fit(law, result)
        if fit is None:
            result.not_fitted[law.name] = reason or "no start led to a likelihood"
            continue
        result.fits.append(fit)
        report(fit.label)
    if not result.fits:
        reasons = "; ".join(f"{k}: {v}" for k, v in result.not_fitted.items() if k in {law.name for law in chosen})
        raise DataError(f"no law could be fitted ({reasons})")
    result.fits.sort(key=lambda f: f.bic)
    return result


def _other_volts(held: dict[str, float]) -> list[str]:
    """Thresholds and full RESET for amplitudes that the user gave, in the ratio of the defaults; returns their names."""
    derived = []
    for given, other in (("v_set", "v_th_set"), ("v_reset", "v_th_reset"), ("v_reset", "v_full")):
        if given in held and other not in held:
            held[other] = held[given] * VOLTS[other].default / VOLTS[given].default
            derived.append(other)
    return derived


def _check_held(held: Mapping[str, float], laws: Sequence[Law]) -> None:
    for law in laws:
        own = {k: v for k, v in held.items() if k in law.declared}
        for name, value in own.items():
            d = law.declared[name]
            if not d.low <= value <= d.high:
                raise SpecError(f"{name} = {value:g} is outside the range of law '{law.name}', {d.low:g} … {d.high:g}")
        if any(law.declared[k].dimension == "voltage" for k in own):
            bad = law.checks(law.params(**({k: d.default for k, d in law.declared.items()} | own)))
            if bad:
                raise SpecError(bad[0])


def _prepare(measurement: Measurement, keep: bool) -> tuple[dict[str, Packed], list[Outlier], list[str]]:
    ramps, note = thin(measurement.ramps)
    notes = [note] if note else []
    packed: dict[str, Packed] = {}
    outliers: list[Outlier] = []
    for cell in dict.fromkeys(r.cell for r in ramps):
        own = [r for r in ramps if r.cell == cell]
        found = find_outliers(own) if not keep else [[] for _ in own]
        data = pack(own, found)
        if data.increments < 2:
            notes.append(f"cell {cell}: fewer than 2 pulses; left out")
            continue
        packed[cell] = data
        outliers += [Outlier(r.where, n, change, kind) for r, f in zip(own, found, strict=True) for n, kind, change in f]
    if not packed:
        raise DataError("no cell has as many as 2 pulses that follow each other")
    few = [c for c, d in packed.items() if d.increments < 60]
    if few and len(packed) > 1:
        notes.append(
            f"{len(few)} of {len(packed)} cells have fewer than 60 pulses: all cells were fitted together, without a spread from cell to cell"
        )
        return {"all": _join(packed)}, outliers, notes
    return packed, outliers, notes


def _join(packed: Mapping[str, Packed]) -> Packed:
    parts = list(packed.values())
    return Packed(*(np.concatenate([getattr(p, name) for p in parts]) for name in Packed._fields))


def _window(data: Packed, held: Mapping[str, float]) -> tuple[float, float]:
    """Lowest and highest conductance seen, less what read noise adds to an extreme of many reads."""
    seen = np.sort(data.y[np.isfinite(data.y)])
    steps = [s for s in (steps_of(data, True), steps_of(data, False)) if s is not None]
    read = math.sqrt(max(0.0, -float(np.mean([s.lag1 for s in steps])))) if steps else 0.0

    def extreme(x: Floats) -> float:
        """The first of x, whose order is away from the extreme: about the i-th normal of n that lie within the noise of it (G. Blom 1958)."""
        n = int(np.count_nonzero(np.abs(x - x[0]) < 3.0 * read))
        return NormalDist().inv_cdf((n - 0.375) / (n + 0.25)) * read if n >= PILE else 0.0

    low = held.get("g_min", max(0.0, float(seen[0]) + extreme(seen)))
    high = held.get("g_max", float(seen[-1]) - extreme(seen[::-1]))
    if not low < high:
        raise SpecError(
            f"g_min ({low:g} S) must be below g_max ({high:g} S); the data lie within {seen.min():g} … {seen.max():g} S"
        )
    outside = float(np.mean((seen < low - 0.1 * (high - low)) | (seen > high + 0.1 * (high - low))))
    if outside > 0.05:
        raise SpecError(f"{100 * outside:.0f} % of the reads lie outside g_min … g_max ({low:g} … {high:g} S)")
    return low, high


def _unfit(law: Law, packed: Mapping[str, Packed], windows: Mapping[str, tuple[float, float]]) -> str:
    """Why a law cannot explain these data, from its declarations; empty if it may."""
    up = any(d.up.any() for d in packed.values())
    down = any((~d.up & (d.begin == GOES_ON)).any() for d in packed.values())
    if law.can_go_down:
        return ""
    if down:
        return "RESET is gradual in these data; in this law it is abrupt"
    if not up:
        return "there are no SET ramps"
    starts = np.concatenate([(d.y[d.begin == 1] - windows[c][0]) / (windows[c][1] - windows[c][0]) for c, d in packed.items()])
    return "" if float(np.median(starts)) < 0.35 else "the ramps do not begin after a RESET, near the lowest conductance"


def _fit(law: Law, result: FitResult) -> LawFit | None:
    run = result.filters.setdefault(law.name, make_filter(law))
    best: LawFit | None = None
    last: LawFit | None = None
    for nodes in NODES if law.name == "table" else (0,):
        cells = {}
        for name, data in result.cells.items():
            d = np.diff(data.y)[data.begin[1:] == GOES_ON]
            size = float(np.sqrt(np.nanmean(d**2)))
            held = {k: v for k, v in result.given.items() if k in law.declared}
            cells[name] = Cell(data, candidate(law, data, result.windows[name], held, nodes), 1e-3 * size)
        if nodes > 5 and min(c.data.increments for c in cells.values()) < 12 * nodes:
            break
        if last is not None and best is not None:
            # Between straight pieces the misfit falls with the fourth power of the spacing in its square, by far more than the 4 assumed here:
            # finer only if a quarter of what the last doubling gained in 2 ln L would pay for the points.
            gain = 2.0 * (best.log_likelihood - last.log_likelihood)
            if gain / 4.0 < math.log(best.increments) * (best.parameters - last.parameters) * 2:
                break
        fit = fit_law(run, cells, result.widths)
        if fit is None or (best is not None and fit.bic >= best.bic):
            break
        last, best = best, fit
    return best


def ramps_from_arrays(up: Sequence[Floats], down: Sequence[Floats] = (), cell: str = "1") -> Measurement:
    """SET and RESET ramps given as arrays of conductances (siemens), NaN where nothing was read."""
    ramps = [Ramp(cell, True, np.asarray(g, dtype=np.float64), f"SET ramp {k + 1}") for k, g in enumerate(up)]
    ramps += [Ramp(cell, False, np.asarray(g, dtype=np.float64), f"RESET ramp {k + 1}") for k, g in enumerate(down)]
    return Measurement(ramps)
