"""Imperfections in training: what faulty cells do, what reads with noise and bent currents give and cost, how time passes, and the same bits."""

import math

import numpy as np
import pytest
from imperfect import EVERYTHING, everything, only, parameter
from scipy.stats import kstest
from small import samples, setup

from ohmgrad.arrays.cells import derive_weights
from ohmgrad.devices.faults import DEAD, HEALTHY, STUCK, STUCK_ON
from ohmgrad.ledger import G_BACKWARD, G_FORWARD, REFRESHED_PAIRS, SUMS, make_bill
from ohmgrad.network.drivers import train_fused, train_stepwise
from ohmgrad.network.replica import Replica

WRITING = {
    "one way, refreshed": {"synapse__refresh_every": 10, "synapse__refresh_above": 0.2, "synapse__refresh_common": 0.02},
    "two ways": {"synapse__write": "two-way"},
}
DRIVERS = {"fused": train_fused, "stepwise": train_stepwise}


def trained(case, driver=train_fused, label=0, ends=(20, 40, 60), rests=True, each=lambda r, done: None):
    """A replica after 60 samples, resting where the network is left for a moment."""
    r, (x, y) = Replica(case, label), samples()
    order = r.order(0, len(x))
    for begin, end in zip([0, *ends[:-1]], ends, strict=True):
        driver(r, x, y, order, begin, end, 0)
        if rests:
            r.rest(end)
        each(r, end)
    return r


def field(r, name):
    return r.cells.state[r.setup.law.state._fields.index(name)]


@pytest.mark.parametrize("writing", WRITING)
def test_stepwise_equals_fused_with_every_imperfection(writing):
    case = everything(**WRITING[writing])
    fused, stepwise = (trained(case, d) for d in DRIVERS.values())
    np.testing.assert_array_equal(fused.cells.state, stepwise.cells.state)
    np.testing.assert_array_equal(fused.counts, stepwise.counts)
    np.testing.assert_array_equal(fused.totals, stepwise.totals)
    np.testing.assert_array_equal(fused.clock, stepwise.clock)
    # energies are sums over the same events in another order: 60 samples of some 10³ terms leave 1e-16 · 10³ at most
    np.testing.assert_allclose(fused.sums, stepwise.sums, rtol=1e-12, atol=0)
    assert (fused.counts[:, :2].sum() > 1000) and (fused.sums[:, SUMS.index("refresh_set")].sum() > 0) == (
        "refreshed" in writing
    )


def test_where_a_chunk_ends_changes_nothing():
    case = everything(**WRITING["one way, refreshed"])
    one, other = trained(case, ends=(60,), rests=False), trained(case, ends=(1, 17, 18, 44, 60), rests=False)
    for name, array in one.arrays().items():
        np.testing.assert_array_equal(array, other.arrays()[name], err_msg=name)


# faults ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("writing", WRITING)
def test_faulty_cells_do_only_what_they_can(writing, driver):
    """With noise of half a step on every pulse, so that single pulses go the wrong way."""
    case = only(
        device__faults={"dead": 0.2, "stuck_on": 0.2, "stuck": 0.2}, device__parameters={"step_set": 1e-6, "step_reset": 0.8e-6, "sigma_abs": 0.5e-6},
        **WRITING[writing],
    )  # fmt: skip
    states = []
    r = trained(case, DRIVERS[driver], ends=range(1, 61), rests=False, each=lambda r, _: states.append(field(r, "g").copy()))
    start = field(Replica(case, 0), "g")
    change = np.diff([start, *states], axis=0)
    fault = parameter(r, "fault")
    dead, stuck_on, stuck, healthy = (change[:, fault == code] for code in (DEAD, STUCK_ON, STUCK, HEALTHY))
    assert (dead == 0).all()  # they begin at the bottom
    assert (stuck_on >= 0).all() and (stuck_on > 0).any()
    assert (stuck == 0).all()
    assert (healthy > 0).any() and (healthy < 0).any()
    np.testing.assert_array_equal(r.cells.w, field(r, "g")[:, 0] - field(r, "g")[:, 1])
    if "refreshed" in writing:
        assert r.counts[:, REFRESHED_PAIRS].sum() > 0


def test_a_dead_cell_that_forgot_is_not_brought_back():
    case = everything(synapse__write="two-way", device__retention={**EVERYTHING["device__retention"], "idle": "1 s"})
    r = trained(case)
    dead, stuck = parameter(r, "fault") == DEAD, parameter(r, "fault") == STUCK
    start = field(Replica(case, 0), "g")
    assert (field(r, "g")[dead] < r.setup.params.g_min).all()
    np.testing.assert_array_equal(field(r, "g")[stuck], start[stuck])
    assert (field(r, "age")[stuck] == 0).all()


