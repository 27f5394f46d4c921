"""The letters z, v and n on 3 x 3 pixels, each also with any one pixel flipped: the task of the first trained passive crossbar."""

from __future__ import annotations

import numpy as np

from ohmgrad.data.dataset import Dataset

# # is a black pixel, . a white one; five of nine are black in each letter.
LETTERS = {
    "z": ("##.", ".#.", ".##"),
    "v": ("#.#", "#.#", ".#."),
    "n": (".#.", "#.#", "#.#"),
}


def load_letters() -> Dataset:
    """Return the 30 patterns of Prezioso et al. 2015 in three classes: 9 inputs, +1 for a black pixel and -1 for a white one.

    Class 0 is z, 1 is v, 2 is n. Of each letter in turn come the clean pattern and then the nine with one pixel flipped, the flipped
    pixel going row by row from the top left: row 10·c + k of ``train_x`` is letter c with pixel k (1 to 9) flipped, or clean for k = 0.
    Pixels of a pattern go row by row, too.

    There is no test set: as in the source, the patterns that are learned are those that are tested, so ``test_x`` is ``train_x``.
    Nothing is held out. The bias input is the network's and not in the data; the pixels of a clean letter sum to +1.

    Source: M. Prezioso et al., Nature 521, 61 (2015), doi:10.1038/nature14441, figure 2: stylised letters and their 9 one-pixel
    variants each. The paper gives the pixels as a picture only: `LETTERS` draws the letters with five black pixels each, and has not
    been compared with that picture pixel by pixel.
    Left out: the order in which the paper presents them (it trains in batches, where order does not matter).

    >>> load_letters().train_x[0].reshape(3, 3).astype(int).tolist()
    [[1, 1, -1], [-1, 1, -1], [-1, 1, 1]]
    """
    clean = np.array([[1.0 if pixel == "#" else -1.0 for pixel in "".join(rows)] for rows in LETTERS.values()])
    # One pattern for each row of `flips`: all ones, then one pixel turned over.
    flips = np.vstack([np.ones(9), 1.0 - 2.0 * np.eye(9)])
    x = (clean[:, None, :] * flips).reshape(-1, 9)
    y = np.repeat(np.arange(len(LETTERS)), len(flips))
    return Dataset(
        name="letters",
        train_x=x,
        train_y=y,
        valid_x=np.empty((0, 9)),
        valid_y=np.empty(0, np.int64),
        test_x=x,
        test_y=y,
        classes=len(LETTERS),
        image_shape=(3, 3),
        class_names=tuple(LETTERS),
    )
