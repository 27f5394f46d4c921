"""Cells with every imperfection at once: one combination of parts for all tests that train with them, so that it is compiled once."""

from small import setup

from ohmgrad.kernels import draw_loop
from ohmgrad.network.replica import Replica

FAULTS = {"dead": 0.1, "stuck_on": 0.1, "stuck": 0.1}
RETENTION = {"kind": "power-law", "nu": 0.05, "t_0": "1 us", "idle": "1 ms"}
EVERYTHING = {
    "device__faults": FAULTS,
    "device__retention": RETENTION,
    "device__endurance": {"cycles": 20},
    "device__noise": {"relative": 0.03, "absolute": "0.1 uS"},
    "device__current": {"kind": "sinh", "v_0": "100 mV"},
    "device__variation": {"step_set": {"sigma": 0.2}, "retention_nu": {"sigma": 0.3}},
    "device__correlation": [{"between": ["step_set", "retention_nu"], "rho": 0.5}],
}
# The same parts at strengths that come to nothing, in order to look at one of them.
NOTHING = {
    "device__faults": {"dead": 1e-15},
    "device__retention": {"kind": "power-law", "nu": 0.0},
    "device__endurance": {"cycles": 1e30},
    "device__noise": {"absolute": 1e-40},
    "device__current": {"kind": "sinh", "v_0": 1e3},
    "device__variation": {"step_set": {"sigma": 1e-15}, "retention_nu": {"sigma": 1e-15}},
}


def everything(**changes):
    """A small network whose cells have every imperfection."""
    return setup("soft-bounds", **{**EVERYTHING, **changes})


def only(**changes):
    """A small network of the same parts, with these imperfections and the others at nothing."""
    return setup("soft-bounds", **{**NOTHING, **changes})


def uncompiled(label=0, law="soft-bounds", **changes):
    """A replica to look at, its loops never compiled."""
    case = setup(law, **changes)
    case.__dict__["loops"] = draw_loop
    return Replica(case, label)


def parameter(replica, name):
    """A parameter of each cell (synapses, 2)."""
    return replica.cells.varied[replica.setup.varied.index(name)]