# retention and endurance -------------------------------------------------------------------------------------------------


def test_the_clock_is_the_time_on_the_bill_and_the_idle_time():
    case = everything(**WRITING["one way, refreshed"])
    r = trained(case)
    bill = make_bill(r.counts, r.sums, r.totals, case.costs, True)
    assert bill.time_s > 60 * 6 * 1e-7  # at least the reads
    assert r.clock[0] == bill.time_s + 60 * 1e-3 == r.elapsed(60)
    # a cell that no pulse ever changed is as old as the network; one changed since the last rest but one is as old as that rest was long
    age, untouched = field(r, "age"), field(r, "cycles") == 0
    untouched &= parameter(r, "fault") != STUCK
    assert untouched.sum() > 10
    np.testing.assert_allclose(age[untouched], r.clock[0], rtol=1e-12)
    np.testing.assert_array_equal(field(r, "written")[untouched], field(Replica(case, 0), "g")[untouched])
    assert (age <= r.clock[0] * (1 + 1e-12)).all() and len(
        np.unique(age.round(9))
    ) <= 5  # three rests: as many ages, besides stuck cells'


def test_cells_lose_what_their_exponent_and_their_age_say():
    r = trained(everything())
    g, written, age, nu = field(r, "g"), field(r, "written"), field(r, "age"), parameter(r, "retention_nu")
    still = parameter(r, "fault") == STUCK
    assert (age[~still] > 1e-6).all() and len(set(nu[~still])) == (~still).sum()
    np.testing.assert_allclose(g[~still], written[~still] * (age[~still] / 1e-6) ** -nu[~still], rtol=1e-12)
    np.testing.assert_array_equal(g[still], written[still])


def test_a_look_after_a_year_leaves_the_cells_as_they_are():
    case = everything()
    r, (x, y) = trained(case), samples()
    before = {name: array.copy() for name, array in r.arrays().items()}
    w = r.cells.w.copy()
    shares = [r.after_rest(x, y, seconds) for seconds in (1.0, 3e7, 1.0)]
    for name, array in r.arrays().items():
        assert array.tobytes() == before[name].tobytes(), name
    np.testing.assert_array_equal(r.cells.w, w)
    assert shares[0] == shares[2]
    # the same by hand
    still = parameter(r, "fault") == STUCK
    g = field(r, "written") * ((field(r, "age") + 3e7) / 1e-6) ** -parameter(r, "retention_nu")
    r.cells.state[0] = np.where(still, field(r, "g"), g)
    derive_weights(case.geometry, r.cells)
    assert shares[1] == r.test(x, y, 1 << 22)[0]  # the same draws of noise; a tie of outputs to the last bit aside


def test_cells_wear_by_what_pulses_change():
    r = trained(only(device__endurance={"cycles": 3.0}, synapse__write="two-way"), rests=False)
    cycles, p = field(r, "cycles"), r.setup.params
    window = (p.g_max - p.g_min) / (1 + cycles / 3.0)
    pulsed = cycles > 0
    assert pulsed.mean() > 0.5 and cycles.max() > 0.3
    # the last pulse of a cell found the window as it was before it: wider by what that pulse of some 1 uS wore, ΔG/(2·window) of 3 cycles
    assert (field(r, "g") <= p.g_min + window * (1 + 3e-6 / (2 * window) / 3.0) * (1 + 1e-9)).all()
    unworn = trained(only(synapse__write="two-way"), rests=False)
    assert field(r, "g").mean() < field(unworn, "g").mean()


# reads -------------------------------------------------------------------------------------------------------------------

CURRENTS = {"sinh": lambda v, v_0: v_0 * np.sinh(v / v_0), "cubic": lambda v, v_0: v * (1 + (v / v_0) ** 2)}


