"""What a store says: means over repeats with their intervals, along the axes and point by point. All sums are done in SQL."""

from __future__ import annotations

import functools
import json
import math
import sqlite3
from collections.abc import Iterator
from typing import Any, NamedTuple

from ohmgrad.experiments.diagnosis import together
from ohmgrad.experiments.interval import student_t
from ohmgrad.sweep.fields import Known
from ohmgrad.sweep.plan import label, value_text
from ohmgrad.sweep.store import Store

MOST_PLACES = 60  # values on an axis; more are put together in bins
BINS = 24


class Mean(NamedTuple):
    """Mean over n values, and half its 95 % interval (Student's t); None for fewer than two."""

    value: float
    half: float | None
    n: int


class Row(NamedTuple):
    """One point: where it lies, its accuracies (test, training), and what it costs."""

    point: int
    place: tuple[float | str, ...]
    test: Mean | None
    train: Mean | None
    pulses: float | None
    verify_reads: float | None
    time_s: float | None
    energy_j: float | None
    saturated: float | None
    failed: int


class Failure(NamedTuple):
    """A run, or a whole point (repeat None), that failed."""

    point: int
    place: tuple[float | str, ...]
    repeat: int | None
    error: str
    tries: int


def mean_of(n: int, mean: float, std: float | None) -> Mean:
    """A mean with its interval t(0.975, n − 1)·s/√n.

    >>> mean_of(3, 2.0, 1.0).half  # t(0.975, 2) = 4.303
    2.484...
    """
    return Mean(mean, None if n < 2 or std is None else _t(n - 1) * std / math.sqrt(n), n)


@functools.lru_cache(maxsize=4096)
def _t(freedom: int) -> float:
    return student_t(freedom)


class _Std:
    """Standard deviation, n − 1 in the denominator, by Welford's recurrence; NULL for fewer than two values."""

    def __init__(self) -> None:
        self.n, self.mean, self.squares = 0, 0.0, 0.0

    def step(self, value: float | None) -> None:
        if value is None:
            return
        self.n += 1
        d = value - self.mean
        self.mean += d / self.n
        self.squares += d * (value - self.mean)

    def finalize(self) -> float | None:
        return math.sqrt(self.squares / (self.n - 1)) if self.n > 1 else None


