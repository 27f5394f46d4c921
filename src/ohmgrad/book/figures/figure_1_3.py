"""Figure 1.3: a network that has learned three people is shown others: which features did it learn?"""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ohmgrad.book.drawing import heat, letter, subfigures
from ohmgrad.book.entry import Arrays, Claim, Data, Entry, Facts, Setting, Text
from ohmgrad.book.training import answers, train
from ohmgrad.report.style import BLUE, DOUBLE, GREY, ORANGE, drawing, linear_axis

SHOWN = (5, 6, 10)  # the set whose faces are drawn
STRANGERS = (11, 16, 27)  # three of those who were not learned
EPOCHS, NETWORKS = 40, 3


def sets(setting: Setting) -> list[tuple[int, int, int]]:
    """Sets of three people: the one that is shown, and others spread over all 286."""
    from ohmgrad.data.faces import face_triples

    return face_triples()[:: 20 if setting is Setting.full else 96]


def facts(setting: Setting) -> Facts:
    """Seed of the experiment; networks of each set."""
    return Facts(
        "1",
        f"{NETWORKS} networks for each of {len(sets(setting))} sets of three people",
        {"experiment": "faces, write with verify", "epochs": f"{EPOCHS}", "strangers": "the other 10 people, 10 images each"},
    )


def compute(setting: Setting) -> Arrays:
    """Outputs for the test images of those who were learned, and for all images of the others."""
    from ohmgrad.data.faces import PEOPLE, read_faces

    faces = read_faces().reshape(len(PEOPLE), 10, -1) / 255.0
    known, strange, agreement, right = [], [], [], []
    out: Arrays = {}
    for people in sets(setting):
        t = train("faces", "write=verify", "stop.when=never", f"data.people={list(people)}", replicas=NETWORKS, epochs=EPOCHS)
        others = [p for p in PEOPLE if p not in people]
        of_known = answers(t.run, t.run.data.test_x)
        of_strange = np.array([answers(t.run, faces[PEOPLE.index(p)]) for p in others])  # (people, networks, images, outputs)
        known.append(of_known.max(axis=-1).ravel())
        strange.append(of_strange.max(axis=-1).ravel())
        right.append((of_known.argmax(axis=-1) == t.run.data.test_y).mean())
        taken = np.eye(3)[of_strange.argmax(axis=-1)].mean(axis=2)  # (people, networks, outputs): shares of images
        agreement.append(taken.max(axis=-1).mean())
        if people == SHOWN:
            named = [answers(t.run, faces[PEOPLE.index(p), -1:])[0, 0] for p in (*SHOWN, *STRANGERS)]
            out |= {"outputs.person": np.array([*SHOWN, *STRANGERS]), "outputs.output": np.array(named)}
            out["outputs.pixels"] = np.array([faces[PEOPLE.index(p), -1] for p in (*SHOWN, *STRANGERS)])
            out |= {"taken.person": np.array(others), "taken.share": taken.mean(axis=1)}
    out |= {"sets.accuracy": np.array(right), "sets.agreement": np.array(agreement)}
    out["sets.stronger"] = np.array([stronger(a, b) for a, b in zip(known, strange, strict=True)])
    out |= {"known.largest_output": np.concatenate(known), "strangers.largest_output": np.concatenate(strange)}
    return out


def stronger(a: Arrays | object, b: object) -> float:
    """Probability that a random one of `a` is above a random one of `b` (area under the ROC curve)."""
    x, y = np.asarray(a, dtype=np.float64), np.sort(np.asarray(b, dtype=np.float64))
    below, upto = np.searchsorted(y, x, side="left"), np.searchsorted(y, x, side="right")
    return float((below + upto).mean() / 2.0 / len(y))


