"""IDX files, the format of MNIST: a big-endian header and one array, plain or gzipped.

The header is two zero bytes, one byte for the type, one for the number of dimensions, and
a 32-bit size for each dimension.
"""

from __future__ import annotations

import gzip
import io
import math
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ohmgrad.data.paths import existing_file
from ohmgrad.errors import DataError

TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
MAX_DIMENSIONS = 32  # what NumPy holds; a file with more is no IDX file
BLOCK = 1 << 20  # bytes read at once

Plain: TypeAlias = io.BufferedReader | gzip.GzipFile


@contextmanager
def open_plain(path: Path) -> Iterator[Plain]:
    """Open `path` for reading, through gzip if its first bytes say so; its name is not asked.

    Raises `DataError` if the file cannot be read, or its gzip stream is damaged.
    """
    try:
        with open(path, "rb") as file:
            zipped = file.read(2) == b"\x1f\x8b"
            file.seek(0)
            if zipped:
                with gzip.GzipFile(fileobj=file) as stream:
                    yield stream
            else:
                yield file
    except EOFError:
        raise DataError(f"{path} is truncated: its gzip stream ends too early; copy or fetch the file again") from None
    except (OSError, zlib.error) as error:
        raise DataError(f"{path} cannot be read: {error}") from None


def read_idx(path: str | PathLike[str], first: int | None = None) -> NDArray[Any]:
    """Return the array of the IDX file `path` in the machine's byte order.

    With `first`, only that many entries of the first dimension are returned and kept in memory;
    the size of the whole file is checked all the same.

    Raises `DataError` if the file is missing, is no IDX file, or is shorter or longer than its header says.
    """
    file = existing_file(path)
    with open_plain(file) as stream:
        dtype, shape, header = _read_header(stream, file)
        expected = header + math.prod(shape) * dtype.itemsize
        if first is not None and shape:
            shape = (min(first, shape[0]), *shape[1:])
        # The bytes come in blocks: a damaged header may promise more than the memory holds.
        kept, found, wanted = bytearray(), header, math.prod(shape) * dtype.itemsize
        try:
            while block := stream.read1(BLOCK):  # read() would drop what came before an early end
                kept += block[: wanted - len(kept)]
                found += len(block)
        except EOFError:  # a gzip stream cut short; where bytes are missing, their count says more about it
            if found == expected:
                raise
        if found != expected:
            fault = "is truncated" if found < expected else "is too long"
            raise DataError(
                f"{file} {fault}: its header promises {expected} bytes"
                f"{' (unzipped)' if isinstance(stream, gzip.GzipFile) else ''}, but {found} were found"
            )
    array = np.frombuffer(kept, dtype=dtype).reshape(shape)
    return array.astype(dtype.newbyteorder("="), copy=False)


def _read_header(stream: Plain, file: Path) -> tuple[np.dtype[Any], tuple[int, ...], int]:
    """Return the type, the shape and the size of the header in bytes."""
    magic = _read_exactly(stream, 4, 0, file)
    if magic[:2] != b"\0\0" or magic[2] not in TYPES or magic[3] > MAX_DIMENSIONS:
        raise DataError(
            f"{file} is no IDX file: it starts with {magic.hex(' ')}; 00 00, a type of 08 to 0e "
            "and the number of dimensions are needed"
        )
    sizes = _read_exactly(stream, 4 * magic[3], 4, file)
    return np.dtype(TYPES[magic[2]]), struct.unpack(f">{magic[3]}I", sizes), 4 + len(sizes)


def _read_exactly(stream: Plain, size: int, before: int, file: Path) -> bytes:
    data = b""
    try:
        while len(data) < size and (block := stream.read1(size - len(data))):
            data += block
    except EOFError:
        pass  # a gzip stream cut short
    if len(data) < size:
        raise DataError(
            f"{file} is truncated: {before + size} bytes of IDX header are needed, but {before + len(data)} were found"
        )
    return data
