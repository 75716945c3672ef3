"""Structures of tensors and of shapes, and what errors say of them."""

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any

import jax
import numpy as np

from hornbeam.engine import dtypes, graph, registry
from hornbeam.engine.callers import ours
from hornbeam.engine.door import cast
from hornbeam.engine.errors import DtypeError, HornbeamError, ShapeError, StateError, UntraceableError
from hornbeam.engine.ordering import mapped
from hornbeam.engine.shape import is_symbol
from hornbeam.engine.tensor import Shape, Tensor, is_tensor
from hornbeam.ops.composite.padded import as_rows, with_mask
from hornbeam.ops.composite.ragged import RaggedTensor
from hornbeam.ops.composite.sparse import SparseTensor
from hornbeam.ops.composite.sparse_functions import to_dense


def any_symbolic(structure: Any) -> bool:
    """Whether a structure holds symbolic tensors."""
    if type(structure) is tuple and len(structure) == 1 and type(structure[0]) is Tensor:
        return structure[0].is_symbolic
    return graph.any_symbolic(structure)


def inferred(layer: Any, args: tuple, kwargs: dict[str, Any]) -> Any:
    """The `Spec`s that a layer gives for symbolic arguments, as tracing finds them.

    Where an unknown size meets a fixed one (a grid of pictures of any size, and labels of one), which is all right as soon as it is
    known, tracing fails; and where the numbers decide on a shape, as in the choice of a detector's boxes. Then what a program declares
    counts: a Lambda's output_shape, its own layer's compute_output_shape.
    """
    try:
        return graph.infer(layer.__call__, args, kwargs)
    except (ShapeError, UntraceableError) as error:
        own = not ours(type(layer).compute_output_shape)
        declares = own or getattr(layer, "_given_shape", None) is not None
        sizes = isinstance(error, ShapeError)
        if not declares or sizes and not any(None in tensor.shape[1:] for tensor in graph.tensors_in(args) if tensor.is_symbolic):
            raise
        given = layer.compute_output_shape(shapes(args[0]))
        given = given[0] if isinstance(given, list) and len(given) == 1 else given
        return jax.tree.map(lambda shape: graph.Spec(tuple(shape), layer.compute_dtype), given, is_leaf=is_shape)


class Uninitialized(StateError, AttributeError):
    """A layer's `__init__` has not called `super().__init__()`."""


def lacking(layer: Any, name: str) -> Any:
    """A layer's `__getattr__`, for an attribute that was not found."""
    if "_initialized" in layer.__dict__:
        return object.__getattribute__(layer, name)  # which says what is missing, if need be inside a property
    raise Uninitialized(f"{type(layer).__name__}.__init__ must call super().__init__() before the object is used ({name!r} was needed).")


def masks(inputs: Any) -> Any:
    """The masks that ride on the inputs, in their structure; None when there is none."""
    if type(inputs) is Tensor:
        return getattr(inputs, "_keras_mask", None)
    tensors = graph.tensors_in(inputs)
    if not any(getattr(t, "_keras_mask", None) is not None for t in tensors):
        return None
    if isinstance(inputs, (list, tuple)):
        return [getattr(t, "_keras_mask", None) for t in tensors]
    return graph.map_tensors(lambda t: getattr(t, "_keras_mask", None), inputs)


def mask_parameters(parameters: Iterable[inspect.Parameter]) -> dict[str, tuple[int, int, str]]:
    """The parameters of `call` that take masks, each with its place and with the place and name of the tensor that it belongs to:
    `mask` to the first, `context_mask` to `context`. What is given by name only has the place -1."""
    kinds = {each.name: each.kind for each in parameters}
    names = list(kinds)
    owners = {name: names[0] if name == "mask" else name.removesuffix("_mask") for name in names if name.endswith("mask")}
    place = lambda name: names.index(name) if kinds[name] is inspect.Parameter.POSITIONAL_OR_KEYWORD else -1
    return {name: (place(name), max(place(owner), 0), owner) for name, owner in owners.items() if owner in names and owner != name}


