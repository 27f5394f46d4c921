"""The report of a run: one HTML page, and its pictures as SVG files.

    write_report(folder)        report.html and figures/*.svg from a run folder
    load_run(folder)            what the folder holds, checked
    plot_accuracy(...) ...      one picture, as a Matplotlib Figure of one's own
    write_png, write_svg        save such a picture

Names are imported when they are first used: Matplotlib and Jinja2 take long to import, and few
programs that import ohmgrad draw.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ohmgrad.report.figures import plot_accuracy, plot_pulses, plot_saturation
    from ohmgrad.report.files import write_png, write_svg
    from ohmgrad.report.html import write_report
    from ohmgrad.report.load import load_run
    from ohmgrad.report.run import History, Run, Snapshots, Summary
    from ohmgrad.report.states import plot_diamond, plot_weights

__all__ = [
    "History",
    "Run",
    "Snapshots",
    "Summary",
    "load_run",
    "plot_accuracy",
    "plot_diamond",
    "plot_pulses",
    "plot_saturation",
    "plot_weights",
    "write_png",
    "write_report",
    "write_svg",
]

_HOMES = {
    "History": "run",
    "Run": "run",
    "Snapshots": "run",
    "Summary": "run",
    "load_run": "load",
    "plot_accuracy": "figures",
    "plot_diamond": "states",
    "plot_pulses": "figures",
    "plot_saturation": "figures",
    "plot_weights": "states",
    "write_png": "files",
    "write_report": "html",
    "write_svg": "files",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
