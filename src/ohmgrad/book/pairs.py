"""The networks of pairs that chapter 2 is about: the large one of Burr et al. 2014 on part of its images, and a small one with the same cells and the same loops."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ohmgrad.book.entry import Setting
from ohmgrad.book.training import Trained, conductances, train
from ohmgrad.experiments.run import Run

Floats = npt.NDArray[np.float64]
PAPER = "G. W. Burr et al., IEDM 2014, 29.5, doi:10.1109/IEDM.2014.7047135"
SMALL = (64, 32, 16, 10)

# The four curves of figure 2.12, and the last one refreshed: name → variant of the experiment, settings on top of it.
CURVES: dict[str, tuple[str, tuple[str, ...]]] = {
    "unbounded": ("linear-unbounded", ()),
    "bounded": ("linear", ()),
    "one_way": ("linear", ("synapse.write=one-way",)),
    "nonlinear": ("no-refresh", ()),
    "refreshed": ("", ()),
}


class Size(NamedTuple):
    """How much of the data is learned: training and test images, epochs, networks."""

    train: int
    test: int
    epochs: int
    networks: int

    def words(self) -> str:
        """In a caption."""
        return f"{self.train:,} training and {self.test:,} test images, {self.epochs} epochs"


def size(setting: Setting) -> Size:
    """2,500 images instead of 5,000, so that a figure takes a minute; a third of the work in a check."""
    return Size(2500, 2000, 8, 2) if setting is Setting.full else Size(2000, 500, 4, 2)


def large(of: Size, curve: str, *settings: str, look: Callable[[Run], Any] | None = None, chunk: int = 500) -> Trained:
    """528-250-125-10 with the cells of a curve."""
    variant, own = CURVES[curve]
    data = (f"data.train={of.train}", "data.valid=0", f"data.test={of.test}")
    return train(
        "burr2014", *data, *own, *settings, variant=variant, replicas=of.networks, epochs=of.epochs, look=look, chunk=chunk
    )


def small(
    curve: str = "refreshed",
    *settings: str,
    images: int = 2000,
    test: int = 1000,
    epochs: int = 2,
    networks: int = 1,
    look: Callable[[Run], Any] | None = None,
    prepare: Callable[[Run], None] | None = None,
    chunk: int = 500,
) -> Trained:
    """64-32-16-10 on digits of 8 × 8 pixels, otherwise the same: small enough to be drawn."""
    variant, own = CURVES[curve]
    shape = (
        "data.source=digits8x8", f"network.layers={list(SMALL)}", f"data.train={images}", "data.valid=0", f"data.test={test}",
        "synapse.w_max=[1.5, 1.5, 1.5]", "learning.rate=[0.1, 0.1, 0.1]",
    )  # fmt: skip
    return train(
        "burr2014",
        *shape,
        *own,
        *settings,
        variant=variant,
        replicas=networks,
        epochs=epochs,
        look=look,
        prepare=prepare,
        chunk=chunk,
    )


class Layer(NamedTuple):
    """One array as it is: conductances of the pairs (rows, columns) in siemens, gain in weight units a siemens."""

    plus: Floats
    minus: Floats
    gain: float

    @property
    def weights(self) -> Floats:
        """(rows, columns), the bias row last."""
        return self.gain * (self.plus - self.minus)

    @property
    def cells(self) -> Floats:
        """(rows, 2·columns): G+ and G− of each output side by side, as they lie in the array."""
        return np.stack([self.plus, self.minus], axis=-1).reshape(len(self.plus), -1)


def layers(run: Run, replica: int = 0) -> list[Layer]:
    """All arrays of a network."""
    gains = run.setup.learning.gain
    g = [conductances(run, k)[replica] for k in range(len(gains))]
    return [Layer(a[..., 0].copy(), a[..., 1].copy(), float(gain)) for a, gain in zip(g, gains, strict=True)]


def column_drive(u: Floats) -> Floats:
    """Volts (2·columns,) of a backward read: each G+ column at u, its G− column at −u."""
    return np.stack([u, -u], axis=-1).ravel()


def minus(current: Floats) -> Floats:
    """I⁺ − I⁻ (…, columns) of currents (…, 2·columns) (eq. 2.11)."""
    return np.asarray(current[..., 0::2] - current[..., 1::2])


class Pass(NamedTuple):
    """One sample through the arrays: x[k] on the rows of layer k, bias last; s[k] its sums; delta[k] = ∂E/∂s; back[k]: what the rows of layer k gave back."""

    x: list[Floats]
    s: list[Floats]
    delta: list[Floats]
    back: list[Floats]
    wanted: Floats


def through(arrays: list[Layer], image: Floats, label: int, bias: float, low: float, high: float, v: float) -> Pass:
    """Forward and backward reads of tanh layers, every product by Kirchhoff's law in `Crossbar`, v volts for a value of 1 (eqs. 2.1, 2.5, 2.6)."""
    from ohmgrad.arrays.circuit.crossbar import Crossbar

    bars = [Crossbar(a.cells) for a in arrays]
    x, s = [np.append(image, bias)], []
    for a, bar in zip(arrays, bars, strict=True):
        s.append(a.gain / v * minus(bar.read(v * x[-1])))
        x.append(np.append(np.tanh(s[-1]), bias))
    y = x[-1][:-1]
    wanted = np.full(len(y), low)
    wanted[label] = high
    delta = [(y - wanted) * (1.0 - y * y)]
    back: list[Floats] = []
    for k in range(len(arrays) - 1, 0, -1):
        back.insert(0, arrays[k].gain / v * bars[k].read(column_drive(v * delta[0]), backward=True))
        h = x[k][:-1]
        delta.insert(0, back[0][:-1] * (1.0 - h * h))
    return Pass(x, s, delta, back, wanted)
