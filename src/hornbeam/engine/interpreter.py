"""Small JAX programs run in NumPy, equation by equation: what compiles nothing costs a new shape a millisecond instead of thirty.

For gradients of eager operations whose shapes are new. A program with a primitive that is not in the table is compiled instead.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from hornbeam.engine.numpy_form import erf


class Unknown(Exception):
    """The program has a primitive that is not in the table."""


def run(program: Any, consts: Sequence[Any], operands: Sequence[Any]) -> list[Any]:
    """The results of a `Jaxpr` for NumPy operands. Raises `Unknown`."""
    values: dict[Any, Any] = dict(zip((*program.constvars, *program.invars), (*consts, *operands), strict=True))

    def read(atom: Any) -> Any:
        return np.asarray(atom.val, atom.aval.dtype) if hasattr(atom, "val") else values[atom]

    for equation in program.eqns:
        given = [read(each) for each in equation.invars]
        inner = next((equation.params[word] for word in ("jaxpr", "call_jaxpr") if word in equation.params), None)
        if inner is not None and equation.primitive.name in _CALLS:
            found = run(inner.jaxpr, inner.consts, given)
        else:
            rule = _RULES.get(equation.primitive.name)
            if rule is None:
                raise Unknown(equation.primitive.name)
            found = rule(*given, **equation.params)
            found = found if equation.primitive.multiple_results else [found]
        values.update(zip(equation.outvars, found, strict=True))
    return [read(each) for each in program.outvars]


_CALLS = ("jit", "pjit", "custom_jvp_call", "custom_vjp_call", "closed_call")


def _elementwise(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *given, **params: function(*given)


def _dot(a: Any, b: Any, dimension_numbers: Any, preferred_element_type: Any = None, **params: Any) -> Any:
    (left, right), (left_batch, right_batch) = dimension_numbers
    left_free = [i for i in range(a.ndim) if i not in left and i not in left_batch]
    right_free = [j for j in range(b.ndim) if j not in right and j not in right_batch]
    batch, rows, columns = ([x.shape[i] for i in axes] for x, axes in ((a, left_batch), (a, left_free), (b, right_free)))
    inner = math.prod(a.shape[i] for i in left)
    a = a.transpose(*left_batch, *left_free, *left).reshape(*batch, math.prod(rows), inner)
    b = b.transpose(*right_batch, *right, *right_free).reshape(*batch, inner, math.prod(columns))
    return (a @ b).reshape([*batch, *rows, *columns]).astype(preferred_element_type or a.dtype, copy=False)


def _broadcast(x: Any, shape: Any, broadcast_dimensions: Any, **params: Any) -> Any:
    sizes = [1] * len(shape)
    for axis, place in enumerate(broadcast_dimensions):
        sizes[place] = x.shape[axis]
    return np.broadcast_to(x.reshape(sizes), shape)


def _select(which: Any, *cases: Any, **params: Any) -> Any:
    if len(cases) != 2 or which.dtype != bool:
        raise Unknown("select_n")
    return np.where(which, cases[1], cases[0])


def _pad(x: Any, value: Any, padding_config: Any, **params: Any) -> Any:
    if any(low < 0 or high < 0 for low, high, _ in padding_config):
        raise Unknown("pad")
    spans = [n + max(n - 1, 0) * inner for n, (_, _, inner) in zip(x.shape, padding_config, strict=True)]
    out = np.full([low + span + high for span, (low, high, _) in zip(spans, padding_config, strict=True)], value, x.dtype)
    out[tuple(slice(low, low + span, inner + 1) for span, (low, _, inner) in zip(spans, padding_config, strict=True))] = x
    return out


def _slice(x: Any, start_indices: Any, limit_indices: Any, strides: Any, **params: Any) -> Any:
    return x[tuple(map(slice, start_indices, limit_indices, strides or (1,) * x.ndim))]


def _scan(*given: Any, jaxpr: Any, length: int, reverse: bool, num_consts: int, num_carry: int, **params: Any) -> list[Any]:
    consts, carry, rows = given[:num_consts], list(given[num_consts : num_consts + num_carry]), given[num_consts + num_carry :]
    steps = []
    for i in reversed(range(length)) if reverse else range(length):
        out = run(jaxpr.jaxpr, jaxpr.consts, [*consts, *carry, *[each[i] for each in rows]])
        carry = out[:num_carry]
        steps.append(out[num_carry:])
    if not steps:
        raise Unknown("scan")
    return carry + [np.stack(each) for each in zip(*(steps[::-1] if reverse else steps), strict=True)]


def _cumsum(x: Any, axis: int, reverse: bool) -> Any:
    return np.flip(np.cumsum(np.flip(x, axis), axis, x.dtype), axis) if reverse else np.cumsum(x, axis, x.dtype)


def _iota(dtype: Any, shape: Any, dimension: int, **params: Any) -> Any:
    sizes = [-1 if i == dimension else 1 for i in range(len(shape))]
    return np.broadcast_to(np.arange(shape[dimension], dtype=dtype).reshape(sizes), shape)


_RULES: dict[str, Callable[..., Any]] = {
    **{name: _elementwise(getattr(np, other)) for name, other in {
        "neg": "negative", "add": "add", "add_any": "add", "sub": "subtract", "mul": "multiply", "exp": "exp", "log": "log", "tanh": "tanh",
        "sqrt": "sqrt", "sin": "sin", "cos": "cos", "abs": "abs", "sign": "sign", "max": "maximum", "min": "minimum", "square": "square",
        "eq": "equal", "ne": "not_equal", "lt": "less", "le": "less_equal", "gt": "greater", "ge": "greater_equal", "log1p": "log1p",
        "expm1": "expm1", "floor": "floor", "is_finite": "isfinite", "pow": "power",
    }.items()},
    "div": lambda a, b, **params: np.divide(a, b) if a.dtype.kind in "fc" else _unknown("div"),
    "and": _elementwise(np.bitwise_and), "or": _elementwise(np.bitwise_or), "not": _elementwise(np.invert),
    "logistic": lambda x, **params: 1 / (1 + np.exp(-x)), "rsqrt": lambda x, **params: 1 / np.sqrt(x),
    "integer_pow": lambda x, y, **params: x**y if x.dtype.kind == "f" else _unknown("integer_pow"),
    "reduce_sum": lambda x, axes, **params: np.sum(x, axes, x.dtype), "reduce_max": lambda x, axes, **params: np.max(x, axes),
    "reduce_min": lambda x, axes, **params: np.min(x, axes),
    "broadcast_in_dim": _broadcast, "reshape": lambda x, new_sizes, **params: x.reshape(new_sizes),
    "squeeze": lambda x, dimensions, **params: np.squeeze(x, dimensions),
    "transpose": lambda x, permutation, **params: x.transpose(permutation),
    "convert_element_type": lambda x, new_dtype, **params: x.astype(new_dtype),
    "select_n": _select, "dot_general": _dot, "pad": _pad, "slice": _slice, "iota": _iota,
    "rev": lambda x, dimensions: np.flip(x, dimensions),
    "concatenate": lambda *xs, dimension: np.concatenate(xs, dimension), "copy": lambda x: x, "optimization_barrier": lambda *xs: list(xs),
    "stop_gradient": lambda x, **params: x,
    "unstack": lambda x, axis, **params: list(np.moveaxis(x, axis, 0)),
    "split": lambda x, sizes, axis: np.split(x, np.cumsum(sizes)[:-1], axis),
    "stack": lambda *xs, axis=0, **params: np.stack(xs, axis), "erf": lambda x, **params: erf(x), "erfc": lambda x, **params: 1 - erf(x),
    "cumsum": _cumsum, "scan": _scan,
    "clamp": lambda low, x, high: np.minimum(np.maximum(x, low), high),
}  # fmt: skip


def _unknown(name: str) -> Any:
    raise Unknown(name)


def host_form(function: Callable[..., Any], limit: int = 2**18) -> Callable[..., Any]:
    """`function`, an operation's on arrays, as a host form: traced once for each kind of operands, then run in NumPy.

    It answers NotImplemented where a value has more than `limit` elements or a primitive is not in the table.
    """
    programs: dict[Any, Any] = {}

    def host(*given: Any, **static: Any) -> Any:
        places = [i for i, each in enumerate(given) if isinstance(each, np.ndarray)]
        arrays = [given[i] for i in places]
        fixed = tuple(None if i in places else each for i, each in enumerate(given))
        key = tuple((each.shape, each.dtype) for each in arrays), fixed, tuple(static.items())
        if key not in programs:
            def whole(*operands: Any) -> Any:
                filled = list(fixed)
                for i, each in zip(places, operands, strict=True):
                    filled[i] = each
                return function(*filled, **static)

            if len(programs) > 64:
                programs.clear()
            with jax.enable_x64(True):
                program, shape = jax.make_jaxpr(whole, return_shape=True)(*arrays)
            programs[key] = None if work(program.jaxpr) > limit else (program, jax.tree.structure(shape))
        found = programs[key]
        if found is None:
            return NotImplemented
        try:
            return jax.tree.unflatten(found[1], run(found[0].jaxpr, found[0].consts, arrays))
        except Unknown:
            programs[key] = None
            return NotImplemented

    return host


def work(program: Any) -> int:
    """The elements of the largest value in a program."""
    return max([math.prod(each.aval.shape) for equation in program.eqns for each in equation.outvars], default=0)
