"""The training loop once more, in plain NumPy and Python, straight from the equations: no kernels, no blocks, no caches.

Only the elementary functions (tanh, inverse normal) are shared with the package, since they are compared with other
implementations on their own. Everything else is written again, cell by cell.
"""

import math

import numpy as np

from ohmgrad.kernels.elementary import inverse_normal, tanh
from ohmgrad.programming.overlap import COLUMN_PATTERNS, ROW_PATTERNS

M32 = np.uint64(0xFFFFFFFF)
WRITE, REFRESH = 3, 4


def philox(counter, key):
    """Philox4x32-10 in uint64."""
    c = [np.uint64(v) for v in counter]
    k = [np.uint64(v) for v in key]
    for _ in range(10):
        p0, p1 = np.uint64(0xD2511F53) * c[0], np.uint64(0xCD9E8D57) * c[2]
        c = [(p1 >> np.uint64(32)) ^ c[1] ^ k[0], p1 & M32, (p0 >> np.uint64(32)) ^ c[3] ^ k[1], p0 & M32]
        k = [(k[0] + np.uint64(0x9E3779B9)) & M32, (k[1] + np.uint64(0xBB67AE85)) & M32]
    return [int(v) for v in c]


def draw(seed, repeat, cell, step, pulse, stream):
    """First normal draw at an address."""
    w = philox((cell, step, pulse * 256, stream), (seed, repeat))
    bits = (w[0] << 20) | (w[1] >> 12)
    return inverse_normal((bits + 0.5) / 2**52)


def amplitude(v, p):
    if v >= p.v_th_set:
        return (v - p.v_th_set) / (p.v_set - p.v_th_set)
    if v <= -p.v_th_reset:
        return (v + p.v_th_reset) / (p.v_reset - p.v_th_reset)
    return 0.0


def mean_step(law, g, memory, v, p, table):
    a = amplitude(v, p)
    if law == "linear":
        return a * (p.step_set if a > 0 else p.step_reset)
    if law == "soft-bounds":
        if a > 0:
            return a * (p.step_set * max(1.0 - p.slope_set / (p.g_max - p.g_min) * (g - p.g_min), 0.0))
        return a * (p.step_reset * max(1.0 - p.slope_reset / (p.g_max - p.g_min) * (p.g_max - g), 0.0))
    if law == "pcm-nandakumar2018":
        return a * (p.mean_slope * g + p.mean_0 + p.mean_memory * memory * p.memory_decay)
    return abs(a) * look_up(g, table, 1 if a > 0 else 2)


def look_up(g, table, row):
    n = table.shape[1]
    z = min(max((g - table[0, 0]) / (table[0, -1] - table[0, 0]) * (n - 1), 0.0), n - 1.0)
    i = min(int(z), n - 2)
    return table[row, i] + (z - i) * (table[row, i + 1] - table[row, i])


def pulse(law, g, memory, v, p, table, xi):
    """(conductance, memory) after one pulse; xi() makes the draw."""
    if law != "pcm-nandakumar2018" and v <= -p.v_full:
        return p.g_min, memory
    a = amplitude(v, p)
    if a == 0.0:
        return g, memory
    if law == "pcm-nandakumar2018":
        if a < 0:
            return p.g_min, 1.0
        memory = memory * p.memory_decay
        mu = p.mean_slope * g + p.mean_0 + p.mean_memory * memory
        sd = p.std_slope * g + p.std_0 + p.std_memory * memory
        return min(max(g + a * (mu + sd * xi()), p.g_min), p.g_max), memory
    step = mean_step(law, g, memory, v, p, table)
    relative, own = p.sigma * step, a * (p.sigma_abs + p.sigma_g * g)
    g = g + step + math.sqrt(relative * relative + own * own) * xi()
    if law == "linear" and p.bounded == 0.0:
        return g, memory
    return min(max(g, p.g_min), p.g_max), memory


def half_up(v):
    return math.floor(v + 0.5)


def pulses(scheme, x, u):
    """Pulses for input x and u in pulses wanted at |x| = 1, from the definition of the scheme."""
    if scheme == "overlap":
        a, b = min(half_up(abs(x) * 4), 4), min(half_up(abs(u)), 4)
        return len(set(ROW_PATTERNS[a]) & set(COLUMN_PATTERNS[b]))
    a, b = half_up(min(abs(x), 1.0) * 256), min(half_up(abs(u) * 16), 240)
    return half_up(a * b / 4096)


