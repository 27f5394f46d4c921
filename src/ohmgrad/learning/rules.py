"""Rules: from inputs and errors to the change wanted.

    delta       ΔW = −η Σ x δ                                            (eqs. 1.4, 1.5, 2.4)
    manhattan   ΔW = −Δw0·sgn(Σ x δ); a sum of 0 changes nothing         (eq. 1.8)
    sign        errors of each layer become −1, 0, +1 before they are used and before they travel backward (0 if |δ| ≤ threshold);
                then as manhattan                                        (Zhang et al., Neural Networks 108, 217, 2018)

Equation numbers: Y. He, "Supervised learning of artificial neural networks" (textbook chapter, 2022).

A rule of your own is a `Rule` at the top level of a Python file, named as ``learning.rule = "file.py:name"``. Its functions are compiled into the
training loop, so they use plain arithmetic and `math`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple


class RuleNumbers(NamedTuple):
    """What a rule may use, of the layer at hand: rate η (weight units); step Δw0 (weight units); threshold of an error."""

    rate: float
    step: float
    threshold: float


@dataclass(frozen=True)
class Rule:
    """send(δ, p): the error as it is used and read backward. row(x, p), column(δ, p): what goes on the lines, ΔW = row·column, sample by sample;
    change(total, p): ΔW of one weight where x·δ is summed over a batch in digital. p: `RuleNumbers`. source: citation with DOI, if there is one.
    """

    name: str
    text: str
    send: Callable[[float, RuleNumbers], float]
    row: Callable[[float, RuleNumbers], float]
    column: Callable[[float, RuleNumbers], float]
    change: Callable[[float, RuleNumbers], float]
    source: str = ""


def _as_it_is(v: float, p: RuleNumbers) -> float:
    return v


def _delta(v: float, p: RuleNumbers) -> float:
    return -p.rate * v


def _sign_of(v: float, p: RuleNumbers) -> float:
    return 1.0 if v > 0.0 else (-1.0 if v < 0.0 else 0.0)


def _one_step(v: float, p: RuleNumbers) -> float:
    return -p.step if v > 0.0 else (p.step if v < 0.0 else 0.0)


def _ternary(v: float, p: RuleNumbers) -> float:
    return 1.0 if v > p.threshold else (-1.0 if v < -p.threshold else 0.0)


RULES = {
    "delta": Rule("delta", "change proportional to input times error", _as_it_is, _as_it_is, _delta, _delta),
    "manhattan": Rule("manhattan", "one step by the sign of the summed change", _as_it_is, _sign_of, _one_step, _one_step),
    "sign": Rule(
        "sign",
        "errors −1, 0, +1 in every layer, one step by sign",
        _ternary,
        _sign_of,
        _one_step,
        _one_step,
        "Q. Zhang et al., Neural Networks 108, 217 (2018), doi:10.1016/j.neunet.2018.08.012",
    ),
}
