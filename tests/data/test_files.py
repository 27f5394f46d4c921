"""The user's own files: CSV, NPZ and IDX, the split and the scale."""

from __future__ import annotations

import doctest
import gzip
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ohmgrad.data import load_files, prepare
from ohmgrad.errors import DataError, SpecError

NAMES = ("brick", "dew", "grass", "metal", "rock", "wind")


def text_file(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def features_csv(path: Path, n: int = 60, delimiter: str = ",", seed: int = 1) -> Path:
    """95 features and 6 classes by name."""
    x = np.random.default_rng(seed).normal(size=(n, 95))
    header = delimiter.join([*(f"f{i}" for i in range(95)), "class"])
    rows = [delimiter.join([*map(repr, row), NAMES[i % 6]]) for i, row in enumerate(x.tolist())]
    return text_file(path, "\n".join([header, *rows]) + "\n")


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return text_file(tmp_path / "small.csv", "".join(f"{i},{i * i},{i % 2}\n" for i in range(10)))


def refusal(*arguments: Any, kind: type[Exception] = DataError, **settings: Any) -> str:
    with pytest.raises(kind) as caught:
        load_files(*arguments, **settings)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_examples_in_docstrings() -> None:
    assert doctest.testmod(prepare).failed == 0


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_with_95_features_and_6_names(tmp_path: Path, delimiter: str) -> None:
    data = load_files(features_csv(tmp_path / "fabric.csv", delimiter=delimiter), valid_fraction=0.25)
    assert (data.name, data.inputs, data.classes, data.class_names) == ("fabric", 95, 6, NAMES)
    assert [len(y) for y in (data.train_y, data.valid_y, data.test_y)] == [36, 12, 12]
    assert (data.train_x.min(), data.train_x.max()) == (0.0, 1.0)
    assert data.test_x.min() >= 0.0
    assert data.test_x.max() <= 1.0


def test_every_row_comes_once_with_its_label(tmp_path: Path) -> None:
    data = load_files(features_csv(tmp_path / "a.csv"), scale="none", valid_fraction=0.1)
    x = np.random.default_rng(1).normal(size=(60, 95))
    rows = {row.tobytes(): i % 6 for i, row in enumerate(x)}
    for part_x, part_y in (
        (data.train_x, data.train_y),
        (data.valid_x, data.valid_y),
        (data.test_x, data.test_y),
    ):
        for row, label in zip(part_x, part_y, strict=True):
            assert rows.pop(row.tobytes()) == label
    assert not rows


def test_split_is_the_same_for_ever(small: Path) -> None:
    """Recorded values: a change here changes what everybody's runs were trained on."""
    assert prepare.shuffled(8, 1).tolist() == [7, 1, 3, 2, 0, 6, 4, 5]
    data = load_files(small, scale="none", seed=1)
    assert data.sha256 == load_files(small, scale="none", seed=1).sha256
    assert data.sha256 != load_files(small, scale="none", seed=2).sha256
    assert data.test_x[:, 0].tolist() == prepare.shuffled(10, 1)[:2].tolist()


def test_label_by_name_index_and_text_of_an_index(tmp_path: Path) -> None:
    path = text_file(tmp_path / "a.csv", "kind,a,b\n1,5,6\n0,7,8\n1,9,10\n0,1,2\n")
    reference = load_files(path, label="kind", scale="none")
    assert reference.inputs == 2
    assert reference.class_names == ()
    for label in (0, -3, "0", "-3"):
        assert load_files(path, label=label, scale="none").sha256 == reference.sha256
    assert "has no column 'kin'; did you mean 'kind'?" in refusal(path, label="kin")
    assert "has no column 3; its 3 columns are 0 to 2" in refusal(path, label=3)


def test_label_name_without_header(small: Path) -> None:
    assert "has no header to find the label column 'kind' in; give its index, 0 to 2" in refusal(small, label="kind")


@pytest.mark.parametrize("header", ["", "a,b,c\n"])
def test_header_is_seen(tmp_path: Path, header: str) -> None:
    data = load_files(text_file(tmp_path / "a.csv", header + "1,2,x\n3,4,y\n" * 5))
    assert len(data.train_y) + len(data.test_y) == 10
    assert data.class_names == ("x", "y")


def test_header_of_numbers_is_not_a_row(tmp_path: Path) -> None:
    path = text_file(tmp_path / "a.csv", "0,1,kind\n" + "5,6,1\n7,8,0\n" * 5)
    assert "if that line is a header, name the label column: label = 'kind'" in refusal(path)
    assert len(load_files(path, label="kind").train_y) == 8


def test_bom_quotes_blank_lines_and_crlf(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes('\ufeff"a","b, c","d"\r\n\r\n1,2,"x, y"\r\n   \r\n3,4,z\r\n'.encode() + b'5,6,z\r\n1,1,"x, y"\r\n' * 5)
    data = load_files(path)
    assert len(data.train_y) + len(data.test_y) == 12
    assert data.class_names == ("x, y", "z")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b,c\n1,2,0\n3,oops,1\n", "line 3, column 2 ('b') is 'oops'; a finite number is needed"),
        ("1,2,0\n3,,1\n", "line 2, column 2 is empty; a finite number"),
        ("1,2,0\n3,nan,1\n", "line 2, column 2 is 'nan'"),
        ("1,2,0\ninf,4,1\n", "line 2, column 1 is 'inf'"),
        ("1,2,0\n3,4,\n", "line 2, column 3 is empty; a label is needed"),
        ("1,2,0\n3,4\n", "line 2 has 2 columns, but the first has 3"),
        ("1,2,0\n3,4,5,1\n", "line 2 has 4 columns, but the first has 3"),
        ("1,x,0\n3,4,1\n", "line 1, column 2 is 'x'"),
        ("", "is empty; rows of numbers and a label are needed"),
        ("a,b,c\n", "has a header but no rows"),
        ("1\n2\n", "line 1 has 1 column"),
        ("1,2,0\n3,4,0\n", "has only the class 0; at least 2"),
        ("1,2,0\n3,4,0.5\n", "has the label 0.5; whole numbers or text"),
        ("1,2,0\n3,4,nan\n", "has the label nan; whole numbers or text"),
    ],
)
def test_bad_csv(tmp_path: Path, text: str, message: str) -> None:
    path = text_file(tmp_path / "bad.csv", text)
    said = refusal(path)
    assert message in said
    assert said.startswith(str(path))


