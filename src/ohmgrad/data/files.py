"""The user's own data, from CSV, NPZ or IDX files."""

from __future__ import annotations

import zipfile
import zlib
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ohmgrad.data.dataset import PARTS, Dataset, as_inputs
from ohmgrad.data.idx import read_idx
from ohmgrad.data.paths import existing_file
from ohmgrad.data.prepare import SCALES, as_labels, class_list, encode, rescale, share, shuffled
from ohmgrad.data.table import read_csv
from ohmgrad.errors import DataError, SpecError, nearest

FORMATS = {"csv": (".csv", ".tsv", ".txt"), "npz": (".npz",), "idx": (".idx", "-ubyte")}


class Rows(NamedTuple):
    """One part of the data as a file gave it: inputs (n, inputs), n labels, and where they are from."""

    x: NDArray[np.float64]
    labels: NDArray[Any]
    where: str
    image_shape: tuple[int, int] | None
    header: list[str] | None  # names of the inputs


def load_files(
    train: str | PathLike[str],
    *,
    test: str | PathLike[str] | None = None,
    label: str | int | PathLike[str] | None = None,
    test_label: str | PathLike[str] | None = None,
    format: str | None = None,
    test_fraction: float = 0.2,
    valid_fraction: float = 0.0,
    seed: int = 1,
    scale: str = "minmax",
    classes: int | None = None,
) -> Dataset:
    """Return a data set from the user's own files.

    `format` is "csv", "npz" or "idx"; without it, the file's name or its first bytes tell.

    csv   `label` is the name or index of the label column, in both files; default: the last column.
    npz   arrays ``x`` and ``y``, or ``x_train``, ``y_train``, ``x_test``, ``y_test`` and perhaps ``x_valid``,
          ``y_valid`` (``train_x`` and so on are the same); arrays of more dimensions are flattened.
    idx   `train` and `test` hold images, `label` and `test_label` are the files with their labels.

    Labels are whole numbers or text. Classes are numbered in sorted order of the labels.

    Without test data, `test_fraction` of the rows become the test set; `valid_fraction` of the rows that
    are not for the test are held out. The split follows `seed` by the rule of
    `ohmgrad.data.prepare.shuffled`: the first rows in that order are for the test, the others for training;
    held-out rows are then taken from these in the same way. Where nothing is split, rows keep their order.

    `scale`: "minmax" takes each input to [0, 1] by its training minimum and maximum (others are clipped),
    "max" divides by the largest training value, "none" takes the values as they are.

    Raises `SpecError` for a setting out of range and `DataError` for a file that is missing, damaged, or
    does not fit; the message names the file and the place.
    """
    for name, fraction in (("test_fraction", test_fraction), ("valid_fraction", valid_fraction)):
        if not 0 <= fraction < 1:
            raise SpecError(f"{name} = {fraction} is out of range; 0 <= {name} < 1 is needed")
    if scale not in SCALES:
        raise SpecError(f"unknown scale '{scale}'{nearest(scale, SCALES)}")
    path = existing_file(train)
    kind = _format(path, format)
    if kind == "npz" and label is not None:
        raise SpecError(f"label is for CSV and IDX files, but {path} is read as npz; leave label out")
    if test_label is not None and (kind != "idx" or test is None):
        raise SpecError("test_label names the labels of an IDX file given as test; leave it out, or give that file")

    parts = _read(path, kind, label, "label")
    if "train" not in parts:
        raise DataError(f"{path} has no training data, only {', '.join(parts)}; x_train and y_train are needed")
    if "valid" in parts and valid_fraction:
        raise SpecError(f"{path} has held-out data of its own; leave valid_fraction out")
    if test is not None:
        if "test" in parts:
            raise SpecError(f"{path} has test data of its own; leave test out")
        own = _read(existing_file(test), kind, test_label if kind == "idx" else label, "test_label")
        parts["test"] = own["test"] if "test" in own else own["train"]
    for rows in parts.values():
        _check_fit(rows, parts["train"])

    known = class_list(parts["train"].labels, classes, path)
    x = {part: rows.x for part, rows in parts.items()}
    y = {part: encode(rows.labels, known, rows.where) for part, rows in parts.items()}
    shape = parts["train"].image_shape
    del parts  # the arrays as read are not needed beside the scaled ones
    for part, fraction in (("test", test_fraction), ("valid", valid_fraction)):
        if part not in x:
            _take(x, y, part, fraction, seed, path)
    present = np.unique(y["train"])
    if len(present) < 2:
        raise DataError(f"{path}: the training rows after the split have only the class {known[present[0]]!r}")
    x = rescale(x, scale)
    numbered = known == tuple(range(len(known)))
    return Dataset(
        name=path.name.split(".")[0] or path.name,
        train_x=x["train"],
        train_y=y["train"],
        valid_x=x["valid"],
        valid_y=y["valid"],
        test_x=x["test"],
        test_y=y["test"],
        classes=len(known),
        image_shape=shape,
        class_names=() if numbered else tuple(str(name) for name in known),
    )


