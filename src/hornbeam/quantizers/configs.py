"""What `quantize` of layers and models is told beside the mode."""

from typing import Any

from hornbeam.engine import registry
from hornbeam.engine.errors import ArgumentError
from hornbeam.quantizers.classes import AbsMaxQuantizer, Quantizer, get, serialize

MODES = ("int8", "int4", "float8", "gptq", "awq")


class QuantizationConfig:
    """Base of the configurations: `mode`, and what rounds weights and activations (None: the mode's own way, or not at all)."""

    def __init__(self, weight_quantizer: Any = None, activation_quantizer: Any = None):
        self.weight_quantizer, self.activation_quantizer = get(weight_quantizer), get(activation_quantizer)
        for name in ("weight_quantizer", "activation_quantizer"):
            quantizer = getattr(self, name)
            if quantizer is not None and not isinstance(quantizer, Quantizer):
                raise ArgumentError(f"{type(self).__name__}: `{name}` is a quantizer such as AbsMaxQuantizer(); received {quantizer!r}.")

    @property
    def mode(self) -> str:
        """One of 'int8', 'int4', 'float8', 'gptq', 'awq'."""
        raise NotImplementedError("QuantizationConfig itself has no mode: use Int8QuantizationConfig or another of its subclasses.")

    def get_config(self) -> dict[str, Any]:
        return {"weight_quantizer": serialize(self.weight_quantizer), "activation_quantizer": serialize(self.activation_quantizer)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        return cls(**config)


@registry.register("quantizer")
class Int8QuantizationConfig(QuantizationConfig):
    """Weights of eight bits; activations too, unless `activation_quantizer` is None."""

    mode = "int8"  # type: ignore[assignment]

    def __init__(self, weight_quantizer: Any = None, activation_quantizer: Any = "default"):
        super().__init__(weight_quantizer, AbsMaxQuantizer() if activation_quantizer == "default" else activation_quantizer)
        _check_type(self, "int8")


@registry.register("quantizer")
class Int4QuantizationConfig(QuantizationConfig):
    """Weights of four bits.

    Args:
        block_size: so many numbers of a weight share a scale and a zero; None or -1: a scale for each output.
    """

    mode = "int4"  # type: ignore[assignment]

    def __init__(self, weight_quantizer: Any = None, activation_quantizer: Any = "default", block_size: int | None = 128):
        super().__init__(weight_quantizer, None if activation_quantizer == "default" else activation_quantizer)
        if block_size is not None and (not isinstance(block_size, int) or block_size < -1 or not block_size):
            raise ArgumentError(f"Int4QuantizationConfig: `block_size` is None, -1 or a positive whole number; received {block_size!r}.")
        self.block_size = block_size
        _check_type(self, "int8")

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "block_size": self.block_size}


@registry.register("quantizer")
class Float8QuantizationConfig(QuantizationConfig):
    """Products of eight-bit floats, in training too. It takes nothing."""

    mode = "float8"  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()

    def get_config(self) -> dict[str, Any]:
        return {}


def _check_type(config: Any, wanted: str) -> None:
    if config.weight_quantizer is not None and config.weight_quantizer.output_dtype != wanted:
        given = config.weight_quantizer.output_dtype
        raise ArgumentError(f"{type(config).__name__}: the weight_quantizer has output_dtype='{wanted}'; received {given!r}.")


class _Calibrated(QuantizationConfig):
    """A way that looks at data first. Its dataset and tokenizer are not kept in files."""

    mode: str  # type: ignore[assignment]

    def __init__(self, **options: Any):
        super().__init__()
        self._options = tuple(options)
        vars(self).update(options)
        for name in ("num_samples", "sequence_length", "num_grid_points"):
            if name in options and options[name] <= 0:
                raise ArgumentError(f"{type(self).__name__}: `{name}` is a positive whole number; received {options[name]!r}.")
        if (size := options["group_size"]) < -1 or not size:
            raise ArgumentError(f"{type(self).__name__}: `group_size` is -1 or a positive whole number; received {size!r}.")

    def dtype_policy_string(self) -> str:
        """The beginning of the name of the policy that layers get: 'gptq/4/128'."""
        return f"{self.mode}/{vars(self)['weight_bits']}/{vars(self)['group_size']}"

    def get_config(self) -> dict[str, Any]:
        return {name: None if name in ("dataset", "tokenizer") else vars(self)[name] for name in self._options}


