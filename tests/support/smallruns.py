"""Small runs for the tests of run folders and of the command line: 20-8-3 on 120 rows of a CSV."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np

from ohmgrad.experiments.build import complete
from ohmgrad.experiments.run import start
from ohmgrad.experiments.specfile import make_spec

OHMGRAD = shutil.which("ohmgrad", path=str(Path(sys.executable).parent)) or "ohmgrad"

TOML = """\
seed = 5
replicas = 2
epochs = 3
software = false
diagnosis = false

[data]
source = "files"
train_file = "small.csv"
valid_fraction = 0.1

[network]
layers = [20, 8, 3]

[device.parameters]
step_set = "1 uS"

[synapse]
w_max = [1.0]
refresh_every = 20
refresh_above = 0.3

[learning]
rate = [0.05, 0.04]
"""

# The same network with other parts: settings on top of TOML.
HIDDEN_STATE = ("device.law=pcm-nandakumar2018", "device.parameters={}")
VARIED = ("device.variation.step_set.sigma=0.3", "device.variation.g_max={sigma = 0.1, kind = 'lognormal'}")


def samples(rows=120, inputs=20, classes=3, seed=3):
    """Inputs (rows, inputs) around a centre for each class, and labels (rows,)."""
    r = np.random.default_rng(seed)
    y = np.arange(rows) % classes
    return np.clip(r.random((classes, inputs))[y] + r.normal(0, 0.35, (rows, inputs)), 0, 1), y


def write_csv(path, x, labels):
    """A CSV with a header and the label last."""
    with open(path, "w", encoding="utf-8") as f:
        print(*(f"f{k}" for k in range(x.shape[1])), "kind", sep=",", file=f)
        for row, label in zip(x, labels, strict=True):
            print(*(f"{v:.4f}" for v in row), label, sep=",", file=f)
    return path


def small_project(folder):
    """my.toml and small.csv in `folder`; returns my.toml."""
    folder.mkdir(parents=True, exist_ok=True)
    write_csv(folder / "small.csv", *samples())
    (folder / "my.toml").write_text(TOML, encoding="utf-8")
    return folder / "my.toml"


def spec_of(toml, *settings, **top):
    """Complete specification of my.toml with settings."""
    return complete(make_spec(str(toml), settings=settings, **top))


def trained(spec, folder, **options):
    """Train in `folder`; returns the folder."""
    assert start(spec, Path(folder), **options).train() is not None
    return Path(folder)


def checkpoint(folder):
    """Arrays and meta of a checkpoint, read without ohmgrad."""
    with np.load(Path(folder) / "checkpoint.npz") as archive:
        arrays = {name: archive[name] for name in archive.files}
    return arrays, json.loads(arrays.pop("meta").tobytes())


def differences(one, other):
    """What differs between two finished run folders: an empty list if they agree to the last bit."""
    one, other = Path(one), Path(other)
    (a, a_meta), (b, b_meta) = checkpoint(one), checkpoint(other)
    out = [f"arrays {sorted(set(a) ^ set(b))}"] if set(a) != set(b) else []
    out += [f"array {k}" for k in a if k in b and (a[k].dtype != b[k].dtype or a[k].tobytes() != b[k].tobytes())]
    out += ["meta"] if a_meta != b_meta else []
    out += [name for name in ("history.json", "snapshots.npz") if (one / name).read_bytes() != (other / name).read_bytes()]
    timing = ("samples_per_second", "threads")
    summaries = [json.loads((f / "summary.json").read_text(encoding="utf-8")) for f in (one, other)]
    out += (
        ["summary.json"]
        if [{k: v for k, v in s.items() if k not in timing} for s in summaries[:1]]
        != [{k: v for k, v in s.items() if k not in timing} for s in summaries[1:]]
        else []
    )
    return out


def contents(folder):
    """Every file below `folder` with its bytes."""
    folder = Path(folder)
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def command(*args, env=None, **options):
    """Run the real command line in a process of its own, its output captured as text."""
    return subprocess.run(
        [OHMGRAD, *map(str, args)], capture_output=True, text=True, timeout=300, env={**os.environ, **(env or {})}, **options
    )


def start_command(*args, env=None, **options):
    """The same, still running; its output lines can be read as they come."""
    return subprocess.Popen(
        [OHMGRAD, *map(str, args)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1", **(env or {})}, **options,
    )  # fmt: skip
