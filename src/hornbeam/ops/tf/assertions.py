"""`tf.debugging`: conditions that must hold, checked at once, or when the program runs where only it has the values."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from hornbeam import ops
from hornbeam.engine import door, dtypes, effects
from hornbeam.engine.dtypes import DType
from hornbeam.engine.errors import ArgumentError, DtypeError, InvalidArgumentError, ShapeError
from hornbeam.engine.tensor import Tensor, as_tensor, is_tensor
from hornbeam.ops.tf.printing import text_of


def _check(look: Callable[..., str | None], *tensors: Tensor) -> None:
    """Raise `InvalidArgumentError` with what `look` says of the arrays, if it says something."""

    def run(*arrays: np.ndarray) -> None:
        complaint = look(*arrays)
        if complaint is not None:
            raise InvalidArgumentError(complaint)

    known = [tensor for tensor in tensors if not tensor.is_traced]
    if any(tensor.is_symbolic for tensor in tensors):
        return  # a model's graph: there are no values to look at
    if len(known) == len(tensors):
        run(*[np.asarray(tensor) for tensor in tensors])
    else:
        effects.call(run, *tensors)


def Assert(condition: Any, data: Any = (), summarize: int | None = None, name: str | None = None) -> None:
    """Raise `InvalidArgumentError`, with `data`, unless `condition` holds."""
    tensors = [as_tensor(each) if is_tensor(each) else each for each in (data or ())]
    numbers = [each for each in tensors if is_tensor(each) and each._value.dtype != np.dtype(object)]

    def look(holds: np.ndarray, *arrays: np.ndarray) -> str | None:
        if holds.all():
            return None
        given = iter(arrays)
        words = [text_of(next(given)) if any(each is one for one in numbers) else str(each) for each in tensors]
        return f"Expected '{as_tensor(condition) if holds.ndim else bool(holds)}' to be true. Summarized data: " + "\n".join(words)

    _check(look, as_tensor(condition), *numbers)


def _pairwise(symbol: str, holds: Callable[[Any, Any], Any], doc: str) -> Callable[..., None]:
    def check(x: Any, y: Any, message: str | None = None, summarize: int | None = None, name: str | None = None) -> None:
        x, y = _two(x, y)

        def look(a: np.ndarray, b: np.ndarray) -> str | None:
            try:
                good = np.asarray(holds(a, b))
            except ValueError:
                return f"{message or ''}\nShapes {list(a.shape)} and {list(b.shape)} do not go together.".lstrip("\n")
            if good.all():
                return None
            a, b = np.broadcast_arrays(a, b)
            places = np.argwhere(~good)[: summarize or 3]
            first = "" if not a.ndim else f"\nIndices of first {len(places)} different values:\n{places}"
            values = [array[~good][: summarize or 3] if array.ndim else array for array in (a, b)]
            return (
                f"{message + chr(10) if message else ''}Condition x {symbol} y did not hold.{first}\n"
                f"Corresponding x values:\n{values[0]}\nCorresponding y values:\n{values[1]}"
            )

        _check(look, x, y)

    check.__doc__ = doc
    return check


def _two(x: Any, y: Any) -> tuple[Tensor, Tensor]:
    """Two tensors of one type: what is no tensor takes the other's."""
    if is_tensor(x) and not is_tensor(y):
        x = as_tensor(x)
        return x, as_tensor(y, x.dtype if not hasattr(y, "dtype") else None)
    if is_tensor(y) and not is_tensor(x):
        y = as_tensor(y)
        return as_tensor(x, y.dtype if not hasattr(x, "dtype") else None), y
    return as_tensor(x), as_tensor(y)


assert_equal = _pairwise("==", lambda a, b: a == b, "Raise `InvalidArgumentError` unless x == y everywhere.")
assert_none_equal = _pairwise("!=", lambda a, b: a != b, "Raise `InvalidArgumentError` unless x != y everywhere.")
assert_less = _pairwise("<", lambda a, b: a < b, "Raise `InvalidArgumentError` unless x < y everywhere.")
assert_less_equal = _pairwise("<=", lambda a, b: a <= b, "Raise `InvalidArgumentError` unless x <= y everywhere.")
assert_greater = _pairwise(">", lambda a, b: a > b, "Raise `InvalidArgumentError` unless x > y everywhere.")
assert_greater_equal = _pairwise(">=", lambda a, b: a >= b, "Raise `InvalidArgumentError` unless x >= y everywhere.")


def _with_zero(symbol: str, holds: Callable[[Any], Any], doc: str) -> Callable[..., None]:
    def check(x: Any, message: str | None = None, summarize: int | None = None, name: str | None = None) -> None:
        def look(a: np.ndarray) -> str | None:
            if np.all(holds(a)):
                return None
            return f"{message + chr(10) if message else ''}Condition x {symbol} 0 did not hold element-wise:\nx = {text_of(a)}"

        _check(look, as_tensor(x))

    check.__doc__ = doc
    return check


