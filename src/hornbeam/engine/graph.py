"""The symbolic graph: what `Input` starts and a functional model keeps.

A symbolic tensor stands for data of a shape in which some sizes are not known yet. Operations and layers on symbolic tensors
note a `Node` each; `replay` runs the nodes on real tensors.
"""

import itertools
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import jax
import numpy as np

from hornbeam.engine import door, dtypes, effects
from hornbeam.engine.door import Bound, Op, explain, run
from hornbeam.engine.errors import ArgumentError, DataError, HornbeamError, ShapeError, UntraceableError
from hornbeam.engine.naming import auto_name
from hornbeam.engine.ordering import mapped
from hornbeam.engine.pure import Lifted, local
from hornbeam.engine.shape import standing_for
from hornbeam.engine.tensor import Spec, Tensor, symbolic

# Two stand-ins for every unknown size: a size of the result is unknown too when it differs between them. The smaller ones are for
# tables (of positions, say) that have fewer rows than the larger.
_STAND_INS = ((7919, 7907), (43, 37), (19, 17), (11, 7), (5, 3))
_EXAMPLES = _STAND_INS[2]
_standing = threading.local()  # .sizes: the stand-ins in use
UNTRACEABLE = (UntraceableError, jax.errors.JAXTypeError, jax.errors.JAXIndexError)
_numbers = itertools.count()
MEASURES: dict[Op, Callable[[Any, Any], Tensor]] = {}  # operations whose results are sizes, and what gives them at once: (x, type)


class Node:
    """One application of an operation or layer to symbolic tensors.

    Args:
        operation: a `Bound`, or anything called with `args` and `kwargs`.
        args, kwargs: the structures it was called with, symbolic tensors among their leaves.
    """

    __slots__ = ("operation", "args", "kwargs", "outputs", "number", "parents")

    def __init__(self, operation: Any, args: tuple, kwargs: dict[str, Any]):
        self.operation, self.args, self.kwargs = operation, args, kwargs
        self.number = next(_numbers)
        self.parents = [t for t in tensors_in((args, kwargs)) if t.is_symbolic]
        self.outputs: Any = None

    def finish(self, outputs: Any) -> Any:
        """Make the symbolic tensors that this node gives, from Specs."""
        made = lambda leaf: symbolic(leaf.shape, leaf.dtype, self) if _is_spec(leaf) else leaf.__hornbeam_symbol__(self)
        self.outputs = jax.tree.map(made, outputs, is_leaf=lambda leaf: _is_spec(leaf) or hasattr(leaf, "__hornbeam_symbol__"))
        return self.outputs

    def tensor_name(self, tensor: Tensor) -> str:
        return str(getattr(self.operation, "name", "tensor"))

    def run(self, values: dict[int, Any], **extra: Any) -> Any:
        """Call the operation with `values` (by id of symbolic tensor) in place of symbolic tensors."""
        args, kwargs = substitute((self.args, self.kwargs), values)
        if isinstance(self.operation, Bound):
            measure = MEASURES.get(self.operation.op)
            return execute(self.operation, args) if measure is None else measure(args[0], self.outputs.dtype)
        return self.operation(*args, **{**kwargs, **extra})


def execute(bound: Bound, operands: Sequence[Any]) -> Any:
    """An operation on what its symbolic operands stand for: Tensors, or a RaggedTensor among them."""
    if any(hasattr(each, "__hornbeam_composite__") for each in operands):
        return bound.op.apply(operands, (), bound.given)
    return run(bound, operands)


def tensors_in(structure: Any) -> list[Tensor]:
    """The Tensors among the leaves of a structure, in order."""
    return [leaf for leaf in jax.tree.leaves(structure, is_leaf=_is_tensor) if isinstance(leaf, Tensor)]


def map_tensors(function: Callable[[Tensor], Any], structure: Any) -> Any:
    """`function` of every Tensor in a structure; other leaves stay."""
    return mapped(lambda leaf: function(leaf) if isinstance(leaf, Tensor) else leaf, structure, is_leaf=_is_tensor)


def substitute(structure: Any, values: dict[int, Any]) -> Any:
    return map_tensors(lambda t: values.get(id(t), t) if t.is_symbolic else t, structure)


def any_symbolic(structure: Any) -> bool:
    return any(type(t._value) is Spec for t in tensors_in(structure))