class Results:
    """The results of the sweep at hand in a store."""

    def __init__(self, store: Store) -> None:
        self.store, self.db = store, store.db
        self.db.create_aggregate("std", 1, _Std)  # type: ignore[arg-type]
        first, self.end = store.meta("repeats", [0, 0])
        self.first = int(first)
        with store.disk():
            rows = self.db.execute("SELECT field, dimension, scale FROM axes ORDER BY axis").fetchall()
        self.fields = [Known(field, dimension) for field, dimension, _ in rows]
        self.scales = [str(scale) for *_, scale in rows]

    def _rows(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        with self.store.disk():
            return self.db.execute(sql, values).fetchall()

    def _number(self, sql: str, *values: object) -> int:
        with self.store.disk():
            return int(self.db.execute(sql, values).fetchone()[0])

    # points -----------------------------------------------------------------------------------------------------------------------------

    @property
    def points(self) -> int:
        """Points of the sweep at hand."""
        return self._number("SELECT count(*) FROM points")

    @property
    def runs(self) -> int:
        """Runs stored of these points."""
        sql = "SELECT count(*) FROM points JOIN runs USING (key) WHERE repeat >= ? AND repeat < ?"
        return self._number(sql, self.first, self.end)

    def place(self, point: int) -> tuple[float | str, ...]:
        """Where a point lies on the axes."""
        rows = self._rows("SELECT number, text FROM places WHERE point = ? ORDER BY axis", point)
        return tuple(text if number is None else number for number, text in rows)  # type: ignore[misc]

    def label(self, place: tuple[float | str, ...]) -> str:
        """A place in words."""
        return label([f.name for f in self.fields], place, [f.dimension for f in self.fields])

    def rows(self, limit: int = -1, order: str = "point") -> Iterator[Row]:
        """Points with the means over their repeats. order: "point", or "best" for the highest test accuracy first."""
        by = {"point": "p.point", "best": "avg(r.test_accuracy) IS NULL, avg(r.test_accuracy) DESC, p.point"}[order]
        sql = f"""
            SELECT p.point, count(r.run), avg(r.test_accuracy), std(r.test_accuracy), avg(r.train_accuracy), std(r.train_accuracy),
                   avg(r.pulses_set + r.pulses_reset), avg(r.verify_reads), avg(r.array_time_s), avg(r.array_energy_j), avg(r.saturated),
                   (SELECT count(*) FROM failures f WHERE f.key = p.key AND f.repeat >= ?1 AND f.repeat < ?2), p.error
            FROM points p LEFT JOIN runs r ON r.key = p.key AND r.repeat >= ?1 AND r.repeat < ?2
            GROUP BY p.point ORDER BY {by} LIMIT ?3"""
        with self.store.disk():
            for k, n, test, s, train, s_train, pulses, reads, time, energy, full, failed, error in self.db.execute(
                sql, (self.first, self.end, limit)
            ):
                yield Row(
                    k, self.place(k), mean_of(n, test, s) if n else None, mean_of(n, train, s_train) if n else None, pulses, reads, time,
                    energy, full, self.end - self.first if error else failed,
                )  # fmt: skip

    def failures(self, limit: int = -1) -> list[Failure]:
        """What failed: points that cannot be set up, and runs."""
        sql = """
            SELECT point, NULL, error, 0 FROM points WHERE error <> ''
            UNION ALL
            SELECT min(p.point), f.repeat, f.error, f.tries FROM failures f JOIN points p USING (key) WHERE f.repeat >= ? AND f.repeat < ?
            GROUP BY f.key, f.repeat ORDER BY 1, 2 LIMIT ?"""
        return [
            Failure(k, self.place(k), repeat, error, tries)  # type: ignore[arg-type]
            for k, repeat, error, tries in self._rows(sql, self.first, self.end, limit)
        ]

    def failed(self) -> int:
        """How many entries `failures` has."""
        sql = """SELECT (SELECT count(*) FROM points WHERE error <> '') + (SELECT count(*) FROM (SELECT DISTINCT f.key, f.repeat FROM failures f
                 JOIN points p USING (key) WHERE f.repeat >= ? AND f.repeat < ?))"""
        return self._number(sql, self.first, self.end)

    # along axes --------------------------------------------------------------------------------------------------------------------------

    def values(self, axis: int) -> list[float | str]:
        """Different values on an axis, numbers first and in order, texts as they came."""
        rows = self._rows(
            "SELECT number, text FROM places WHERE axis = ? GROUP BY number, text ORDER BY number, min(point)", axis
        )
        found = [text if number is None else number for number, text in rows]
        return [v for v in found if isinstance(v, float)] + [v for v in found if isinstance(v, str)]

    def along(self, axis: int, other: int | None = None) -> dict[float | str, list[tuple[float | str, Mean]]]:
        """Test accuracy along an axis, a curve for each value of axis `other` (one curve, named "", without it).

        At each value, accuracies are averaged over the points there repeat by repeat, and the interval is that of the mean over repeats. More than
        60 values are put into 24 bins; a bin lies at its middle.
        """
        numbers = [v for v in self.values(axis) if isinstance(v, float)]
        self._bin(axis, numbers)
        curve, join = "''", ""
        if other is not None:
            curve, join = "coalesce(b.number, b.text)", f"JOIN places b ON b.point = p.point AND b.axis = {int(other)}"
        sql = f"""
            SELECT curve, place, count(*), avg(accuracy), std(accuracy), min(points), max(points) FROM (
                SELECT {curve} AS curve, bin(coalesce(a.number, a.text)) AS place, r.repeat, avg(r.test_accuracy) AS accuracy, count(*) AS points
                FROM points p JOIN places a ON a.point = p.point AND a.axis = ?1 {join} JOIN runs r ON r.key = p.key
                WHERE r.repeat >= ?2 AND r.repeat < ?3 AND r.test_accuracy IS NOT NULL GROUP BY 1, 2, 3)
            GROUP BY curve, place ORDER BY place"""
        out: dict[float | str, list[tuple[float | str, Mean]]] = {}
        for curve_at, place, n, mean, std, _, _ in self._rows(sql, axis, self.first, self.end):
            out.setdefault(curve_at, []).append((place, mean_of(n, mean, std)))  # type: ignore[arg-type]
        return out

    def _bin(self, axis: int, numbers: list[float]) -> None:
        """Make the SQL function bin(value) for an axis."""
        if len(numbers) <= MOST_PLACES:
            self.db.create_function("bin", 1, lambda v: v, deterministic=True)
            return
        log = self.scales[axis] == "log" and numbers[0] > 0
        low, high = (math.log(v) if log else v for v in (numbers[0], numbers[-1]))

        def middle(v: float | str) -> float | str:
            if isinstance(v, str):
                return v
            k = min(int(((math.log(v) if log else v) - low) / (high - low) * BINS), BINS - 1)
            at = low + (k + 0.5) / BINS * (high - low)
            return math.exp(at) if log else at

        self.db.create_function("bin", 1, middle, deterministic=True)

    def grid(self, first: int, second: int) -> dict[tuple[float | str, float | str], Mean]:
        """Test accuracy by the values of two axes, averaged over everything else."""
        sql = """
            SELECT coalesce(a.number, a.text), coalesce(b.number, b.text), count(r.run), avg(r.test_accuracy), std(r.test_accuracy)
            FROM points p JOIN places a ON a.point = p.point AND a.axis = ? JOIN places b ON b.point = p.point AND b.axis = ?
            JOIN runs r ON r.key = p.key WHERE r.repeat >= ? AND r.repeat < ? AND r.test_accuracy IS NOT NULL GROUP BY 1, 2"""
        rows = self._rows(sql, first, second, self.first, self.end)
        return {(a, b): mean_of(n, mean, std) for a, b, n, mean, std in rows}  # type: ignore[misc, arg-type]

    def accuracies(self, point: int) -> dict[int, float]:
        """Test accuracy of every repeat of a point."""
        sql = "SELECT r.repeat, r.test_accuracy FROM points p JOIN runs r USING (key) WHERE p.point = ? AND r.repeat >= ? AND r.repeat < ?"
        rows = self._rows(sql, point, self.first, self.end)
        return {int(repeat): float(accuracy) for repeat, accuracy in rows if accuracy is not None}  # type: ignore[call-overload, arg-type]

    def digests(self, point: int) -> dict[int, str]:
        """Digest of the bits in which every repeat of a point ended."""
        return {repeat: str(digest) for repeat, digest in self._texts(point, "digest").items()}

    def diagnosis(self, point: int) -> dict[str, Any] | None:
        """What looks wrong at a point, over its repeats (`ohmgrad.experiments.diagnosis`); None where nobody looked."""
        return together([json.loads(text) for text in self._texts(point, "diagnosis").values() if text is not None])

    def by_epoch(self, point: int) -> list[list[float]]:
        """Test accuracy after each epoch, for every repeat of a point."""
        return [json.loads(str(text))["test_accuracy"] for text in self._texts(point, "history").values()]

    def _texts(self, point: int, name: str) -> dict[int, str | None]:
        """One of the texts (`store.TEXTS`) of every repeat of a point, in the order of repeats."""
        sql = f"SELECT r.repeat, t.{name} FROM points p JOIN runs r USING (key) JOIN texts t USING (run) WHERE p.point = ? AND r.repeat >= ? AND r.repeat < ? ORDER BY r.repeat"
        return dict(self._rows(sql, point, self.first, self.end))  # type: ignore[arg-type]

    def text(self, axis: int, value: float | str) -> str:
        """A value on an axis with its unit."""
        return value_text(value, self.fields[axis].dimension)


def rows_of(store: Store) -> Iterator[sqlite3.Row]:
    """Every stored run of the sweep at hand, with the places of its point as columns a0, a1, …: what exports are made of."""
    found = Results(store)
    places = ", ".join(f"coalesce(a{k}.number, a{k}.text) AS a{k}" for k in range(len(found.fields)))
    joins = " ".join(f"JOIN places a{k} ON a{k}.point = p.point AND a{k}.axis = {k}" for k in range(len(found.fields)))
    with store.disk():
        cursor = store.db.execute(
            f"SELECT p.point, {places + ', ' if places else ''}r.* FROM points p {joins} JOIN runs r ON r.key = p.key "
            "WHERE r.repeat >= ? AND r.repeat < ? ORDER BY p.point, r.repeat",
            (found.first, found.end),
        )
        cursor.row_factory = sqlite3.Row
        yield from cursor
