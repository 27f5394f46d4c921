"""The cells of a replica before training: parameters of each cell, faults, and where its conductance starts."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ohmgrad.arrays.cells import Cells, make_cells
from ohmgrad.devices import faults
from ohmgrad.devices.variation import gaussians, varied_names, vary
from ohmgrad.kernels.draws import DEVICE, FAULT, INITIAL
from ohmgrad.network.setup import Setup

Floats = npt.NDArray[np.float64]


def initial_cells(setup: Setup, label: int) -> Cells:
    """One cell of each pair at its g_min, the other random above it (figure 2.12, inset: the left arms of the diamond).

    Dead cells are at their g_min, stuck ones where their fault has them, whatever the rest.
    """
    geo, law = setup.geometry, setup.law
    n = geo.synapses
    names = varied_names(setup.variation)
    varied = np.empty((len(setup.varied), n, 2))
    share = np.full((n, 2), np.nan)  # of the window: where stuck cells are
    for layer in range(len(geo.shape)):
        part = slice(geo.synapse[layer], geo.synapse[layer + 1])
        size = 2 * int(geo.synapse[layer + 1] - geo.synapse[layer])

        def normals(cells: int, k: int, layer: int = layer) -> Floats:
            xi = np.empty(cells)
            setup.loops.fill_normal(xi, setup.seed, label, 0, DEVICE * 256 + layer, k)
            return xi

        def uniforms(cells: int, k: int, layer: int = layer) -> Floats:
            u = np.empty(cells)
            setup.loops.fill_uniform(u, setup.seed, label, 0, FAULT * 256 + layer, k)
            return u

        xi = gaussians(law, names, setup.correlated, size, normals)
        for at, name in enumerate(names):
            nominal = getattr(setup.params, name)
            varied[at, part] = vary(law, nominal, name, setup.variation[name], xi[name]).reshape(-1, 2)
        if setup.faults.any:
            code, where = faults.draw_faults(setup.faults, size, uniforms)
            varied[-1, part], share[part] = code.reshape(-1, 2), where.reshape(-1, 2)
    low, high = (_each(setup, varied, name) for name in ("g_min", "g_max"))
    fixed = low + share * (high - low)
    if setup.faults.stuck_at is not None:
        fixed[:] = setup.faults.stuck_at
    if setup.faults.map:
        shape = [(int(rows), int(columns)) for rows, columns in geo.shape]
        for layer, synapse, member, fault, value in faults.read_map(setup.faults.map, shape):
            cell = int(geo.synapse[layer]) + synapse
            varied[-1, cell, member] = fault
            if value is not None:
                fixed[cell, member] = value
    g = low.copy()
    for layer in range(len(geo.shape)):
        part = slice(geo.synapse[layer], geo.synapse[layer + 1])
        size = int(geo.synapse[layer + 1] - geo.synapse[layer])
        which, above = np.empty(size), np.empty(size)
        setup.loops.fill_uniform(which, setup.seed, label, 0, INITIAL * 256 + layer, 0)
        setup.loops.fill_uniform(above, setup.seed, label, 0, INITIAL * 256 + layer, 1)
        start = above[:, None] * setup.start[layer] * (high - low)[part]
        g[part] += np.where(np.stack([which < 0.5, which >= 0.5], axis=1), start, 0.0)
    if setup.faults.any:
        code = varied[-1]
        g = np.where(code == faults.DEAD, low, np.where(code == faults.STUCK, fixed, g))
    state = np.array([np.broadcast_to(value, (n, 2)) for value in law.start(g, setup.params)])
    return make_cells(geo, state, np.array(setup.params, dtype=np.float64), varied, setup.table, setup.reference)


def _each(setup: Setup, varied: Floats, name: str) -> Floats:
    """Parameter `name` of every cell (synapses, 2)."""
    if name in setup.varied:
        return np.asarray(varied[setup.varied.index(name)])
    return np.full((setup.geometry.synapses, 2), getattr(setup.params, name))
