"""``ohmgrad device fit`` as a person calls it: files in, table out, device file and plots beside it; mistakes in one line."""

import os
import signal
import subprocess
import time

import numpy as np
import pytest
from smallruns import OHMGRAD

from ohmgrad.devices.catalogue import LAWS
from ohmgrad.devices.devicefile import load_device
from ohmgrad.devices.fit.simulate import simulate_ramps


@pytest.fixture(scope="module")
def csv(tmp_path_factory):
    """Four cycles of a cell with soft bounds, as wide ramps in microsiemens."""
    p = (
        LAWS["soft-bounds"]
        .defaults()
        ._replace(g_min=1e-6, g_max=2e-5, step_set=4e-7, slope_set=0.9, step_reset=4e-7, slope_reset=0.8, sigma=0.5)
    )
    m = simulate_ramps(LAWS["soft-bounds"], [p], pulses=60, cycles=4, read_noise=5e-8, seed=4)
    path = tmp_path_factory.mktemp("csv") / "ramps.csv"
    names = ",".join(f"{'set' if r.up else 'reset'} {k} (uS)" for k, r in enumerate(m.ramps))
    rows = np.array([1e6 * r.g for r in m.ramps]).T
    path.write_text(names + "\n" + "\n".join(",".join(f"{v:.5f}" for v in row) for row in rows) + "\n")
    return path


def test_fit_prints_a_table_and_writes_a_device_with_plots(ohmgrad, csv, tmp_path):
    out = tmp_path / "mine.toml"
    answer = ohmgrad("device", "fit", csv, "--law", "soft-bounds", "--law", "linear", "--out", out, "--set", "v_set=1.5 V")
    assert answer.status == 0 and not answer.err
    for word in (
        "4 SET and 4 RESET ramps of 1 cell",
        "soft-bounds",
        "linear",
        "step_set",
        "ΔBIC",
        "±",
        "mean curve",
        "tell nothing of the spread from cell to cell",
    ):
        assert word in answer.out
    assert all(len(line) <= 160 or line.startswith("written:") for line in answer.out.splitlines())
    device = load_device(str(out))
    assert device.law == "soft-bounds" and device.parameters["v_set"] == "1.5 V"
    assert out.with_suffix(".png").stat().st_size > 20_000
    svg = out.with_suffix(".svg").read_text()
    for word in ("pulse number", "conductance (µS)", "data − model (% of window)", "SET, 4 ramps"):
        assert word in svg


def test_fitted_device_trains_without_a_change(ohmgrad, csv, tmp_path):
    out = tmp_path / "mine.toml"
    assert ohmgrad("device", "fit", csv, "--law", "soft-bounds", "--out", out, "--no-plots", "-q").out == ""
    assert not out.with_suffix(".png").exists()
    answer = ohmgrad("run", "burr2014", "--device", out, "--dry-run")
    assert answer.status == 0 and 'law = "soft-bounds"' in answer.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("none.csv",), "there is no file none.csv"),
        (("{csv}", "--law", "soft-bound"), "did you mean 'soft-bounds'"),
        (("{csv}", "--law", "pcm-nandakumar2018"), "RESET is gradual"),
        (("{csv}", "--out", "mine.txt"), "a device file ends in .toml"),
        (("{csv}", "--read-voltage", "0.1 A"), "a voltage is wanted"),
        (("{csv}", "--set", "v_set"), "write it like"),
        (("{csv}", "--law", "linear", "--set", "v_set=1 uS"), "a voltage is wanted"),
        (("{csv}", "--law", "linear", "--set", "v_set=2 V", "--set", "v_th_set=3 V"), "must be below v_set"),
        (("{csv}", "--direction", "up"), "--direction"),
    ],
)
def test_mistakes_are_one_line(ohmgrad, csv, arguments, said):
    answer = ohmgrad("device", "fit", *(a.format(csv=csv) for a in arguments))
    assert answer.status == 2
    assert said in answer.err and len(answer.err.strip().splitlines()) == 1


def test_ctrl_c_ends_a_fit_at_once(tmp_path):
    """Python's own exception is lost where it strikes within the compiler, as it nearly always does here."""
    file = tmp_path / "set.csv"
    file.write_text("set 1 (uS)\n" + "\n".join(f"{1 + 0.1 * k:.2f}" for k in range(60)) + "\n", encoding="utf-8")
    environment = {**os.environ, "OHMGRAD_CACHE": str(tmp_path / "cache"), "NUMBA_CACHE_DIR": str(tmp_path / "numba")}
    fit = subprocess.Popen(
        [OHMGRAD, "device", "fit", str(file), "--out", str(tmp_path / "mine.toml")], env=environment, stdout=subprocess.PIPE
    )
    time.sleep(3.0)
    fit.send_signal(signal.SIGINT)
    assert fit.wait(timeout=5) == 130
    assert not (tmp_path / "mine.toml").exists()
