"""Weights of eight and of four bits: a layer's kernel as whole numbers, with scales for each output, or for blocks of its inputs."""

import string
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam import ops, quantizers
from hornbeam.engine import dtypes
from hornbeam.engine.callers import ours
from hornbeam.engine.door import op
from hornbeam.engine.errors import ArgumentError
from hornbeam.engine.tensor import Tensor
from hornbeam.engine.variable import Variable
from hornbeam.layers.layer import Layer
from hornbeam.layers.lora import Lora
from hornbeam.quantizers.configs import MODES, checked
from hornbeam.quantizers.functions import (
    EPSILON,
    LARGEST,
    RANGE,
    RANGE4,
    float8_history,
    float8_scale,
    packed,
    rounded,
    rounded_in_groups,
    through_float8,
    unpacked,
)


@op(3, "same", name="int8_einsum")
def int8_einsum(
    inputs: Any, kernel: Any, scale: Any, equation: str, value_range: tuple[int, int] = RANGE, epsilon: float = EPSILON
) -> Any:
    """`einsum(equation, inputs, kernel / scale)` with both factors in int8: the inputs are rounded anew at each call.

    The scale broadcasts to the outputs. Its gradient by the inputs is that of the product with the kernel as floats (straight through
    the rounding); by kernel and scale there is none.
    """
    left, right, outputs = _letters(equation, inputs.ndim)
    full, shaped = f"{left},{right}->{outputs}", jax.ShapeDtypeStruct(inputs.shape, inputs.dtype)

    @jax.custom_vjp
    def product(inputs: Any, kernel: Any, scale: Any) -> Any:
        small, factor = rounded(inputs, _absent(left, outputs), jnp, value_range, "int8", epsilon)
        found = jnp.einsum(full, small, kernel, preferred_element_type=jnp.int32).astype(inputs.dtype)
        return found / (_laid_out(factor, left, outputs) * scale)

    def forward(inputs: Any, kernel: Any, scale: Any) -> tuple[Any, Any]:
        return product(inputs, kernel, scale), (kernel, scale)

    def backward(kept: Any, upstream: Any) -> tuple[Any, Any, Any]:
        kernel, scale = kept
        by_inputs = jax.linear_transpose(lambda x: jnp.einsum(full, x, kernel.astype(x.dtype)), shaped)(upstream / scale)[0]
        return by_inputs, np.zeros(kernel.shape, jax.dtypes.float0), jnp.zeros_like(scale)

    product.defvjp(forward, backward)
    return product(inputs, kernel, scale)


@op(3, "same", name="float8_operand")
def _float8_operand(x: Any, scale: Any, history: Any) -> Any:
    """`x` through eight-bit floats. The "gradients" by scale and history are their next values."""
    return _float8(x, scale, history, False)


@op(3, "same", name="float8_result")
def _float8_result(x: Any, scale: Any, history: Any) -> Any:
    """`x`, whose gradient goes through eight-bit floats of the wider kind."""
    return _float8(x, scale, history, True)


def _float8(x: Any, scale: Any, history: Any, backward: bool) -> Any:
    dtype = "float8_e5m2" if backward else "float8_e4m3fn"

    @jax.custom_vjp
    def passed(x: Any, scale: Any, history: Any) -> Any:
        return x if backward else through_float8(x, scale, dtype)

    def forward(x: Any, scale: Any, history: Any) -> tuple[Any, Any]:
        return passed(x, scale, history), (None if backward else x, scale, history)

    def gradients(kept: Any, upstream: Any) -> tuple[Any, Any, Any]:
        x, scale, history = kept
        seen = upstream if backward else x
        by_x = through_float8(upstream, scale, dtype) if backward else upstream
        return by_x, float8_scale(jnp.max(history), scale, LARGEST[dtype], 0), float8_history(seen, history)

    passed.defvjp(forward, gradients)
    return passed(x, scale, history)