class Reads:
    """Forward and backward reads of a replica, the currents taken out of the neurons again, and NumPy's own."""

    def __init__(self, r, image, label=1):
        self.r, self.case = r, r.setup
        geo = self.case.geometry
        self.shape = [(int(rows), int(columns)) for rows, columns in geo.shape]
        self.width = int(geo.shape.max()) + 1
        self.scratch = self.case.loops.make_scratch(self.width)
        self.image, self.label = image, label
        split = [r.cells.state[0, a:b] for a, b in zip(geo.synapse[:-1], geo.synapse[1:], strict=True)]
        self.g = [g.reshape(*shape, 2) for g, shape in zip(split, self.shape, strict=True)]

    def at(self, step, seed=1, repeat=0):
        """x (layers + 1, width), delta (layers, width) of one sample."""
        k, c, r = self.case.loops, self.case, self.r
        signals, scale = k.make_signals(c.geometry), np.ones(c.geometry.column[-1])
        k.load_sample(self.image, self.label, c.learning, signals)
        address = (seed, repeat, step, r.counts, r.sums)
        k.forward(r.cells, c.geometry, c.learning, c.reading, scale, signals, self.scratch, *address)
        k.backward(r.cells, c.geometry, c.learning, c.reading, scale, signals, self.scratch, *address)
        return signals.x, signals.delta

    def bent(self, v):
        v_read = self.case.reading.v_read
        return CURRENTS[self.case.current](v * v_read, self.case.reading.v_0) / v_read

    def currents(self, x, delta):
        """[(measured, mean by NumPy, variance by NumPy)], forward layer by layer, then backward; siemens times units of v_read."""
        gain, reading, out = self.case.learning.gain, self.case.reading, []
        variance = [((reading.absolute + reading.relative * g) ** 2).sum(axis=2) for g in self.g]
        for k, (rows, columns) in enumerate(self.shape):
            v = self.bent(x[k, :rows])
            out.append(
                (np.arctanh(x[k + 1, :columns]) / gain[k], v @ (self.g[k][..., 0] - self.g[k][..., 1]), v**2 @ variance[k])
            )
        for k in range(len(self.shape) - 1, 0, -1):
            rows, columns = self.shape[k]
            v, y = self.bent(delta[k, :columns]), x[k, : rows - 1]
            measured = delta[k - 1, : rows - 1] / (gain[k] * (1 - y * y))
            out.append((measured, ((self.g[k][..., 0] - self.g[k][..., 1]) @ v)[:-1], (variance[k] @ v**2)[:-1]))
        return out


def bent_case(kind):
    if kind == "sinh":
        return only(device__current={"kind": "sinh", "v_0": "60 mV"})
    return setup("soft-bounds", device__current={"kind": "cubic", "v_0": "60 mV"})


@pytest.mark.parametrize("kind", CURRENTS)
def test_reads_add_up_bent_currents_and_the_bill_their_power(kind):
    reads = Reads(Replica(bent_case(kind), 0), samples(1)[0][0])
    x, delta = reads.at(0)
    for measured, mean, _ in reads.currents(x, delta):
        # |gain·current| < 2: tanh and its inverse keep 1e-15; the sums of 13 currents that cancel, 1e-14
        np.testing.assert_allclose(measured, mean, rtol=1e-11, atol=1e-13 * abs(mean).max())
    c, r = reads.case, reads.r
    assert abs(reads.bent(x[0]) / np.where(x[0] == 0, 1, x[0])).max() > 1.3  # it matters
    for layer, (rows, columns) in enumerate(reads.shape):
        volts = 0.1 * x[layer, :rows]
        amperes = CURRENTS[kind](volts, 0.06)[:, None, None] * reads.g[layer]
        joules = r.sums[layer, G_FORWARD] * c.costs.energy()[SUMS.index("forward")]
        assert joules == pytest.approx((volts[:, None, None] * amperes).sum() * 1e-7, rel=1e-13, abs=0)
        volts = 0.1 * delta[layer, :columns]
        amperes = CURRENTS[kind](volts, 0.06)[None, :, None] * reads.g[layer]
        joules = r.sums[layer, G_BACKWARD] * c.costs.energy()[SUMS.index("backward")]
        assert joules == pytest.approx((volts[None, :, None] * amperes).sum() * 1e-7 if layer else 0.0, rel=1e-13, abs=0)


@pytest.fixture(scope="module")
def noisy():
    """Standardised noise of every line, forward then backward (steps, lines), for two replicas: what is left of each current after its mean, in
    standard deviations by the formula, both for the voltages that this step had."""
    case = everything(device__noise={"relative": 0.1, "absolute": "0.2 uS"})
    image, out = samples(1)[0][0], []
    for repeat in (0, 1):
        reads = Reads(Replica(case, 0), image)
        z = []
        for step in range(4000):
            lines = reads.currents(*reads.at(step, repeat=repeat))
            z.append(np.concatenate([(measured - mean) / np.sqrt(variance) for measured, mean, variance in lines]))
        out.append(np.array(z))
    return out


def test_read_noise_has_the_variance_of_its_cells(noisy):
    z = noisy[0]
    n = len(z)
    assert z.shape == (4000, 7 + 5 + 3 + 5 + 7)
    assert abs(z.mean(axis=0)).max() < 5 / math.sqrt(n)
    assert abs(z.var(axis=0) - 1).max() < 5 * math.sqrt(2 / n)
    assert kstest(z.ravel(), "norm").pvalue > 1e-4


