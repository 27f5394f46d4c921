"""Two hundred crossbars against ngspice, every cell current; the largest deviation of each kind is printed.

Where ngspice finds no solution under the options asked for (bent cells at equal voltages on good wires: it rounds absolute voltages), arithmetic of forty digits is the
referee instead; which ones is printed.
"""

from collections import defaultdict

import pytest
from circuit_cases import case, deviation
from forty_digits import currents
from ngspice import GaveUp, solved

pytestmark = pytest.mark.validate

# 190 drawn ones of 2 to 12 lines, ten of 32 and 64
LARGE = [(32, kind, drive, ohms) for kind, drive, ohms in (("ohmic", "floating", 1.0), ("sinh", "forward", 0.1), ("selector-sinh", "half", 10.0), ("transistor", "third", 100.0))]  # fmt: skip
LARGE += [(64, "ohmic", "forward", 0.1), (64, "ohmic", "third", 1e3), (64, "sinh", "backward", 10.0), (64, "cubic", "half", 1.0), (64, "transistor", "forward", 5.0), (64, "selector", "half", 1.0)]  # fmt: skip


def test_two_hundred_crossbars_against_ngspice(tmp_path):
    cases = [case(n) for n in range(1000, 1190)]
    cases += [case(1190 + k, size, kind, drive, ohms) for k, (size, kind, drive, ohms) in enumerate(LARGE)]
    assert len(cases) == 200
    worst, given_up = defaultdict(list), []
    for one in cases:
        s = one.solve()
        try:
            want = solved(one.bar, one.rows, one.columns, s, tmp_path)
        except GaveUp:
            given_up.append(one.name)
            want = currents(one.bar, one.rows, one.columns, s)
        d = deviation(s.cell_current, want)
        assert d <= 1, f"{one.name}: {d:.3g} of what is allowed"
        worst[one.name.split("-", 2)[2].rsplit("-", 3)[0]].append(d)
    for kind, values in worst.items():
        print(f"{kind}: {len(values)} arrays, largest deviation {max(values):.2g} of 1e-6 |I| + 1e-9 I_max")
    print(f"ngspice found no solution of {len(given_up)}: {', '.join(given_up)}")
    assert len(given_up) <= 10  # or it would be no referee