def draw(data: Data) -> Figure:
    """Faces with their outputs; as whom each stranger is taken; how strong the strongest answer is."""
    with drawing():
        fig = Figure(figsize=(DOUBLE, 2.6))
        left, right = subfigures(fig, 1, 2, width_ratios=[1.25, 1.0])
        n = len(data["outputs.person"])
        cells = left.subplots(2, n, height_ratios=[1.1, 1.0], sharey="row")
        for k in range(n):
            top, bottom = cells[0, k], cells[1, k]
            top.imshow(data["outputs.pixels"][k].reshape(20, 16), cmap="gray", vmin=0, vmax=1)
            top.set(xticks=[], yticks=[])
            top.set_title(
                ("learned" if k < 3 else "stranger") if k in (0, 3) else "", fontsize=7.5, color=BLUE if k < 3 else ORANGE
            )
            value = data["outputs.output"][k]
            colours = [(BLUE if k < 3 else ORANGE) if j == value.argmax() else GREY for j in range(3)]
            bottom.bar(range(3), value, color=colours, width=0.75)
            bottom.axhline(0.0, color="black", linewidth=0.5)
            bottom.set_xticks(range(3), "ABC")
            bottom.tick_params(bottom=False)
        cells[1, 0].set_ylabel("output")
        letter(cells[0, 0], "a", "learned")
        middle, end = right.subplots(1, 2, width_ratios=[1.0, 1.6])
        heat(middle, data["taken.share"], 1.0, "Blues", 0.0)
        middle.set_xticks(range(3), "ABC")
        middle.set_yticks(range(len(data["taken.person"])), [str(p) for p in data["taken.person"]], fontsize=6.5)
        middle.tick_params(length=0)
        middle.set_ylabel("stranger")
        middle.set_xlabel("taken for")
        letter(middle, "b")
        edges = np.linspace(-0.8, 0.8, 33)
        for name, colour, label in (("known", BLUE, "learned, new images"), ("strangers", ORANGE, "strangers")):
            values = data[f"{name}.largest_output"]
            end.hist(
                values,
                edges,
                weights=np.full(len(values), 100.0 / len(values)),
                histtype="step",
                color=colour,
                linewidth=1.2,
                label=label,
            )
        end.set(xlabel="largest output", ylabel="images (%)")
        linear_axis(end)
        end.legend(loc="upper left", fontsize=6.5, borderaxespad=0.1, handlelength=1.2)
        end.set_ylim(0, 1.35 * end.get_ylim()[1])
        letter(end, "c")
        return fig


def check(data: Data) -> list[Claim]:
    """The network is lazy: it knows what sets three people apart, and nothing of what makes a person."""
    accuracy, agree, strong = (float(data[f"sets.{k}"].mean()) for k in ("accuracy", "agreement", "stronger"))
    return [
        Claim(
            Text("the training goal is met: unseen images of those who were learned are told apart", "训练目标已达到：对学过的人的新图片能正确区分"),
            Text("accuracy on test images", "测试图片准确率"), accuracy, accuracy > 0.8,
        ),
        Claim(
            Text("shown something it never learned, it names one of what it has learned", "输入从未学过的类别时，网络仍把它指认为某个学过的类别"),
            Text(
                "share of a stranger's images that are taken for one and the same person (a third by chance)",
                "同一陌生人的图片被指认为同一个学过的人的比例（随机为三分之一）",
            ),
            agree, agree > 0.6,
        ),
        Claim(
            Text("its answer does not give the stranger away", "仅凭输出无法看出输入是陌生人"),
            Text(
                "probability that a learned person's new image is answered more strongly than a stranger's (1/2: no difference; 1: always)",
                "学过的人的新图片比陌生人图片响应更强的概率（0.5为无差别，1为总是更强）",
            ),
            strong, 0.4 < strong < 0.85,
        ),
    ]  # fmt: skip


ENTRY = Entry(
    name="1.3",
    title=Text("A lazy network: it never learned what a stranger is", "“偷懒”的网络：它没有学过“陌生人”"),
    caption=Text(
        "One-transistor-one-memristor array trained on three people (A, B, C). (a) The last image of each and of three strangers, with the three outputs. (b) Share "
        "of the ten images of every stranger that are taken for A, B or C: each is somebody. (c) Largest output for new images of learned people and for strangers, "
        "all sets. Faces: AT&T Laboratories Cambridge.",
        "1T1M阵列用三个人（A、B、C）的人脸训练。(a) 三人及三个陌生人各一张图片与三个输出；(b) 每个陌生人的十张图片被指认为A、B、C的比例：人人都被指认为某人；(c) 学过的人的新图片与陌生人图片的最大输出分布。人脸来自剑桥AT&T实验室。",
    ),
    equations=("1.1", "1.2"), facts=facts, compute=compute, draw=draw, check=check,
    source="faces: F. S. Samaria and A. C. Harter, 1994, doi:10.1109/ACV.1994.341300",
)  # fmt: skip