def test_read_noise_of_lines_layers_directions_and_steps_is_independent(noisy):
    z = noisy[0]
    n, lines = z.shape
    for part in (z, z**2):
        assert abs(np.corrcoef(part.T) - np.eye(lines)).max() < 5 / math.sqrt(n) * (1 if part is z else 1.5)
        lagged = np.corrcoef(part[1:].T, part[:-1].T)[:lines, lines:]
        assert abs(lagged).max() < 5 / math.sqrt(n) * (1 if part is z else 1.5)
    other = np.corrcoef(z.T, noisy[1].T)[:lines, lines:]
    assert abs(other).max() < 5 / math.sqrt(n)


def test_noise_of_no_strength_changes_no_bit():
    """1e-40 S, which vanishes in every sum, with the noise compiled in."""
    reads = Reads(Replica(only(), 0), samples(1)[0][0])
    x, delta = reads.at(3)
    for step in (4, 5):
        again = reads.at(step)
        np.testing.assert_array_equal(again[0], x)
        np.testing.assert_array_equal(again[1], delta)
    loud = Reads(Replica(only(device__noise={"absolute": "0.1 uS"}), 0), samples(1)[0][0])
    assert (loud.at(4)[0] != loud.at(5)[0]).any()


def test_noise_costs_nothing_and_moves_no_cell():
    quiet, loud = (Replica(only(device__noise=n), 0) for n in ({"absolute": 1e-40}, {"absolute": "1 uS"}))
    np.testing.assert_array_equal(quiet.cells.state, loud.cells.state)
    for r in (quiet, loud):
        Reads(r, samples(1)[0][0]).at(0)
    # the first layer's reads are of the same volts; those behind it are not
    assert quiet.sums[0, G_FORWARD] == loud.sums[0, G_FORWARD] and quiet.sums[1, G_FORWARD] != loud.sums[1, G_FORWARD]
    np.testing.assert_array_equal(quiet.counts, loud.counts)


def test_each_test_has_noise_of_its_own():
    r, (x, y) = Replica(only(device__noise={"absolute": "3 uS"}), 0), samples(300)
    shares = [r.test(x, y, test)[0] for test in range(6)]
    assert len(set(shares)) > 2
    assert [r.test(x, y, test)[0] for test in range(6)] == shares


def test_a_test_is_right_as_often_as_the_noise_of_its_cells_lets_it():
    """One image 20 000 times, two outputs: the right one is the larger with the probability Φ(ΔI/√(σ₁² + σ₂²))."""
    case = everything(network__layers=[12, 2], device__noise={"relative": 1.0, "absolute": "1 uS"})
    r, image = Replica(case, 0), samples(1)[0][0]
    reads = Reads(r, image)
    _, mean, variance = reads.currents(*reads.at(0))[0]
    p = 0.5 * math.erfc(-(mean[0] - mean[1]) / math.sqrt(2 * variance.sum()))
    n = 20_000
    share = r.test(np.tile(image, (n, 1)), np.zeros(n, np.int64))[0]
    assert 0.05 < p < 0.95 and abs(share - p) < 5 * math.sqrt(p * (1 - p) / n)


# slow noise --------------------------------------------------------------------------------------------------------------


def test_slow_noise_is_in_what_is_read_and_not_in_the_cells():
    noise = {"flicker": 0.05, "telegraph": 0.1, "telegraph_share": 0.5, "telegraph_time": "1 us"}
    r = trained(setup("soft-bounds", driver="stepwise", device__noise=noise), train_stepwise, rests=False)
    seen, g = r.as_read().state[0], r.cells.state[0]
    factor = seen / g
    assert factor.std() > 0.03 and len(np.unique(factor)) == factor.size
    np.testing.assert_array_equal(r.as_read().w, seen[:, 0] - seen[:, 1])
    np.testing.assert_array_equal(r.cells.w, g[:, 0] - g[:, 1])
    assert g.max() <= r.setup.params.g_max
    # followed up to the beginning of the last sample: all time but that of its own reads, pulses
    last = r.elapsed(60) - r.clock[1]
    assert 0 < last < r.elapsed(60) / 20
    other = trained(setup("soft-bounds", driver="stepwise"), train_stepwise, rests=False)
    assert (other.cells.state != r.cells.state).any()
    np.testing.assert_array_equal(Replica(other.setup, 0).cells.state, Replica(r.setup, 0).cells.state)