assert_positive = _with_zero(">", lambda a: a > 0, "Raise `InvalidArgumentError` unless x > 0 everywhere.")
assert_negative = _with_zero("<", lambda a: a < 0, "Raise `InvalidArgumentError` unless x < 0 everywhere.")
assert_non_positive = _with_zero("<=", lambda a: a <= 0, "Raise `InvalidArgumentError` unless x <= 0 everywhere.")
assert_non_negative = _with_zero(">=", lambda a: a >= 0, "Raise `InvalidArgumentError` unless x >= 0 everywhere.")


def assert_near(
    x: Any, y: Any, rtol: Any = None, atol: Any = None, message: str | None = None, summarize: int | None = None, name: str | None = None
) -> None:
    """Raise `InvalidArgumentError` unless |x - y| <= atol + rtol |y| everywhere; both are ten times the type's epsilon by default."""
    x, y = _two(x, y)
    epsilon = 10 * float(np.finfo(x.dtype.numpy).eps) if dtypes.is_float(x.dtype.numpy) and x.dtype != "bfloat16" else 1e-6
    relative, absolute = (epsilon if each is None else float(each) for each in (rtol, atol))

    def look(a: np.ndarray, b: np.ndarray) -> str | None:
        if (np.abs(a - b) <= absolute + relative * np.abs(b)).all():
            return None
        words = f"x and y not equal to tolerance rtol = {relative}, atol = {absolute}"
        return f"{message + chr(10) if message else ''}{words}\nx = {text_of(a)}\ny = {text_of(b)}"

    _check(look, x, y)


def check_numerics(tensor: Any, message: str, name: str | None = None) -> Tensor:
    """The tensor; raises `InvalidArgumentError` if it holds NaN or an infinity."""
    tensor = as_tensor(tensor)

    def look(a: np.ndarray) -> str | None:
        a = a.astype(np.float64) if a.dtype.kind == "V" else a
        found = [word for word, bad in (("NaN", np.isnan(a).any()), ("Inf", np.isinf(a).any())) if bad]
        return f"{message} : Tensor had {' and '.join(found)} values" if found else None

    _check(look, tensor)
    return tensor


def assert_all_finite(x: Any, message: str = "", name: str | None = None) -> Tensor:
    """The tensor; raises `InvalidArgumentError` if it holds NaN or an infinity."""
    return check_numerics(x, message)


# What is known without values.
def _rank(x: Any) -> int:
    return len(as_tensor(x).shape)


def _complain(kind: type[Exception], message: str | None, words: str) -> Exception:
    return kind(f"{message + ' ' if message else ''}{words}")


def assert_rank(x: Any, rank: Any, message: str | None = None, name: str | None = None) -> None:
    if _rank(x) != int(rank):
        words = f"Tensor must have rank {int(rank)}.  Received rank {_rank(x)}, shape {as_tensor(x).shape}"
        raise _complain(ShapeError, message, words)


def assert_rank_at_least(x: Any, rank: Any, message: str | None = None, name: str | None = None) -> None:
    if _rank(x) < int(rank):
        words = f"Tensor must have rank at least {int(rank)}.  Received rank {_rank(x)}, shape {as_tensor(x).shape}"
        raise _complain(ShapeError, message, words)


def assert_rank_in(x: Any, ranks: Sequence[Any], message: str | None = None, name: str | None = None) -> None:
    if _rank(x) not in [int(each) for each in ranks]:
        words = f"Tensor must have rank in {tuple(int(each) for each in ranks)}.  Received rank {_rank(x)}, shape {as_tensor(x).shape}"
        raise _complain(ShapeError, message, words)


def assert_scalar(tensor: Any, message: str | None = None, name: str | None = None) -> Tensor:
    tensor = as_tensor(tensor)
    if tensor.shape:
        raise _complain(ShapeError, message, f"Expected scalar shape, saw shape: {tensor.shape}.")
    return tensor


def assert_type(tensor: Any, tf_type: Any, message: str | None = None, name: str | None = None) -> None:
    tensor, wanted = as_tensor(tensor), dtypes.standardize(tf_type)
    if tensor.dtype != wanted:
        raise _complain(DtypeError, message, f"tensor must be of type {wanted!r}; got {tensor.dtype!r}")


def assert_integer(x: Any, message: str | None = None, name: str | None = None) -> None:
    x = as_tensor(x)
    if not x.dtype.is_integer:
        raise _complain(DtypeError, message, f'Expected "x" to be integer type.  Found: tensor of dtype {x.dtype!r}')


