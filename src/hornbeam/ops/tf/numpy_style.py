"""NumPy's manners (`tf.experimental.numpy`): types meet as NumPy's do, Python numbers and lists are of 64 bits.

`enable` gives them to the operators that a program writes, and to Tensors the methods that NumPy's arrays have.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from hornbeam import ops
from hornbeam.engine import dtypes, manners, rng
from hornbeam.engine.door import RULES, Op, cast
from hornbeam.engine.errors import ArgumentError, ConversionError
from hornbeam.engine.strict import Division
from hornbeam.engine.tensor import Tensor, as_tensor, is_tensor
from hornbeam.ops._rows import number
from hornbeam.ops.tf.arranging import plain_ints


def natural(x: Any, dtype: Any = None) -> Tensor:
    """x as a tensor of the type NumPy gives it."""
    tensor = as_tensor(x) if is_tensor(x) or _holds_tensors(x) else as_tensor(np.asarray(x))
    return tensor if dtype is None else cast(tensor, dtype)


def _holds_tensors(x: Any) -> bool:
    return isinstance(x, (list, tuple)) and any(is_tensor(each) or _holds_tensors(each) for each in x)


def meeting(operands: Sequence[Any]) -> list[Tensor | None]:
    """The promotion rule of NumPy: Python numbers give way to arrays of their kind."""
    plain = [type(x) in (bool, int, float, complex) for x in operands]
    made = [x if x is None or weak else natural(x) for x, weak in zip(operands, plain, strict=True)]
    kinds = [x if weak else x._value.dtype for x, weak in zip(made, plain, strict=True) if x is not None]
    target = np.result_type(*kinds)
    return [x if x is None else as_tensor(np.array(x, target)) if weak else cast(x, target) for x, weak in zip(made, plain, strict=True)]


def meeting_in_floats(operands: Sequence[Any]) -> list[Tensor | None]:
    """As `meeting`, then integers become float64."""
    made = meeting(operands)
    whole = all(x is None or x._value.dtype.kind in "iub" for x in made)
    return [x if x is None else cast(x, "float64") for x in made] if whole else made


def _apart(operands: Sequence[Any]) -> list[Tensor | None]:
    return [x if x is None else natural(x) for x in operands]


_RULE = {id(RULES["promote"]): meeting, id(number): meeting, id(RULES["float"]): meeting_in_floats, id(RULES["same"]): _apart}


def in_numpys_style(name: str) -> Callable[..., Any]:
    """Keras's operation of this name for NumPy's types."""
    function = getattr(ops, name)
    if isinstance(function, Op):
        return function.spelled(_RULE[id(function.rule)])
    return lambda x, *rest, **named: function([natural(each) for each in x] if name in _OF_LISTS else natural(x), *rest, **named)


_OF_LISTS = ("meshgrid",)


def _wide(value: Any) -> Any:
    return dtypes.standardize(value if value is not None else "float64")


def array(val: Any, dtype: Any = None, copy: bool = True, ndmin: int = 0) -> Tensor:
    """A tensor of the type NumPy would give."""
    made = natural(val, dtype)
    return ops.reshape(made, (1,) * (ndmin - made.ndim) + tuple(made.shape)) if ndmin > made.ndim else made


def asarray(a: Any, dtype: Any = None) -> Tensor:
    return natural(a, dtype)


def zeros(shape: Any, dtype: Any = None) -> Tensor:
    return ops.zeros(shape, _wide(dtype))


def ones(shape: Any, dtype: Any = None) -> Tensor:
    return ops.ones(shape, _wide(dtype))


def full(shape: Any, fill_value: Any, dtype: Any = None) -> Tensor:
    value = natural(fill_value)
    return ops.full(shape, value, value.dtype if dtype is None else dtype)


def eye(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> Tensor:
    return ops.eye(N, M, k, _wide(dtype))


def identity(n: int, dtype: Any = None) -> Tensor:
    return eye(n, dtype=dtype)


def arange(start: Any, stop: Any = None, step: Any = 1, dtype: Any = None) -> Tensor:
    bounds = [each.numpy().item() if is_tensor(each) else each for each in (start, stop, step)]
    return natural(np.arange(bounds[0], bounds[1], bounds[2]) if stop is not None else np.arange(0, bounds[0], bounds[2]), dtype)


def linspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, retstep: bool = False, dtype: Any = None, axis: int = 0) -> Any:
    first, last = meeting_in_floats([start, stop])
    return ops.linspace(first, last, num, endpoint, retstep, dtype, axis)


def where(condition: Any, x: Any = None, y: Any = None) -> Any:
    """x where the condition holds, else y; of the condition alone the places where it holds, for each axis."""
    if x is None and y is None:
        return tuple(cast(each, "int64") for each in ops.nonzero(condition))
    return ops.where(condition, *meeting([natural(x), natural(y)]))


def argmax(a: Any, axis: int | None = None) -> Tensor:
    return cast(ops.argmax(natural(a), axis), "int64")


def argmin(a: Any, axis: int | None = None) -> Tensor:
    return cast(ops.argmin(natural(a), axis), "int64")


def argsort(a: Any, axis: int = -1, kind: str = "quicksort", order: Any = None) -> Tensor:
    return cast(ops.argsort(natural(a), axis), "int64")


def result_type(*arrays_and_dtypes: Any) -> dtypes.DType:
    """The type in which these meet."""
    return dtypes.standardize(np.result_type(*[_numpy(each) for each in arrays_and_dtypes]))


def _numpy(each: Any) -> Any:
    if is_tensor(each):
        return as_tensor(each)._value.dtype
    return each.numpy if isinstance(each, dtypes.DType) else each


def uniform(low: Any = 0.0, high: Any = 1.0, size: Any = None) -> Tensor:
    """`tf.experimental.numpy.random.uniform`: float64."""
    return ops.random.uniform(_size(size), low, high, "float64")


def normal(loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Tensor:
    return ops.random.normal(_size(size), loc, scale, "float64")


def _size(size: Any) -> tuple[int, ...]:
    return () if size is None else (size,) if isinstance(size, int) else tuple(size)


def randn(*args: int) -> Tensor:
    return normal(size=args)


def rand(*size: int) -> Tensor:
    return uniform(size=size)


def seed(s: int) -> None:
    rng.set_random_seed(int(s))


# What Tensors get.
def _division_or(rule: Any) -> Callable:
    return meeting_in_floats if isinstance(rule, Division) else meeting


def _lattice(rule: Any) -> Callable:
    """Operands meet in JAX's lattice before the operation's own rule, which asks for one type, sees them."""
    return lambda operands: rule(RULES["promote"](operands))


def _reshape(self: Any, *shape: Any, order: str = "C") -> Tensor:
    if order != "C":
        raise ConversionError(f"reshape: `order` is 'C'; received {order!r}.")
    return ops.reshape(self, plain_ints(shape[0] if len(shape) == 1 else shape))


mean = in_numpys_style("mean")
METHODS: dict[str, Any] = {
    "T": property(lambda self: ops.transpose(self)),
    "astype": lambda self, dtype: cast(self, dtype),
    "clip": lambda self, a_min=None, a_max=None: ops.clip(self, a_min, a_max),
    "data": property(lambda self: self),
    "max": lambda self, axis=None, keepdims=False: ops.max(self, axis, keepdims),
    "mean": lambda self, axis=None, keepdims=False: mean(self, axis, keepdims),
    "min": lambda self, axis=None, keepdims=False: ops.min(self, axis, keepdims),
    "ravel": lambda self: ops.ravel(self),
    "reshape": _reshape,
    "transpose": lambda self, axes=None: ops.transpose(self, plain_ints(axes)),
}


def enable(prefer_float32: bool = False, dtype_conversion_mode: str = "legacy") -> None:
    """From now on operators that a program writes bring types together as NumPy does, and Tensors have `METHODS`.

    Args:
        dtype_conversion_mode: 'legacy' (NumPy's way) or 'all' (types meet in JAX's lattice, where no result is wider than it must be;
            what `tf.constant` makes of numbers has a type as any other, and is not weak).
    """
    if dtype_conversion_mode not in ("legacy", "all"):
        raise ArgumentError(f"dtype_conversion_mode is 'legacy' or 'all' in Hornbeam; received {dtype_conversion_mode!r}.")
    manners.numpy_rule = _division_or if dtype_conversion_mode == "legacy" else _lattice
    for name, method in METHODS.items():
        setattr(Tensor, name, method)


enable_numpy_behavior = enable  # its name in `np_config`
