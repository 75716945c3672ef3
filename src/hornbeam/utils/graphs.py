"""Questions about symbolic tensors."""

from typing import Any

from hornbeam.engine.errors import StateError
from hornbeam.engine.tensor import Tensor, is_tensor


def is_keras_tensor(x: Any) -> bool:
    """Whether `x` is a symbolic tensor: an `Input`, or computed from one."""
    return is_tensor(x) and x.is_symbolic


def get_source_inputs(tensor: Any) -> list[Tensor]:
    """The Inputs that a symbolic tensor is computed from, each once, in the order they were made."""
    if not is_keras_tensor(tensor):
        raise StateError(f"get_source_inputs takes a symbolic tensor, which starts with Input(shape=...); received {tensor!r}.")
    found: dict[int, Tensor] = {}
    seen: set[int] = set()
    stack = [tensor]
    while stack:
        each = stack.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        if each._node is None or not each._node.parents:
            found[each._node.number if each._node is not None else -len(found) - 1] = each
        else:
            stack += each._node.parents
    return [found[number] for number in sorted(found)]