@op(1, "same", name="rounded_and_back")
def _there_and_back(x: Any, axes: tuple[int, ...], value_range: tuple[int, int], epsilon: float) -> Any:
    small, scale = rounded(x, axes, jnp, value_range, "int8", epsilon)
    return x + jax.lax.stop_gradient(small.astype(x.dtype) / scale - x)


@op(3, "same", differentiable=False, name="weight_as_floats")
def _weight_as_floats(numbers: Any, scale: Any, zero: Any, unrounded: Any, dtype: str) -> Any:
    return unrounded(numbers, scale, zero, jnp).astype(dtype)


def _absent(letters: str, others: str) -> tuple[int, ...]:
    return tuple(i for i, letter in enumerate(letters) if letter not in others)


def _letters(equation: str, rank: int) -> tuple[str, str, str]:
    """The letters of the inputs, the kernel and the outputs, with some for the axes that dots stand for."""
    left, right, outputs = equation.replace(" ", "").replace("->", ",").split(",")
    free = [letter for letter in string.ascii_letters if letter not in equation]
    dots = "".join(free[: rank - len(left.replace("...", ""))])
    return left.replace("...", dots), right, outputs.replace("...", dots)


def _laid_out(scale: Any, letters: str, outputs: str) -> Any:
    """Scales with an axis for each of some letters, as they broadcast to the outputs."""
    kept = [letter for letter in outputs if letter in letters]
    scale = scale.squeeze(_absent(letters, outputs))
    present = [letter for letter in letters if letter in outputs]
    scale = scale.transpose([present.index(letter) for letter in kept])
    sizes = iter(scale.shape)
    return scale.reshape([next(sizes) if letter in letters else 1 for letter in outputs])


class _Eight:
    """How a weight is kept in int8: divided by scales that go along the axes `kept`.

    Args:
        letters: one for each axis of the weight. kept: those of its scale's, in such order as the scale is kept.
        shape: the weight's. quantizer: of the configuration, if any.
    """

    def __init__(self, letters: str, kept: str, shape: Sequence[int], quantizer: Any, **options: Any):
        sizes = dict(zip(letters, shape, strict=True))
        self.letters, self.kept, self.shape = letters, kept, tuple(shape)
        self.value_range = getattr(quantizer, "value_range", RANGE)
        self.epsilon = getattr(quantizer, "epsilon", EPSILON)
        self.variables = {"": (self.shape, "int8"), "_scale": (tuple(sizes.get(letter, 1) for letter in kept), None)}

    def round(self, value: np.ndarray) -> list[np.ndarray]:
        """The values of `variables`."""
        small, scale = rounded(value, _absent(self.letters, self.kept), np, self.value_range, "int8", self.epsilon)
        return [small, _laid_out(scale, self.letters, self.kept)]

    def unrounded(self, numbers: Any, scale: Any, zero: Any, numpy: Any = np) -> Any:
        """The weight as it was, but for the rounding."""
        return numbers.astype(scale.dtype) / _laid_out(scale, self.kept, self.letters)


