"""Weights of eight bits: a layer's kernel as whole numbers from -127 to 127, each output's over a scale of its own."""

import string
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam import ops
from hornbeam.engine import dtypes
from hornbeam.engine.door import op
from hornbeam.engine.errors import ArgumentError
from hornbeam.engine.tensor import Tensor
from hornbeam.engine.variable import Variable
from hornbeam.layers.layer import Layer
from hornbeam.layers.lora import Lora

_LIMIT, _EPSILON = 127, 1e-7


def rounded(values: Any, axes: tuple[int, ...], numpy: Any = jnp) -> tuple[Any, Any]:
    """Values as int8 with the scales (kept axes of size 1) that they were multiplied by: 127 over the largest along the axes."""
    scale = _LIMIT / (numpy.max(numpy.abs(values), axis=axes, keepdims=True) + np.asarray(_EPSILON, values.dtype))
    return numpy.clip(numpy.round(values * scale), -_LIMIT, _LIMIT).astype("int8"), scale.astype(values.dtype)


@op(3, "same", name="int8_einsum")
def int8_einsum(inputs: Any, kernel: Any, scale: Any, equation: str) -> Any:
    """`einsum(equation, inputs, kernel / scale)` with both factors in int8: the inputs are rounded anew at each call.

    The scale broadcasts to the outputs. Its gradient by the inputs is that of the product with the kernel as floats (straight through
    the rounding); by kernel and scale there is none.
    """
    left, right, outputs = _letters(equation, inputs.ndim)
    full, shaped = f"{left},{right}->{outputs}", jax.ShapeDtypeStruct(inputs.shape, inputs.dtype)

    @jax.custom_vjp
    def product(inputs: Any, kernel: Any, scale: Any) -> Any:
        small, factor = rounded(inputs, tuple(i for i, letter in enumerate(left) if letter not in outputs))
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


def _letters(equation: str, rank: int) -> tuple[str, str, str]:
    """The letters of the inputs, the kernel and the outputs, with some for the axes that dots stand for."""
    left, right, outputs = equation.replace(" ", "").replace("->", ",").split(",")
    free = [letter for letter in string.ascii_letters if letter not in equation]
    dots = "".join(free[: rank - len(left.replace("...", ""))])
    return left.replace("...", dots), right, outputs.replace("...", dots)


def _laid_out(scale: Any, letters: str, outputs: str) -> Any:
    """Scales with an axis for each of some letters, as they broadcast to the outputs."""
    kept = [letter for letter in outputs if letter in letters]
    scale = scale.squeeze(tuple(i for i, letter in enumerate(letters) if letter not in outputs))
    present = [letter for letter in letters if letter in outputs]
    scale = scale.transpose([present.index(letter) for letter in kept])
    sizes = iter(scale.shape)
    return scale.reshape([next(sizes) if letter in letters else 1 for letter in outputs])