def infer(function: Callable[..., Any], args: tuple, kwargs: dict[str, Any], examples: bool = True) -> Any:
    """The `Spec`s that `function` gives for symbolic arguments, by tracing it abstractly with two stand-ins for unknown sizes.

    A function that needs values (a boolean mask, strings) is run on two examples instead, unless `examples` is False.
    State that the function assigns is left as it was.
    """
    if not any(None in t.shape for t in tensors_in((args, kwargs)) if t.is_symbolic):
        pairs: tuple[tuple[int, ...], ...] = (_STAND_INS[0][:1],)
    else:
        pairs = _STAND_INS
    first: HornbeamError | None = None
    for sizes in pairs:
        try:
            return _infer(function, args, kwargs, sizes, repeated=sizes is not pairs[0])  # what its Python prints is printed once
        except (ShapeError, DataError) as error:  # a table cut to an unknown size, or looked up in, may be shorter than a stand-in
            first = first or error
        except UNTRACEABLE as error:
            if not examples or first is not None:
                raise first or error from None
            try:
                return _infer(function, args, kwargs, _EXAMPLES, examples=True)
            except Exception:  # an example proves nothing: it may be data that the function rightly refuses
                raise error from None
    rows = _rows_wanted(getattr(first, "shapes", ()))
    if rows and not any(None in t.shape[1:] for t in tensors_in((args, kwargs)) if t.is_symbolic):
        try:
            return _infer(function, args, kwargs, (rows,))  # code that is written for one batch size
        except HornbeamError:
            raise first or AssertionError from None
    raise first or AssertionError


def _rows_wanted(shapes: Sequence[tuple[int, ...]]) -> int | None:
    """The size that operands have where one of them has a stand-in: what an unknown size must be for them to broadcast."""
    for sizes in itertools.zip_longest(*(reversed(shape) for shape in shapes), fillvalue=1):
        given = {size for size in sizes if size not in _STAND_INS[0] and size != 1}
        if len(given) == 1 and any(size in _STAND_INS[0] for size in sizes):
            return given.pop()
    return None


def _infer(
    function: Callable[..., Any], args: tuple, kwargs: dict[str, Any], stand_ins: tuple[int, ...], examples: bool = False,
    repeated: bool = True,
) -> Any:
    found = []
    outer, _standing.sizes = getattr(_standing, "sizes", _STAND_INS[0]), stand_ins
    try:
        for i, stand_in in enumerate(stand_ins):
            inside = [t for t in tensors_in((args, kwargs)) if t.is_symbolic]
            specs = [_abstract(t, stand_in) for t in inside]

            def call(values: list[Tensor]) -> Any:
                stand = lambda t, v: v if type(t) is Tensor else t.__hornbeam_stand__(v)  # for a ragged one
                stands = {id(t): stand(t, v) for t, v in zip(inside, values, strict=True)}  # noqa: B023
                real_args, real_kwargs = substitute((args, kwargs), stands)
                return function(*real_args, **real_kwargs)

            lifted = Lifted(call)
            whole = len(stand_ins) == 1  # no size is unknown
            with jax.enable_x64(True), effects.silently(), effects.tracing(repeated or i > 0), standing_for(0 if whole else stand_in):
                if examples:
                    found.append(lifted([], [], ([_example(spec, stand_in) for spec in specs],))[0])
                else:
                    found.append(jax.eval_shape(lambda values: lifted([], [], (values,))[0], specs))  # noqa: B023
    except HornbeamError as error:
        if error.args and len(stand_ins) > 1:
            error.args = (str(error.args[0]).replace(str(stand_in), "None"), *error.args[1:])
        raise
    finally:
        _standing.sizes = outer
    if len(found) == 1:
        return jax.tree.map(lambda a: Spec(a.shape, a.dtype), found[0])
    return jax.tree.map(_merge, *found)


def without_stand_ins(shapes: Any) -> Any:
    """A shape or structure of shapes with None again where `infer` put a stand-in."""
    if isinstance(shapes, dict):
        return {name: without_stand_ins(each) for name, each in shapes.items()}
    if isinstance(shapes, (list, tuple)):
        return type(shapes)(without_stand_ins(each) for each in shapes)
    return None if isinstance(shapes, int) and shapes in getattr(_standing, "sizes", _STAND_INS[0]) else shapes


def _abstract(tensor: Tensor, stand_in: int) -> jax.ShapeDtypeStruct:
    return jax.ShapeDtypeStruct([stand_in if size is None else size for size in tensor.shape], tensor._value.dtype)