def test_bad_cell_after_the_label_column_counts_as_an_editor_does(tmp_path: Path) -> None:
    path = text_file(tmp_path / "a.csv", "k,a,b\nx,1,2\ny,3,oops\n")
    assert "line 3, column 3 ('b') is 'oops'" in refusal(path, label="k")


def test_binary_is_no_csv(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"\xff\xfe1\0,\0")
    assert "is no text in UTF-8" in refusal(path)
    path.write_bytes(b"1,2\x00,0\n")
    refusal(path)


def test_missing_file_offers_the_nearest(small: Path) -> None:
    assert "does not exist; did you mean 'small.csv'?" in refusal(small.with_name("smal.csv"))


def test_big_csv_is_read_fast_enough(tmp_path: Path) -> None:
    import time

    row = ",".join(["0.123456"] * 100)
    path = text_file(tmp_path / "big.csv", "".join(f"{row},{i % 3}\n" for i in range(10_000)))
    start = time.perf_counter()
    load_files(path)
    assert time.perf_counter() - start < 5  # about 0.3 on a quiet machine


def test_test_file_is_scaled_by_training_and_clipped(tmp_path: Path) -> None:
    train = text_file(tmp_path / "train.csv", "a,b,k\n0,5,x\n10,5,y\n4,5,x\n")
    test = text_file(tmp_path / "test.csv", "a,b,k\n-5,5,y\n5,6,x\n20,4,x\n")
    data = load_files(train, test=test)
    assert data.train_x.tolist() == [[0, 0], [1, 0], [0.4, 0]]
    assert data.test_x.tolist() == [[0, 0], [0.5, 0], [1, 0]]
    assert data.test_y.tolist() == [1, 0, 0]
    assert len(data.valid_y) == 0
    assert load_files(train, test=test, scale="max").test_x[2].tolist() == [2.0, 0.4]


def test_test_file_must_fit(tmp_path: Path) -> None:
    train = text_file(tmp_path / "train.csv", "a,b,k\n0,5,xen\n10,5,yak\n")
    for text, message in (
        ("a,k\n1,xen\n2,yak\n", "test.csv has 1 inputs, but .*train.csv has 2"),
        ("b,a,k\n1,2,xen\n2,3,yak\n", "test.csv has 'b' as input 1, but .*train.csv has 'a' there"),
        ("a,b,k\n1,2,xeno\n", "has the label 'xeno' at row 0 .*which training lacks; did you mean 'xen'"),
        ("a,b,k\n1,2,3\n", "has labels such as '3', but the training labels are such as 'xen'"),
    ):
        test = text_file(tmp_path / "test.csv", text)
        with pytest.raises(DataError, match=message):
            load_files(train, test=test)


def test_whole_number_labels(tmp_path: Path) -> None:
    path = text_file(tmp_path / "a.csv", "".join(f"{i},{i % 3 + 1}\n" for i in range(12)))
    data = load_files(path)
    assert (data.classes, data.class_names) == (3, ("1", "2", "3"))
    wide = load_files(path, classes=5)
    assert (wide.classes, wide.class_names) == (5, ())
    assert set(wide.train_y.tolist()) <= {1, 2, 3}
    assert "has 3 classes (1, 2, 3), but classes = 2" in refusal(path, classes=2)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"test_fraction": 1.0}, "test_fraction = 1.0 is out of range"),
        ({"valid_fraction": -0.1}, "valid_fraction = -0.1 is out of range"),
        ({"scale": "minmx"}, "unknown scale 'minmx'; did you mean 'minmax'?"),
        ({"format": "cvs"}, "unknown format 'cvs'; did you mean 'csv'?"),
        ({"test_label": "x"}, "test_label names the labels of an IDX file"),
    ],
)
def test_bad_settings(small: Path, settings: dict[str, Any], message: str) -> None:
    assert message in refusal(small, kind=SpecError, **settings)


