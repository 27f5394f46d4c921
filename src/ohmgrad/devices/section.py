"""What a device file may say: the law, its parameters, and every imperfection of the cell beside the law."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from ohmgrad.quantities import Kelvin, Number, Seconds, Siemens, Volts
from ohmgrad.sections import Section

Share = Annotated[Number, Field(ge=0.0, le=1.0)]
Width = Annotated[Seconds, Field(gt=0.0, le=1e3)]
Duration = Annotated[Seconds, Field(ge=0.0, le=1e12)]
Word = Annotated[Volts, Field(ge=0.0, le=1e3)]
Conductance = Annotated[Siemens, Field(ge=0.0, le=1.0)]


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, int | float | str) and not isinstance(value, bool) else value


class Spread(Section):
    """Spread of a parameter from cell to cell; see `ohmgrad.devices.variation`."""

    sigma: Number = Field(0.0, ge=0.0, le=10.0, description="relative to the parameter's value")
    kind: Literal["normal", "lognormal", "truncated", "uniform"] = "normal"
    cut: Number = Field(2.0, gt=0.0, le=8.0, description="truncated: at so many sigma")
    low: float | str | None = Field(None, description="uniform: lowest value, in the parameter's unit")
    high: float | str | None = Field(None, description="uniform: highest value, in the parameter's unit")

    @model_validator(mode="after")
    def _fits(self) -> Spread:
        if self.kind == "uniform" and (self.low is None or self.high is None):
            raise ValueError("kind = 'uniform' needs low and high")
        return self


class Correlation(Section):
    """Two parameters that differ together from cell to cell."""

    between: tuple[str, str]
    rho: Number = Field(gt=-1.0, lt=1.0, description="correlation of the Gaussians behind them")


class Noise(Section):
    """Noise of reads: σ = absolute + relative·G for each cell, white; flicker (1/f) and telegraph noise on top of it."""

    relative: Number = Field(0.0, ge=0.0, le=10.0, description="white, relative to the conductance")
    absolute: Conductance = Field(0.0, description="white")
    flicker: Number = Field(0.0, ge=0.0, le=1.0, description="1/f: standard deviation over t_fast … t_slow, relative")
    t_fast: Width = Field(1e-6, description="1/f: shortest time constant")
    t_slow: Width = Field(1.0, description="1/f: longest time constant")
    telegraph: Number = Field(0.0, ge=0.0, le=1.0, description="random telegraph: jump of the conductance, relative")
    telegraph_share: Share = Field(1.0, description="random telegraph: share of the cells that have it")
    telegraph_time: Width = Field(1e-3, description="random telegraph: mean time in each of its two states")

    @property
    def white(self) -> bool:
        """Is there noise that is new at each read?"""
        return self.relative > 0.0 or self.absolute > 0.0

    @property
    def slow(self) -> bool:
        """Is there noise with a memory, which only the stepwise driver knows?"""
        return self.flicker > 0.0 or self.telegraph > 0.0


class Faults(Section):
    """Cells that do not work, as shares of all cells or from a map; see `ohmgrad.devices.faults`."""

    dead: Share = Field(0.0, description="cannot be SET: stays at its g_min")
    stuck_on: Share = Field(0.0, description="cannot be RESET")
    stuck: Share = Field(0.0, description="does not change at all")
    stuck_at: Conductance | None = Field(None, description="where stuck cells are; without it anywhere in their window")
    map: str = Field(
        "", description="CSV with the columns layer, input, output, member, fault and, for stuck cells, conductance"
    )

    @model_validator(mode="after")
    def _fits(self) -> Faults:
        if self.dead + self.stuck_on + self.stuck > 1.0 + 1e-12:  # 0.33 + 0.56 + 0.11 is a little more than 1
            raise ValueError("dead, stuck_on and stuck add up to more than 1")
        return self

    @property
    def any(self) -> bool:
        """Does any cell fail?"""
        return bool(self.dead or self.stuck_on or self.stuck or self.map)


class Retention(Section):
    """Loss of what was written; see `ohmgrad.devices.retention`. The clock is the array's time plus `idle` per sample."""

    kind: Literal["none", "power-law", "stretched", "activated"] = "none"
    nu: Number = Field(0.0, ge=-10.0, le=10.0, description="power-law: exponent")
    t_0: Width = Field(1.0, description="power-law: drift begins so long after writing")
    tau: Annotated[Seconds, Field(gt=0.0, le=1e30)] = Field(1e8, description="stretched: time constant")
    beta: Number = Field(1.0, gt=0.0, le=10.0, description="stretched: exponent of time")
    g_rest: Conductance = Field(0.0, description="stretched, activated: conductance that is left at the end")
    rate: Number = Field(1e13, gt=0.0, le=1e30, description="activated: attempts per second")
    barrier_low: Number = Field(1.2, ge=0.0, le=100.0, description="activated: barrier of a level at g_min (electronvolt)")
    barrier_high: Number = Field(1.2, ge=0.0, le=100.0, description="activated: barrier of a level at g_max (electronvolt)")
    temperature: Annotated[Kelvin, Field(gt=0.0, le=2000.0)] = Field(300.0, description="activated")
    idle: Duration = Field(0.0, description="time without use after each training sample")
    every: int = Field(100, ge=1, le=10**9, description="samples between two reckonings of the loss")
    test_after: Annotated[list[Duration], BeforeValidator(_as_list)] = Field(
        default_factory=list, description="times after training at which the network is tested again"
    )