def _example(spec: jax.ShapeDtypeStruct, seed: int) -> np.ndarray:
    """Data of a shape, different for each seed: empty strings, zeros and ones, fractions."""
    if spec.dtype == object:
        return np.full(spec.shape, b"", object)
    random = np.random.default_rng(seed)
    drawn = random.random(spec.shape) if dtypes.is_float(spec.dtype) else random.integers(0, 2, spec.shape)
    return drawn.astype(spec.dtype)


def _merge(a: Any, b: Any) -> Spec:
    return Spec(tuple(m if m == n else None for m, n in zip(a.shape, b.shape, strict=True)), a.dtype)


def _is_tensor(value: Any) -> bool:
    return isinstance(value, Tensor)


def _is_spec(value: Any) -> bool:
    return type(value) is Spec


def _apply_symbolically(bound: Bound, operands: Sequence[Tensor | None]) -> Any:
    """What the door does when an operand is symbolic."""
    if local.values:
        found = [operand if operand is None else _in_this_batch(operand, local.values) for operand in operands]
        if not any_symbolic([each for each in found if each is not None]):
            return run(bound, found)
    node = Node(bound, tuple(operands), {})
    try:
        specs = infer(lambda *args: execute(bound, args), tuple(operands), {})
    except HornbeamError:
        raise
    except Exception as error:
        raise explain(bound, operands, error) from error
    return node.finish(specs)


def _in_this_batch(symbol: Tensor, values: dict[int, Any]) -> Tensor:
    """What a symbolic tensor stands for, computed from the values there are; itself where they do not suffice."""
    if not symbol.is_symbolic or id(symbol) in values:
        return values.get(id(symbol), symbol)
    node = symbol._node
    if node is None or not node.parents or any_symbolic([_in_this_batch(parent, values) for parent in node.parents]):
        return symbol
    values.update({id(t): result for t, result in zip(tensors_in(node.outputs), tensors_in(node.run(values)), strict=True)})
    return values[id(symbol)]


door._symbolic_call = _apply_symbolically


def nodes_between(inputs: Iterable[Tensor], outputs: Iterable[Tensor]) -> tuple[list[Node], list[Tensor]]:
    """The nodes that lead to `outputs`, in the order they were made, and the inputs they need that were not given."""
    given = {id(t) for t in inputs}
    seen: dict[int, Node] = {}
    loose: list[Tensor] = []
    stack = list(outputs)
    while stack:
        tensor = stack.pop()
        if id(tensor) in given:
            continue
        node = getattr(tensor, "_node", None)
        if node is None or not node.parents:
            if not any(tensor is each for each in loose):
                loose.append(tensor)
            continue
        if node.number not in seen:
            seen[node.number] = node
            stack += node.parents
    return [seen[number] for number in sorted(seen)], loose


class Operation:
    """What a graph may hold: `call` says what is done to tensors. On symbolic tensors a node is noted. Layers are operations.

    Args:
        name: by default made from the class name.
    """

    def __init__(self, name: str | None = None):
        if name is not None and not isinstance(name, str):
            raise ArgumentError(f"The name of an operation is a string; received {name!r}.")
        self.name = name or auto_name(type(self).__name__)

    def call(self, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} defines no `call`.")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.symbolic_call(*args, **kwargs) if any_symbolic((args, kwargs)) else self.call(*args, **kwargs)

    def symbolic_call(self, *args: Any, **kwargs: Any) -> Any:
        """The symbolic tensors that the operation gives for symbolic ones."""
        specs = jax.tree.map(lambda t: Spec(tuple(t.shape), t._value.dtype), self.compute_output_spec(*args, **kwargs), is_leaf=_is_tensor)
        return Node(self, args, kwargs).finish(specs)

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """Symbolic tensors of the shapes and types of the outputs; by default `call` is traced."""
        specs = infer(self.call, args, kwargs)
        return jax.tree.map(lambda spec: symbolic(spec.shape, spec.dtype), specs, is_leaf=_is_spec)


class _Symbols(type):
    def __instancecheck__(cls, thing: Any) -> bool:
        return isinstance(thing, Tensor) and thing.is_symbolic


class KerasTensor(metaclass=_Symbols):
    """A symbolic tensor of a shape (None: unknown sizes), for `compute_output_spec`; `Input` gives those that models start with.

    `sparse`, `ragged` and `record_history` are accepted as Keras does: symbolic tensors are dense here.
    """

    def __new__(
        cls, shape: Any, dtype: Any = "float32", sparse: bool = False, ragged: bool = False, record_history: bool = True,
        name: str | None = None,
    ) -> Any:  # fmt: skip
        tensor = symbolic(tuple(shape), dtype)
        if name is not None:
            tensor._name = name
        return tensor