@registry.register("quantizer")
class GPTQConfig(_Calibrated):
    """GPTQ (Frantar et al. 2022): weights are rounded one row of inputs after another, each error made good by the rows that follow.

    Args:
        dataset: strings or arrays of token numbers. tokenizer: makes numbers of strings.
        weight_bits: 2, 3, 4 or 8. num_samples, sequence_length: how much of the data is looked at.
        per_channel: a scale for each output. hessian_damping: the share of the mean that is added to the Hessian's diagonal.
        group_size: so many inputs share a scale; -1: all. symmetric: whether the range is centred on zero.
        activation_order: begin with the inputs that matter most.
        quantization_layer_structure: {'pre_block_layers': [...], 'sequential_blocks': [...]}.
    """

    mode = "gptq"

    def __init__(
        self, dataset: Any, tokenizer: Any, *, weight_bits: int = 4, num_samples: int = 128, per_channel: bool = True,
        sequence_length: int = 512, hessian_damping: float = 0.01, group_size: int = 128, symmetric: bool = False,
        activation_order: bool = False, quantization_layer_structure: dict[str, Any] | None = None,
    ):  # fmt: skip
        if weight_bits not in (2, 3, 4, 8):
            raise ArgumentError(f"GPTQConfig: `weight_bits` is 2, 3, 4 or 8; received {weight_bits!r}.")
        if not 0 <= hessian_damping <= 1:
            raise ArgumentError(f"GPTQConfig: `hessian_damping` is between 0 and 1; received {hessian_damping!r}.")
        super().__init__(
            dataset=dataset, tokenizer=tokenizer, weight_bits=weight_bits, num_samples=num_samples, per_channel=per_channel,
            sequence_length=sequence_length, hessian_damping=hessian_damping, group_size=group_size, symmetric=symmetric,
            activation_order=activation_order, quantization_layer_structure=quantization_layer_structure,
        )  # fmt: skip


@registry.register("quantizer")
class AWQConfig(_Calibrated):
    """AWQ (Lin et al. 2023): inputs that matter are scaled up before weights are rounded to four bits.

    Args: as of `GPTQConfig`; num_grid_points: how many scales are tried.
    """

    mode = "awq"

    def __init__(
        self, dataset: Any, tokenizer: Any, *, weight_bits: int = 4, num_samples: int = 128, sequence_length: int = 512,
        group_size: int = 128, num_grid_points: int = 20, quantization_layer_structure: dict[str, Any] | None = None,
    ):  # fmt: skip
        if weight_bits != 4:
            raise ArgumentError(f"AWQConfig: `weight_bits` is 4; received {weight_bits!r}.")
        super().__init__(
            dataset=dataset, tokenizer=tokenizer, weight_bits=weight_bits, num_samples=num_samples, sequence_length=sequence_length,
            group_size=group_size, num_grid_points=num_grid_points, quantization_layer_structure=quantization_layer_structure,
        )  # fmt: skip


def checked(mode: str | None, config: Any) -> QuantizationConfig:
    """The configuration that the arguments of `quantize` mean."""
    if mode is None and config is None:
        raise ArgumentError(f"quantize takes a mode ({', '.join(map(repr, MODES))}) or a config.")
    if config is not None and not isinstance(config, QuantizationConfig):
        raise ArgumentError(f"quantize: `config` is a QuantizationConfig; received {config!r}.")
    if mode is not None and mode not in MODES:
        raise ArgumentError(f"quantize: `mode` is one of {', '.join(map(repr, MODES))}; received {mode!r}.")
    if config is None and mode in ("gptq", "awq"):
        raise ArgumentError(f"quantize('{mode}') looks at data: give it config={mode.upper()}Config(dataset=..., tokenizer=...).")
    if config is None:
        return {"int8": Int8QuantizationConfig, "int4": Int4QuantizationConfig, "float8": Float8QuantizationConfig}[str(mode)]()
    if mode is not None and config.mode != mode:
        raise ArgumentError(f"quantize: the mode is {mode!r}, that of the config {config.mode!r}. Give one of them.")
    return config