def with_masks(parameters: dict[str, tuple[int, int, str]], args: tuple, kwargs: dict[str, Any]) -> dict[str, Any]:
    """`kwargs`, and among them the masks that ride on the tensors they belong to, where none are given."""
    for name, (place, owner, owner_name) in parameters.items():
        if kwargs.get(name) is None and not -1 < place < len(args):
            owned = args[owner] if owner < len(args) else kwargs.get(owner_name)
            found = None if owned is None else masks(owned)
            if found is not None:
                kwargs = {**kwargs, name: found}
    return kwargs


def shapes(inputs: Any) -> Any:
    """The shapes of a structure of tensors; a lone shape is a plain tuple."""
    if isinstance(inputs, Tensor):
        return tuple(inputs.shape)
    of = lambda t: tuple(t.shape) if isinstance(t, _KINDS) else () if isinstance(t, (int, float)) else t
    return mapped(of, inputs, is_leaf=lambda x: isinstance(x, _KINDS))


_KINDS = (Tensor, RaggedTensor, SparseTensor)


@functools.cache
def shape_names(build: Callable) -> tuple[str, ...]:
    """The arguments of a class's `build`, if it is a user's, where it takes several: `query_shape`, `value_shape`, of `call`'s."""
    build = getattr(build, "__wrapped__", build)
    names = [] if ours(build) else list(inspect.signature(build).parameters)[1:]
    return tuple(names) if len(names) > 1 and all(name.endswith("_shape") for name in names) else ()


def shapes_to_build(layer: Any, inputs: Any, args: tuple, kwargs: dict[str, Any]) -> Any:
    """What a layer's `build` takes: the shapes of its first argument, or by name those of each that it asks for."""
    if not (names := shape_names(type(layer).build)):
        return shapes(inputs)
    given = inspect.signature(layer.call).bind_partial(*args, **kwargs).arguments
    return {name: shapes(given[of]) for name in names if given.get(of := name.removesuffix("_shape")) is not None}


def build_with(layer: Any, shape: Any) -> None:
    """Call a layer's `build`."""
    if not shape_names(type(layer).build) or is_shape(shape):
        layer.build(shape)
    elif isinstance(shape, dict):
        layer.build(**shape)
    else:
        layer.build(*shape)


def is_shape(value: Any) -> bool:
    """Whether a value is one shape, rather than a structure of them."""
    return isinstance(value, (list, tuple)) and all(n is None or isinstance(n, (int, np.integer)) or is_symbol(n) for n in value)


def lone(structure: Any) -> Any:
    """What a list or tuple of one structure holds; several as a list; any other structure as it is."""
    if not isinstance(structure, (list, tuple)) or is_shape(structure):
        return structure
    return structure[0] if len(structure) == 1 else list(structure)


def map_shapes(function: Callable[[tuple], Any], shapes: Any) -> Any:
    """`function` of each shape in a structure."""
    return jax.tree.map(lambda shape: function(tuple(shape)), shapes, is_leaf=is_shape)


def tuples(shapes: Any) -> Any:
    """Shapes as tuples (files hold lists)."""
    return map_shapes(tuple, shapes)


def symbolic_input(shape: tuple, dtype: Any) -> Tensor:
    """A symbolic tensor of a shape that no layer made."""
    return graph.symbolic(Shape(shape), dtype)


def plain(value: Any) -> bool:
    """Whether a value can stand in a configuration as it is."""
    if value is None or isinstance(value, (str, int, float, bool)):
        return True
    if isinstance(value, (list, tuple)):
        return all(map(plain, value))
    return isinstance(value, dict) and all(isinstance(k, str) and plain(v) for k, v in value.items())


