"""`tf.experimental.ExtensionType`: a program's own structures of tensors, and what TensorFlow's functions mean for them (dispatch)."""

import collections.abc
import inspect
import types
import typing
from collections.abc import Callable, Sequence
from typing import Any

import jax

from hornbeam.engine import dtypes
from hornbeam.engine.door import Op, _cast
from hornbeam.engine.errors import CompositeError, DtypeError
from hornbeam.engine.shape import Shape
from hornbeam.engine.tensor import Tensor, as_tensor, is_tensor
from hornbeam.ops import creation, reductions
from hornbeam.ops.comparison import equal
from hornbeam.ops.composite.ragged_door import _elementwise


class ImmutableDict(dict):
    """A mapping that stays as it is."""

    def _refuse(self, *_: Any) -> Any:
        raise DtypeError("A mapping in an ExtensionType does not change.")

    __setitem__ = __delitem__ = update = pop = clear = setdefault = popitem = _refuse  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"ImmutableDict({super().__repr__()})"


class ExtensionType:
    """Base of classes whose fields are annotated, as those of a dataclass are: `values: tf.Tensor`.

    Fields annotated as tensors become such, others are checked. An object does not change; two are equal if their fields are. A class
    may have its own `__init__`, which assigns the fields, and `__validate__`, called after it.
    """

    _fields: dict[str, Any] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        given = typing.get_type_hints(cls)
        cls._fields = {name: kind for name, kind in given.items() if not name.startswith("_")}
        own = cls.__dict__.get("__init__") or next((vars(base)["__init__"] for base in cls.__mro__[1:-1] if _writes_init(base)), None)
        parameters = [inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=getattr(cls, name, inspect.Parameter.empty))
                      for name in cls._fields]  # fmt: skip
        signature = inspect.signature(own) if own is not None else inspect.Signature(sorted(parameters, key=_has_default))

        def init(self: Any, *args: Any, **values: Any) -> None:
            if type(self)._init is not init:
                raise DtypeError(f"{type(self).__name__}'s fields are made by its own constructor.")
            if own is not None:
                own(self, *args, **values)
                found = {name: self.__dict__.get(name, getattr(cls, name, None)) for name in cls._fields}
            else:
                bound = signature.bind(*args, **values)
                bound.apply_defaults()
                found = dict(bound.arguments)
            for name, kind in cls._fields.items():
                self.__dict__[name] = _converted(kind, found[name], name)
            self.__dict__["_made"] = True
            self.__validate__()

        if own is not None:
            init._own = own  # type: ignore[attr-defined]
        cls._init = cls.__init__ = init  # type: ignore[attr-defined, misc]
        cls.__signature__ = signature if own is None else None  # type: ignore[attr-defined]
        jax.tree_util.register_pytree_node(cls, _taken_apart, lambda how, parts: _put_together(cls, how, parts))

    def __validate__(self) -> None:
        """Raise if the fields do not go together."""

    def __setattr__(self, name: str, value: Any) -> None:
        if "_made" in self.__dict__ or name not in self._fields:
            raise AttributeError(f"Cannot mutate attribute `{name}` outside the custom constructor of ExtensionType.")
        self.__dict__[name] = value

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"Cannot mutate attribute `{name}` outside the custom constructor of ExtensionType.")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={self.__dict__[name]!r}' for name in self._fields)})"

    def __eq__(self, other: object) -> Any:
        if type(other) is not type(self):
            return False
        (ours, how), (theirs, their_how) = _leaves(self), _leaves(other)
        if how != their_how or any(a.shape != b.shape or a.dtype != b.dtype for a, b in zip(ours, theirs, strict=True)):
            return as_tensor(False)
        found = as_tensor(True)
        for a, b in zip(ours, theirs, strict=True):
            found = found & reductions.all(equal(a, b))
        return found

    def __ne__(self, other: object) -> Any:
        same = self.__eq__(other)
        return ~same if is_tensor(same) else not same

    __hash__ = None  # type: ignore[assignment]

    # What operations are for it: the door and `engine.composite` ask.
    def __hornbeam_composite__(self, op: Op, operands: Sequence[Any], rest: tuple, kwargs: dict) -> Any:
        given = _by_program(op.__name__, operands)
        if given is not None:
            new = {old: name for name, old in op.renamed.items()}
            return given(*operands, *rest, **{new.get(name, name): value for name, value in kwargs.items()})
        tensors = [each for each in operands if each is not None]
        if op.function in _elementwise() or op.function in (_cast.function, creation._like.function):
            for kinds, target in _ELEMENTWISE.get(len(tensors), []):
                if isinstance(self, kinds):
                    return target(lambda *values: op(*values, *rest, **kwargs), *tensors)
        raise CompositeError(self, op.name)

    def __hornbeam_call__(self, function: Callable, args: tuple, kwargs: dict, error: Exception) -> Any:
        given = _by_program(function.__name__, [*args, *kwargs.values()])
        if given is not None:
            return given(*args, **kwargs)
        target = next((target for kinds, target in _ELEMENTWISE.get(1, []) if isinstance(self, kinds)), None)
        if target is None or function.__name__ not in _UNARY:
            raise error
        first, *others = args or (kwargs.pop(next(iter(kwargs))),)
        return target(lambda value: function(value, *others, **kwargs), first)


