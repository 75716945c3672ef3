"""Python's operators on Tensors and Variables: `x + y`, `x @ y`, `x[0]`. Importing this module installs them.

`x == y` compares element by element; Tensors and Variables hash by identity, so they still serve as keys of dicts.
"""

from collections.abc import Callable
from typing import Any

from hornbeam.engine.tensor import Tensor
from hornbeam.engine.variable import Variable
from hornbeam.ops import comparison, elementwise, indexing, linalg


def _comparison(operation: Callable, otherwise: Any) -> Callable:
    def compare(self: Any, other: Any) -> Any:
        if other is None or isinstance(other, type):
            return otherwise
        return operation(self, other)

    return compare


def _binary(operation: Callable) -> tuple[Callable, Callable]:
    def forward(self: Any, other: Any) -> Any:
        return NotImplemented if other is None else operation(self, other)

    def reflected(self: Any, other: Any) -> Any:
        return NotImplemented if other is None else operation(other, self)

    return forward, reflected


def _unary(operation: Callable) -> Callable:
    return lambda self, *args: operation(self, *args)


def _install() -> None:
    two = {
        "add": elementwise.add, "sub": elementwise.subtract, "mul": elementwise.multiply, "truediv": elementwise.divide,
        "floordiv": elementwise.floor_divide, "mod": elementwise.mod, "pow": elementwise.power, "matmul": linalg.matmul,
        "and": comparison.bitwise_and, "or": comparison.bitwise_or, "xor": comparison.bitwise_xor,
        "lshift": comparison.left_shift, "rshift": comparison.right_shift,
    }  # fmt: skip
    order = {
        "lt": comparison.less, "le": comparison.less_equal, "gt": comparison.greater, "ge": comparison.greater_equal,
    }  # fmt: skip
    one = {
        "neg": elementwise.negative, "abs": elementwise.absolute, "invert": comparison.bitwise_not, "pos": elementwise.positive,
        "round": elementwise.round,
    }  # fmt: skip
    for cls in (Tensor, Variable):
        for name, operation in two.items():
            forward, reflected = _binary(operation)
            setattr(cls, f"__{name}__", forward)
            setattr(cls, f"__r{name}__", reflected)
        for name, operation in order.items():
            setattr(cls, f"__{name}__", _binary(operation)[0])
        for name, operation in one.items():
            setattr(cls, f"__{name}__", _unary(operation))
        special = {
            "__eq__": _comparison(comparison.equal, False),
            "__ne__": _comparison(comparison.not_equal, True),
            "__getitem__": lambda self, key: indexing.get_item(self, key),
            "__array_priority__": 1000,  # so that `ndarray + tensor` asks the tensor
        }
        for name, value in special.items():
            setattr(cls, name, value)


_install()
