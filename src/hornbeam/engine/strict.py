"""TensorFlow's manners with types, where Keras promotes: operands of different types are refused, and so is the square root of integers.

The rules here stand beside the promoting ones (`engine.door.RULES`); a namespace's row says which of them an operation takes.
Python's operators serve both (`engine.manners`).
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from hornbeam.engine import dtypes, manners
from hornbeam.engine.errors import ConversionError, DtypeError
from hornbeam.engine.tensor import Spec, Tensor, _has_tensors, _to_numpy, as_tensor, is_tensor, place, wrap

# Kinds of types: b(ool), i(nteger), u(nsigned), f(loating), c(omplex), O: strings.
_RANK = "biufcO"


def _kind(dtype: np.dtype) -> str:
    return "f" if dtypes.is_float(dtype) else dtype.kind


class Strict:
    """A rule that gives all operands the type of the first tensor among them, and refuses what has another.

    Python numbers and lists take it when nothing is lost, NumPy arrays always, as in TensorFlow. Without a tensor the first operand leads.

    Args:
        kinds: the kinds of types that the operation knows (see `_RANK`).
        together: whether operands without a tensor among them are converted as one list (`stack([1, 2.5])`), so that none leads.
        name: the operation, for messages.
    """

    def __init__(self, kinds: str = "biufcO", together: bool = False, name: str = ""):
        self.kinds, self.together, self.name = kinds, together, name

    def named(self, name: str) -> "Strict":
        return type(self)(self.kinds, self.together, name)

    def __call__(self, operands: Sequence[Any]) -> list[Tensor | None]:
        if len(operands) == 2:
            a, b = operands
            if type(a) is Tensor and type(b) is Tensor and a._value.dtype == b._value.dtype:
                self._known(a._value.dtype)
                return [a, b]
        tensors = [as_tensor(x) if type(x) is not Tensor and is_tensor(x) else x for x in operands]
        lead = next((x for x in tensors if isinstance(x, Tensor)), None)
        if lead is None:
            first = next((i for i, x in enumerate(tensors) if x is not None), None)
            if first is None:
                return tensors
            if self.together and len(tensors) > 1:
                together = functools.reduce(dtypes.promote, [as_tensor(x)._value.dtype for x in tensors if x is not None])
                tensors[first] = as_tensor(tensors[first], together)
            lead = tensors[first] = as_tensor(tensors[first])
        target = lead._value.dtype
        self._known(target)
        try:
            return [x if x is None or (isinstance(x, Tensor) and x._value.dtype == target) else self._take(x, target) for x in tensors]
        except DtypeError:
            if not any(isinstance(x, Tensor) and x.is_symbolic for x in tensors):
                raise
        # Between layers of a graph types are Keras's affair: a StringLookup's counts were float32 in Keras 2 and are int64 today.
        from hornbeam.engine.door import RULES

        return RULES["promote"](tensors)

    def _known(self, dtype: np.dtype) -> None:
        if _kind(dtype) not in self.kinds:
            words = {"b": "bool", "i": "int32", "u": "uint8", "f": "float32", "c": "complex64", "O": "string"}
            takes = [words[kind] for kind in "fibcuO" if kind in self.kinds]
            more = f" Cast it first, for example tf.cast(x, tf.{takes[0]})." if dtype.kind != "O" and takes[0] != "string" else ""
            raise DtypeError(
                f"Operation '{self.name}' was given a tensor of type {dtypes.standardize(dtype).name}; it takes types such as "
                f"{', '.join(takes)}.{more}"
            )

    def _take(self, x: Any, target: np.dtype) -> Tensor:
        if isinstance(x, Tensor):
            raise mixed(self.name, target, x._value.dtype)
        return like(x, target, self.name)


class Division(Strict):
    """As `Strict`; integers are divided in float64, those of 8 and 16 bits in float32."""

    def __call__(self, operands: Sequence[Any]) -> list[Tensor | None]:
        from hornbeam.engine.door import cast  # which knows these rules

        made = super().__call__(operands)
        dtype = made[0]._value.dtype  # type: ignore[union-attr]
        if dtype.kind not in "iu":
            return made
        return [cast(x, "float64" if dtype.itemsize >= 4 else "float32") for x in made]


def mixed(name: str, one: np.dtype, other: np.dtype) -> DtypeError:
    """The error for tensors of two types in one operation."""
    a, b = dtypes.standardize(one).name, dtypes.standardize(other).name
    to = a if _RANK.index(_kind(one)) > _RANK.index(_kind(other)) else b
    advice = "" if "string" in (a, b) else f" Cast one of them, for example tf.cast(x, tf.{to})."
    return DtypeError(f"Operation '{name}' takes operands of one type; it was given {a} and {b}, which TensorFlow does not mix.{advice}")


def like(x: Any, target: np.dtype, name: str = "constant") -> Tensor:
    """What is no tensor as one of type `target`: an array always, a Python number or list when it is of no higher kind.

    Raises `ConversionError` (a TypeError and a ValueError) when something would be lost.
    """
    listed = isinstance(x, (list, tuple))
    if listed and _has_tensors(x):
        made = as_tensor(x)
        if made._value.dtype != target:
            raise mixed(name, target, made._value.dtype)
        return made
    plain = listed or (isinstance(x, (bool, int, float, complex, str, bytes)) and not isinstance(x, np.generic))
    array = np.asarray(x) if plain and not listed and not isinstance(x, (str, bytes)) else _to_numpy(x, None)
    if array.dtype == target:
        return wrap(place(array))
    own, wanted = _kind(array.dtype), _kind(target)
    given = not plain and own in "iuf" and wanted in "iufc"  # arrays are cast
    if not (array.size == 0 or given or (own in "biuf" and wanted in "iufc" and _level(own) <= _level(wanted)) or own == wanted == "c"):
        wanted_name = dtypes.standardize(target).name
        advice = "" if "O" in (own, wanted) else f", or cast the {wanted_name} tensor: tf.cast(x, tf.{_name(array.dtype)})"
        raise ConversionError(
            f"Operation '{name}' cannot convert {_short(x)} to {wanted_name}, the type it takes here. Write it as such a value{advice}."
        )
    with np.errstate(all="ignore"):
        # A list is read again: on the way its floats have become float32.
        return wrap(place(_to_numpy(x, target) if listed and array.size else array.astype(target)))


def taken(x: Any, dtype: np.dtype | None, name: str) -> Tensor:
    """x as a Tensor of this type: tensors and Variables must have it, the rest takes it when nothing is lost."""
    if not is_tensor(x):
        return as_tensor(x) if dtype is None else like(x, dtype, name)
    tensor = as_tensor(x)
    if dtype is not None and tensor._value.dtype != dtype:
        wanted = dtypes.standardize(dtype).name
        raise ConversionError(
            f"'{name}' takes {wanted}; it was given a tensor of type {tensor.dtype.name}. Cast it first: tf.cast(x, tf.{wanted})."
        )
    return tensor


def _level(kind: str) -> int:
    return {"b": 0, "i": 1, "u": 1, "f": 2, "c": 3}[kind]


def _name(dtype: np.dtype) -> str:
    return {"f": "float32", "i": "int32", "c": "complex64"}.get(dtype.kind, dtypes.standardize(dtype).name)


def _short(x: Any) -> str:
    text = repr(x)
    return text if len(text) <= 60 else text[:57] + "..."


RULES: dict[str, Strict] = {
    "strict": Strict(),
    "strict_number": Strict("iufc"),
    "strict_sum": Strict("iufcO"),  # strings are joined
    "strict_real": Strict("iuf"),
    "strict_float": Strict("fc"),
    "strict_real_float": Strict("f"),
    "strict_integer": Strict("iu"),
    "strict_bool": Strict("b"),
    "strict_divide": Division("iufc"),
    "strict_list": Strict(together=True),
}


def operator_rule(promote: Callable[[Sequence[Any]], list[Tensor | None]], quick: Callable, strict: Strict) -> Callable:
    """The rule of a Python operator: `quick` answers the common cases, which are the same for both; the rest depends on who asks."""

    def rule(operands: Sequence[Any]) -> list[Tensor | None]:
        found = quick(*operands)
        if found is not None:
            return found
        if manners.on and not any(type(x) is Tensor and type(x._value) is Spec for x in operands) and manners.asked():
            return (strict if manners.numpy_rule is None else manners.numpy_rule(strict))(operands)
        return promote(operands)

    return rule
