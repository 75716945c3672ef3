"""Functions that TensorFlow 2 has under `tf.compat.v1` alone."""

import sys
from collections.abc import Callable, Sequence
from typing import Any

from hornbeam.engine import dtypes
from hornbeam.engine.tensor import Tensor, as_tensor
from hornbeam.ops import elementwise, shaping
from hornbeam.ops.tf.printing import print_
from hornbeam.ops.tf.tensors import cast


def _to(dtype: str, name: str) -> Callable[..., Tensor]:
    def to(x: Any, name: str | None = None) -> Tensor:
        return cast(x, dtype)

    to.__name__, to.__doc__ = name, f"x with elements of type {dtype}."
    return to


to_bfloat16, to_double, to_float = _to("bfloat16", "to_bfloat16"), _to("float64", "to_double"), _to("float32", "to_float")
to_int32, to_int64 = _to("int32", "to_int32"), _to("int64", "to_int64")
_quotient = elementwise.divide.spelled("strict_divide", name="div", x="x1", y="x2")
_whole_quotient = elementwise.floor_divide.spelled("strict_number", name="integer_div", x="x1", y="x2")


def div(x: Any, y: Any, name: str | None = None) -> Tensor:
    """x / y as Python 2 divided: of integers the quotient rounded down."""
    first = x if hasattr(x, "dtype") or not hasattr(y, "dtype") else y
    return (_quotient if dtypes.is_float(as_tensor(first)._value.dtype) else _whole_quotient)(x, y)


def print_and_pass(
    input_: Any, data: Sequence[Any], message: str | None = None, first_n: int | None = None, summarize: int | None = 3,
    name: str | None = None,
) -> Tensor:  # fmt: skip
    """`input_`, once the data have been printed to standard error, each in brackets after the message; `first_n` is not heeded."""
    flat = [shaping.reshape(as_tensor(each), (-1,)) for each in data]
    print_(message or "", *flat, output_stream=sys.stderr, sep="", summarize=3 if summarize is None else summarize)
    return as_tensor(input_)