def name_layer(error: HornbeamError, layer: Any, inputs: Any) -> None:
    """Put the name of the innermost layer into an error, once."""
    if getattr(error, "_layer", None) is None:
        error._layer = layer.name  # type: ignore[attr-defined]
        if error.args and f"'{layer.name}'" in str(error.args[0]):
            return  # it says so itself
        found = shapes(inputs) if graph.tensors_in(inputs) else None
        where = f"In layer '{layer.name}' ({type(layer).__name__})" + (f", called on shape {found}" if found is not None else "")
        error.args = (f"{where}: {error.args[0] if error.args else ''}", *error.args[1:])


def check_rank(layer: Any, shape: Any, minimum: int | None = None, exact: int | None = None) -> None:
    """Raise `ShapeError` when an input has too few or not the right number of axes."""
    if not is_shape(shape):
        raise ShapeError(f"Layer '{layer.name}' ({type(layer).__name__}) takes one tensor; it was called on a structure of shapes {shape}.")
    rank = len(shape)
    if (exact is not None and rank != exact) or (minimum is not None and rank < minimum):
        wanted = f"{exact}" if exact is not None else f"{minimum} or more"
        hint = ""
        if exact is not None and rank == exact - 1:
            hint = f" If an axis of channels or features is missing, add one of size 1: x[..., None] and Input(shape={(*shape[1:], 1)})."
            if hasattr(layer, "return_sequences"):
                hint = " A recurrent layer before it gives all its steps with return_sequences=True." + hint
        raise ShapeError(
            f"Layer '{layer.name}' ({type(layer).__name__}) takes an input with {wanted} axes (the batch included); "
            f"it was called on shape {tuple(shape)}, which has {rank}.{hint}"
        )


def _whole(value: Any) -> bool:
    return is_tensor(value) or isinstance(value, (SparseTensor, RaggedTensor))


def needs_dense(layer: Any, args: tuple, kwargs: dict[str, Any]) -> bool:
    """Whether a layer of ours that knows nothing of RaggedTensors was given one; a user's own layer may know them."""
    given = [*args, *kwargs.values()]
    given += [each for several in given if isinstance(several, (list, tuple)) for each in several]
    if not any(isinstance(each, RaggedTensor) for each in given):
        return False
    return ours(type(layer)) and not getattr(layer, "takes_ragged", False)


def through_dense(layer: Any, args: tuple, kwargs: dict[str, Any]) -> Any:
    """A call on RaggedTensors of a layer that knows masks: on rows that are filled up and masked, and what has steps is ragged again."""
    refusal = DtypeError(
        f"Layer '{layer.name}' ({type(layer).__name__}) takes dense tensors; it was called on a RaggedTensor. Fill its rows up with "
        "to_tensor(), and mask what was filled in: Embedding(mask_zero=True), or a Masking layer."
    )
    if not (layer.supports_masking or layer._takes()[1] or type(layer).compute_mask.__qualname__ != "Layer.compute_mask"):
        raise refusal
    ragged: list[RaggedTensor] = []
    given: list[Tensor] = []

    def dense(leaf: Any) -> Any:
        if isinstance(leaf, RaggedTensor):
            ragged.append(leaf)
            leaf = with_mask(leaf)
            given.append(leaf)
        return leaf

    args, kwargs = mapped(dense, (args, kwargs), is_leaf=_whole)
    outputs = layer(*args, **kwargs)

    def steps(tensor: Tensor) -> Any:
        if getattr(tensor, "_keras_mask", None) is None:
            return tensor
        if tensor.shape[:2] != given[0].shape[:2]:
            raise refusal
        return as_rows(tensor, ragged[0])

    return graph.map_tensors(steps, outputs)