class Quantized(Lora):
    """A layer whose `lora_weight` may be kept in int8: by `quantize('int8')` once it is built, or by a dtype 'int8_from_float32'.

    Weights then: the others, the weight in int8, and `<weight>_scale`, what it was multiplied by; neither of the two trains.
    """

    @property
    def quantization_mode(self) -> str | None:
        """'int8', or None."""
        return getattr(self.dtype_policy, "quantization_mode", None)

    def _quantized_parts(self) -> dict[str, tuple[str, str]]:
        """By name of a weight, a letter for each of its axes, and those of its scale's, in such order as the scale is kept."""
        raise NotImplementedError(f"{type(self).__name__} defines no `_quantized_parts`.")

    def quantize(self, mode: str | None = None, type_check: bool = True, config: Any = None) -> None:
        """Round the weight to int8. What the layer gives afterwards is about as before; inputs are rounded too."""
        if mode != "int8":
            raise ArgumentError(f"Layer '{self.name}': the mode of quantize is 'int8'; received {mode!r}.")
        if self.quantization_mode is not None:
            raise ArgumentError(f"Layer '{self.name}' is quantized already: its dtype is '{self.dtype_policy.name}'.")
        if not self.built:
            raise ArgumentError(f"Layer '{self.name}' ({type(self).__name__}) is not built yet: call it on data before quantize.")
        if type_check and not type(self).__module__.startswith("hornbeam."):
            raise ArgumentError(f"{type(self).__name__} derives from a layer that can be quantized; if its `call` is that layer's, say "
                                "quantize('int8', type_check=False).")  # fmt: skip
        values = {name: ops.convert_to_numpy(self._adapted(getattr(self, name)) if name == self.lora_weight else getattr(self, name))
                  for name in self._quantized_parts()}  # fmt: skip
        gone = {id(getattr(self, name)) for name in values}
        if self.lora_enabled:  # it is in the sum
            gone |= {id(self._lora_a), id(self._lora_b)}
            self.lora_enabled, self.lora_rank, self.lora_alpha = False, None, None
        self._own = [each for each in self._own if id(each) not in gone]
        self.dtype_policy = dtypes.QuantizedDTypePolicy(mode, self.dtype_policy.name)
        for name, value in values.items():
            self._add_quantized(name, value.shape)
            self._assign_rounded(name, value.astype(self.variable_dtype))

    def _add_quantized(self, name: str, shape: Sequence[int]) -> None:
        letters, kept = self._quantized_parts()[name]
        sizes = dict(zip(letters, shape, strict=True))
        setattr(self, name, self.add_weight(tuple(shape), "zeros", dtype="int8", trainable=False, name=name))
        scales = tuple(sizes.get(letter, 1) for letter in kept)
        setattr(self, f"{name}_scale", self.add_weight(scales, "ones", trainable=False, name=f"{name}_scale"))

    def _assign_rounded(self, name: str, value: np.ndarray) -> None:
        letters, kept = self._quantized_parts()[name]
        small, scale = rounded(value, tuple(i for i, letter in enumerate(letters) if letter not in kept), np)
        getattr(self, name).assign(small)
        getattr(self, f"{name}_scale").assign(_laid_out(scale, letters, kept))

    def _as_floats(self, name: str) -> np.ndarray:
        """A weight as it was before, but for the rounding."""
        letters, kept = self._quantized_parts()[name]
        return getattr(self, name).numpy() / _laid_out(getattr(self, f"{name}_scale").numpy(), kept, letters)

    def _quantize_when_built(self) -> None:
        """For a layer that is made with a quantized dtype, as those in files are."""
        if self.quantization_mode is not None:
            shapes = {name: getattr(self, name).shape for name in self._quantized_parts()}
            gone = {id(getattr(self, name)) for name in shapes}
            self._own = [each for each in self._own if id(each) not in gone]
            for name, shape in shapes.items():
                self._add_quantized(name, shape)

    def _product(self, equation: str, inputs: Tensor, name: str = "kernel") -> Tensor:
        """The product with a weight in int8, with LoRA's added."""
        found = int8_einsum(inputs, getattr(self, name), getattr(self, f"{name}_scale"), equation)
        if not self.lora_enabled:
            return found
        thin = ops.matmul(self._lora_a, self._lora_b) * (self.lora_alpha / self.lora_rank)  # type: ignore[operator]
        return ops.add(found, ops.einsum(equation, inputs, thin))

    # Files hold the weights where they were, and the scales behind them.
    def _stored(self) -> list[Variable]:
        found = super()._stored()
        if self.quantization_mode is None:
            return found
        parts = [getattr(self, name) for name in self._quantized_parts()]
        scales = [getattr(self, f"{name}_scale") for name in self._quantized_parts()]
        rest = [each for each in found if not any(each is other for other in (*parts, *scales))]
        return [parts[0], *rest, *scales[:1], *parts[1:], *scales[1:]]

    def save_own_variables(self, store: dict[str, Any]) -> None:
        if not self.lora_enabled or self.quantization_mode is None:
            return super().save_own_variables(store)
        weight, scale = (getattr(self, f"{self.lora_weight}{end}") for end in ("", "_scale"))
        before = weight.numpy(), scale.numpy()
        thin = ops.matmul(self._lora_a, self._lora_b) * (self.lora_alpha / self.lora_rank)  # type: ignore[operator]
        self._assign_rounded(self.lora_weight, self._as_floats(self.lora_weight) + ops.convert_to_numpy(thin))
        Layer.save_own_variables(self, store)
        weight.assign(before[0])
        scale.assign(before[1])
        return None
