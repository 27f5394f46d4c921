"""Results as tables for other programs: CSV, Parquet, and an xarray dataset. The last two are optional: ``pip install 'ohmgrad[tables]'``."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from ohmgrad.errors import RunError
from ohmgrad.sweep.query import Results, rows_of
from ohmgrad.sweep.store import NUMBERS, Store

UNITS = {"array_time_s": "s", "array_time_serial_s": "s", "array_energy_j": "J", "seconds": "s"}
SI = {
    "conductance": "S",
    "resistance": "ohm",
    "voltage": "V",
    "current": "A",
    "time": "s",
    "energy": "J",
    "temperature": "K",
    "power": "W",
    "charge": "C",
}
BATCH = 5000  # rows at a time


def write_export(store: Store, path: str | Path) -> int:
    """Write every stored run of the sweep at hand, a row each, as .csv or .parquet, or as an xarray dataset (.nc); returns the number of runs.

    Values are in SI units, accuracies are shares. The file appears whole or not at all. Raises RunError.
    """
    path = Path(path)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    writers = {".csv": _csv, ".parquet": _parquet, ".nc": _netcdf}
    if path.suffix not in writers:
        raise RunError(f"{path}: give the name of a file that ends in {', '.join(writers)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        n = writers[path.suffix](store, part)
        os.replace(part, path)
    except OSError as e:
        raise RunError(f"{path} cannot be written: {e.strerror or e}") from None
    finally:
        part.unlink(missing_ok=True)
    return n


def columns(store: Store) -> tuple[list[str], list[str]]:
    """Names of the columns in the store, and in the table: point, a field for each axis, repeat, results."""
    fields = Results(store).fields
    names = ["point", *(f"a{k}" for k in range(len(fields))), "repeat", *NUMBERS]
    return names, ["point", *(f.name for f in fields), "repeat", *NUMBERS]


def _csv(store: Store, part: Path) -> int:
    names, titles = columns(store)
    n = 0
    with open(part, "w", encoding="utf-8", newline="") as f:
        out = csv.writer(f)
        out.writerow(titles)
        for row in rows_of(store):
            out.writerow(["" if row[name] is None else row[name] for name in names])
            n += 1
    return n


def _parquet(store: Store, part: Path) -> int:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise RunError("Parquet needs pyarrow, which is not installed; pip install 'ohmgrad[tables]', or write .csv") from None
    results = Results(store)
    names, titles = columns(store)
    kinds = {name: pa.float64() for name in names} | {"point": pa.int64(), "repeat": pa.int64()}
    for k in range(len(results.fields)):
        if any(isinstance(v, str) for v in results.values(k)):
            kinds[f"a{k}"] = pa.string()
    schema = pa.schema([(title, kinds[name]) for name, title in zip(names, titles, strict=True)])
    n = 0
    batch: list[Any] = []

    def column(name: str) -> list[Any]:
        values = [row[name] for row in batch]
        return [None if v is None else str(v) for v in values] if kinds[name] == pa.string() else values

    with pq.ParquetWriter(part, schema) as out:

        def flush() -> None:
            out.write_table(
                pa.table({t: pa.array(column(m), kinds[m]) for m, t in zip(names, titles, strict=True)}, schema=schema)
            )

        for row in rows_of(store):
            batch.append(row)
            n += 1
            if len(batch) == BATCH:
                flush()
                batch = []
        if batch or not n:
            flush()
    return n


def to_xarray(store: Store) -> Any:
    """The results as an `xarray.Dataset`, SI units in the attributes, not-a-number where a run is missing.

    A grid has a dimension for each axis, and `repeat`; a Latin hypercube has the dimensions `point` and `repeat`, its places as coordinates of the points.
    Raises RunError if xarray is not installed.
    """
    try:
        import xarray
    except ImportError:
        raise RunError("an xarray dataset needs xarray, which is not installed; pip install 'ohmgrad[tables]'") from None
    results = Results(store)
    axes = [results.values(k) for k in range(len(results.fields))]
    repeats = list(range(results.first, results.end))
    is_grid = not store.meta("random", 0) and int(np.prod([len(a) for a in axes])) == results.points
    names = [f.name for f in results.fields]
    shape = [len(a) for a in axes] if is_grid else [results.points]
    arrays = {name: np.full((*shape, len(repeats)), np.nan) for name in NUMBERS}
    where = [{v: i for i, v in enumerate(a)} for a in axes]
    for row in rows_of(store):
        at = tuple(w[row[f"a{k}"]] for k, w in enumerate(where)) if is_grid else (row["point"],)
        for name, array in arrays.items():
            if row[name] is not None:
                array[(*at, row["repeat"] - results.first)] = row[name]
    dims = [*names, "repeat"] if is_grid else ["point", "repeat"]
    coords: dict[str, Any] = {"repeat": np.array(repeats, dtype=np.int32)}
    for k, (name, axis) in enumerate(zip(names, axes, strict=True)):
        mixed = any(isinstance(v, str) for v in axis)
        attributes = {"units": SI.get(results.fields[k].dimension, "1")}
        values = axis if is_grid else [results.place(p)[k] for p in range(results.points)]
        coords[name] = (
            name if is_grid else "point",
            [str(v) for v in values] if mixed else values,
            {} if mixed else attributes,
        )
    data = {name: (dims, array, {"units": UNITS.get(name, "1")}) for name, array in arrays.items()}
    about = {
        "title": store.meta("title", ""),
        "base": store.meta("base", ""),
        "versions": json.dumps(store.meta("versions", {})),
    }
    return xarray.Dataset(data, coords=coords, attrs=about)


def _netcdf(store: Store, part: Path) -> int:
    data = to_xarray(store)
    data.to_netcdf(part, engine="scipy", format="NETCDF3_64BIT")
    return int(np.isfinite(data["test_accuracy"].values).sum())
