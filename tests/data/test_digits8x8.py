"""MNIST at 8 x 8 pixels: the reduction against a slower way, what it conserves, and the real digits."""

from __future__ import annotations

import numpy as np
import pytest

from ohmgrad.data import digits8x8, load_digits8x8, load_mnist
from ohmgrad.data.dataset import Dataset
from ohmgrad.data.digits8x8 import overlaps
from ohmgrad.errors import SpecError
from ohmgrad.experiments.build import complete, load_data
from ohmgrad.experiments.specfile import check

CROPS = range(8, 29, 2)


@pytest.fixture
def random(monkeypatch: pytest.MonkeyPatch) -> np.ndarray:
    """Random images (50, 28, 28) of grey levels in place of MNIST, of which 30 are for training, 10 held out and 10 for the test."""
    images = np.random.default_rng(1).integers(0, 256, (50, 28, 28))

    def load(train: int, valid: int, test: int, rows: tuple[int, int], columns: tuple[int, int], log: object) -> Dataset:
        x = images[:, slice(*rows), slice(*columns)].reshape(50, -1) / 255.0
        y = np.arange(50) % 10
        return Dataset("mnist", x[:30], y[:30], x[30:40], y[30:40], x[40:], y[40:], 10)

    monkeypatch.setattr(digits8x8, "load_mnist", load)
    return images


@pytest.mark.parametrize("crop", CROPS)
def test_areas_are_conserved(crop: int) -> None:
    weights = overlaps(crop)
    assert (weights.sum(axis=1) == crop).all()  # a square is crop/8 pixels long, in eighths
    assert (weights.sum(axis=0) == 8).all()  # each pixel goes somewhere, once
    np.testing.assert_array_equal(weights, weights[::-1, ::-1])


@pytest.mark.parametrize("crop", CROPS)
@pytest.mark.parametrize("chunk", [7, 4096])
def test_mean_over_squares(random: np.ndarray, monkeypatch: pytest.MonkeyPatch, crop: int, chunk: int) -> None:
    """Each pixel cut into 8 x 8 equal parts, any square is a whole number of parts, whose plain mean is wanted."""
    monkeypatch.setattr(digits8x8, "CHUNK", chunk)
    d = load_digits8x8(30, 10, 10, crop=crop)
    edge = (28 - crop) // 2
    cut = random[:, edge : 28 - edge, edge : 28 - edge]
    fine = cut.repeat(8, axis=1).repeat(8, axis=2).reshape(50, 8, crop, 8, crop)
    wanted = fine.sum(axis=(2, 4)).reshape(50, 64) / (crop * crop * 255.0)
    np.testing.assert_array_equal(np.vstack([d.train_x, d.valid_x, d.test_x]), wanted)
    assert d.image_shape == (8, 8)


def test_one_white_pixel_is_shared_out(random: np.ndarray) -> None:
    """20 pixels in squares of 2.5: the third pixel lies half in the first square and half in the second."""
    random[0] = 0
    random[0, 4 + 2, 4 + 0] = 255
    x = load_digits8x8(30, 10, 10).train_x[0].reshape(8, 8)
    assert np.flatnonzero(x).tolist() == [0, 8]
    assert x[0, 0] == x[1, 0] == 0.5 / 6.25


@pytest.mark.parametrize("crop", [6, 21, 30])
def test_crops_that_are_refused(crop: int) -> None:
    with pytest.raises(SpecError, match=rf"crop = {crop} pixels is not possible; an even number from 8 to 28 is"):
        load_digits8x8(crop=crop)


def test_real_digits() -> None:
    d = load_digits8x8(600, 400, 500)
    whole = load_mnist(600, 400, 500, (4, 24), (4, 24))
    assert (d.inputs, d.classes) == (64, 10)
    for part in ("train", "valid", "test"):
        x, full = getattr(d, f"{part}_x"), getattr(whole, f"{part}_x")
        np.testing.assert_array_equal(getattr(d, f"{part}_y"), getattr(whole, f"{part}_y"))
        np.testing.assert_allclose(x.mean(axis=1), full.mean(axis=1), rtol=1e-12)  # brightness is conserved
        assert x.min() >= 0.0
        assert x.max() <= 1.0
    # The inputs are correctly rounded quotients of whole numbers, so this hash is that of any machine.
    assert d.sha256 == "5f881bb30d2dac3a8773a4af1f7aa16e8786a2da645a385a08e84c74d303f25f"


def test_specification_reaches_them() -> None:
    tree = {
        "data": {"source": "digits8x8", "train": 100, "valid": 10, "test": 20, "crop": 28},
        "network": {"layers": [64, 54, 10]},
        "device": {"law": "linear"},
        "synapse": {"w_max": 1.0},
        "learning": {"rate": 0.1},
    }
    assert load_data(complete(check(tree))).sha256 == load_digits8x8(100, 10, 20, crop=28).sha256
    with pytest.raises(SpecError, match=r"data\.crop"):
        check({**tree, "data": {"source": "digits8x8", "crop": 21}})
