"""Weights trained elsewhere, written onto arrays by pulses with verify.

Each matrix of the file is an array of differential pairs of its own, w = w_max·(G+ − G−)/(g_max − g_min), one cell of a pair at g_min. Cells begin at
their g_min, as after a full RESET; dead and stuck ones where their fault has them. What cells differ in is drawn as for a network with these layers.

    result = program(load_weights("weights.npz"), load_device("neurosim-epiram"))
    result.weights["W0"]        what the array then holds
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ohmgrad.arrays.geometry import Geometry
from ohmgrad.devices.resolve import complete_device, resolve
from ohmgrad.devices.section import Device
from ohmgrad.errors import DataError, SpecError
from ohmgrad.experiments.build import build
from ohmgrad.experiments.spec import Data, Learning, Network, Spec, Synapse
from ohmgrad.network.initial import initial_cells
from ohmgrad.network.setup import Setup
from ohmgrad.programming.verify import FAILURES, PULSES, Written, check_targets, verifying, write_verify

Floats = npt.NDArray[np.float64]
LAYERS = 256  # a draw's address has eight bits for the layer


@dataclass(frozen=True)
class Programmed:
    """Arrays after programming, by the names of the file.

    wanted, weights: before and after, in weight units; w_max: weight of a pair at the corner of the window; arrays: `Written` each, its members G+ and G−;
    window (siemens); seconds: taken by the loops, without compilation.
    """

    wanted: dict[str, Floats]
    weights: dict[str, Floats]
    w_max: dict[str, float]
    arrays: dict[str, Written]
    window: tuple[float, float]
    tolerance: float
    seed: int
    seconds: float

    def error(self, name: str) -> float:
        """Root of the mean squared error of a matrix, relative to its w_max."""
        return float(np.sqrt(np.mean((self.weights[name] - self.wanted[name]) ** 2)) / self.w_max[name])

    def summary(self) -> dict[str, Any]:
        """Plain dictionary, for JSON: each array, and all together."""
        arrays = list(self.arrays.values())
        energies, lines = [a.energy_j for a in arrays], [a.time_bit_line_s for a in arrays]
        known = [e for e in energies if e is not None]
        cells = sum(a.cells for a in arrays)
        kinds = [sum(int(a.pulses[k].sum()) for a in arrays) for k in range(3)]
        return {
            "cells": cells,
            "yield": sum(a.reached for a in arrays) / cells,
            "truly_within": sum(a.truly_within for a in arrays) / cells,
            "tolerance_s": self.tolerance,
            "failures": {text: sum(a.failures[text] for a in arrays) for text in FAILURES.values()},
            "pulses": dict(zip(PULSES, kinds, strict=True)),
            "reads": sum(a.reads for a in arrays),
            "pulses_per_cell": self.percentiles(),
            "time_serial_s": sum(a.time_s for a in arrays),
            "time_bit_line_s": sum(t for t in lines if t is not None) if None not in lines else None,
            "energy_j": dict(zip((*PULSES, "read"), map(sum, zip(*known, strict=True)), strict=True)) if len(known) == len(arrays) else None,
            "weight_error_rms": {name: self.error(name) for name in self.arrays},
            "w_max": self.w_max,
            "histogram": {name: a.histogram().tolist() for name, a in self.arrays.items()},
            "seed": self.seed,
            "seconds": self.seconds,
        }  # fmt: skip

    def percentiles(self) -> dict[str, int]:
        """Of the cells that got pulses: pulses of the middle one, of the one that 95 % do not exceed, and the most."""
        n = np.sort(np.concatenate([a.pulses.sum(axis=0).ravel() for a in self.arrays.values()]))
        n = n[n > 0] if n[-1] else n
        return {"median": int(n[len(n) // 2]), "95 %": int(n[min(int(0.95 * len(n)), len(n) - 1)]), "most": int(n[-1])}


def load_weights(path: str | Path) -> dict[str, Floats]:
    """Matrices (inputs, outputs) of an .npz file, by name, in its order; raises DataError."""
    path = Path(path)
    if not path.is_file():
        raise DataError(f"there is no file {path}" if not path.exists() else f"{path} is a folder; name an .npz file")
    try:
        loaded = np.load(path, allow_pickle=False)
    except Exception as e:  # not a zip archive, cut off, a pickle: each its own error
        raise DataError(f"{path} is no .npz file of matrices; write one with numpy.savez({path.name!r}, W0=…, W1=…)") from e
    if isinstance(loaded, np.ndarray):
        raise DataError(f"{path} holds a single array (.npy); write it with numpy.savez({path.name!r}, W0=…)")
    out = {}
    with loaded:
        for name in loaded.files:
            try:
                a = loaded[name]
            except Exception as e:
                raise DataError(f"{path}: '{name}' cannot be read: it is damaged, or an array of Python objects") from e
            out[name] = a
    if not out:
        raise DataError(f"{path} is empty; wanted: one matrix (inputs, outputs) per layer")
    return check_weights(out, str(path))


def check_weights(weights: Mapping[str, npt.NDArray[Any]], where: str = "weights") -> dict[str, Floats]:
    """The same as float64; raises DataError for anything but finite real matrices with at least one weight."""
    if not 1 <= len(weights) <= LAYERS:
        raise DataError(f"{where}: {len(weights)} matrices; wanted: 1 to {LAYERS}")
    out = {}
    for name, a in weights.items():
        a = np.asarray(a)
        if a.dtype.kind not in "fiub":
            raise DataError(f"{where}: '{name}' holds {a.dtype}; wanted: real numbers")
        if a.ndim != 2:
            raise DataError(f"{where}: '{name}' has the shape {a.shape}; wanted: a matrix (inputs, outputs)")
        if not a.size:
            raise DataError(f"{where}: '{name}' has the shape {a.shape} and holds no weight")
        values = np.asarray(a, dtype=np.float64)
        bad = np.argwhere(~np.isfinite(values))
        if len(bad):
            i, j = (int(k) for k in bad[0])
            raise DataError(f"{where}: '{name}'[{i}, {j}] = {values[i, j]} is not a finite number")
        out[name] = values
    return out


def pair_targets(w: Floats, w_max: float, low: float, high: float, name: str = "W") -> Floats:
    """Targets (inputs, outputs, 2) in siemens: G+ − G− = (high − low)·w/w_max, the smaller of them `low`.

    Raises SpecError for a weight beyond w_max.
    """
    if not w_max > 0.0:
        raise SpecError(f"w_max ({w_max}) must be above 0")
    bad = np.argwhere(np.abs(w) > w_max)
    if len(bad):
        i, j = (int(k) for k in bad[0])
        raise SpecError(
            f"{name}[{i}, {j}] = {w[i, j]:g} is outside the window: w_max = {w_max:g} ({len(bad)} such weights); the largest is "
            f"{np.abs(w).max():g}, so set w_max to that or more"
        )
    up = np.minimum(low + (high - low) * (np.abs(w) / w_max), high)
    return np.stack([np.where(w > 0.0, up, low), np.where(w < 0.0, up, low)], axis=-1)


def program(
    weights: Mapping[str, npt.NDArray[Any]],
    device: Device,
    *,
    tolerance: float | None = None,
    w_max: float | None = None,
    seed: int = 1,
    repeat: int = 0,
    threads: int = 1,
    most: int = 1000,
    stop: Literal["within", "passed"] = "within",
    **options: Any,
) -> Programmed:
    """Write matrices onto arrays of `device`.

    tolerance (siemens): 1 % of the window by default; w_max: one for all matrices, by default the largest |w| of each (1 where all are 0); seed and
    repeat: address of everything random; most, stop and options: see `ohmgrad.programming.verify.verifying`. Raises SpecError, DataError.
    """
    matrices = check_weights(weights)
    device = complete_device(device)
    resolved = resolve(device)
    p = resolved.params
    low, high = p.g_min, p.g_max
    how = verifying(resolved, 0.01 * (high - low) if tolerance is None else tolerance, most=most, stop=stop, **options)
    scale = {name: float(w_max if w_max is not None else np.abs(w).max() or 1.0) for name, w in matrices.items()}
    targets = {name: pair_targets(w, scale[name], low, high, name) for name, w in matrices.items()}
    setup = _setup(device, [w.shape for w in matrices.values()], seed)
    cells, kernels = initial_cells(setup, repeat), setup.loops
    arrays, seconds = {}, 0.0
    for layer, (name, target) in enumerate(targets.items()):
        check_targets(target, low, high, name)
        part = slice(setup.geometry.synapse[layer], setup.geometry.synapse[layer + 1])
        if not layer:  # compile
            write_verify(
                kernels, resolved, cells.state[:, :1].copy(), cells.varied[:, :1], np.full((1, 1, 2), np.nan), how, seed=seed
            )
        state, varied = cells.state[:, part].copy(), cells.varied[:, part].copy()
        begun = time.perf_counter()
        arrays[name] = write_verify(
            kernels, resolved, state, varied, target, how, seed=seed, repeat=repeat, layer=layer, threads=threads
        )
        seconds += time.perf_counter() - begun
    reached = {name: scale[name] * (a.conductance[..., 0] - a.conductance[..., 1]) / (high - low) for name, a in arrays.items()}
    return Programmed(matrices, reached, scale, arrays, (low, high), how.tolerance, seed, seconds)


def _setup(device: Device, shapes: list[tuple[int, ...]], seed: int) -> Setup:
    """A network's parts around arrays of any shapes, all cells at their g_min; what belongs to training is never used."""

    def starts(lengths: Any) -> npt.NDArray[np.int64]:
        return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)

    shape = np.array(shapes, dtype=np.int64)
    geo = Geometry(shape, starts(shape[:, 0] * shape[:, 1]), starts(shape[:, 0]), starts(shape[:, 1]))
    spec = Spec(
        seed=seed, data=Data(source="files", train_file="-"), network=Network(layers=[1, 1]), device=device,
        synapse=Synapse(w_max=[1.0]), learning=Learning(rate=[1.0]),
    )  # fmt: skip
    return replace(build(spec, True), geometry=geo, start=np.zeros(len(shape)))
