"""The order of a dict's keys, which JAX's structures forget (they sort them) and programs see when they go over results."""

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import jax


def order(tree: Any) -> Any:
    """What `in_order` takes to give a structure its order back; None where its keys are sorted anyway."""
    if type(tree) is dict:
        below = {key: order(each) for key, each in tree.items()}
        keys = list(below)
        return below if any(each is not None for each in below.values()) or keys != sorted(keys) else None
    if isinstance(tree, (list, tuple)):
        parts = [order(each) for each in tree]
        return parts if any(each is not None for each in parts) else None
    return None


def by_path(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """What dicts of dicts hold, each with its path: `dense/kernel`."""
    if not isinstance(tree, dict):
        yield path, tree
        return
    for name, value in tree.items():
        yield from by_path(value, f"{path}/{name}" if path else name)


_KNOWN: set[type] = {dict, OrderedDict, defaultdict}


def known(tree: Any) -> Any:
    """A structure, of whose dicts JAX now knows those of a program's own class, too (results with names, made as `cls(pairs)`)."""
    if isinstance(tree, dict) and (cls := type(tree)) not in _KNOWN:
        _KNOWN.add(cls)
        flat = lambda found: (list(found.values()), tuple(found))
        jax.tree_util.register_pytree_node(cls, flat, lambda keys, values: cls(zip(keys, values, strict=True)))
    for each in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, (list, tuple)) else ():
        known(each)
    return tree


def in_order(like: Any, tree: Any) -> Any:
    """A structure with its dicts' keys in the order that `order` noted."""
    if like is None:
        return tree
    if isinstance(like, dict):
        return {key: in_order(below, tree[key]) for key, below in like.items()}
    parts = [in_order(below, each) for below, each in zip(like, tree, strict=True)]
    return type(tree)(parts) if type(tree) in (list, tuple) else type(tree)(*parts)


def mapped(function: Callable[..., Any], tree: Any, *more: Any, is_leaf: Callable[[Any], bool] | None = None) -> Any:
    """`jax.tree.map`, with the keys of `tree` in their order."""
    return in_order(order(tree), jax.tree.map(function, tree, *more, is_leaf=is_leaf))
