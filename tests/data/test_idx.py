"""IDX files: read back what was written, and say how a damaged one differs."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ohmgrad.data.idx import TYPES, read_idx
from ohmgrad.errors import DataError


def idx_bytes(array: np.ndarray[Any, Any], code: int) -> bytes:
    header = bytes([0, 0, code, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return header + array.astype(TYPES[code]).tobytes()


IMAGES = np.arange(5 * 3 * 4, dtype=np.uint8).reshape(5, 3, 4)


@pytest.mark.parametrize("code", TYPES)
@pytest.mark.parametrize("shape", [(), (7,), (0,), (5, 3, 4), (0, 3)])
@pytest.mark.parametrize("zipped", [False, True])
def test_round_trip(tmp_path: Path, code: int, shape: tuple[int, ...], zipped: bool) -> None:
    array = np.arange(np.prod(shape, dtype=int)).reshape(shape)
    data = idx_bytes(array, code)
    path = tmp_path / "any-name"
    path.write_bytes(gzip.compress(data) if zipped else data)
    result = read_idx(path)
    assert result.shape == shape
    assert result.dtype.isnative
    assert np.dtype(TYPES[code]).kind == result.dtype.kind
    np.testing.assert_array_equal(result, array)


def test_first_entries_only(tmp_path: Path) -> None:
    path = tmp_path / "images"
    path.write_bytes(idx_bytes(IMAGES, 8))
    np.testing.assert_array_equal(read_idx(path, first=2), IMAGES[:2])
    np.testing.assert_array_equal(read_idx(path, first=99), IMAGES)
    path.write_bytes(idx_bytes(IMAGES, 8)[:-1])
    with pytest.raises(DataError, match="promises 76 bytes, but 75 were found"):
        read_idx(path, first=2)


@pytest.mark.parametrize("length", range(76))
def test_truncated_anywhere(tmp_path: Path, length: int) -> None:
    path = tmp_path / "images"
    path.write_bytes(idx_bytes(IMAGES, 8)[:length])
    needed = next(size for size in (4, 16, 76) if length < size)
    with pytest.raises(DataError, match=f"{path} is truncated: .*{needed} bytes.* but {length} were found"):
        read_idx(path)


def test_truncated_gzip(tmp_path: Path) -> None:
    path = tmp_path / "images.gz"
    data = np.random.default_rng(1).integers(0, 256, (50, 28, 28), dtype=np.uint8)
    zipped = gzip.compress(idx_bytes(data, 8))
    for length in (5, 15, len(zipped) // 2, len(zipped) - 1):
        path.write_bytes(zipped[:length])
        with pytest.raises(DataError, match="is truncated"):
            read_idx(path)


def test_damaged_gzip(tmp_path: Path) -> None:
    path = tmp_path / "images.gz"
    zipped = bytearray(gzip.compress(idx_bytes(IMAGES, 8)))
    zipped[-6] ^= 1  # in the check sum
    path.write_bytes(zipped)
    with pytest.raises(DataError, match="cannot be read: CRC"):
        read_idx(path)


def test_too_long(tmp_path: Path) -> None:
    path = tmp_path / "images"
    path.write_bytes(idx_bytes(IMAGES, 8) + b"xx")
    with pytest.raises(DataError, match="is too long: its header promises 76 bytes, but 78 were found"):
        read_idx(path)


@pytest.mark.parametrize("start", [b"\x89PNG", b"\0\0\x07\x01", b"\0\1\x08\x01", b"\0\0\x08\xff"])
def test_other_files_are_refused(tmp_path: Path, start: bytes) -> None:
    path = tmp_path / "images"
    path.write_bytes(start + bytes(2000))
    with pytest.raises(DataError, match=f"is no IDX file: it starts with {start.hex(' ')}"):
        read_idx(path)


def test_a_promise_of_terabytes_takes_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "images"
    path.write_bytes(bytes([0, 0, 14, 3]) + b"\xff" * 12)
    with pytest.raises(DataError, match="but 16 were found"):
        read_idx(path)


def test_missing_file_offers_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "train-images").write_bytes(b"")
    with pytest.raises(DataError, match="did you mean 'train-images'"):
        read_idx(tmp_path / "train-image")
    with pytest.raises(DataError, match="nor does its folder"):
        read_idx(tmp_path / "no" / "train-image")
    with pytest.raises(DataError, match="is a folder; a file is needed"):
        read_idx(tmp_path)
