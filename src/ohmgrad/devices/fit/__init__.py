"""Device laws from measured pulse ramps: reading, fitting, ranking, writing a device file."""

from ohmgrad.devices.fit.files import read_ramps
from ohmgrad.devices.fit.ramps import Measurement, Ramp
from ohmgrad.devices.fit.result import FitResult, fit_pulses, ramps_from_arrays

__all__ = ["FitResult", "Measurement", "Ramp", "fit_pulses", "ramps_from_arrays", "read_ramps"]
