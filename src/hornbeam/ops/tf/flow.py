"""Control flow as TensorFlow spells it: `tf.cond`, `tf.while_loop`, `tf.scan`, `tf.map_fn` and their kin.

In eager code each is plain Python, as in TensorFlow; in a program it becomes what `ops.control` makes. AutoGraph's dispatch decides.
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from hornbeam.engine.composite import composite
from hornbeam.engine.conversion import convert_if_tracing
from hornbeam.engine.errors import ArgumentError, CompositeError, DtypeError, InvalidArgumentError, ShapeError
from hornbeam.engine.pure import local
from hornbeam.engine.tensor import Tensor, as_tensor, is_tensor
from hornbeam.ops import control
from hornbeam.ops.autograph import dispatch, staging
from hornbeam.ops.autograph.state import State, traced
from hornbeam.ops.comparison import equal
from hornbeam.ops.elementwise import add, stop_gradient, subtract
from hornbeam.ops.shaping import concatenate, stack


def cond(pred: Any, true_fn: Callable | None = None, false_fn: Callable | None = None, name: str | None = None) -> Any:
    """`true_fn()` if the scalar `pred` holds, else `false_fn()`. In a program both must return values of one kind."""
    if not callable(true_fn) or not callable(false_fn):
        raise DtypeError("tf.cond takes two functions without arguments: tf.cond(pred, true_fn, false_fn).")
    if isinstance(pred, Tensor) and pred.is_symbolic:
        return control.cond(pred, true_fn, false_fn)
    if not traced(pred):
        return convert_if_tracing(true_fn)() if pred else convert_if_tracing(false_fn)()
    return staging.branch(as_tensor(pred), convert_if_tracing(true_fn), convert_if_tracing(false_fn), State((), cond))


def smart_cond(pred: Any, true_fn: Callable | None = None, false_fn: Callable | None = None, name: str | None = None) -> Any:
    """`cond`, in the module of that name: `tensorflow.python.framework.smart_cond.smart_cond`."""
    return cond(pred, true_fn, false_fn)


smart_cond.smart_cond = smart_cond  # type: ignore[attr-defined] # programs import the module or the function by one name


def case(pred_fn_pairs: Any, default: Callable | None = None, exclusive: bool = False, strict: bool = False, name: str = "case") -> Any:
    """What the function beside the first true predicate returns, else `default()`."""
    pairs = list(pred_fn_pairs.items()) if isinstance(pred_fn_pairs, dict) else list(pred_fn_pairs)
    known = not any(traced(pred) for pred, _ in pairs)
    if exclusive and known and sum(bool(pred) for pred, _ in pairs) > 1:
        raise InvalidArgumentError("tf.case(exclusive=True): more than one predicate is true.")
    if default is None and known and not any(bool(pred) for pred, _ in pairs):
        raise InvalidArgumentError("tf.case: no predicate is true, and there is no `default`.")
    following = default if default is not None else pairs.pop()[1]
    for pred, function in reversed(pairs):
        following = lambda pred=pred, function=function, rest=following: cond(pred, function, rest)
    return following()


def switch_case(branch_index: Any, branch_fns: Any, default: Callable | None = None, name: str = "switch_case") -> Any:
    """What function number `branch_index` returns; `default` (or the last function) for a number that none has."""
    if isinstance(branch_fns, dict) or (branch_fns and isinstance(branch_fns[0], (tuple, list))):
        numbered = dict(branch_fns)
    else:
        numbered = dict(enumerate(branch_fns))
    if not numbered:
        raise ArgumentError("tf.switch_case needs at least one function.")
    default = default if default is not None else numbered[max(numbered)]
    index = as_tensor(branch_index)
    if not traced(index):
        return convert_if_tracing(numbered.get(int(index), default))()
    return case([(equal(index, number), function) for number, function in numbered.items()], default)


def while_loop(
    cond: Callable,
    body: Callable,
    loop_vars: Any,
    shape_invariants: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    maximum_iterations: Any = None,
    name: str | None = None,
) -> Any:
    """`while cond(*loop_vars): loop_vars = body(*loop_vars)`, at most `maximum_iterations` times.

    In a program the variables keep their shapes and types, and the gradient of a loop needs `maximum_iterations`.
    """
    if not callable(cond) or not callable(body):
        raise DtypeError("tf.while_loop takes two functions: tf.while_loop(cond, body, loop_vars).")
    if not isinstance(loop_vars, (list, tuple)):
        raise DtypeError(f"tf.while_loop: `loop_vars` is a list or tuple of the loop's variables; received {type(loop_vars).__name__}.")
    cond, body = convert_if_tracing(cond), convert_if_tracing(body)
    kind = type(loop_vars)
    values = tuple(jax.tree.map(_tensor, tuple(loop_vars), is_leaf=is_tensor))
    steps = 0

    def test() -> Any:
        going = cond(*values)
        return going if maximum_iterations is None else dispatch.and_(lambda: going, lambda: steps < maximum_iterations)

    def step() -> None:
        nonlocal values, steps
        out = body(*values)
        out = tuple(out) if isinstance(out, (list, tuple)) and not hasattr(out, "_fields") else (out,)
        if len(out) != len(values):
            raise ArgumentError(f"tf.while_loop: `body` returns {len(out)} values for {len(values)} loop variables.")
        values, steps = jax.tree.map(_tensor, out, is_leaf=is_tensor), steps + 1

    names = ("values",) if maximum_iterations is None else ("values", "steps")
    dispatch.while_(test, step, names, None, None if traced(maximum_iterations) else maximum_iterations)
    return kind(*values) if hasattr(loop_vars, "_fields") else kind(values)


def _tensor(value: Any) -> Any:
    return as_tensor(value) if is_tensor(value) or isinstance(value, (bool, int, float, complex, np.ndarray, np.generic)) else value


def _rows(name: str, elems: Any) -> tuple[Any, int]:
    """The elements as tensors, and how many rows they have."""
    elems = jax.tree.map(as_tensor, elems, is_leaf=_is_row_source)
    leaves = jax.tree.leaves(elems, is_leaf=_is_row_source)
    if not leaves:
        raise ArgumentError(f"tf.{name} needs at least one tensor to go along.")
    if any(not getattr(leaf, "ndim", 1) for leaf in leaves):
        raise ShapeError(f"tf.{name} goes along the first axis; a scalar has none.")
    sizes = {leaf.shape[0] for leaf in leaves}
    if len(sizes) != 1:
        raise ShapeError(f"tf.{name} goes along the first axis, which must have one size; received {sorted(sizes)}.")
    return elems, sizes.pop()


def _is_row_source(value: Any) -> bool:
    """Tensors, and lists of numbers, which are tensors yet to be made (a tuple is a structure)."""
    return is_tensor(value) or (isinstance(value, list) and bool(value) and not any(map(is_tensor, value)))


def _row(elems: Any, i: Any) -> Any:
    return jax.tree.map(lambda leaf: leaf[i], elems, is_leaf=is_tensor)


def _stacked(rows: Sequence[Any]) -> Any:
    leaves = [jax.tree.flatten(row, is_leaf=is_tensor) for row in rows]
    return jax.tree.unflatten(leaves[0][1], [stack(list(column)) for column in zip(*[each[0] for each in leaves])])


@composite
def map_fn(
    fn: Callable,
    elems: Any,
    dtype: Any = None,
    parallel_iterations: int | None = None,
    back_prop: bool = True,
    swap_memory: bool = False,
    infer_shape: bool = True,
    name: str | None = None,
    fn_output_signature: Any = None,
) -> Any:
    """`fn(row)` for each row of `elems`, stacked. `fn_output_signature` gives the types of what `fn` returns where they differ."""
    if hasattr(elems, "__hornbeam_composite__"):
        raise CompositeError(elems, "map_fn")
    fn = convert_if_tracing(fn)
    elems, count = _rows("map_fn", elems)
    wanted = fn_output_signature if fn_output_signature is not None else dtype

    def checked(out: Any) -> Any:
        out = jax.tree.map(as_tensor, out, is_leaf=is_tensor)
        types = [leaf.dtype for leaf in jax.tree.leaves(out, is_leaf=is_tensor)]
        if wanted is None:
            declared = [leaf.dtype for leaf in jax.tree.leaves(elems, is_leaf=is_tensor)]
        else:
            declared = [getattr(spec, "dtype", spec) for spec in jax.tree.leaves(wanted, is_leaf=lambda v: hasattr(v, "dtype"))]
        if len(types) == len(declared) and any(a != b for a, b in zip(types, declared)):
            raise InvalidArgumentError(
                f"tf.map_fn: the function returns {', '.join(map(str, types))} where {', '.join(map(str, declared))} is expected. "
                f"Give fn_output_signature=tf.{types[0]} (for several results a tuple of types)."
            )
        return out

    if local.scope is None and not any(map(traced, jax.tree.leaves(elems, is_leaf=is_tensor))):
        return _stacked([checked(fn(_row(elems, i))) for i in range(count)]) if count else _none_of(fn, elems)
    return control.scan(lambda _, x: (_, checked(fn(x))), np.int32(0), elems)[1]


def _none_of(fn: Callable, elems: Any) -> Any:
    """What mapping over no rows gives: results of the right shape, none of them."""
    item = jax.tree.map(lambda leaf: as_tensor(np.zeros(leaf.shape[1:], leaf.dtype.numpy)), elems, is_leaf=is_tensor)
    return jax.tree.map(lambda leaf: stack([leaf])[:0], fn(item), is_leaf=is_tensor)


def vectorized_map(fn: Callable, elems: Any, fallback_to_while_loop: bool = True, warn: bool = True) -> Any:
    """`fn(row)` for all rows of `elems` at once."""
    elems, _ = _rows("vectorized_map", elems)
    return control.vectorized_map(convert_if_tracing(fn), elems)


def foldl(
    fn: Callable,
    elems: Any,
    initializer: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    name: str | None = None,
) -> Any:
    """`a = fn(a, row)` for each row of `elems`, from `initializer` (or the first row); the last `a`."""
    return _fold("foldl", fn, elems, initializer, False)


def foldr(
    fn: Callable,
    elems: Any,
    initializer: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    name: str | None = None,
) -> Any:
    """As `foldl`, from the last row to the first."""
    return _fold("foldr", fn, elems, initializer, True)


def _fold(name: str, fn: Callable, elems: Any, initializer: Any, reverse: bool) -> Any:
    fn = convert_if_tracing(fn)
    elems, count = _rows(name, elems)
    first, step = (count - 1, -1) if reverse else (0, 1)
    if initializer is None:
        if not count:
            raise InvalidArgumentError(f"tf.{name} over no rows needs an `initializer`.")
        acc, first, count = _row(elems, first), first + step, count - 1
    else:
        acc = jax.tree.map(_tensor, initializer, is_leaf=is_tensor)

    def body(i: Any) -> None:
        nonlocal acc
        acc = jax.tree.map(_tensor, fn(acc, _row(elems, i)), is_leaf=is_tensor)

    if local.scope is None:
        for i in range(first, first + step * count, step):
            body(i)
    elif count:
        dispatch.for_(dispatch.Range.of(first, first + step * count, step), body, ("acc",), None)
    return acc


def scan(
    fn: Callable,
    elems: Any,
    initializer: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    infer_shape: bool = True,
    reverse: bool = False,
    name: str | None = None,
) -> Any:
    """`a = fn(a, row)` for each row of `elems`, from `initializer` (or the first row); every `a`, stacked."""
    fn = convert_if_tracing(fn)
    elems, count = _rows("scan", elems)
    order = list(range(count))[::-1] if reverse else list(range(count))
    if initializer is None:
        if not count:
            raise InvalidArgumentError("tf.scan over no rows needs an `initializer`.")
        acc, rest = _row(elems, order[0]), order[1:]
    else:
        acc, rest = jax.tree.map(_tensor, initializer, is_leaf=is_tensor), order
    if local.scope is None and not any(map(traced, jax.tree.leaves((acc, elems), is_leaf=is_tensor))):
        found = [acc] if initializer is None else []
        for i in rest:
            acc = jax.tree.map(_tensor, fn(acc, _row(elems, i)), is_leaf=is_tensor)
            found.append(acc)
        return _stacked(found[::-1] if reverse else found)

    def once(carry: Any, x: Any) -> tuple[Any, Any]:
        out = jax.tree.map(_tensor, fn(carry, x), is_leaf=is_tensor)
        return out, out

    if initializer is not None:
        return control.scan(once, acc, elems, reverse=reverse)[1]
    inner = jax.tree.map(lambda leaf: leaf[:-1] if reverse else leaf[1:], elems, is_leaf=is_tensor)
    ys = control.scan(once, acc, inner, reverse=reverse)[1]
    both = lambda a, y: concatenate([y, a[None]] if reverse else [a[None], y], axis=0)
    return jax.tree.map(both, acc, ys, is_leaf=is_tensor)


def custom_gradient(f: Callable | None = None) -> Any:
    """Decorator for a function that brings its own gradient: `f(*args)` returns the result and `grad(*upstream)`.

    `grad` takes the gradient of each result and returns that of each positional argument (one, or several in order).
    """
    if f is None:
        return custom_gradient

    @functools.wraps(f)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        leaves, tree = jax.tree.flatten(args, is_leaf=is_tensor)
        numeric = (int, float, complex, np.ndarray, np.generic)
        places = [i for i, leaf in enumerate(leaves) if is_tensor(leaf) or (isinstance(leaf, numeric) and not isinstance(leaf, bool))]

        def on_tensors(*tensors: Any) -> Any:
            filled = list(leaves)
            for place, tensor in zip(places, tensors, strict=True):
                filled[place] = tensor
            result, grad = f(*jax.tree.unflatten(tree, filled), **kwargs)

            def backward(*upstream: Any) -> Any:
                found = grad(*upstream)
                if isinstance(found, tuple) and len(found) == 2 and isinstance(found[1], list) and len(places) != 2:
                    found = found[0]  # gradients of arguments, and of variables, which receive none here
                return found

            return result, backward

        return control.custom_gradient(on_tensors)(*[leaves[place] for place in places])

    return wrapped


def grad_pass_through(f: Callable) -> Callable:
    """`f` whose gradient is that of the identity: what `f` is given and what it returns have one shape."""

    @functools.wraps(f)
    def wrapped(x: Any, *args: Any, **kwargs: Any) -> Any:
        x = as_tensor(x)
        return add(x, stop_gradient(subtract(f(x, *args, **kwargs), x)))

    return wrapped
