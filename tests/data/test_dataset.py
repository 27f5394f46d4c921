"""The data set: what it accepts, what it refuses, and its content hash."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ohmgrad.data import Dataset
from ohmgrad.errors import DataError


def make(**changes: Any) -> Dataset:
    x = np.arange(6.0).reshape(3, 2)
    y = np.array([0, 1, 1])
    fields: dict[str, Any] = {
        "name": "tiny",
        "train_x": x,
        "train_y": y,
        "valid_x": x[:0],
        "valid_y": y[:0],
        "test_x": x[:2],
        "test_y": y[:2],
        "classes": 2,
    }
    return Dataset(**(fields | changes))


def test_arrays_are_as_promised() -> None:
    data = make(train_x=np.asfortranarray(np.ones((3, 2), dtype=np.float32)), train_y=[0.0, 1.0, 1.0])
    assert data.train_x.dtype == np.float64
    assert data.train_x.flags.c_contiguous
    assert data.train_y.dtype == np.int64
    assert data.inputs == 2
    assert not data.train_x.flags.writeable
    assert data.describe().startswith("tiny: 2 inputs, 2 classes; 3 training, 0 held-out and 2 test examples")


def test_own_arrays_stay_writable() -> None:
    x = np.ones((3, 2))
    make(train_x=x)
    x[0, 0] = 5.0


def test_hash_follows_the_content_alone() -> None:
    known = make().sha256
    assert make(name="other").sha256 == known
    assert len(known) == 64
    assert make(test_x=np.array([[0.0, 1.0], [2.0, 4.0]])).sha256 != known
    assert make(test_y=np.array([1, 1])).sha256 != known
    # The same numbers in another part are other data.
    x, y = np.ones((2, 2)), np.array([0, 1])
    one = make(train_x=x, train_y=y, valid_x=x[:1], valid_y=y[:1])
    two = make(train_x=x[:1], train_y=y[:1], valid_x=x, valid_y=y)
    assert one.sha256 != two.sha256


def test_hash_is_known() -> None:
    """A change of the rule would make every recorded run look as if it had other data."""
    assert make().sha256 == "dba6914c09a5bdcde9740e8511e13d872a9a7917d69b181c8fc2a0d08c730cc5"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"train_x": [[0, 1], [2, np.nan], [4, 5]]}, "tiny: train_x is nan at row 1, column 1"),
        ({"test_x": [[0, 1], [np.inf, 3]]}, "tiny: test_x is inf at row 1, column 0"),
        ({"train_y": [0, 1, 2]}, "tiny: train_y is 2 at row 2 .*labels are 0 to 1"),
        ({"train_y": [0, -1, 1]}, "tiny: train_y is -1 at row 1"),
        ({"train_y": [0, 0.5, 1]}, "not whole numbers"),
        ({"train_y": [0, np.nan, 1]}, "not whole numbers"),
        ({"train_y": ["a", "b", "b"]}, "not whole numbers"),
        ({"train_y": [[0], [1], [1]]}, r"shape \(3, 1\)"),
        ({"train_y": [0, 1]}, "train_x has 3 rows, but train_y has 2 labels"),
        ({"test_x": np.ones((2, 3))}, "test_x has 3 columns, but train_x has 2"),
        ({"train_x": np.ones((0, 2)), "train_y": np.ones(0)}, "train_x has no rows"),
        ({"test_x": np.ones((0, 2)), "test_y": np.ones(0)}, "test_x has no rows"),
        ({"train_x": np.ones(3)}, r"shape \(3,\)"),
        ({"train_x": [["a", "b"]]}, "not an array of numbers"),
        ({"classes": 1}, "at least 2"),
        ({"class_names": ("a",)}, "2 classes, but 1 class names"),
        ({"image_shape": (2, 2)}, "2 x 2 pixels do not fit rows of 2 inputs"),
    ],
)
def test_refusals(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        make(**changes)
    assert "\n" not in str(caught.value)


def test_no_columns_are_refused() -> None:
    with pytest.raises(DataError, match="no columns"):
        make(train_x=np.ones((3, 0)), valid_x=np.ones((0, 0)), test_x=np.ones((2, 0)))
