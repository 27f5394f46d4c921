"""The cells of a replica before training: parameters of each cell, faults, and where its conductance starts.

Start weights are uniform in ±start·√(6/(inputs + outputs)), as far as the window allows; the k cells (or pairs) of a synapse share a weight evenly.

    pair     one cell of each pair at its g_min, the other above it (figure 2.12 of the chapter, inset: the left arms of the diamond)
    fixed    G− in the middle of the nominal window, G+ around it
    single   around the reference

The same seed gives the same weights in all three, where windows are nominal and wide enough. With `start_mean`, instead, every cell, G− or not, is
uniform within start_mean ± start_spread, by a draw of its own; with `start_g` it starts where it was written before. Wherever that would be outside a cell's own window, it starts at the end of it.
"""

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
    """Cells at the start; dead cells are at their g_min, stuck ones where their fault has them, whatever the rest."""
    geo, law = setup.geometry, setup.law
    n, members = geo.synapses, setup.synapse.members
    names = varied_names(setup.variation)
    varied = np.empty((len(setup.varied), n, members))
    share = np.full((n, members), np.nan)  # of the window: where stuck cells are
    for layer in range(len(geo.shape)):
        part = slice(geo.synapse[layer], geo.synapse[layer + 1])
        size = members * int(geo.synapse[layer + 1] - geo.synapse[layer])

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
            varied[at, part] = vary(law, nominal, name, setup.variation[name], xi[name]).reshape(-1, members)
        if setup.faults.any:
            code, where = faults.draw_faults(setup.faults, size, uniforms)
            varied[-1, part], share[part] = code.reshape(-1, members), where.reshape(-1, members)
    low, high = (_each(setup, varied, name) for name in ("g_min", "g_max"))
    fixed = low + share * (high - low)
    if setup.faults.stuck_at is not None:
        fixed[:] = setup.faults.stuck_at
    if setup.faults.map:
        shape = [(int(rows), int(columns)) for rows, columns in geo.shape]
        for layer, synapse, member, fault, value in faults.read_map(setup.faults.map, shape, members):
            cell = int(geo.synapse[layer]) + synapse
            varied[-1, cell, member] = fault
            if value is not None:
                fixed[cell, member] = value
    g = np.empty((n, members))
    for layer in range(len(geo.shape)):
        part = slice(geo.synapse[layer], geo.synapse[layer + 1])
        g[part] = start_layer(setup, label, layer, low[part], high[part])
    if setup.faults.any:
        code = varied[-1]
        g = np.where(code == faults.DEAD, low, np.where(code == faults.STUCK, fixed, g))
    state = np.array([np.broadcast_to(value, (n, members)) for value in law.start(g, setup.params)])
    return make_cells(geo, state, np.array(setup.params, dtype=np.float64), varied, setup.table, setup.reference)


def start_layer(setup: Setup, label: int, layer: int, low: Floats, high: Floats) -> Floats:
    """Conductances (synapses, members) of one layer; low, high: window of each cell. Everything in siemens."""
    size, members = low.shape

    def uniform(cells: int, k: int) -> Floats:
        u = np.empty(cells)
        setup.loops.fill_uniform(u, setup.seed, label, 0, INITIAL * 256 + layer, k)
        return u

    if setup.start_g is not None:
        return np.clip(setup.start_g[layer].reshape(size, members), low, high)
    if setup.start_mean is not None:  # draw 2, one a cell
        u = uniform(size * members, 2).reshape(size, members)
        return np.clip(setup.start_mean + setup.start_spread * (2.0 * u - 1.0), low, high)
    positive, above = uniform(size, 0) < 0.5, uniform(size, 1)  # draws 0 and 1, one a synapse
    if setup.synapse.kind == "pair":
        raised = np.stack([positive, ~positive] * setup.synapse.cells, axis=1)
        start = above[:, None] * setup.start[layer] * (high - low)
        return np.asarray(low + np.where(raised, start, 0.0))
    g_min, g_max = setup.window
    window = g_max - g_min
    centre = 0.5 * (g_min + g_max) if setup.synapse.paired else setup.reference / setup.synapse.cells
    up, down = min(setup.start[layer] * window, g_max - centre), min(setup.start[layer] * window, centre - g_min)
    written = centre + above * np.where(positive, up, -down)
    g = np.full((size, members), centre)
    g[:, :: 2 if setup.synapse.paired else 1] = written[:, None]
    return np.asarray(np.clip(g, low, high))


def _each(setup: Setup, varied: Floats, name: str) -> Floats:
    """Parameter `name` of every cell (synapses, members)."""
    if name in setup.varied:
        return np.asarray(varied[setup.varied.index(name)])
    return np.full((setup.geometry.synapses, setup.synapse.members), getattr(setup.params, name))
