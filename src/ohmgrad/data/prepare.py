"""From rows as they were read to a data set: labels to integers, the split, and the scale."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ohmgrad.errors import DataError, SpecError, nearest

SCALES = ("minmax", "max", "none")


def class_list(labels: NDArray[Any], classes: int | None, where: Path | str) -> tuple[Any, ...]:
    """Return the labels that stand for class 0, 1, ... in sorted order.

    With `classes` and whole numbers that are all below it, these are 0 to ``classes - 1``, so that
    a class may be without an example.

    Raises `DataError` if there is only one label, or more than `classes`.
    """
    distinct = np.unique(labels).tolist()
    if len(distinct) == 1:
        raise DataError(f"{where} has only the class {distinct[0]!r}; at least 2 classes are needed to learn anything")
    if classes is None:
        return tuple(distinct)
    if labels.dtype.kind == "i" and distinct[0] >= 0 and distinct[-1] < classes:
        return tuple(range(classes))
    if len(distinct) != classes:
        raise DataError(f"{where} has {len(distinct)} classes ({_some(distinct)}), but classes = {classes}")
    return tuple(distinct)


def as_labels(values: Sequence[str] | NDArray[Any], where: Path | str) -> NDArray[Any]:
    """Return labels as int64 if all are whole numbers (``3``, ``3.0``), else as text, of shape (n,)."""
    raw = np.asarray(values)
    if raw.ndim != 1:
        raise DataError(f"{where}: the labels have shape {raw.shape}; one label for each row, (n,), is needed")
    if raw.dtype.kind in "US":
        # Few labels are distinct, so converting those is much faster than converting each.
        distinct, places = np.unique(raw.astype(str), return_inverse=True)
        try:
            numbers = np.array([float(text) for text in distinct])
        except ValueError:
            return raw.astype(str)
        raw = numbers[places]
    if raw.dtype.kind not in "biuf":
        raise DataError(f"{where}: the labels are of type {raw.dtype}; whole numbers or text are needed")
    if not np.isfinite(raw).all() or not np.array_equal(raw, np.trunc(raw)) or np.abs(raw).max(initial=0) >= 2**53:
        odd = raw[~np.isfinite(raw) | (raw != np.trunc(raw)) | (np.abs(raw) >= 2**53)][0]
        raise DataError(f"{where} has the label {odd}; whole numbers or text are needed")
    return raw.astype(np.int64)


def encode(labels: NDArray[Any], known: tuple[Any, ...], where: Path | str) -> NDArray[np.int64]:
    """Return each label's place in `known`, which is sorted; `DataError` names a label that is not in it."""
    if (labels.dtype.kind == "i") != isinstance(known[0], int):
        raise DataError(f"{where} has labels such as '{labels[0]}', but the training labels are such as '{known[0]}'")
    ordered = np.array(known)
    places = np.searchsorted(ordered, labels)
    wrong = ordered[np.minimum(places, len(known) - 1)] != labels
    if wrong.any():
        row = int(np.argmax(wrong))
        hint = nearest(str(labels[row]), map(str, known)) if len(known) <= 100 else ""
        raise DataError(f"{where} has the label '{labels[row]}' at row {row} (from 0), which training lacks{hint}")
    return places.astype(np.int64)


def shuffled(n: int, seed: int) -> NDArray[np.int64]:
    """Return 0 to ``n - 1`` in an order that `seed` alone decides, the same with every version of NumPy.

    The rule: row i is sorted by the BLAKE2b digest, 16 bytes long, of the text "seed:i" in ASCII decimals.

    >>> shuffled(8, seed=1).tolist()
    [7, 1, 3, 2, 0, 6, 4, 5]
    """
    digests = [hashlib.blake2b(f"{seed}:{i}".encode(), digest_size=16).digest() for i in range(n)]
    return np.array(sorted(range(n), key=digests.__getitem__), dtype=np.int64)


def share(n: int, fraction: float) -> int:
    """Return `fraction` of `n` rows, rounded half up."""
    return int(n * fraction + 0.5)


def rescale(parts: dict[str, NDArray[np.float64]], scale: str) -> dict[str, NDArray[np.float64]]:
    """Return the inputs of train, valid and test, scaled by what the training inputs alone say.

    "minmax" takes each column's training minimum to 0 and maximum to 1, a constant column to 0, and clips
    the other parts to [0, 1]; "max" divides by the largest training value of all; "none" changes nothing.
    """
    train = parts["train"]
    if scale == "minmax":
        low = train.min(axis=0)
        span = train.max(axis=0) - low
        # A constant column is divided by infinity: 0 wherever the value is finite.
        span[span == 0] = np.inf
        scaled = {name: x - low for name, x in parts.items()}
        for x in scaled.values():
            x /= span
            np.clip(x, 0.0, 1.0, out=x)
        return scaled
    if scale == "max":
        largest = train.max()
        if largest <= 0:
            raise DataError(f'scale = "max" divides by the largest training value, which is {largest}; use "minmax"')
        return {name: x / largest for name, x in parts.items()}
    if scale == "none":
        return parts
    raise SpecError(f"unknown scale '{scale}'{nearest(scale, SCALES)}")


def _some(values: Sequence[Any]) -> str:
    shown = ", ".join(str(value) for value in values[:8])
    return shown + (", ..." if len(values) > 8 else "")
