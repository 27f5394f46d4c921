"""One array of numbers from a file of the user's."""

import numpy as np
import pytest

from ohmgrad.data.matrix import load_matrix
from ohmgrad.errors import DataError

A = np.array([[1e-6, 2e-6, 3e-6], [4e-6, 5e-6, 6e-6]])


def test_every_format_gives_the_same_numbers(tmp_path):
    np.save(tmp_path / "a.npy", A)
    np.savez(tmp_path / "a.npz", G=A)
    np.savez(tmp_path / "two.npz", G=A, H=2 * A)
    for delimiter, name in ((",", "a.csv"), (";", "b.csv"), ("\t", "c.tsv")):
        np.savetxt(tmp_path / name, A, delimiter=delimiter)
        assert (load_matrix(tmp_path / name) == A).all()
    assert (load_matrix(tmp_path / "a.npy") == A).all()
    assert (load_matrix(tmp_path / "a.npz") == A).all()
    assert (load_matrix(tmp_path / "two.npz", "H") == 2 * A).all()


def test_a_csv_of_one_column_or_row_is_a_matrix(tmp_path):
    (tmp_path / "column.csv").write_text("1\n2\n\n3\n", encoding="utf-8")
    (tmp_path / "row.csv").write_text("\ufeff1;2;nan\n", encoding="utf-8")
    assert load_matrix(tmp_path / "column.csv").shape == (3, 1)
    assert load_matrix(tmp_path / "row.csv").shape == (1, 3)


@pytest.mark.parametrize(
    "name, text, words",
    [
        ("a.csv", "1,2\n3\n", "line 2 has 1 columns, but the first has 2"),
        ("a.csv", "1,2\n3,x\n", "line 2, column 2 is 'x'"),
        ("a.csv", "1,2\n3,\n", "line 2, column 2 is empty"),
        ("a.csv", "\n\n", "holds no number"),
        ("a.npy", "no", "is damaged"),
        ("a.npz", "no", "is damaged"),
        ("a.mat", "no", "its name ends in .npy, .npz or .csv"),
    ],
)
def test_a_file_that_is_wrong_is_named(tmp_path, name, text, words):
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=words):
        load_matrix(tmp_path / name)


@pytest.mark.parametrize(
    "arrays, name, words",
    [
        ({"G": A, "H": A}, "", "holds 2 arrays; choose one by name: G, H"),
        ({"weights": A}, "weigths", "did you mean 'weights'"),
        ({"G": np.array([["a"]])}, "", "wanted: real numbers"),
        ({"G": np.array([[1j]])}, "", "wanted: real numbers"),
        ({"G": np.array([[None]])}, "", "Python objects"),
        ({}, "", "is empty"),
    ],
)
def test_an_npz_that_is_wrong_is_named(tmp_path, arrays, name, words):
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(DataError, match=words):
        load_matrix(tmp_path / "a.npz", name)


def test_a_name_is_only_of_an_npz(tmp_path):
    np.save(tmp_path / "a.npy", A)
    with pytest.raises(DataError, match="without a name"):
        load_matrix(tmp_path / "a.npy", "G")


def test_a_missing_file_is_named(tmp_path):
    np.save(tmp_path / "weights.npy", A)
    with pytest.raises(DataError, match=r"did you mean 'weights\.npy'"):
        load_matrix(tmp_path / "weigths.npy")
