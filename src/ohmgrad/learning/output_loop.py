"""The last layer, compiled: its neurons, the loss, and what the loss wants changed before the neurons.

    squared          E = Σ (y − t)²/2                           δ = (y − t) f′(s)              (eqs. 1.3, 2.6)
                     with softmax                               δ_j = y_j [(y_j − t_j) − Σ_i (y_i − t_i) y_i]
    cross-entropy    softmax:  E = −Σ t ln y                    δ = y Σ t − t
                     logistic: E = −Σ [t ln y + (1 − t) ln(1 − y)]   δ = y − t

Logarithms are taken from s, so that E stays finite where y rounds to 0 or 1. Sums run over the outputs in order. Equation numbers: Y. He,
"Supervised learning of artificial neural networks" (textbook chapter, 2022); cross-entropy: C. M. Bishop, Pattern Recognition and Machine
Learning (2006), eqs. 4.90, 4.108.
"""

from __future__ import annotations

from typing import Any

from ohmgrad.kernels.compiled import inline
from ohmgrad.kernels.elementary import exp, log
from ohmgrad.kernels.parts import activate_output, cross_entropy, output_error, slope_output, whole_output


@inline
def largest(s: Any, n: int) -> float:
    """Largest of the first n values."""
    high = s[0]
    for j in range(1, n):
        high = max(high, s[j])
    return high  # type: ignore[no-any-return]


@inline
def fill_outputs(s: Any, n: int, y: Any) -> None:
    """y = f(s) of the n output neurons; softmax after its largest s is taken off."""
    if whole_output:
        high, total = largest(s, n), 0.0
        for j in range(n):
            y[j] = exp(s[j] - high)
            total += y[j]
        for j in range(n):
            y[j] /= total
    else:
        for j in range(n):
            y[j] = activate_output(s[j])


@inline
def fill_errors(s: Any, y: Any, target: Any, n: int, width: float, out: Any) -> None:
    """out = ∂E/∂s of the n output neurons; width: of the slope of step neurons."""
    if cross_entropy:
        total = 1.0
        if whole_output:
            total = 0.0
            for j in range(n):
                total += target[j]
        for j in range(n):
            out[j] = y[j] * total - target[j]
    elif whole_output:
        mean = 0.0
        for j in range(n):
            mean += output_error(y[j], target[j]) * y[j]
        for j in range(n):
            out[j] = y[j] * (output_error(y[j], target[j]) - mean)
    else:
        for j in range(n):
            out[j] = output_error(y[j], target[j]) * slope_output(y[j], s[j], width)


@inline
def sample_loss(s: Any, y: Any, target: Any, n: int) -> float:
    """E of one sample."""
    e = 0.0
    if cross_entropy:
        if whole_output:
            high, total = largest(s, n), 0.0
            for j in range(n):
                total += exp(s[j] - high)
            norm = high + log(total)
            for j in range(n):
                e += target[j] * (norm - s[j])
        else:
            for j in range(n):
                e += max(s[j], 0.0) - s[j] * target[j] + log(1.0 + exp(-abs(s[j])))
    else:
        for j in range(n):
            d = y[j] - target[j]
            e += 0.5 * d * d
    return e