def converted(args: tuple, kwargs: dict[str, Any], compute: Any, call: Any) -> tuple[tuple, dict[str, Any]]:
    """A call's arguments with arrays as Tensors, and floats in the type `compute` (None: as they are).

    SparseTensors are made dense where `call`, which will take the arguments, is not a user's own.
    """
    dense = ours(call)

    def convert(leaf: Any) -> Any:
        if isinstance(leaf, SparseTensor):
            if not dense:
                return leaf.with_values(convert(leaf.values))
            leaf = to_dense(leaf, validate_indices=False)
        if isinstance(leaf, RaggedTensor):
            return leaf._each(convert)
        if isinstance(leaf, (np.ndarray, np.generic, jax.Array)) or hasattr(leaf, "__hornbeam_tensor__"):
            leaf = Tensor(leaf) if not hasattr(leaf, "__hornbeam_tensor__") else leaf.__hornbeam_tensor__()
        elif not isinstance(leaf, Tensor):
            return leaf
        if compute is not None and dtypes.is_float(leaf._value.dtype) and leaf._value.dtype != compute:
            mask = getattr(leaf, "_keras_mask", None)
            leaf = cast(leaf, compute)
            if mask is not None:
                leaf._keras_mask = mask
        return leaf

    found = mapped(convert, args, is_leaf=_whole)
    if found and isinstance(found[0], (list, tuple)) and found[0] and not graph.tensors_in(found[0]):
        numbers = found[0]
        if all(isinstance(each, (int, float, list, tuple)) for each in numbers):
            found = (Tensor(numbers, compute), *found[1:])
    elif found and isinstance(found[0], (int, float)) and not isinstance(found[0], bool):
        found = (Tensor(found[0], compute), *found[1:])
    elif found and not isinstance(found[0], (Tensor, list, tuple, dict)) and hasattr(found[0], "__array__"):
        found = jax.tree.map(convert, (np.asarray(found[0]), *found[1:]), is_leaf=_whole)
    others = {name: value if name == "mask" else mapped(convert, value, is_leaf=_whole) for name, value in kwargs.items()}
    return found, others


def arguments_config(layer: Any, args: tuple, kwargs: dict[str, Any]) -> dict[str, Any]:
    """The arguments a layer was made with, by name, as plain data."""
    bound = inspect.signature(type(layer).__init__).bind(layer, *args, **kwargs)
    config: dict[str, Any] = {}
    parameters = bound.signature.parameters
    for name, value in list(bound.arguments.items())[1:]:
        if parameters[name].kind is inspect.Parameter.VAR_KEYWORD:
            config.update(value)
        elif parameters[name].kind is not inspect.Parameter.VAR_POSITIONAL:
            config[name] = value
    for name, value in config.items():
        if not plain(value):
            if hasattr(value, "get_config") or callable(value):
                config[name] = registry.to_config(value)
            else:
                raise DtypeError(
                    f"Layer class {type(layer).__name__} was made with {name}={value!r}, which is no plain value: "
                    "write a `get_config` method that returns the constructor's arguments."
                )
    return config


def signature(cls: Any) -> str:
    """The names of the arguments a layer class takes, for messages."""
    names = [name for name in inspect.signature(cls.__init__).parameters if name not in ("self", "args", "kwargs")]
    return ", ".join(dict.fromkeys([*names, "name", "trainable", "dtype"]))


def positional(cls: Any, args: tuple) -> list[str]:
    """The names of the arguments of `call` that were given by place, when there are several."""
    return list(inspect.signature(cls.call).parameters)[1 : len(args) + 1] if len(args) > 1 else []


def once_built(build: Callable) -> Callable:
    """`build` as the class wrote it, which afterwards counts as done however it was called."""

    def built_after(self: Any, *args: Any, **kwargs: Any) -> Any:
        result = build(self, *args, **kwargs)
        self.built = True
        if args and "_build_shape" not in self.__dict__:
            self._build_shape = graph.without_stand_ins(args[0])
        return result

    built_after.__wrapped__ = build  # type: ignore[attr-defined]
    built_after.__doc__ = build.__doc__
    return built_after
