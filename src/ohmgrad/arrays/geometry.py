"""Where each synapse of a layered network stands in the flat state arrays.

Layer l is an (inputs + bias, outputs) matrix of synapses in C order, layers one after the other. A synapse has `members` cells
(2: a differential pair). Flat arrays let one compiled loop serve any number of layers of any size.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


class Geometry(NamedTuple):
    """shape: (layers, 2) of rows (bias included) and columns; synapse, row, column: (layers + 1,) first index of each layer."""

    shape: Ints
    synapse: Ints
    row: Ints
    column: Ints

    @property
    def synapses(self) -> int:
        """Number of synapses of the whole network."""
        return int(self.synapse[-1])


def geometry(sizes: Sequence[int]) -> Geometry:
    """Geometry of a fully connected network with one bias neuron at the input and at each hidden layer.

    >>> geometry([528, 250, 125, 10]).synapses
    164885
    """
    shape = np.array([(a + 1, b) for a, b in pairwise(sizes)], dtype=np.int64)

    def starts(lengths: Ints) -> Ints:
        return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)

    return Geometry(shape, starts(shape[:, 0] * shape[:, 1]), starts(shape[:, 0]), starts(shape[:, 1]))
