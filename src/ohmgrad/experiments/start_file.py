"""Training that goes on from arrays written before: the .npz file of ``ohmgrad program`` as the start of a run.

The file holds, for each matrix NAME, the weights reached and the conductances ``NAME.g_plus``, ``NAME.g_minus`` (siemens). Matrices are the layers, in the
order of the file. A matrix has a row for the bias neuron, the last one; if that is missing, bias cells start at g_min, weight 0.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ohmgrad.errors import DataError, SpecError

Floats = npt.NDArray[np.float64]


def load_start(path: str, shapes: list[tuple[int, int]], w_max: list[float], window: tuple[float, float]) -> list[Floats]:
    """Conductances (rows, columns, 2) of each layer.

    shapes: (rows with bias, columns) of each layer; w_max of each; window: nominal g_min, g_max (siemens). Raises DataError for a file that is none, SpecError for
    one that does not fit.
    """
    arrays = _read(path)
    names = [k.removesuffix(".g_plus") for k in arrays if k.endswith(".g_plus")]
    if not names:
        raise DataError(
            f"{path} holds no conductances (NAME.g_plus, NAME.g_minus); write them with 'ohmgrad program weights.npz --device …'"
        )
    if len(names) != len(shapes):
        raise SpecError(f"synapse.start_file: {path} holds {len(names)} arrays, and the network has {len(shapes)} layers")
    out, (low, high) = [], window
    for name, (rows, columns), wanted in zip(names, shapes, w_max, strict=True):
        pair = [arrays.get(f"{name}.{side}", np.empty(0)) for side in ("g_plus", "g_minus")]
        if pair[0].shape != pair[1].shape or pair[0].shape not in ((rows, columns), (rows - 1, columns)):
            raise SpecError(
                f"synapse.start_file: '{name}' of {path} has the shape {pair[0].shape}, but the layer has {rows - 1} inputs (and one bias neuron) and {columns} outputs"
            )
        g = np.full((rows, columns, 2), low)
        for m in range(2):
            g[: len(pair[m]), :, m] = pair[m]
        if not ((g >= low * (1 - 1e-9)) & (g <= high * (1 + 1e-9))).all():
            raise SpecError(
                f"synapse.start_file: conductances of '{name}' in {path} are outside the device's window; take the device it was written with"
            )
        scale = _scale(arrays.get(name), pair[0] - pair[1], high - low)
        if scale is not None and abs(scale - wanted) > 1e-6 * scale:
            raise SpecError(
                f"synapse.w_max = {wanted:g}, but '{name}' of {path} was written with w_max = {scale:.9g}; set that"
            )
        out.append(g)
    return out


def _scale(weights: Any, difference: Floats, window: float) -> float | None:
    """w_max with which the weights were written; None if nothing tells."""
    if weights is None or weights.shape != difference.shape or not difference.any():
        return None
    at = np.unravel_index(np.argmax(np.abs(difference)), difference.shape)
    return float(weights[at] * window / difference[at])


def _read(path: str) -> dict[str, Any]:
    if not Path(path).is_file():
        raise DataError(f"synapse.start_file: there is no file {path}")
    try:
        with np.load(path, allow_pickle=False) as loaded:
            return {k: loaded[k] for k in loaded.files}
    except Exception as e:  # not a zip archive, cut off, a pickle: each its own error
        raise DataError(f"synapse.start_file: {path} is no .npz file that 'ohmgrad program' wrote") from e