def _format(path: Path, format: str | None) -> str:
    """Return the format that is asked for, or else what the file's name or its first bytes tell."""
    if format is not None:
        if format not in FORMATS:
            raise SpecError(f"unknown format '{format}'{nearest(format, FORMATS)}")
        return format
    name = path.name.lower().removesuffix(".gz")
    for kind, ends in FORMATS.items():
        if name.endswith(ends):
            return kind
    with open(path, "rb") as file:
        start = file.read(2)
    return {b"PK": "npz", b"\0\0": "idx", b"\x1f\x8b": "idx"}.get(start, "csv")


def _read(path: Path, kind: str, label: str | int | PathLike[str] | None, argument: str) -> dict[str, Rows]:
    """Return the parts that a file holds; one that does not say which it is counts as "train"."""
    if kind == "npz":
        return _read_npz(path)
    if kind == "csv":
        table = read_csv(path, label if isinstance(label, int) or label is None else str(label))
        return {"train": _rows(table.x, as_labels(table.labels, path), str(path), table.header)}
    if label is None or isinstance(label, int):
        raise SpecError(f"{path} is an IDX file of images; {argument} must be the path of the IDX file with their labels")
    images, labels = read_idx(path), read_idx(label)
    if images.ndim < 2 or len(images) != len(labels):
        raise DataError(f"{path} has shape {images.shape}, but {label} has {len(labels)} labels; they must agree")
    return {"train": _rows(images, as_labels(labels, Path(label)), str(path))}


def _read_npz(path: Path) -> dict[str, Rows]:
    """Return the parts of an NPZ file; pickled objects are refused."""
    if not zipfile.is_zipfile(path):
        raise DataError(f"{path} is no readable NPZ file: its zip directory is missing; write it again with numpy.savez")
    key = ""
    try:
        with np.load(path, allow_pickle=False) as archive:
            keys = {name.lower(): name for name in archive.files}
            parts = {}
            for part in PARTS:
                for key_x, key_y in _npz_keys(part):
                    if part in parts or key_x not in keys:
                        continue
                    if key_y not in keys:
                        raise DataError(f"{path} has '{key_x}', but no '{key_y}'; it has {', '.join(archive.files)}")
                    x, y = (archive[key := keys[k]] for k in (key_x, key_y))
                    if x.ndim < 2 or len(x) != y.size:
                        raise DataError(
                            f"{path}: '{key_x}' has shape {x.shape} and '{key_y}' {y.shape}; (n, inputs) and (n,) are needed"
                        )
                    parts[part] = _rows(x, as_labels(y, path), f"{path}: {key_x}")
            if not parts:
                raise DataError(
                    f"{path} lacks x and y, or x_train, y_train, x_test and y_test; "
                    f"it has {', '.join(archive.files) or 'no arrays'}"
                )
    except (ValueError, OSError, EOFError, KeyError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(f"{path}: the array '{key}' cannot be read: {error}") from None
    return parts


def _npz_keys(part: str) -> list[tuple[str, str]]:
    """Return the names, in lower case, that the arrays of a part may have."""
    names = {"train": ["train"], "valid": ["valid", "val"], "test": ["test"]}[part]
    pairs = [pair for name in names for pair in ((f"x_{name}", f"y_{name}"), (f"{name}_x", f"{name}_y"))]
    return [*pairs, ("x", "y")] if part == "train" else pairs


def _rows(x: NDArray[Any], labels: NDArray[Any], where: str, header: list[str] | None = None) -> Rows:
    if not len(x):
        raise DataError(f"{where} has no rows")
    shape = (int(x.shape[1]), int(x.shape[2])) if x.ndim == 3 else None
    return Rows(as_inputs(x.reshape(len(x), -1), where), labels, where, shape, header)


def _check_fit(rows: Rows, train: Rows) -> None:
    """Raise `DataError` if the columns of `rows` are not those of the training data."""
    columns, wanted = rows.x.shape[1], train.x.shape[1]
    if columns != wanted:
        raise DataError(f"{rows.where} has {columns} inputs, but {train.where} has {wanted}")
    for i, (name, other) in enumerate(zip(rows.header or [], train.header or [], strict=False)):
        if name != other:
            raise DataError(f"{rows.where} has '{name}' as input {i + 1}, but {train.where} has '{other}' there")


def _take(
    x: dict[str, NDArray[np.float64]],
    y: dict[str, NDArray[np.int64]],
    part: str,
    fraction: float,
    seed: int,
    path: Path,
) -> None:
    """Move `fraction` of the training rows, in shuffled order, to `part`."""
    n = len(x["train"])
    count = share(n, fraction)
    if count == n or (part == "test" and not count):
        left = "test" if not count else "training"
        raise DataError(f"{path}: {part}_fraction = {fraction} of {n} rows leaves no {left} rows; change the fraction")
    # With nothing to take, the rows keep their order.
    order = shuffled(n, seed) if count else np.arange(n)
    taken, kept = order[:count], order[count:]
    x[part], y[part] = x["train"][taken], y["train"][taken]
    if count:
        x["train"], y["train"] = x["train"][kept], y["train"][kept]