class _Four(_Eight):
    """How a weight is kept in four bits: as a matrix, by inputs and outputs, two numbers to a byte along an axis of it.

    Args:
        block_size: so many inputs share a scale and a zero; -1: all share a scale, and there is no zero.
        outputs_first: whether the matrix lies with outputs in rows (an Embedding's). axis: along which it is packed.
    """

    def __init__(
        self, letters: str, kept: str, shape: Sequence[int], quantizer: Any, block_size: int = -1, outputs_first: bool = False,
        axis: int = 1, first: bool = True,
    ):  # fmt: skip
        super().__init__(letters, kept, shape, quantizer)
        self.value_range = getattr(quantizer, "value_range", RANGE4)
        self.order = (*_absent(letters, kept), *[letters.index(each) for each in kept if each in letters])
        self.inputs = int(np.prod([shape[i] for i in _absent(letters, kept)]))
        self.outputs, self.outputs_first, self.axis = int(np.prod(shape)) // self.inputs, outputs_first, axis
        self.size = self.inputs if block_size < 0 else min(block_size, self.inputs)
        self.blocks = -(-self.inputs // self.size) if block_size > 0 else 0
        matrix, scales = self._laid((self.inputs, self.outputs)), self._laid((self.blocks, self.outputs))
        halved = tuple(-(-size // 2) if i == axis else size for i, size in enumerate(matrix))
        self.variables = {"": (halved, "int8"), "_scale": (scales if self.blocks else (self.outputs,), None)}
        if self.blocks:
            self.variables["_zero"] = scales, "int8" if first else None
            if first:
                self.variables["g_idx"] = (self.inputs,), "float32"

    def _laid(self, pair: Any) -> Any:
        return pair[::-1] if self.outputs_first else pair

    def round(self, value: np.ndarray) -> list[np.ndarray]:
        matrix = value.transpose(self.order).reshape(self.inputs, self.outputs)
        if not self.blocks:
            small, scale = rounded(matrix, (0,), np, self.value_range, "int8", self.epsilon)
            return [packed(small.T if self.outputs_first else small, self.axis, np), scale.ravel()]
        parts = rounded_in_groups(matrix, self.size, np, self.value_range, "int8", self.epsilon)
        small, scale, zero = (each.T if self.outputs_first else each for each in parts)
        return [packed(small, self.axis, np), scale, zero, (np.arange(self.inputs) // self.size).astype("float32")][: len(self.variables)]

    def unrounded(self, numbers: Any, scale: Any, zero: Any, numpy: Any = np) -> Any:
        matrix = unpacked(numbers, self._laid((self.inputs, self.outputs))[self.axis], self.axis, numpy).astype(scale.dtype)
        matrix = matrix.T if self.outputs_first else matrix
        if self.blocks:
            scale, zero = (each.T if self.outputs_first else each for each in (scale, zero.astype(scale.dtype)))
            rows = np.arange(self.inputs) // self.size
            matrix = (matrix - zero[rows]) * scale[rows]
        else:
            matrix = matrix / scale
        return matrix.reshape([self.shape[i] for i in self.order]).transpose(np.argsort(self.order))


class Quantized(Lora):
    """A layer whose `lora_weight` may be kept in fewer bits: by `quantize` once it is built, or by a dtype 'int8_from_float32'.

    Weights then: the others, the weight in whole numbers, and `<weight>_scale`, for four bits also `<weight>_zero` and `g_idx`, which
    block each input belongs to; none of these trains.

    Args:
        quantization_config: what rounds weights and inputs, for a layer that is made with a quantized dtype.
    """

    def __init__(self, *, quantization_config: Any = None, **kwargs: Any):
        super().__init__(**kwargs)
        given = quantizers.deserialize(quantization_config) if isinstance(quantization_config, dict) else quantization_config
        self.quantization_config = given
        self._forms: dict[str, _Eight] = {}

    @property
    def quantization_mode(self) -> str | None:
        """'int8', 'int4', 'float8', or None."""
        return self.dtype_policy.quantization_mode

    def _quantized_parts(self) -> dict[str, tuple[str, str]]:
        """By name of a weight, a letter for each of its axes, and those of its scale's, in such order as the scale is kept."""
        raise NotImplementedError(f"{type(self).__name__} defines no `_quantized_parts`.")

    def quantize(self, mode: str | None = None, type_check: bool = True, config: Any = None) -> None:
        """Round the weight to eight or four bits. What the layer gives afterwards is about as before.

        Args:
            mode: 'int8' (inputs are rounded too), 'int4', or 'float8', in which the weight stays as it is and products, in training too,
                are of eight-bit floats. config: a configuration of `keras.quantizers`, instead or as well.
        """
        config = checked(mode, config)
        self._check_mode(config.mode)
        if self.quantization_mode is not None:
            raise ArgumentError(f"Layer '{self.name}' is quantized already: its dtype is '{self.dtype_policy.name}'.")
        if not self.built:
            raise ArgumentError(f"Layer '{self.name}' ({type(self).__name__}) is not built yet: call it on data before quantize.")
        if type_check and not ours(type(self)):
            raise ArgumentError(f"{type(self).__name__} derives from a layer that can be quantized; if its `call` is that layer's, say "
                                f"quantize('{config.mode}', type_check=False).")  # fmt: skip
        values = {name: ops.convert_to_numpy(self._adapted(getattr(self, name)) if name == self.lora_weight else getattr(self, name))
                  for name in self._quantized_parts()}  # fmt: skip
        if self.lora_enabled:  # it is in the sum
            self._own = [each for each in self._own if each is not self._lora_a and each is not self._lora_b]
            self.lora_enabled, self.lora_rank, self.lora_alpha = False, None, None
        self.quantization_config = config
        if config.mode == "float8":
            self.dtype_policy = dtypes.QuantizedFloat8DTypePolicy(config.mode, self.dtype_policy.name)
            return self._add_float8()
        if config.mode == "int4":
            self.dtype_policy = dtypes.Int4DTypePolicy(f"int4/{config.block_size or -1}", self.dtype_policy.name)
        else:
            self.dtype_policy = dtypes.QuantizedDTypePolicy(config.mode, self.dtype_policy.name)
        self._quantize_when_built()
        for name, value in values.items():
            self._assign_rounded(name, value.astype(self.variable_dtype))
        return None

    def _check_mode(self, mode: str) -> None:
        allowed = ("int8", "int4") if self.lora_weight == "embeddings" else ("int8", "int4", "float8")
        if mode not in allowed:
            raise NotImplementedError(f"Layer '{self.name}': of the modes {', '.join(MODES)} it takes {', '.join(allowed)}; not {mode!r}.")

    def _add_float8(self) -> None:
        length = self.dtype_policy.amax_history_length  # type: ignore[attr-defined]
        for name in ("inputs", self.lora_weight, "outputs_grad"):
            for end, shape, start in (("scale", (), "ones"), ("amax_history", (length,), "zeros")):
                made = self.add_weight(shape, start, "float32", overwrite_with_gradient=True, autocast=False, name=f"{name}_{end}")
                setattr(self, made.name, made)

    def _float8_product(self, equation: str, inputs: Tensor) -> Tensor:
        names = "inputs", self.lora_weight, "outputs_grad"
        kept = [[getattr(self, f"{name}_{end}") for end in ("scale", "amax_history")] for name in names]
        weight = ops.cast(self._adapted(getattr(self, self.lora_weight)), self.compute_dtype)
        return _float8_result(ops.einsum(equation, _float8_operand(inputs, *kept[0]), _float8_operand(weight, *kept[1])), *kept[2])

    def _biased(self, x: Tensor, bias: Any) -> Tensor:
        """The product with the bias added; of eight-bit floats a bias in bfloat16, as Keras has it, so that GPUs fuse the two."""
        if self.quantization_mode == "float8" and self.compute_dtype == "float32":
            bias = ops.cast(ops.cast(bias, "bfloat16"), "float32")
        return ops.add(x, bias)

    def _quantize_when_built(self) -> None:
        """Put whole numbers in the weights' places; also for a layer that is made with a quantized dtype, as those in files are."""
        if self.quantization_mode is None:
            return
        self._check_mode(self.quantization_mode)
        if self.quantization_mode == "float8":
            return self._add_float8()
        shapes = {name: getattr(self, name).shape for name in self._quantized_parts()}
        gone = {id(getattr(self, name)) for name in shapes}
        self._own = [each for each in self._own if id(each) not in gone]
        quantizer = getattr(self.quantization_config, "weight_quantizer", None)
        for name, (letters, kept) in self._quantized_parts().items():
            if self.quantization_mode == "int8":
                form = _Eight(letters, kept, shapes[name], quantizer)
            else:
                block = getattr(self.dtype_policy, "block_size", -1)
                ends = {"outputs_first": name == "embeddings", "axis": int(name != "reverse_embeddings"), "first": not self._forms}
                form = _Four(letters, kept, shapes[name], quantizer, block, **ends)  # type: ignore[arg-type]
            self._forms[name] = form
            for end, (shape, dtype) in form.variables.items():
                full = end if end == "g_idx" else name + end
                start = "zeros" if dtype == "int8" else "ones"
                setattr(self, full, self.add_weight(shape, start, dtype=dtype, trainable=False, name=full, autocast=end != "g_idx"))
        return None

    def _kept(self, name: str) -> list[Variable]:
        """The variables that keep a weight."""
        return [getattr(self, end if end == "g_idx" else name + end) for end in self._forms[name].variables]

    def _assign_rounded(self, name: str, value: np.ndarray) -> None:
        for variable, part in zip(self._kept(name), self._forms[name].round(value), strict=True):
            variable.assign(part)

    def _as_floats(self, name: str) -> np.ndarray:
        """A weight as it was before, but for the rounding."""
        parts = [variable.numpy() for variable in self._kept(name)]
        return self._forms[name].unrounded(parts[0], parts[1], parts[2] if len(parts) > 2 else None)

    def _weight_shape(self) -> tuple[int, ...]:
        found = self._forms.get(self.lora_weight)
        return super()._weight_shape() if found is None else found.shape

    def _floats(self, name: str) -> Tensor:
        """The same, in a program."""
        kept = self._kept(name)
        zero = kept[2] if len(kept) > 2 else None
        return _weight_as_floats(kept[0], kept[1], zero, self._forms[name].unrounded, self.compute_dtype)

    def _product(self, equation: str, inputs: Tensor, name: str = "kernel") -> Tensor:
        """The product with a weight in whole numbers, with LoRA's added."""
        if self.quantization_mode == "float8":
            return self._float8_product(equation, inputs)
        rounding = self.quantization_config.activation_quantizer if self.quantization_config else None
        if self.quantization_mode == "int8" and (rounding is not None or self.quantization_config is None):
            how = (rounding.value_range, rounding.epsilon) if rounding is not None else (RANGE, EPSILON)
            found = int8_einsum(inputs, getattr(self, name), getattr(self, f"{name}_scale"), equation, *how)
        else:
            if rounding is not None:
                left, _, outputs = _letters(equation, inputs.ndim)
                inputs = _there_and_back(inputs, _absent(left, outputs), rounding.value_range, rounding.epsilon)
            found = ops.einsum(equation, inputs, self._floats(name))
        if not self.lora_enabled:
            return found
        thin = ops.matmul(self._lora_a, self._lora_b) * (self.lora_alpha / self.lora_rank)  # type: ignore[operator]
        return ops.add(found, ops.einsum(equation, inputs, thin))

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        if self.quantization_config is not None:
            config["quantization_config"] = quantizers.serialize(self.quantization_config)
        return config

    # Files hold the weights where they were, and what goes with them behind them.
    def _stored(self) -> list[Variable]:
        found = super()._stored()
        if not self._forms:
            return found
        parts = [self._kept(name) for name in self._forms]
        rest = [each for each in found if not any(each is other for part in parts for other in part)]
        return [parts[0][0], *rest, *parts[0][1:], *[each for part in parts[1:] for each in part]]

    def save_own_variables(self, store: dict[str, Any]) -> None:
        if not self.lora_enabled or not self._forms:
            return super().save_own_variables(store)
        kept = self._kept(self.lora_weight)
        before = [variable.numpy() for variable in kept]
        thin = ops.matmul(self._lora_a, self._lora_b) * (self.lora_alpha / self.lora_rank)  # type: ignore[operator]
        self._assign_rounded(self.lora_weight, self._as_floats(self.lora_weight) + ops.convert_to_numpy(thin))
        Layer.save_own_variables(self, store)
        for variable, value in zip(kept, before, strict=True):
            variable.assign(value)
        return None
