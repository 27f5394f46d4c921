"""The store: one SQLite file that holds every finished run once.

Write-ahead logging with a full sync at every commit: a process that is killed at any moment loses nothing that was stored, and a file copied while nobody
writes is whole. Runs are found by their key (`ohmgrad.sweep.keys`) and repeat number, so a sweep that is resumed, or that has points added, finds what was
done before. The points of the sweep at hand stand in tables of their own and are written anew each time. No pickle: numbers, texts and JSON.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from ohmgrad.errors import RunError
from ohmgrad.sweep.fields import Known
from ohmgrad.sweep.plan import Point
from ohmgrad.sweep.trial import Record

FILE = "results.sqlite"
SCHEMA = 2  # 1 had no column `diagnosis`
APPLICATION = 0x6F686D67  # "ohmg": whose file this is
NUMBERS = (
    "test_accuracy", "train_accuracy", "valid_accuracy", "epochs_done", "stopped_epoch", "pulses_set", "pulses_reset", "updates", "verify_reads",
    "array_time_s", "array_time_serial_s", "array_energy_j", "steps_to_saturation", "saturated", "seconds",
)  # fmt: skip
TEXTS = ("digest", "history", "bill", "diagnosis")

_TABLES = f"""
CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE runs(run INTEGER PRIMARY KEY, key TEXT NOT NULL, repeat INTEGER NOT NULL, {", ".join(f"{n} REAL" for n in NUMBERS)}, UNIQUE(key, repeat));
CREATE TABLE texts(run INTEGER PRIMARY KEY, {", ".join(f"{n} TEXT" for n in TEXTS)});
CREATE TABLE failures(key TEXT NOT NULL, repeat INTEGER NOT NULL, error TEXT NOT NULL, tries INTEGER NOT NULL, PRIMARY KEY(key, repeat)) WITHOUT ROWID;
CREATE TABLE axes(axis INTEGER PRIMARY KEY, field TEXT NOT NULL, dimension TEXT NOT NULL, scale TEXT NOT NULL);
CREATE TABLE points(point INTEGER PRIMARY KEY, key TEXT NOT NULL, given TEXT NOT NULL, error TEXT NOT NULL);
CREATE INDEX points_by_key ON points(key);
CREATE TABLE places(axis INTEGER NOT NULL, point INTEGER NOT NULL, number REAL, text TEXT, PRIMARY KEY(axis, point)) WITHOUT ROWID;
"""


class Store:
    """An open store, in the hand of one process. Raises RunError, one line, for everything that the disk or another schema refuses."""

    def __init__(self, path: Path, read_only: bool = False) -> None:
        self.path = path
        if read_only and not path.is_file():
            raise RunError(f"there is no store {path}; run the sweep first")
        with self.disk():
            if not read_only:
                path.parent.mkdir(parents=True, exist_ok=True)
            self.db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30.0)
            try:
                self._open()
            except BaseException:
                self.db.close()
                raise

    def _open(self) -> None:
        application, schema = (self.db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version"))
        tables = self.db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if (application, schema) == (0, 0) and not tables:
            self.db.execute("PRAGMA journal_mode = WAL")
            self.db.execute("PRAGMA synchronous = FULL")
            self.db.executescript(
                f"BEGIN IMMEDIATE; {_TABLES} PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {SCHEMA}; COMMIT;"
            )
            return
        if application != APPLICATION:
            raise RunError(f"{self.path} is a database of another program; choose another folder with --out")
        if schema == 1:
            self.db.executescript(
                f"BEGIN IMMEDIATE; ALTER TABLE texts ADD COLUMN diagnosis TEXT; PRAGMA user_version = {SCHEMA}; COMMIT;"
            )
        elif schema != SCHEMA:
            raise RunError(
                f"{self.path} has schema {schema}, and this version of ohmgrad writes {SCHEMA}; use the version that wrote it, or another folder with --out"
            )
        self.db.execute("PRAGMA synchronous = FULL")

    @contextmanager
    def disk(self) -> Iterator[None]:
        """Turn an error of the database or the disk into a RunError that says what to do."""
        try:
            yield
        except (sqlite3.Error, OSError) as e:
            text = str(e)
            if isinstance(e, sqlite3.DatabaseError) and ("not a database" in text or "malformed" in text):
                raise RunError(
                    f"{self.path} is not a store of a sweep, or damaged ({text}); choose another folder with --out"
                ) from None
            raise RunError(
                f"{self.path} cannot be written: {text}; what was stored before is whole; free the disk and give the same command again"
            ) from None

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of the block is stored, or nothing."""
        with self.disk():
            self.db.execute("BEGIN IMMEDIATE")
            try:
                yield self.db
                self.db.execute("COMMIT")
            except BaseException:
                if self.db.in_transaction:
                    self.db.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Close the file; its write-ahead log goes into it."""
        self.db.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # the sweep at hand -------------------------------------------------------------------------------------------------------------------------

    def set_points(
        self, fields: Sequence[Known], scales: Sequence[str], points: Iterable[Point], meta: Mapping[str, Any]
    ) -> None:
        """Make these the points of the sweep at hand; results of other points stay. scales: "linear", "log", or "" for values without a range."""
        rows = iter(points)
        with self.transaction() as db:
            for table in ("axes", "points", "places"):
                db.execute(f"DELETE FROM {table}")
            db.executemany(
                "INSERT INTO axes VALUES (?, ?, ?, ?)",
                [(k, f.name, f.dimension, scale) for k, (f, scale) in enumerate(zip(fields, scales, strict=True))],
            )
            while some := list(islice(rows, 1000)):
                self._add(db, some)
            db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", [(k, json.dumps(v)) for k, v in meta.items()])

    def add_points(self, points: Iterable[Point]) -> None:
        """More points for the sweep at hand, as a search asks for them; a number that is there already is replaced."""
        with self.transaction() as db:
            self._add(db, list(points))

    def _add(self, db: sqlite3.Connection, points: Sequence[Point]) -> None:
        db.executemany(
            "INSERT OR REPLACE INTO points VALUES (?, ?, ?, ?)",
            [(p.number, p.key, json.dumps(p.given), p.error) for p in points],
        )
        db.executemany(
            "INSERT OR REPLACE INTO places VALUES (?, ?, ?, ?)",
            [
                (axis, p.number, at if isinstance(at, float) else None, None if isinstance(at, float) else at)
                for p in points
                for axis, at in enumerate(p.place)
            ],
        )

    def pending(self, repeats: range, again: bool = False) -> Iterator[tuple[int, list[Any], str, list[int]]]:
        """Points with runs to do: number, what it is given, key, repeats that are missing. again: those that failed too.

        Points with the same specification are done once. Read in parts, so memory stays bounded.
        """
        last = -1
        while True:
            with self.disk():
                rows = self.db.execute(
                    "SELECT point, given, key FROM points p WHERE error = '' AND point > ? AND NOT EXISTS "
                    "(SELECT 1 FROM points q WHERE q.key = p.key AND q.point < p.point) ORDER BY point LIMIT 500",
                    (last,),
                ).fetchall()
            if not rows:
                return
            for point, given, key in rows:
                done = self.repeats_done(key, not again)
                missing = [r for r in repeats if r not in done]
                if missing:
                    yield point, json.loads(given), key, missing
            last = rows[-1][0]

    def repeats_done(self, key: str, failures: bool = False) -> set[int]:
        """Repeat numbers that are stored for a key, with those that failed if wanted."""
        found = "SELECT repeat FROM runs WHERE key = ?1" + (
            " UNION SELECT repeat FROM failures WHERE key = ?1" if failures else ""
        )
        with self.disk():
            return {int(row[0]) for row in self.db.execute(found, (key,))}

    # results -----------------------------------------------------------------------------------------------------------------------------------

    def save(self, records: Sequence[Record], tries: int = 1) -> None:
        """Store finished runs, each once, and failures; a run that succeeds is no failure any more.

        A run that comes although it is stored already is not stored again, but counted (`meta("twice")`).
        """
        with self.transaction() as db:
            for r in records:
                if "error" in r:
                    db.execute(
                        "INSERT OR REPLACE INTO failures VALUES (?, ?, ?, ?)", (r["key"], r["repeat"], r["error"], tries)
                    )
                    continue
                names = ("key", "repeat", *NUMBERS)
                values = [r.get(name) for name in names]
                added = db.execute(
                    f"INSERT OR IGNORE INTO runs({', '.join(names)}) VALUES ({', '.join('?' * len(names))})", values
                )
                if added.rowcount:
                    db.execute(
                        f"INSERT INTO texts VALUES (?{', ?' * len(TEXTS)})", (added.lastrowid, *(r.get(name) for name in TEXTS))
                    )
                else:  # never, if all is well: somebody counts
                    db.execute("INSERT INTO meta VALUES ('twice', 1) ON CONFLICT(name) DO UPDATE SET value = value + 1")
                db.execute("DELETE FROM failures WHERE key = ? AND repeat = ?", (r["key"], r["repeat"]))

    def meta(self, name: str, default: Any = None) -> Any:
        """What the last sweep said of itself under this name."""
        with self.disk():
            row = self.db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return default if row is None else json.loads(row[0])