class Reference:
    """One replica in nested loops. g[l] (rows, columns, 2) siemens; memory[l] the same shape."""

    def __init__(self, replica):
        s = self.s = replica.setup
        self.label = replica.label
        self.g, self.memory = [], []
        for layer, (rows, columns) in enumerate(s.geometry.shape):
            part = replica.cells.state[:, s.geometry.synapse[layer] : s.geometry.synapse[layer + 1]].copy()
            self.g.append(part[0].reshape(rows, columns, 2))
            self.memory.append((part[1] if len(part) > 1 else np.ones_like(part[0])).reshape(rows, columns, 2))
        self.count = {"set": 0, "reset": 0, "refresh_set": 0, "refresh_reset": 0, "verify_reads": 0, "failed_pairs": 0}

    def give(self, layer, i, j, m, v, step, k, purpose):
        s = self.s
        columns = self.g[layer].shape[1]
        cell = 2 * (i * columns + j) + m
        self.g[layer][i, j, m], self.memory[layer][i, j, m] = pulse(
            s.law.name, self.g[layer][i, j, m], self.memory[layer][i, j, m], v, s.params, s.table,
            lambda: draw(s.seed, self.label, cell, step, k, purpose * 256 + layer),
        )  # fmt: skip

    def sample(self, image, label, step):
        s = self.s
        f = tanh if s.activation.name == "tanh" else lambda v: 0.5 + 0.5 * tanh(0.5 * v)
        slope = (lambda y: 1.0 - y * y) if s.activation.name == "tanh" else (lambda y: y * (1.0 - y))
        x = [np.append(image, 1.0)]
        for layer, g in enumerate(self.g):
            current = np.zeros(g.shape[1])
            for i in range(g.shape[0]):
                if x[layer][i] != 0.0:
                    current = current + x[layer][i] * (g[i, :, 0] - g[i, :, 1])
            x.append(np.append([f(s.learning.gain[layer] * c) for c in current], 1.0))
        y = x[-1][:-1]
        target = np.full(len(y), s.learning.target_low)
        target[label] = s.learning.target_high
        delta = [np.array([(a - b) * slope(a) for a, b in zip(y, target, strict=True)])]
        for layer in range(len(self.g) - 1, 0, -1):
            g = self.g[layer]
            current = np.zeros(g.shape[0])
            for j in range(g.shape[1]):
                if delta[0][j] != 0.0:
                    current = current + delta[0][j] * (g[:, j, 0] - g[:, j, 1])
            delta.insert(
                0, np.array([s.learning.gain[layer] * c * slope(a) for c, a in zip(current[:-1], x[layer][:-1], strict=True)])
            )
        for layer in range(len(self.g)):
            u = np.array([-s.learning.rate[layer] * d / s.writing.quantum[layer, 0] for d in delta[layer]])
            self.write(layer, x[layer], u, step)
        if s.writing.refresh_every and (step + 1) % s.writing.refresh_every == 0:
            for layer in range(len(self.g)):
                self.refresh(layer, step)

    def write(self, layer, x, u, step):
        w = self.s.writing
        for i in range(len(x)):
            for j in range(len(u)):
                up = 0 if x[i] * u[j] > 0 else 1
                for k in range(pulses(self.s.scheme.name, x[i], u[j])):
                    self.give(layer, i, j, up, w.v_set, step, k, WRITE)
                    self.count["set"] += 1
                    if not w.one_way:
                        self.give(layer, i, j, 1 - up, -w.v_reset, step, k, WRITE)
                        self.count["reset"] += 1

    def refresh(self, layer, step):
        s, g = self.s, self.g[layer]
        w, p = s.writing, s.params
        window = p.g_max - p.g_min
        for i in range(g.shape[0]):
            for j in range(g.shape[1]):
                plus, minus = g[i, j]
                if (
                    max(plus, minus) - p.g_min < w.refresh_above * window
                    or min(plus, minus) - p.g_min < w.refresh_common * window
                ):
                    continue
                big = 0 if plus >= minus else 1
                for m in (0, 1):
                    self.give(layer, i, j, m, -w.v_full, step, 0, REFRESH)
                    self.count["refresh_reset"] += 1
                goal = g[i, j, 1 - big] + abs(plus - minus)
                k = 0
                while True:
                    self.count["verify_reads"] += 1
                    step_now = mean_step(s.law.name, g[i, j, big], self.memory[layer][i, j, big], w.v_set, p, s.table)
                    if g[i, j, big] >= goal - 0.5 * step_now:
                        break
                    if k == w.refresh_pulses:
                        self.count["failed_pairs"] += 1
                        break
                    k += 1
                    self.give(layer, i, j, big, w.v_set, step, k, REFRESH)
                    self.count["refresh_set"] += 1

    def state(self):
        """Conductances of all layers, flat (synapses, 2)."""
        return np.concatenate([g.reshape(-1, 2) for g in self.g])