def test_split_must_leave_rows(small: Path, tmp_path: Path) -> None:
    assert "test_fraction = 0.01 of 10 rows leaves no test rows" in refusal(small, test_fraction=0.01)
    assert "leaves no training rows" in refusal(small, test_fraction=0.99)
    path = text_file(tmp_path / "two.csv", "1,a\n2,b\n")
    assert "have only the class" in refusal(path, test_fraction=0.5)


def test_max_scale_needs_a_positive_value(tmp_path: Path) -> None:
    path = text_file(tmp_path / "a.csv", "-1,a\n-2,b\n-3,a\n-4,b\n")
    assert "divides by the largest training value" in refusal(path, scale="max")


X, Y = np.random.default_rng(3).random((20, 4, 3)), np.arange(20) % 2


def test_npz(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, x=X, y=Y)
    data = load_files(path)
    assert (data.inputs, data.image_shape, len(data.test_y)) == (12, (4, 3), 4)
    np.savez(path, train_x=X, train_y=Y, test_x=X[:5], test_y=Y[:5], valid_x=X[:2], valid_y=Y[:2])
    reference = load_files(path, scale="none")
    assert (len(reference.train_y), len(reference.valid_y), len(reference.test_y)) == (20, 2, 5)
    np.testing.assert_array_equal(reference.train_x, X.reshape(20, 12))
    np.savez_compressed(path, X_train=X, y_train=Y, x_test=X[:5], y_test=Y[:5], x_val=X[:2], y_val=Y[:2])
    assert load_files(path, scale="none").sha256 == reference.sha256
    np.savez(path, x=X, y=np.array(["b", "a"])[Y])
    assert load_files(path).class_names == ("a", "b")


def test_npz_with_a_test_file(tmp_path: Path) -> None:
    train, test = tmp_path / "train.npz", tmp_path / "test.npz"
    np.savez(train, x=X, y=Y)
    for keys in (("x", "y"), ("x_test", "y_test")):
        np.savez(test, **dict(zip(keys, (X[:6], Y[:6]), strict=True)))  # type: ignore[arg-type]
        assert len(load_files(train, test=test).test_y) == 6
    assert "has no training data, only test" in refusal(test)


def test_bad_npz(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    cases: list[tuple[dict[str, Any], str]] = [
        ({"a": X, "b": Y}, "lacks x and y, or x_train, y_train, x_test and y_test; it has a, b"),
        ({"x": X}, "has 'x', but no 'y'; it has x"),
        ({"x": X, "y": Y[:5]}, "'x' has shape (20, 4, 3) and 'y' (5,)"),
        ({"x": np.where(X.max() == X, np.nan, X), "y": Y}, "x is nan at row"),
        ({"x": X, "y": Y[:, None]}, "the labels have shape (20, 1)"),
        ({"x": X[:0], "y": Y[:0]}, "has no rows"),
        ({"x": X.astype(object), "y": Y}, "the array 'x' cannot be read: Object arrays"),
        ({"x": X.astype(str), "y": np.array([None] * 20)}, "the array 'y' cannot be read: Object arrays"),
        ({"x": X, "y": Y * 1j}, "labels are of type complex128"),
        ({"x": X * 1j, "y": Y}, "is not an array of numbers"),
    ]
    for arrays, message in cases:
        np.savez(path, **arrays)
        assert message in refusal(path)
    np.savez(path, x=X, y=Y)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert "is no readable NPZ file" in refusal(path)
    damaged = bytearray(whole)
    damaged[500] ^= 1
    path.write_bytes(damaged)
    assert "cannot be read" in refusal(path)
    np.savez(path, x=X, y=Y, x_test=X, y_test=Y)
    assert "has test data of its own" in refusal(path, test=path, kind=SpecError)
    assert "leave label out" in refusal(path, label=1, kind=SpecError)


def idx_file(path: Path, array: Any) -> Path:
    array = np.asarray(array, dtype=np.uint8)
    header = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    data = header + array.tobytes()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def test_idx(tmp_path: Path) -> None:
    images = idx_file(tmp_path / "train-images", X * 255)
    labels = idx_file(tmp_path / "train-labels.gz", Y)
    data = load_files(images, label=labels)
    assert (data.inputs, data.image_shape, data.classes, len(data.test_y)) == (12, (4, 3), 2, 4)
    data = load_files(images, label=labels, test=images, test_label=labels, format="idx", scale="max")
    np.testing.assert_array_equal(data.train_x, data.test_x)
    assert data.train_x.max() == 1.0


def test_bad_idx(tmp_path: Path) -> None:
    images = idx_file(tmp_path / "train-images", X * 255)
    labels = idx_file(tmp_path / "train-labels.gz", Y)
    assert "label must be the path of the IDX file" in refusal(images, kind=SpecError)
    assert "test_label must be the path" in refusal(images, label=labels, test=images, kind=SpecError)
    assert "has 5 labels" in refusal(images, label=idx_file(tmp_path / "few", Y[:5]))
    images.write_bytes(images.read_bytes()[:-1])
    assert "is truncated" in refusal(images, label=labels)
