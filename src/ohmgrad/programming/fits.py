"""Which scheme fits which array and which kind of sum; what is refused, and the nearest thing that works."""

from __future__ import annotations

from ohmgrad.errors import SpecError
from ohmgrad.programming.change import Dense
from ohmgrad.programming.scheme import Scheme

_SHARED = ("selector", "passive")
# scheme: (access it works with, why, what to take elsewhere)
ACCESS: dict[str, tuple[tuple[str, ...], str, str]] = {
    "half-select": (_SHARED, "drives lines at V/2, and with transistors no cell is half-selected", "blind"),
    "third-select": (_SHARED, "drives lines at V/3, and with transistors no cell is half-selected", "blind"),
    "blind": (("transistor",), "needs transistors to isolate the cells that are not written", "half-select"),
    "verify": (("transistor",), "needs transistors to read and write cells by themselves", "half-select"),
    "gate-set": (("transistor",), "needs transistors, whose gates set the cells", "half-select"),
}


# parallel: why the scheme cannot
LINES = {
    "verify": "word-line: the currents of its cells merge in one source line, and none can be verified by itself",
    "gate-set": "word-line: its cells share one gate voltage, and each wants its own",
}


def check_fit(scheme: Scheme, access: str, sums: str, batch: int, parallel: str = "") -> None:
    """Raise SpecError for a scheme that array.access, learning.sums, learning.batch (0: a whole epoch) or programming.parallel rule out."""
    allowed, why, instead = ACCESS.get(scheme.name, ((access,), "", ""))
    if access not in allowed:
        raise SpecError(
            f"programming.scheme = '{scheme.name}' {why}, but array.access = '{access}'; set scheme = '{instead}', or access = '{allowed[0]}'"
        )
    if parallel and parallel not in scheme.lines:
        why = LINES.get(scheme.name, f"{parallel}: its parallel steps are its own")
        way = f"set parallel = '{scheme.lines[0]}', or scheme = 'blind'" if scheme.lines else "leave parallel out"
        raise SpecError(f"programming.parallel = '{parallel}': scheme '{scheme.name}' cannot write along a {why}; {way}")
    dense = Dense in scheme.accepts
    if batch != 1 and dense and sums == "pulses":
        raise SpecError(
            f"learning.sums = 'pulses': scheme '{scheme.name}' writes whole matrices, summed in digital; set sums = 'digital', or scheme = 'overlap'"
        )
    if batch != 1 and not dense and sums == "digital":
        other = "blind" if access == "transistor" else "half-select"
        raise SpecError(
            f"learning.sums = 'digital': scheme '{scheme.name}' writes sample by sample; set sums = 'pulses', or scheme = '{other}'"
        )
