"""One state variable under a pulse of constant voltage: dy/dt = f(y), carried through the pulse.

During a pulse the voltage stands still, so a law of one variable is autonomous and its equation separates:

    ∫ dy / f(y)  from y(0) to y(t)  =  t

The time to reach a given y is a plain integral. It is summed over panels of fixed length in y, four Gauss–Legendre points each, until
the pulse is over; where in the last panel, Newton's method on the same sum says. So nothing is stiff: a thermal runaway, in which f
grows hundreds of times within a pulse, only makes the terms of the sum small. The error of y at the end is that of the time, times f there.

Tolerance: y(t) is within 10⁻⁶ of the window (distance between the bounds) of the exact solution, as long as ln |f| changes by at most
1 over one panel (the sum is then right to 10⁻⁹) and f does not grow more than a thousandfold in the pulse. The laws choose their
panel so. Tested against closed forms and `scipy.integrate.solve_ivp`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ohmgrad.kernels.compiled import inline, inlined

# Abscissae on 0 … 1 and weights of the four-point Gauss–Legendre rule (Abramowitz and Stegun 1964, table 25.4).
X1, X2, X3, X4 = 0.06943184420297371, 0.33000947820757187, 0.6699905217924281, 0.9305681557970263
W1, W2 = 0.17392742256872692, 0.32607257743127307
CLOSE = 1e-8  # Newton's method ends with a correction below this share of a panel; the next one would be its square
MOST = 40


def make_advance(rate: Callable[..., float], panel: float) -> Any:
    """Compiled function advance(y, t, end, c, p): y after `t` seconds of dy/dt = rate(y, c, p), at most as far as `end`.

    rate(y, c, p)
        Towards `end` wherever y lies between its start and there: not zero, no change of sign. c: whatever is constant in a pulse.
    panel
        Length in y over which ln |rate| changes by at most 1.
    """
    rate_ = inlined(rate)

    def seconds(a: Any, h: Any, c: Any, p: Any) -> Any:
        """Time from a to a + h."""
        outer = W1 / rate_(a + X1 * h, c, p) + W1 / rate_(a + X4 * h, c, p)
        inner = W2 / rate_(a + X2 * h, c, p) + W2 / rate_(a + X3 * h, c, p)
        return h * (outer + inner)

    seconds_ = inline(seconds)

    def advance(y: Any, t: Any, end: Any, c: Any, p: Any) -> Any:
        up = end > y
        left = t
        a = y
        while a != end and left > 0.0:
            b = min(a + panel, end) if up else max(a - panel, end)
            h = b - a
            took = seconds_(a, h, c, p)
            if took <= left:
                left -= took
                a = b
                continue
            low, high = 0.0, 1.0  # as shares of the panel
            x = rate_(a, c, p) * left / h
            if not x < 1.0:
                x = left / took
            for _ in range(MOST):
                late = seconds_(a, x * h, c, p) - left
                if late > 0.0:
                    high = x
                else:
                    low = x
                change = late * rate_(a + x * h, c, p) / h
                x -= change
                if not (low <= x <= high):
                    x = 0.5 * (low + high)
                elif -CLOSE < change < CLOSE:
                    break
            return a + x * h
        return a

    return inline(advance)
