"""Sequences padded to few lengths, where that changes no result.

Batches of texts come in many lengths, and each new length is a new program to compile. Where an Embedding masks zeros and all that the
mask's steps lead to ends in a layer that leaves masked steps out, more zeros at the end of a row change nothing; then rows are brought to
the next of a few lengths.
"""

from typing import Any

import numpy as np

from hornbeam import layers
from hornbeam.engine import graph
from hornbeam.engine.tensor import Tensor
from hornbeam.training.feed.convert import few_lengths

# What acts on each step by itself, and hands the mask on.
_BY_STEP = (layers.Activation, layers.Dense, layers.Dropout, layers.GaussianNoise, layers.Masking, layers.SpatialDropout1D)


def padded(array: np.ndarray) -> np.ndarray:
    """Rows of numbers with zeros at their ends, in one of few lengths."""
    more = few_lengths(array.shape[1]) - array.shape[1]
    return np.pad(array, [(0, 0), (0, more)]) if more else array


def may_grow(symbol: Tensor, nodes: list[Any], outputs: list[Tensor]) -> bool:
    """Whether more zeros at the end of the rows of `symbol` change none of the outputs, were they of many lengths or of one."""
    if symbol.ndim != 2 or any(symbol is each for each in outputs):
        return False
    users = _users(symbol, nodes)
    return bool(users) and all(
        isinstance(node.operation, layers.Embedding) and node.operation.mask_zero and not node.kwargs
        and _leaves_masked_out(node.outputs, nodes, outputs)
        for node in users
    )  # fmt: skip


def _users(symbol: Tensor, nodes: list[Any]) -> list[Any]:
    return [node for node in nodes if any(parent is symbol for parent in node.parents)]


def _leaves_masked_out(steps: Any, nodes: list[Any], outputs: list[Tensor]) -> bool:
    """Whether masked steps of a tensor reach nothing but layers that leave them out."""
    if any(each is output for each in graph.tensors_in(steps) for output in outputs):
        return False
    users = _users(steps, nodes)
    return bool(users) and all(_takes(node, nodes, outputs) for node in users)


def _takes(node: Any, nodes: list[Any], outputs: list[Tensor]) -> bool:
    layer = node.operation
    if len(node.parents) != 1 or node.kwargs:
        return False
    if isinstance(layer, layers.Bidirectional):
        layer = layer.forward_layer
    if isinstance(layer, layers.RNN) and not layer.return_state:
        return not layer.return_sequences or _leaves_masked_out(node.outputs, nodes, outputs)
    if isinstance(layer, layers.GlobalAveragePooling1D):
        return True
    return type(layer) in _BY_STEP and _leaves_masked_out(node.outputs, nodes, outputs)