_UNARY = ("cast", "ones_like", "zeros_like", "identity", "clip_by_value")


def _writes_init(base: type) -> bool:
    return hasattr(vars(base).get("__init__"), "_own")


def _has_default(parameter: inspect.Parameter) -> bool:
    return parameter.default is not inspect.Parameter.empty


def _converted(kind: Any, value: Any, name: str) -> Any:
    """A field's value as its annotation asks."""
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        if value is None and type(None) in inner:
            return None
        for each in sorted(inner, key=lambda each: each is Tensor):
            try:
                return _converted(each, value, name)
            except TypeError:
                continue
    elif origin is tuple and isinstance(value, (list, tuple)):
        kinds = [inner[0]] * len(value) if len(inner) == 2 and inner[1] is Ellipsis else inner
        if len(kinds) == len(value):
            return tuple(_converted(each, part, f"{name}[{i}]") for i, (each, part) in enumerate(zip(kinds, value, strict=True)))
    elif origin in (collections.abc.Mapping, dict) and isinstance(value, collections.abc.Mapping):
        return ImmutableDict({key: _converted(inner[1], each, f"{name}[{key!r}]") for key, each in value.items()})
    elif kind is Tensor:
        if not isinstance(value, (ExtensionType, type(None))):
            try:
                return as_tensor(value)
            except (TypeError, ValueError):
                pass
    elif kind is Shape:
        return Shape(value)
    elif kind is dtypes.DType:
        return dtypes.standardize(value)
    elif kind is Any or not isinstance(kind, type) or isinstance(value, kind):
        return value
    wanted = "Tensor" if kind is Tensor else getattr(kind, "__name__", str(kind))
    raise DtypeError(f"{name}: expected {wanted!r}, got {type(value).__name__!r}")


def _taken_apart(value: ExtensionType) -> tuple[list[Any], tuple]:
    """The fields that hold tensors, and the others."""
    parts: list[Any] = []
    how: list[tuple] = []
    for name in value._fields:
        field = value.__dict__.get(name)
        field = dict(field) if isinstance(field, ImmutableDict) else field
        if all(is_tensor(leaf) or hasattr(leaf, "dtype") for leaf in jax.tree.leaves(field, is_leaf=is_tensor)):
            parts.append(field)
            how.append((name, True, None))
        else:
            how.append((name, False, tuple(sorted(field.items())) if isinstance(field, dict) else field))
    return parts, tuple(how)


def _put_together(cls: type, how: tuple, parts: Any) -> Any:
    made = object.__new__(cls)
    rest = iter(parts)
    for name, tensors, field in how:
        field = next(rest) if tensors else field
        made.__dict__[name] = ImmutableDict(field) if isinstance(field, dict) else field
    made.__dict__["_made"] = True
    return made


def _leaves(value: Any) -> tuple[list[Tensor], Any]:
    leaves, how = jax.tree.flatten(value, is_leaf=is_tensor)
    return [as_tensor(leaf) for leaf in leaves], how


# Dispatch.
_FOR_API: dict[str, list[tuple[tuple[type, ...], Callable]]] = {}
_ELEMENTWISE: dict[int, list[tuple[tuple[type, ...], Callable]]] = {}


def _kinds(annotation: Any) -> tuple[type, ...]:
    """The ExtensionTypes that an annotation names."""
    if isinstance(annotation, type) and issubclass(annotation, ExtensionType):
        return (annotation,)
    return tuple(kind for inner in typing.get_args(annotation) for kind in _kinds(inner))


def _by_program(name: str, operands: Sequence[Any]) -> Callable | None:
    """What a program gave for a function of this name and these operands."""
    flat = [each for operand in operands for each in (operand if isinstance(operand, (list, tuple)) else [operand])]
    rows = _FOR_API.get(name, [])
    return next((target for kinds, target in rows if any(isinstance(each, kinds) for each in flat)), None)


def dispatch_for_api(api: Callable, *signatures: Any) -> Callable[[Callable], Callable]:
    """Decorator: the function stands for `api` where its arguments are of the ExtensionTypes that its annotations, or dicts, name."""

    def register(target: Callable) -> Callable:
        named = signatures or (typing.get_type_hints(target),)
        kinds = tuple(kind for each in named for annotation in each.values() for kind in _kinds(annotation))
        _FOR_API.setdefault(api.__name__, []).insert(0, (kinds, target))
        return target

    return register


def _elementwise_dispatch(count: int, *annotations: Any) -> Callable[[Callable], Callable]:
    def register(target: Callable) -> Callable:
        _ELEMENTWISE.setdefault(count, []).insert(0, (tuple(kind for each in annotations for kind in _kinds(each)), target))
        return target

    return register


def dispatch_for_unary_elementwise_apis(x_type: Any) -> Callable[[Callable], Callable]:
    """Decorator: `function(api, x)` stands for every function of each element of an ExtensionType."""
    return _elementwise_dispatch(1, x_type)


def dispatch_for_binary_elementwise_apis(x_type: Any, y_type: Any) -> Callable[[Callable], Callable]:
    """Decorator: `function(api, x, y)` stands for every function of pairs of elements."""
    return _elementwise_dispatch(2, x_type, y_type)


class BatchableExtensionType(ExtensionType):
    """An ExtensionType whose tensors have a batch as their first axis."""
