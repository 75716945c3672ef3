"""What a layer says of the inputs it takes."""

from typing import Any

from hornbeam.engine import dtypes, graph
from hornbeam.engine.errors import ArgumentError, DtypeError, ShapeError
from hornbeam.engine.tensor import Tensor


class InputSpec:
    """A layer whose `input_spec` is one of these (or a list, one for each input) refuses other inputs before it is called.

    Args:
        dtype: the type.
        shape: the shape, batch included; None for any size. `ndim`, `min_ndim`, `max_ndim`: the number of axes.
        axes: sizes by axis: {-1: 10}.
        allow_last_axis_squeeze: a last axis of 1 may be missing, or one too many.
        name: the input's key when inputs come in a dict.
        optional: the input may be None.
    """

    def __init__(
        self, dtype: Any = None, shape: Any = None, ndim: int | None = None, max_ndim: int | None = None, min_ndim: int | None = None,
        axes: dict[int, int | None] | None = None, allow_last_axis_squeeze: bool = False, name: str | None = None, optional: bool = False,
    ):
        self.dtype = None if dtype is None else str(dtypes.standardize(dtype))
        self.shape = None if shape is None else tuple(shape)
        self.ndim = len(self.shape) if self.shape is not None else ndim
        self.max_ndim, self.min_ndim, self.name = max_ndim, min_ndim, name
        self.allow_last_axis_squeeze, self.optional = allow_last_axis_squeeze, optional
        try:
            self.axes = {int(axis): size for axis, size in (axes or {}).items()}
        except (TypeError, ValueError, AttributeError):
            raise DtypeError(f"InputSpec: axes is a dict of sizes by axis, such as {{-1: 10}}; received {axes!r}.") from None
        most = self.ndim if self.ndim is not None else self.max_ndim
        if most is not None and any(axis >= most for axis in self.axes):
            raise ArgumentError(f"InputSpec: axes names axis {max(self.axes)}, but inputs have {most} axes, 0 to {most - 1}.")

    def __repr__(self) -> str:
        given = {**self.get_config(), "optional": self.optional or None, "axes": self.axes or None}
        return f"InputSpec({', '.join(f'{name}={value}' for name, value in given.items() if value is not None)})"

    def get_config(self) -> dict[str, Any]:
        names = ("dtype", "shape", "ndim", "max_ndim", "min_ndim", "axes", "optional")
        return {name: getattr(self, name) for name in names}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "InputSpec":
        return cls(**config)

    def complaint(self, tensor: Tensor | None) -> str | None:
        """What is wrong with a tensor, None when nothing is."""
        if tensor is None:
            return None if self.optional else "an input that is not None"
        stand_ins = graph._STAND_INS[0] if tensor.is_traced else ()  # where a shape is inferred, they stand for sizes not known yet
        shape, wanted = tuple(None if size in stand_ins else size for size in tensor.shape), self.shape
        if self.allow_last_axis_squeeze and wanted:
            shape = shape[:-1] if len(shape) == len(wanted) + 1 and shape[-1] == 1 else shape
            wanted = wanted[:-1] if len(shape) == len(wanted) - 1 and wanted[-1] == 1 else wanted
        rank = len(wanted) if wanted is not None else self.ndim
        if rank is not None and len(shape) != rank:
            return f"an input with {rank} axes (the batch included)"
        if self.max_ndim is not None and len(shape) > self.max_ndim:
            return f"an input with at most {self.max_ndim} axes (the batch included)"
        if self.min_ndim is not None and len(shape) < self.min_ndim:
            return f"an input with {self.min_ndim} or more axes (the batch included)"
        for axis, size in self.axes.items():
            if not -len(shape) <= axis < len(shape) or size not in (None, shape[axis]) and shape[axis] is not None:
                return f"an input whose axis {axis} has size {size}"
        if wanted is not None and any(a is not None and b is not None and a != b for a, b in zip(shape, wanted, strict=True)):
            return f"an input of shape {wanted}"
        if self.dtype is not None and tensor.dtype != self.dtype:
            return f"an input of type {self.dtype}"
        return None


def check_inputs(layer: Any, inputs: Any) -> None:
    """Raise `ShapeError` when a layer's `input_spec` does not allow its inputs."""
    given = layer.input_spec
    if isinstance(given, dict):
        specs, tensors = list(given.values()), [inputs.get(key) if isinstance(inputs, dict) else None for key in given]
    elif isinstance(given, (list, tuple)):
        specs, tensors = list(given), list(inputs) if isinstance(inputs, (list, tuple)) else graph.tensors_in(inputs)
    else:
        specs, tensors = [given], [inputs]
    who = f"Layer '{layer.name}' ({type(layer).__name__})"
    if len(specs) != len(tensors):
        raise ShapeError(f"{who} takes {len(specs)} inputs; it was called on {len(tensors)}.")
    for i, (spec, tensor) in enumerate(zip(specs, tensors, strict=True)):
        if isinstance(spec, InputSpec) and (tensor is None or isinstance(tensor, Tensor)) and (wanted := spec.complaint(tensor)):
            which = f" as input {i}" if len(specs) > 1 else ""
            came = "None" if tensor is None else f"one of shape {tuple(tensor.shape)} and type {tensor.dtype}"
            raise ShapeError(f"{who} takes {wanted}{which}; it was called on {came}.")