def assert_same_float_dtype(tensors: Sequence[Any] | None = None, dtype: Any = None) -> DType:
    """The floating type that all tensors (and `dtype`) share; raises where they do not."""
    found = dict.fromkeys([as_tensor(each).dtype for each in tensors or ()] + ([dtypes.standardize(dtype)] if dtype is not None else []))
    if len(found) > 1:
        raise ArgumentError(f"Tensors must be of one floating type; received {', '.join(map(str, found))}.")
    only = next(iter(found), dtypes.standardize("float32"))
    if not only.is_floating:
        raise ArgumentError(f"Expected a floating type, got {only}.")
    return only


def assert_proper_iterable(values: Any) -> None:
    """Raise `DtypeError` for what can be iterated over but is no collection of tensors: a tensor, an array, a string."""
    unfit = is_tensor(values) or isinstance(values, (str, bytes, np.ndarray, jax.Array))
    if unfit or not hasattr(values, "__iter__"):
        raise DtypeError(f'Expected argument "values" to be a "proper" iterable.  Found: {type(values)}')


def assert_shapes(
    shapes: Any, data: Any = None, summarize: int | None = None, message: str | None = None, name: str | None = None
) -> None:
    """Check shapes given as pairs (tensor, sizes): a size is a number, a letter that means one size throughout, or None for any.

    '*' (or ...) may stand first for any number of axes.
    """
    sizes: dict[str, int] = {}
    for tensor, wanted in shapes.items() if isinstance(shapes, dict) else shapes:
        shape = tuple(as_tensor(tensor).shape)
        wanted = tuple(wanted) if isinstance(wanted, (list, tuple, str)) else (wanted,)
        if wanted and wanted[0] in ("*", ...):
            wanted = wanted[1:]
            if len(shape) < len(wanted):
                words = f"Tensor must have rank at least {len(wanted)}.  Received rank {len(shape)}, shape {shape}"
                raise _complain(ShapeError, message, words)
            shape = shape[len(shape) - len(wanted) :]
        if len(shape) != len(wanted):
            raise _complain(ShapeError, message, f"Tensor must have rank {len(wanted)}.  Received rank {len(shape)}, shape {shape}")
        for axis, (size, want) in enumerate(zip(shape, wanted, strict=True)):
            if want is None or want in (".", ""):
                continue
            expected = sizes.setdefault(want, size) if isinstance(want, str) and not want.isdigit() else int(want)
            if size is not None and expected is not None and size != expected:
                words = f"Tensor dimension {axis} must have size {expected} ({want}).  Received size {size}, shape {shape}"
                raise _complain(ShapeError, message, words)


def is_numeric_tensor(tensor: Any) -> bool:
    """Whether `tensor` is a tensor of numbers."""
    return is_tensor(tensor) and as_tensor(tensor).dtype not in ("bool", "string")




def broadcast_weights(weights: Any, values: Any) -> Any:
    """`weights` in the type and shape of `values`: what metrics were written with."""
    values = as_tensor(values)
    return ops.broadcast_to(ops.cast(weights, values.dtype), tuple(values.shape))


# NaN and infinities wherever they arise.
_unchecked: list[Callable[..., Any]] = []  # what `door.run` was before it looked at results


def enable_check_numerics(stack_height_limit: int = 30, path_length_limit: int = 50) -> None:
    """From now on an operation whose result holds NaN or an infinity raises `InvalidArgumentError`, in compiled functions too.

    What was compiled before is not looked at.
    """
    if _unchecked:
        return
    _unchecked.append(door.run)

    def run(bound: door.Bound, tensors: Sequence[Any]) -> Any:
        results = _unchecked[0](bound, tensors)
        found = results if isinstance(results, tuple) else (results,)
        for i, each in enumerate(found):
            if type(each) is Tensor and each.dtype.is_floating:
                where = f'output {i} of op "{bound.name}" (# of outputs: {len(found)})'
                what = f"{where} !!!\n  dtype: {each.dtype.name}\n  shape: {each.shape}"
                _check(functools.partial(_bad, what), each)
        return results

    door.run = run


def disable_check_numerics() -> None:
    """End what `enable_check_numerics` began."""
    if _unchecked:
        door.run = _unchecked.pop()


def _bad(what: str, array: np.ndarray) -> str | None:
    array = array.astype(np.float64)
    kinds = {"-Inf": array == -np.inf, "+Inf": array == np.inf, "NaN": np.isnan(array)}
    counts = "".join(f"\n  # of {kind} elements: {int(bad.sum())}" for kind, bad in kinds.items() if bad.any())
    return f"!!! Detected Infinity or NaN in {what}{counts}" if counts else None
