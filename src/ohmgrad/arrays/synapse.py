"""How the cells of a synapse make a weight.

    pair     k pairs     members 0, 2, 4, … are G+, 1, 3, 5, … are G−      w ∝ Σ G+ − Σ G−
    fixed    the same; the G− never change                                 (Prezioso et al., Nature 521, 61, 2015)
    single   k cells     all count positive                                w ∝ Σ G − k·reference

The reference of single cells is an ideal current, the same for every line, without noise, variation or energy.

k cells take turns: update number n reaches cell (or pair) n mod k of every synapse (Boybat et al., Nat. Commun. 9, 2514, 2018, with a global
counter). All are read at once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Synapse:
    """kind: see the module; cells: k."""

    kind: Literal["pair", "fixed", "single"] = "pair"
    cells: int = 1

    @property
    def paired(self) -> bool:
        """Do half of the members count negative?"""
        return self.kind != "single"

    @property
    def members(self) -> int:
        """Cells of a synapse."""
        return self.cells * (2 if self.paired else 1)

    @property
    def names(self) -> tuple[str, ...]:
        """What a message calls each member."""
        if self.paired:
            return tuple(
                f"{sign}{f' of pair {k + 1}' if self.cells > 1 else ''}" for k in range(self.cells) for sign in ("G+", "G−")
            )
        return ("its cell",) if self.cells == 1 else tuple(f"cell {k + 1}" for k in range(self.cells))


PAIR = Synapse()


def weights(g: Floats, reference: float) -> Floats:
    """Weights (synapses,) in siemens of conductances g (synapses, members): pairs where the reference is nan, else single cells.

    The order of additions is that of the compiled loops.
    """
    if math.isnan(reference):
        w = g[:, 0] - g[:, 1]
        for m in range(2, g.shape[1], 2):
            w = w + g[:, m] - g[:, m + 1]
        return w
    w = g[:, 0] - reference
    for m in range(1, g.shape[1]):
        w = w + g[:, m]
    return w


def weigh_source(synapse: Synapse) -> str:
    """Source of `weigh(S, reference, c)`, the same sum for one synapse."""
    terms = ["S[0, c, 0] - S[0, c, 1]" if synapse.paired else "S[0, c, 0] - reference"]
    if synapse.paired:
        terms += [f"+ S[0, c, {m}] - S[0, c, {m + 1}]" for m in range(2, synapse.members, 2)]
    else:
        terms += [f"+ S[0, c, {m}]" for m in range(1, synapse.members)]
    return " ".join(terms)
