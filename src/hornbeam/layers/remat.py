"""Rematerialization: what a function computed is forgotten, and computed again when its gradient needs it. Memory is traded for time."""

import functools
import math
import threading
from collections.abc import Callable, Sequence
from typing import Any

import jax

from hornbeam.engine import graph
from hornbeam.engine.callers import ours
from hornbeam.engine.errors import ArgumentError
from hornbeam.engine.pure import local
from hornbeam.ops.control import recomputed

_MODES = ("full", "activations", "larger_than", "list_of_layers", None)


class _Open(threading.local):
    scope: "RematScope | None" = None


_open = _Open()


class RematScope:
    """A block in which layers are made that are rematerialized: a compiled step keeps a layer's inputs, not what it computed.

    Args:
        mode: 'full' for every layer, 'activations' for those with an activation, 'larger_than' for those whose outputs have more than
            `output_size_threshold` elements, 'list_of_layers' for those whose names are among `layer_names`, None for none.

    It acts on the library's layers without layers inside; results are the same but for rounding. Models and layers of one's own: `remat`.
    """

    def __init__(self, mode: str | None = "full", output_size_threshold: int = 1024, layer_names: Sequence[str] | None = None):
        if mode not in _MODES:
            raise ArgumentError(f"RematScope: `mode` is one of {', '.join(map(repr, _MODES))}; received {mode!r}.")
        self.mode, self.output_size_threshold, self.layer_names = mode, output_size_threshold, list(layer_names or ())

    @staticmethod
    def now() -> "RematScope | None":
        """The scope that is open on this thread."""
        return _open.scope

    def __enter__(self) -> "RematScope":
        self._outer, _open.scope = _open.scope, self
        return self

    def __exit__(self, *exc: Any) -> None:
        _open.scope = self._outer

    def concerns(self, layer: Any) -> bool:
        """Whether a layer that was made in this scope is rematerialized; `larger_than` waits for its outputs."""
        if self.mode == "activations":
            return getattr(getattr(layer, "activation", None), "__name__", "linear") != "linear"
        return self.mode in ("full", "larger_than") or (self.mode == "list_of_layers" and layer.name in self.layer_names)


def rematerialized(layer: Any, call: Callable[..., Any], args: tuple, kwargs: dict[str, Any]) -> Any:
    """A layer's call, rematerialized where the scope it was made in says so."""
    scope = layer._remat
    if scope is None or not scope.concerns(layer) or not ours(type(layer)) or any(layer._sublayers()):
        return call(*args, **kwargs)
    return _remat(call, args, kwargs, scope.output_size_threshold if scope.mode == "larger_than" else -1)


def _remat(function: Callable[..., Any], args: tuple, kwargs: dict[str, Any], least: int) -> Any:
    tensors = graph.tensors_in((args, kwargs))
    if local.scope is None or any(t.is_symbolic or getattr(t, "_keras_mask", None) is not None for t in tensors):
        return function(*args, **kwargs)  # eagerly nothing is kept for longer than a tape wants it

    def of(tensors: list[Any]) -> Any:
        found = iter(tensors)
        inner_args, inner_kwargs = graph.map_tensors(lambda _: next(found), (args, kwargs))
        return function(*inner_args, **inner_kwargs)

    return recomputed(of, tensors, lambda outputs: sum(math.prod(each.shape) for each in jax.tree.leaves(outputs)) > least)


def remat(f: Callable[..., Any]) -> Callable[..., Any]:
    """`f`, a function of tensors; in a compiled step its gradient computes it again rather than keep what it computed."""

    @functools.wraps(f)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        return _remat(f, args, kwargs, -1)

    return wrapped
