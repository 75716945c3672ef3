"""Functions of sizes that only data brings: `tf.zeros((tf.shape(x)[0], 2))` on a symbolic x.

Such a function is a node of the graph like any other: when the graph runs, a tensor is measured at once (`graph.MEASURES`), so sizes
are numbers. Only to find the shape of what it gives, the measured tensors themselves have to be looked at.
"""

import functools
from collections.abc import Callable
from typing import Any

from hornbeam.engine import graph
from hornbeam.engine.door import Bound
from hornbeam.engine.errors import UntraceableError
from hornbeam.engine.tensor import Tensor

SIZED: dict[str, "Sized"] = {}  # by name: what a file may say


class Sized:
    """A function whose arguments may be, or hold, sizes of symbolic tensors."""

    def __init__(self, function: Callable):
        self.function = function
        self.name = function.__name__
        self.key = f"{function.__module__.removeprefix('hornbeam.ops.')}.{function.__name__}"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return self.function(*args, **kwargs)
        except UntraceableError:
            return self.as_node(args, kwargs)

    def as_node(self, args: tuple, kwargs: dict[str, Any]) -> Any:
        """The call as a node of the graph. Called while an UntraceableError is handled, which stands if nothing here is symbolic."""
        if not graph.any_symbolic((args, kwargs)):
            raise
        node = graph.Node(self, args, kwargs)
        measured = _measured(args, kwargs)
        return node.finish(graph.infer(_replay(self.function, args, kwargs, measured), tuple(measured), {}, examples=False))


def sized(function: Callable) -> Callable:
    """Decorator: a function as `Sized`."""
    made = Sized(function)
    SIZED[made.key] = made

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except UntraceableError:
            return made.as_node(args, kwargs)

    return call


def _replay(function: Callable, args: tuple, kwargs: dict[str, Any], measured: list[Tensor]) -> Callable:
    """The call as a function of the measured tensors."""
    nodes, _ = graph.nodes_between(measured, [t for t in graph.tensors_in((args, kwargs)) if t.is_symbolic])

    def run(*tensors: Tensor) -> Any:
        values: dict[int, Any] = {id(t): value for t, value in zip(measured, tensors, strict=True)}
        for node in nodes:
            found = node.run(values)
            values.update({id(t): value for t, value in zip(graph.tensors_in(node.outputs), graph.tensors_in(found), strict=True)})
        real_args, real_kwargs = graph.substitute((args, kwargs), values)
        return function(*real_args, **real_kwargs)

    return run


def _measured(args: tuple, kwargs: dict[str, Any]) -> list[Tensor]:
    """The tensors that sizes among the arguments are sizes of, and the arguments that are data.

    In place of those whose own shape was computed from sizes, what they were made from: so shapes fit one another.
    """
    found: dict[int, Tensor] = {}
    stack = [t for t in graph.tensors_in((args, kwargs)) if t.is_symbolic]
    while stack:
        tensor = stack.pop()
        node = tensor._node
        if node is not None and node.parents and (isinstance(node.operation, Sized) or _is_size(tensor)):
            stack += node.parents
        else:
            found[id(tensor)] = tensor
    return list(found.values())


def _is_size(tensor: Tensor) -> bool:
    """Whether a tensor is a size, or computed from sizes."""
    node = tensor._node
    if node is None or not tensor.dtype.is_integer or not isinstance(node.operation, Bound):
        return False
    return node.operation.op in graph.MEASURES or any(map(_is_size, node.parents))
