"""Fit → simulate → fit, 200 trials a law: do the standard errors mean what they say? Minutes, not seconds.

A Gaussian interval of 1 standard error holds the truth in 68.3 % of the trials, of 2 in 95.4 %; of 200 trials that is ± 3.3 % and ± 1.5 % by
chance. Asked for is 58 to 78 % and 91 to 99.5 %: three standard deviations of chance, whether the law is linear in its parameters or not.
"""

import pytest
from fitted import CELLS, coverage

pytestmark = pytest.mark.validate

TRIALS = 200
ENOUGH = 50  # trials in which a parameter must have been determined for its share to be judged


@pytest.mark.parametrize("name", CELLS)
def test_intervals_hold_the_truth_as_often_as_they_say(name):
    found, chosen = coverage(CELLS[name], TRIALS)
    print(f"\n\n| {name}: parameter | determined in | within 1 standard error, % | within 2, % |")
    print("|---|---|---|---|")
    for parameter, (n, one, two) in found.items():
        print(f"| {parameter} | {n} of {TRIALS} | {100 * one:.1f} | {100 * two:.1f} |")
    print("noise chosen:", "; ".join(f"{' + '.join(k)}: {v}" for k, v in chosen.most_common()))
    judged = {k: v for k, v in found.items() if v[0] >= ENOUGH}
    assert judged
    wrong = {k: v for k, v in judged.items() if not (0.58 <= v[1] <= 0.78 and 0.91 <= v[2] <= 0.995)}
    assert not wrong
