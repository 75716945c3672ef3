"""Python functions among tensors: `tf.py_function` and `tf.numpy_function`.

They run at once in eager code. In a program their results would have unknown shapes, which no program can hold, so a compiled function
that calls one runs in Python instead.
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from hornbeam.engine.door import cast
from hornbeam.engine.effects import HostOnly
from hornbeam.engine.errors import InvalidArgumentError
from hornbeam.engine.pure import local
from hornbeam.engine.tensor import as_tensor, is_tensor


def py_function(func: Callable | None = None, inp: Sequence[Any] = (), Tout: Any = None, name: str | None = None) -> Any:
    """`func(*inp)` on tensors, in Python; gradients pass through it. `Tout`: the type of the result, or a list of types.

    A result that is not there (None) for no `Tout` is returned as None.
    """
    if func is None:  # a decorator: @tf.py_function(Tout=...)
        return _decorator(py_function, Tout)
    _demand_python("tf.py_function", inp)
    return _typed(func(*[as_tensor(each) for each in inp]), Tout, "tf.py_function")


def numpy_function(
    func: Callable | None = None, inp: Sequence[Any] = (), Tout: Any = None, stateful: bool = True, name: str | None = None
) -> Any:
    """`func(*inp)` on NumPy arrays; no gradients. `Tout`: the type of the result, or a list of types."""
    if func is None:
        return _decorator(numpy_function, Tout)
    _demand_python("tf.numpy_function", inp)
    return _typed(func(*[as_tensor(each).numpy() for each in inp]), Tout, "tf.numpy_function")


def _decorator(call: Callable, wanted: Any) -> Callable:
    def decorate(function: Callable) -> Callable:
        return functools.wraps(function)(lambda *args: call(function, args, wanted))

    return decorate


def _demand_python(name: str, inp: Sequence[Any]) -> None:
    if local.scope is not None or any(is_tensor(each) and as_tensor(each).is_traced for each in inp):
        raise HostOnly(f"`{name}` calls Python, whose result no compiled program can foresee.")


def _typed(result: Any, wanted: Any, name: str) -> Any:
    if wanted is None or (isinstance(wanted, (list, tuple)) and not wanted):
        return None if wanted is None else []
    if isinstance(wanted, (list, tuple)):
        results = list(result) if isinstance(result, (list, tuple)) else [result]
        if len(results) != len(wanted):
            raise InvalidArgumentError(f"{name}: the function returned {len(results)} values; `Tout` names {len(wanted)} types.")
        return [_one(value, dtype, name) for value, dtype in zip(results, wanted, strict=True)]
    if isinstance(result, (list, tuple)) and len(result) == 1:
        result = result[0]
    return _one(result, wanted, name)


def _one(value: Any, wanted: Any, name: str) -> Any:
    wanted = getattr(wanted, "dtype", wanted)
    if not is_tensor(value) and not isinstance(value, (np.ndarray, np.generic)):
        return as_tensor(value, wanted)
    tensor = as_tensor(value)
    if tensor.dtype != wanted:
        if name == "tf.py_function":
            return cast(tensor, wanted)
        raise InvalidArgumentError(f"{name}: the function returned {tensor.dtype}; `Tout` says {wanted}. Change one of the two.")
    return tensor
