"""Quantizers as objects."""

from typing import Any

from hornbeam.engine import registry
from hornbeam.engine.errors import ArgumentError, HornbeamError
from hornbeam.engine.tensor import as_tensor
from hornbeam.quantizers.functions import EPSILON, RANGE, abs_max_quantize


@registry.register("quantizer")
class Quantizer:
    """Base of quantizers: called on a tensor, a subclass gives whole numbers and the scale they were multiplied by."""

    def __init__(self, output_dtype: Any = "int8"):
        self.output_dtype = output_dtype

    def __call__(self, x: Any) -> Any:
        return as_tensor(x)

    def get_config(self) -> dict[str, Any]:
        raise NotImplementedError(f"{type(self).__name__} defines no `get_config`.")

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Quantizer":
        return cls(**config)


@registry.register("quantizer", "abs_max_quantizer")
class AbsMaxQuantizer(Quantizer):
    """Scales by the largest absolute number along `axis` (by default the last; a layer knows its own).

    Args:
        axis: an axis or several. value_range: the least and the largest of the whole numbers. epsilon: added to the largest number.
    """

    def __init__(
        self, axis: Any = None, value_range: tuple[int, int] = RANGE, epsilon: float = EPSILON, output_dtype: Any = "int8"
    ):
        super().__init__(output_dtype)
        self.axis = () if axis is None else tuple(axis) if isinstance(axis, (list, tuple)) else (axis,)
        self.value_range, self.epsilon = tuple(value_range), epsilon

    def __call__(self, x: Any, axis: Any = None, to_numpy: bool = False) -> Any:
        axis = axis if axis is not None else self.axis or -1
        return abs_max_quantize(x, axis, self.value_range, self.output_dtype, self.epsilon, to_numpy)  # type: ignore[arg-type]

    def get_config(self) -> dict[str, Any]:
        config = {"value_range": self.value_range, "epsilon": self.epsilon, "output_dtype": self.output_dtype}
        return {**config, "axis": self.axis} if self.axis else config


def get(identifier: Any, **kwargs: Any) -> Any:
    """The quantizer that a name, a configuration or an object means; None for None.

    Args:
        kwargs: what the class is made with, where a name or a class is given.
    """
    if kwargs and isinstance(identifier, str):
        return registry.lookup("quantizer", identifier)(**kwargs)
    try:
        found = registry.resolve("quantizer", identifier)
    except HornbeamError as error:
        raise ArgumentError(str(error)) from None
    return found(**kwargs) if isinstance(found, type) else found


def serialize(initializer: Any) -> Any:
    """A quantizer or configuration of quantization as plain data."""
    return registry.to_config(initializer)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The object that `serialize` described."""
    with registry.custom_object_scope(custom_objects or {}):
        return registry.from_config("quantizer", config)
