"""The NumPy form of an operation, made of the operation itself: the same lines with NumPy in the place of `jax.numpy`.

Small tensors are computed on the host, because a compiled program costs tens of milliseconds for each new shape.
"""

import math
import types
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import jax.numpy as jnp
import numpy as np

from hornbeam.engine import dtypes

_REFUSED = frozenset((np.dtype(np.float16), dtypes.NUMPY["bfloat16"], np.dtype(object)))


def numpy_form(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function` on NumPy arrays; it answers NotImplemented where only the compiled form will do.

    For functions that know arrays by `jnp`, by what `_JAX` has of `jax`, and by functions of their module that do the same. 16-bit floats
    are left to the compiler, which rounds less often; so are strings and whatever NumPy refuses: it gives the error, or infinities.
    """
    form: Callable[..., Any] | None = None
    refused: set[tuple] = set()  # static arguments with which it needs more of JAX than there is a form for

    def host(*arrays: Any, **static: Any) -> Any:
        nonlocal form
        for each in arrays[0] if type(arrays[0]) is tuple else arrays:
            if type(each) is np.ndarray and each.dtype in _REFUSED:
                return NotImplemented
        if form is None:
            form = _rebound(function)
        if refused and _how(arrays, static) in refused:
            return NotImplemented
        try:
            return form(*arrays, **static)
        except AttributeError:
            refused.add(_how(arrays, static))
        except Exception:
            pass
        return NotImplemented

    return host


def _how(given: tuple, named: dict[str, Any]) -> tuple:
    """The static arguments of a call, which come after the arrays, or by name."""
    arrays = (np.ndarray, tuple) if given and type(given[0]) is tuple else np.ndarray
    return (*[each for each in given if not isinstance(each, arrays)], *named.values())


def _rebound(function: Any) -> Any:
    names = _names_for(function.__globals__)
    twin = types.FunctionType(function.__code__, names, function.__name__, function.__defaults__, function.__closure__)
    twin.__kwdefaults__ = function.__kwdefaults__
    return twin


def _names_for(module: dict[str, Any]) -> dict[str, Any]:
    """What the functions of a module find by name: the module's own names, and NumPy for JAX."""
    names = _modules.get(id(module))
    if names is None:
        names = _modules[id(module)] = {**module, "jnp": np, "jax": _JAX}
        for name, value in module.items():
            if type(value) is types.FunctionType and value.__module__ != __name__ and value.__globals__.get("jnp") is jnp:
                names[name] = _rebound(value)
    return names


_modules: dict[int, dict[str, Any]] = {}


def at(x: Any) -> Any:
    """`x.at`, also of a NumPy array, which is copied. Places outside are an IndexError there."""
    return _At(x) if isinstance(x, np.ndarray) else x.at


class _At:
    def __init__(self, x: np.ndarray, places: Any = None):
        self.x, self.places = x, places

    def __getitem__(self, places: Any) -> "_At":
        return _At(self.x, places)

    def get(self, **how: Any) -> Any:
        return self.x[self.places]

    def set(self, values: Any) -> np.ndarray:
        return self._put(np.ndarray.__setitem__, values)

    def _put(self, change: Callable[..., Any], values: Any) -> np.ndarray:
        out = np.array(self.x)
        change(out, self.places, values)
        return out

    def add(self, values: Any) -> np.ndarray:
        return self._put(np.add.at, values)

    def multiply(self, values: Any) -> np.ndarray:
        return self._put(np.multiply.at, values)

    def min(self, values: Any) -> np.ndarray:
        return self._put(np.minimum.at, values)

    def max(self, values: Any) -> np.ndarray:
        return self._put(np.maximum.at, values)


def logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    top = np.max(x, axis, keepdims=True)
    top = np.where(np.isfinite(top), top, np.zeros((), x.dtype))
    out = np.log(np.sum(np.exp(x - top), axis, keepdims=True)) + top
    return out if keepdims else np.squeeze(out, axis)


def erf(x: Any) -> Any:
    return np.frompyfunc(math.erf, 1, 1)(x).astype(x.dtype)


def _gelu(x: Any, approximate: bool = True) -> Any:
    if approximate:
        return x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x))) / 2
    return x * (1 + erf(x * math.sqrt(0.5))) / 2


def _iota(dtype: Any, shape: tuple[int, ...], axis: int) -> np.ndarray:
    return np.arange(shape[axis], dtype=dtype).reshape([-1 if i == axis else 1 for i in range(len(shape))])


_JAX = SimpleNamespace(
    lax=SimpleNamespace(rsqrt=lambda x: 1 / np.sqrt(x), broadcasted_iota=_iota, top_k=lambda x, k: _top_k(x, k), stop_gradient=lambda x: x),
    nn=SimpleNamespace(
        relu=lambda x: np.maximum(x, 0),
        gelu=_gelu,
        elu=lambda x, alpha=1.0: np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0))),
        log_softmax=lambda x, axis=-1: x - logsumexp(x, axis, True),
        softmax=lambda x, axis=-1: np.exp(x - logsumexp(x, axis, True)),
        softplus=lambda x: np.logaddexp(x, np.zeros((), x.dtype)),
        sigmoid=lambda x: 1 / (1 + np.exp(-x)),
    ),
    scipy=SimpleNamespace(special=SimpleNamespace(erf=erf, logsumexp=logsumexp)),
)


def _top_k(x: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The largest first; of equal ones the first."""
    places = (x.shape[-1] - 1 - np.argsort(x[..., ::-1], -1, kind="stable"))[..., ::-1][..., :k].astype(np.int32)
    return np.take_along_axis(x, places, -1), places