class Endurance(Section):
    """Window that closes with use; see `ohmgrad.devices.endurance`."""

    cycles: Number = Field(
        0.0, ge=0.0, le=1e30, description="full SET-RESET cycles after which half of the window is left; 0: never"
    )
    power: Number = Field(1.0, gt=0.0, le=10.0, description="1: window ~ 1/(1 + n/cycles); larger: a sharper end")


class Transistor(Section):
    """Transistor in series with the cell, whose word line limits write pulses; see `ohmgrad.devices.transistor`."""

    word_set: Word | None = Field(None, description="word line while SET; without it the transistor is an ideal switch")
    word_reset: Word = Field(5.0, description="word line while RESET; a full RESET has it as high as it needs")
    v_th: Annotated[Volts, Field(ge=-1e3, le=1e3)] = Field(0.5, description="threshold")
    gain: Annotated[Siemens, Field(gt=0.0, le=1e3)] = Field(
        500e-6, description="conductance gained per volt of the word line: k of the transistor in A/V^2"
    )
    slices: int = Field(
        1, ge=1, le=1000, description="parts of a pulse, between which the cell's voltage follows its conductance"
    )


class Current(Section):
    """Current of a cell against voltage, the conductance being that at small voltage; see `ohmgrad.devices.current`."""

    kind: Literal["ohmic", "sinh", "cubic"] = "ohmic"
    v_0: Annotated[Volts, Field(gt=0.0, le=1e3)] = Field(0.5, description="voltage at which the current bends upward")


Imperfection = Literal[
    "nonlinearity", "asymmetry", "cycle-to-cycle", "device-to-device", "faults", "read-noise", "retention", "endurance", "current", "transistor"
]  # fmt: skip


class Device(Section):
    """The cell: a law by name (or your file, "mylaw.py"), its parameters, and its imperfections."""

    schema_version: Literal[1] = Field(1, alias="schema")
    title: str = ""
    source: str = Field("", description="citation with DOI")
    where: str = Field("", description="figure or table of the source")
    assumed: list[str] = Field(default_factory=list, description="values that no source gives")
    leaves_out: list[str] = Field(default_factory=list, description="what the cell does and this file does not say")
    law: str = "soft-bounds"
    parameters: dict[str, Any] = Field(default_factory=dict, description="in the law's units; defaults otherwise")
    variation: dict[str, Spread] = Field(default_factory=dict)
    correlation: list[Correlation] = Field(default_factory=list)
    table: str | list[list[float]] = Field("", description="the law's table: name of a file, or its rows")
    t_set: Width = Field(5e-8, description="width of a SET pulse")
    t_reset: Width = Field(5e-8, description="width of a gradual RESET pulse")
    t_full: Width = Field(5e-8, description="width of a full RESET pulse")
    noise: Noise = Noise()
    faults: Faults = Faults()
    retention: Retention = Retention()
    endurance: Endurance = Endurance()
    current: Current = Current()
    transistor: Transistor = Transistor()
    without: Annotated[list[Imperfection], BeforeValidator(_as_list)] = Field(
        default_factory=list, description="imperfections switched off, all else unchanged"
    )
