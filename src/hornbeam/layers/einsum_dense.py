"""EinsumDense: any product of the inputs with one kernel."""

import re
from typing import Any

from hornbeam import activations, ops, regularizers
from hornbeam.engine import registry
from hornbeam.engine.errors import ArgumentError, ShapeError
from hornbeam.engine.tensor import Tensor
from hornbeam.layers import options
from hornbeam.layers.quantized import Quantized

_EQUATION = re.compile(r"(\.\.\.)?([a-zA-Z]*)(\.\.\.)?,([a-zA-Z]+)->(\.\.\.)?([a-zA-Z]*)(\.\.\.)?")


@registry.register("layer")
class EinsumDense(Quantized):
    """`activation(einsum(equation, inputs, kernel) + bias)`.

    Args:
        equation: 'ab,bc->ac', '...ab,bc->...ac' or 'ab...,bc->ac...': the axes of the inputs, of the kernel and of the outputs.
        output_shape: the sizes of the outputs' axes without the batch (and what the dots stand for), None where the inputs tell.
        bias_axes: the letters of the outputs' axes along which the bias varies; no bias by default.
        lora_rank, lora_alpha: see `Dense`.

    Weights: kernel, of the sizes the equation gives; bias, of the sizes of `bias_axes`, and 1 for other axes after the first.
    """

    def __init__(
        self, equation: str, output_shape: Any, activation: Any = None, bias_axes: str | None = None,
        kernel_initializer: Any = "glorot_uniform", bias_initializer: Any = "zeros", kernel_regularizer: Any = None,
        bias_regularizer: Any = None, kernel_constraint: Any = None, bias_constraint: Any = None,
        lora_rank: int | None = None, lora_alpha: float | None = None, **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self._set_lora(lora_rank, lora_alpha)
        self.equation, self.bias_axes = equation, bias_axes
        self.partial_output_shape = tuple(output_shape) if isinstance(output_shape, (list, tuple)) else (output_shape,)
        found = _EQUATION.fullmatch(equation.replace(" ", "")) if isinstance(equation, str) else None
        if found is None or (found[1] and found[3]) or (found[1], found[3]) != (found[5], found[7]):
            raise ArgumentError(
                f"EinsumDense: equation is of the form 'ab,bc->ac', '...ab,bc->...ac' or 'ab...,bc->ac...'; received {equation!r}."
            )
        self._dots_first, self._inputs, self._dots_last, self._kernel, _, self._outputs, _ = found.groups()
        if lost := set(self._outputs) - set(self._inputs) - set(self._kernel):
            raise ArgumentError(f"EinsumDense: axis '{min(lost)}' of the output is neither the input's nor the kernel's in {equation!r}.")
        if lost := set(bias_axes or "") - set(self._outputs):
            raise ArgumentError(f"EinsumDense: axis '{min(lost)}' of bias_axes is not among the output's, '{self._outputs}'.")
        self.activation = activations.get(activation)
        options.keep(self, locals())

    def build(self, input_shape: Any) -> None:
        sizes, elided = self._sizes(tuple(input_shape))
        ends: tuple[list[int], list[int]] = [], []
        for at, axis in enumerate(self._kernel):
            ends[axis in self._outputs].append(at)
        self.kernel = options.add(self, "kernel", tuple(self._size(sizes, axis) for axis in self._kernel), ends)
        self.bias = None
        if self.bias_axes:
            axes = self._outputs[min(map(self._outputs.index, self.bias_axes)) :]
            shape = tuple(self._size(sizes, axis) if axis in self.bias_axes else 1 for axis in axes)
            self.bias = options.add(self, "bias", shape + (1,) * (elided if self._dots_last else 0))
        self._elided = elided
        self._quantize_when_built()
        self._lora_when_built()

    def _quantized_parts(self) -> dict[str, tuple[str, str]]:
        """The scale broadcasts to the outputs; the digits are the axes that dots at the end stand for."""
        return {"kernel": (self._kernel, self._outputs + ("0123456789"[: self._elided] if self._dots_last else ""))}

    def _sizes(self, shape: tuple[Any, ...]) -> tuple[dict[str, Any], int]:
        """The size of each axis by its letter, as far as the inputs and `output_shape` tell; and how many axes the dots stand for."""
        elided = len(shape) - len(self._inputs)
        if elided < 0 or (elided and not (self._dots_first or self._dots_last)):
            raise ShapeError(f"Layer '{self.name}' (EinsumDense): the equation '{self.equation}' does not fit an input of shape {shape}.")
        sizes = dict(zip(self._inputs, shape[elided:] if self._dots_first else shape, strict=False))
        given = self.partial_output_shape
        # The batch is left out; sizes of what the dots stand for may be there or not.
        axes = self._outputs if self._dots_first else self._outputs[1:]
        if self._dots_first:
            given = given[max(len(given) - len(axes), 0) :]
        elif self._dots_last:
            given = given[: len(axes)]
        if len(given) != len(axes):
            raise ShapeError(
                f"Layer '{self.name}' (EinsumDense): output_shape has one size for each of the axes '{axes}' of '{self.equation}'; "
                f"received {self.partial_output_shape}."
            )
        for axis, size in zip(axes, given, strict=True):
            if size is not None and sizes.get(axis) not in (None, size):
                raise ShapeError(
                    f"Layer '{self.name}' (EinsumDense): axis '{axis}' of '{self.equation}' has size {sizes[axis]} in the input "
                    f"{shape} and {size} in output_shape {self.partial_output_shape}."
                )
            if size is not None or axis not in sizes:
                sizes[axis] = size
        return sizes, elided

    def _size(self, sizes: dict[str, Any], axis: str) -> int:
        if sizes.get(axis) is None:
            raise ShapeError(
                f"Layer '{self.name}' (EinsumDense) needs to know the size of axis '{axis}' of '{self.equation}': give it in output_shape "
                "or with the input."
            )
        return sizes[axis]

    def call(self, inputs: Tensor) -> Tensor:
        self._sizes(tuple(inputs.shape))
        if self.quantization_mode is not None:
            x = self._product(self.equation, inputs)
        else:
            x = ops.einsum(self.equation, inputs, self._adapted(self.kernel))
        if self.bias is not None:
            x = self._biased(x, self.bias)
        return activations.get(self.activation)(x)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "equation": self.equation,
            "output_shape": self.partial_output_shape,
            "activation": activations.serialize(self.activation),
            "bias_axes": self.bias_axes,
            "activity_regularizer": regularizers.serialize(self.activity_regularizer),
            **options.written(self),
            **self._lora_config(),
        }
