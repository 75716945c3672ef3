"""Python's operators on Tensors and Variables: `x + y`, `x @ y`, `x[0]`. Importing this module installs them.

`x == y` compares element by element; Tensors and Variables hash by identity, so they still serve as keys of dicts.

Operands of different types are promoted, as Keras does; where a TensorFlow program writes the operator, they are refused
(`engine.strict`). Equal types, the common case, cost nothing more.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from hornbeam.engine import manners, strict
from hornbeam.engine.door import RULES, Op, quick
from hornbeam.engine.errors import ShapeError
from hornbeam.engine.tensor import Tensor, wrap
from hornbeam.engine.variable import Variable
from hornbeam.ops import comparison, elementwise, indexing, linalg
from hornbeam.ops._rows import number


def _quick_number(a: Any, b: Any) -> Any:
    """The common pairs of numbers; booleans are none."""
    found = quick(a, b)
    return found if found is not None and found[0]._value.dtype.kind != "b" else None


def _quick_float(a: Any, b: Any) -> Any:
    found = quick(a, b)
    return found if found is not None and found[0]._value.dtype.kind in "fc" else None


def _chosen(operation: Op, promote: Any, common: Callable, refuse: str) -> Op:
    return operation.spelled(strict.operator_rule(promote, common, strict.RULES[refuse].named(operation.name)))


def _arithmetic(operation: Op, refuse: str = "strict_number") -> Op:
    return _chosen(operation, operation.rule, _quick_number, refuse)


def _any_type(operation: Op) -> Op:
    return _chosen(operation, RULES["promote"], quick, "strict")


_true_divide = _chosen(elementwise.divide, RULES["float"], _quick_float, "strict_divide")
_power_of_tensor = _chosen(elementwise._power, number, _quick_number, "strict_number")


def _power(x1: Any, x2: Any) -> Any:
    return elementwise.power(x1, x2) if type(x2) is int else _power_of_tensor(x1, x2)


def _comparison(operation: Op, otherwise: bool) -> Callable:
    operation = _any_type(operation)

    def compare(self: Any, other: Any) -> Any:
        if other is None or isinstance(other, type):
            return otherwise
        try:
            return operation(self, other)
        except ShapeError:
            if manners.asked():
                return wrap(np.array(otherwise))
            raise

    return compare


def _binary(operation: Callable) -> tuple[Callable, Callable]:
    def forward(self: Any, other: Any) -> Any:
        return NotImplemented if other is None else operation(self, other)

    def reflected(self: Any, other: Any) -> Any:
        return NotImplemented if other is None else operation(other, self)

    return forward, reflected


def _unary(operation: Callable) -> Callable:
    return lambda self, *args: operation(self, *args)


def _item_of_variable(self: Any, key: Any) -> Tensor:
    found = indexing.get_item(self, key)
    found._slice_of = self, key
    return found


def _assign_at(self: Any, key: Any, value: Any) -> Any:
    """`variable[key].assign(value)`."""
    value = strict.taken(value, self._numpy_dtype, self.path)
    self._set(indexing.set_item(self.__hornbeam_tensor__(raw=True), key, value))
    return self


def _install() -> None:
    two: dict[str, Callable] = {
        "add": _arithmetic(elementwise.add, "strict_sum"), "sub": _arithmetic(elementwise.subtract),
        "mul": _arithmetic(elementwise.multiply),
        "truediv": _true_divide, "floordiv": _arithmetic(elementwise.floor_divide), "mod": _arithmetic(elementwise.mod), "pow": _power,
        "matmul": _arithmetic(linalg.matmul), "and": _any_type(comparison.bitwise_and), "or": _any_type(comparison.bitwise_or),
        "xor": _any_type(comparison.bitwise_xor), "lshift": _any_type(comparison.left_shift), "rshift": _any_type(comparison.right_shift),
    }  # fmt: skip
    order = {
        "lt": _any_type(comparison.less), "le": _any_type(comparison.less_equal), "gt": _any_type(comparison.greater),
        "ge": _any_type(comparison.greater_equal),
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
    Variable.__getitem__ = _item_of_variable  # type: ignore[method-assign]
    Variable._assign_at = _assign_at  # type: ignore[attr-defined]


_install()
