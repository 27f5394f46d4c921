"""Figure 1.7: a grey level as a number of read pulses, and what flows on the lines meanwhile."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ohmgrad.book.drawing import letter, waveform
from ohmgrad.book.entry import Arrays, Claim, Data, Entry, Facts, Setting, Text
from ohmgrad.book.training import answers, conductances, train
from ohmgrad.report.style import BLUE, DOUBLE, GREEN, PURPLE, VERMILLION, drawing

PIXELS = 4  # bit lines that are drawn


def facts(setting: Setting) -> Facts:
    """Seed of the cells."""
    return Facts(
        "1",
        "1 network before training, 9 images; the first is drawn",
        {
            "array": "320 bit lines, 3 word and 3 source lines",
            "read": "0.1 V, 100 ns a pulse, up to 255",
            "window": "10 to 60 µS",
        },
    )


def compute(setting: Setting) -> Arrays:
    """Pulses of every bit line, the current of each source line slot by slot, its charge, and the outputs that the network itself gives."""
    from ohmgrad.arrays.circuit.crossbar import Crossbar

    t = train(
        "faces",
        "stop.when=never",
        replicas=1,
        epochs=1,
        look=lambda run: (conductances(run)[0], answers(run, run.data.train_x)[0]),
    )
    g, outputs = t.seen[0]
    s = t.run.setup
    x, levels = t.run.data.train_x, int(s.reading.lines.forward[0])
    bar = Crossbar(g[:-1, :, 0])  # ideal wires; the bias line is at 0 V
    counts = np.rint(x * levels).astype(int)  # (images, bit lines)
    v, seconds = s.reading.v_read, s.reading.t_read
    charge = np.empty((len(x), g.shape[1]))
    for k, n in enumerate(counts):
        current = bar.read(v * (np.arange(levels)[:, None] < n))  # (slots, source lines)
        charge[k] = seconds * current.sum(axis=0)
        if not k:
            first = current
    share = charge / (v * seconds * levels)  # Σ x G, siemens
    net = s.learning.gain[0] * (share - s.reference * x.sum(axis=1, keepdims=True))
    low, high = int(np.argmin(counts[0])), int(np.argmax(counts[0]))
    middle = [int(np.argmin(np.abs(counts[0] - level))) for level in (90, 170)]
    chosen = np.array([low, *middle, high])
    return {
        "image.grey": counts[0].reshape(20, 16), "shown.bit_line": chosen, "shown.pulses": counts[0][chosen],
        "slots.slot": np.arange(1, levels + 1), "slots.bit_lines_on": (np.arange(levels)[:, None] < counts[0]).sum(axis=1), "slots.source_current_a": first,
        "images.charge_c": charge, "images.output_of_charge": np.tanh(net), "images.output_of_network": outputs, "images.pulses": counts.sum(axis=1),
        "v_read_v": np.array(v), "t_read_s": np.array(seconds),
    }  # fmt: skip


def draw(data: Data) -> Figure:
    """The image; waveforms of word line, four bit lines and a source line."""
    with drawing():
        fig = Figure(figsize=(DOUBLE, 2.8))
        left, right = fig.subplots(1, 2, width_ratios=[0.55, 2.0])
        left.imshow(data["image.grey"], cmap="gray", vmin=0, vmax=255)
        left.set(xticks=[], yticks=[])
        letter(left, "a", "16 × 20 pixels")
        colours = (BLUE, GREEN, PURPLE, VERMILLION)
        for k, line in enumerate(data["shown.bit_line"]):
            y, x = divmod(int(line), 16)
            left.plot(x, y, "s", markerfacecolor="none", markeredgecolor=colours[k], markersize=5, markeredgewidth=1.3)
        slots = len(data["slots.slot"])
        us = 1e6 * float(data["t_read_s"])
        edges = np.arange(slots + 1) * us
        waveform(right, edges, np.ones(slots), PIXELS + 1.2, 0.55, "black", "word line", "on")
        for k, n in enumerate(data["shown.pulses"]):
            half = np.arange(2 * slots + 1) * us / 2  # a pulse and a pause, so that pulses can be counted
            on = (np.arange(2 * slots) % 2 == 0) & (np.arange(2 * slots) < 2 * n)
            level = PIXELS - k
            shown = half <= edges[-1] + 1e-12
            waveform(
                right,
                half[shown],
                on[: shown.sum() - 1] * 1.0,
                level,
                0.5,
                colours[k],
                f"bit line {data['shown.bit_line'][k]}",
                f"{n} pulses",
            )
        current = 1e6 * data["slots.source_current_a"][:, 0]
        right.fill_between(
            np.repeat(edges, 2)[1:-1],
            -0.9,
            -0.9 + 1.4 * np.repeat(current, 2) / current.max(),
            color="black",
            alpha=0.15,
            linewidth=0,
        )
        waveform(right, edges, current, -0.9, 1.4, "black", "source line", f"{current.max():.0f} µA")
        right.set(xlabel="time (µs)", xlim=(0, edges[-1]), yticks=[], ylim=(-1.1, PIXELS + 2.0))
        right.spines["left"].set_visible(False)
        letter(right, "b", f"read pulses of {float(data['v_read_v']):g} V")
        return fig


def check(data: Data) -> list[Claim]:
    """Grey level, Ohm and Kirchhoff."""
    exact = int(
        (np.sort(data["shown.pulses"]) == np.sort([data["image.grey"].ravel()[i] for i in data["shown.bit_line"]])).sum()
    )
    apart = float(np.abs(data["images.output_of_charge"] - data["images.output_of_network"]).max())
    steps = np.diff(data["slots.source_current_a"], axis=0)
    return [
        Claim(
            Text("a pixel's grey level, 0 to 255, is the number of its read pulses", "像素灰度值（0至255）翻译成读脉冲数目"),
            Text(f"bit lines of {PIXELS} whose pulses equal the grey level; most pulses here {int(data['image.grey'].max())}", "脉冲数等于灰度值的位线数"), exact, exact == PIXELS and int(data["image.grey"].max()) <= 255,
        ),
        Claim(
            Text("Ohm's and Kirchhoff's laws make the source line's current the weighted sum (eqs. 1.1, 1.9, 1.10)", "欧姆定律与基尔霍夫定律使源线电流成为加权和"),
            Text("largest difference between outputs computed from the lines' charge and those of the network's own loop", "由线上电荷算得的输出与网络输出的最大差"), apart, apart < 1e-9,
        ),
        Claim(
            Text("pulses end one line after the other, and the current only falls", "各位线脉冲先后结束，源线电流只降不升"),
            Text("largest rise of current from one slot to the next (A)", "相邻时隙电流的最大上升量（A）"), float(steps.max()), bool(steps.max() <= 1e-18),
        ),
    ]  # fmt: skip


ENTRY = Entry(
    name="1.7",
    title=Text("A grey level as a number of read pulses", "灰度值编码为读脉冲数目"),
    caption=Text(
        "(a) A face at 16 × 20 pixels, one bit line each. (b) One read: the word line is on for its 255 slots; a bit line gets as many pulses of 0.1 V as its grey level says (four are shown, in "
        "the colours of their pixels; pulses and pauses drawn to half a slot each); the source line collects the current of all 320 cells, and its charge (grey) is the weighted "
        "sum. Currents by Kirchhoff's law from the cells' conductances. Face: AT&T Laboratories Cambridge.",
        "(a) 16×20像素的人脸，每像素一根位线。(b) 一次读操作：字线导通255个时隙；位线的0.1 V脉冲数等于灰度值（示出四根，颜色对应像素）；源线汇集320个单元的电流，其电荷（灰色面积）即加权和。",
    ),
    equations=("1.1", "1.2", "1.9", "1.10"), facts=facts, compute=compute, draw=draw, check=check,
    source="coding: P. Yao et al., Nat. Commun. 8, 15199 (2017), doi:10.1038/ncomms15199; face: F. S. Samaria and A. C. Harter, 1994, doi:10.1109/ACV.1994.341300",
)  # fmt: skip
