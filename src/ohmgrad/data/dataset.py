"""The one form in which data reach the simulator: six checked arrays and what they mean."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ohmgrad.errors import DataError

PARTS = ("train", "valid", "test")


@dataclass(frozen=True, eq=False)
class Dataset:
    """Inputs and labels for training, for choosing between runs, and for the final test.

    Every ``x`` is float64 of shape (n, inputs), C-contiguous; every ``y`` is int64 of shape (n,) with
    labels 0 to ``classes - 1``. The arrays are read-only, so that `sha256` stays true.
    The held-out set ``valid`` may have no rows.

    `image_shape` is (height, width) if a row of ``x`` is a flattened image.
    `class_names` names the classes in the order of their labels, or is empty.

    Raises `DataError`, naming the array, row and column, if an array is not of this form.
    """

    name: str
    train_x: NDArray[np.float64]
    train_y: NDArray[np.int64]
    valid_x: NDArray[np.float64]
    valid_y: NDArray[np.int64]
    test_x: NDArray[np.float64]
    test_y: NDArray[np.int64]
    classes: int
    image_shape: tuple[int, int] | None = None
    class_names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.classes < 2:
            raise DataError(f"data set '{self.name}' has {self.classes} class; at least 2 are needed to learn anything")
        if self.class_names and len(self.class_names) != self.classes:
            raise DataError(f"data set '{self.name}' has {self.classes} classes, but {len(self.class_names)} class names")
        for part in PARTS:
            x = as_inputs(getattr(self, f"{part}_x"), f"{self.name}: {part}_x")
            y = _labels(getattr(self, f"{part}_y"), f"{self.name}: {part}_y", self.classes)
            if len(x) != len(y):
                raise DataError(f"{self.name}: {part}_x has {len(x)} rows, but {part}_y has {len(y)} labels")
            if part != "valid" and not len(x):
                raise DataError(f"{self.name}: {part}_x has no rows; at least 1 is needed")
            object.__setattr__(self, f"{part}_x", x)
            object.__setattr__(self, f"{part}_y", y)
            if x.shape[1] != self.inputs:
                raise DataError(f"{self.name}: {part}_x has {x.shape[1]} columns, but train_x has {self.inputs}")
        if not self.inputs:
            raise DataError(f"{self.name}: train_x has no columns; at least 1 is needed")
        if self.image_shape is not None and self.image_shape[0] * self.image_shape[1] != self.inputs:
            raise DataError(
                f"{self.name}: images of {self.image_shape[0]} x {self.image_shape[1]} pixels "
                f"do not fit rows of {self.inputs} inputs"
            )

    @property
    def inputs(self) -> int:
        """Number of inputs, that is columns of ``x``."""
        return int(self.train_x.shape[1])

    @cached_property
    def sha256(self) -> str:
        """SHA-256 (hexadecimal) of the six arrays with names and shapes; the same on every machine."""
        digest = hashlib.sha256()
        for part in PARTS:
            for field, kind in ((f"{part}_x", "<f8"), (f"{part}_y", "<i8")):
                array = getattr(self, field).astype(kind, copy=False)
                digest.update(f"{field} {kind} {array.shape}\n".encode())
                if array.size:  # a buffer of no bytes with two dimensions cannot be read flat
                    digest.update(array.data)
        return digest.hexdigest()

    def describe(self) -> str:
        """Return one line for a person: the sizes, and the start of the content hash."""
        image = f" ({self.image_shape[0]} x {self.image_shape[1]})" if self.image_shape else ""
        train, valid, test = len(self.train_x), len(self.valid_x), len(self.test_x)
        return (
            f"{self.name}: {self.inputs} inputs{image}, {self.classes} classes; {train} training, "
            f"{valid} held-out and {test} test examples; sha256 {self.sha256[:12]}"
        )


def as_inputs(values: Any, where: str) -> NDArray[np.float64]:
    """Return `values` as a finite, read-only, C-contiguous float64 matrix."""
    try:
        raw = np.asarray(values)
    except ValueError:  # rows of different lengths
        raise DataError(f"{where} is not an array of numbers of shape (n, inputs)") from None
    if raw.dtype.kind not in "biuf":
        raise DataError(f"{where} is of type {raw.dtype}, which is not an array of numbers")
    x = np.ascontiguousarray(raw, dtype=np.float64)
    if x.ndim != 2:
        raise DataError(f"{where} has shape {x.shape}; (n, inputs) is needed")
    finite = np.isfinite(x)
    if not finite.all():
        row, column = np.unravel_index(int(np.argmin(finite)), x.shape)
        raise DataError(f"{where} is {x[row, column]} at row {row}, column {column} (from 0); every value must be finite")
    return _read_only(x)


def _labels(values: Any, where: str, classes: int) -> NDArray[np.int64]:
    """Return `values` as a read-only int64 vector of labels 0 to ``classes - 1``."""
    raw = np.asarray(values)
    if raw.ndim != 1:
        raise DataError(f"{where} has shape {raw.shape}; one label for each row, (n,), is needed")
    if raw.dtype.kind not in "iuf" or (raw.dtype.kind == "f" and not np.array_equal(raw, np.trunc(raw))):
        raise DataError(f"{where} holds labels that are not whole numbers; labels are 0 to {classes - 1}")
    wrong = (raw < 0) | (raw >= classes)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise DataError(f"{where} is {raw[row]} at row {row} (from 0); labels are 0 to {classes - 1}")
    return _read_only(np.ascontiguousarray(raw, dtype=np.int64))


def _read_only(array: NDArray[Any]) -> NDArray[Any]:
    """Return a view that cannot be written; the caller's own array stays as it is."""
    view = array.view()
    view.flags.writeable = False
    return view
