"""Attention, AdditiveAttention, MultiHeadAttention, GroupQueryAttention: shapes, masks, axes, scores."""

from __future__ import annotations

from typing import Any

import numpy as np

from goldens.oracle import Oracle
from goldens.recording import table

TOLERANCE = (1e-5, 1e-5)

Q, V, K = (2, 4, 3), (2, 5, 3), (2, 5, 3)
QUERY = np.array([[1, 1, 1, 0], [1, 0, 1, 1]], bool)
VALUE = np.array([[1, 1, 1, 0, 0], [0, 1, 1, 1, 1]], bool)
WHICH = (np.arange(40).reshape(2, 4, 5) % 3 > 0)  # which step may look where
MERGED = {"merge": True}


def _plain(**arguments: Any) -> Any:
    return lambda k: k.layers.Attention(**arguments)


def _additive(**arguments: Any) -> Any:
    return lambda k: k.layers.AdditiveAttention(**arguments)


def _heads(*arguments: Any, **named: Any) -> Any:
    return lambda k: k.layers.MultiHeadAttention(*arguments, **named)


def _grouped(*arguments: Any, **named: Any) -> Any:
    return lambda k: k.layers.GroupQueryAttention(*arguments, **named)


def _masked(layer: Any, *tensors: Any, query_mask: Any = None, value_mask: Any = None, **named: Any) -> Any:
    return layer(list(tensors), mask=[query_mask, value_mask], **named)


def _call(layer: Any, *tensors: Any, **named: Any) -> Any:
    return layer(*tensors, **named)


def _self(layer: Any, x: Any, **named: Any) -> Any:
    return layer(x, x, **named)


BOTH = {"query_mask": QUERY, "value_mask": VALUE}
SCORES = {"return_attention_scores": True}
CASES = table(
    ("dot", _plain(), Q, V, MERGED),
    ("dot_key", _plain(use_scale=True), Q, V, K, MERGED),
    ("dot_mask", _plain(), Q, V, {"call": _masked, **BOTH, **SCORES}),
    ("dot_causal", _plain(), Q, V, {"call": _masked, "query_mask": QUERY, "value_mask": VALUE, "use_causal_mask": True}),
    ("concat", _plain(score_mode="concat", use_scale=True, dropout=0.2), Q, V, K, MERGED),
    ("additive", _additive(), Q, V, MERGED),
    ("additive_plain", _additive(use_scale=False), Q, V, K, {"call": _masked, **BOTH, **SCORES, "use_causal_mask": True}),
    ("heads", _heads(2, 3), (2, 4, 6), {"call": _self}),
    ("heads_value", _heads(2, 3, value_dim=4, output_shape=7, dropout=0.3), Q, (2, 5, 4), {"call": _call}),
    ("heads_key", _heads(2, 3, use_bias=False, kernel_regularizer="l2"), Q, V, (2, 5, 2), {"call": _call, **SCORES}),
    ("heads_masks", _heads(2, 3), Q, V, {"call": _call, **BOTH}),
    ("heads_masks_scores", _heads(2, 3), Q, V, K, {"call": _call, **BOTH, "key_mask": VALUE[::-1].copy(), **SCORES}),
    ("heads_attention_mask", _heads(2, 3), Q, V, {"call": _call, "attention_mask": WHICH}),
    ("heads_causal", _heads(2, 3), (2, 4, 6), {"call": _self, "use_causal_mask": True, **SCORES}),
    ("heads_window", _heads(2, 3, sliding_window=2), (2, 4, 6), {"call": _self, "use_causal_mask": True}),
    ("heads_gate", _heads(2, 3, use_gate=True), Q, V, {"call": _call}),
    ("heads_axes", _heads(2, 3, attention_axes=(1, 2)), (2, 3, 2, 4), {"call": _self, **SCORES}),
    ("heads_axis", _heads(2, 3, attention_axes=2, output_shape=(2, 3)), (2, 3, 4, 2), {"call": _self, "config": False}),
    ("heads_axis_mask", _heads(1, 2, attention_axes=(2,)), (2, 3, 4, 2),
     {"call": _self, "attention_mask": WHICH[:1, :, :4].copy(), **SCORES}),
    ("grouped", _grouped(3, 4, 2), (2, 4, 6), {"call": _self}),
    ("grouped_masks", _grouped(3, 4, 1), Q, V, {"call": _call, **BOTH, **SCORES, "use_causal_mask": True}),
    ("grouped_gate", _grouped(2, 4, 2, use_gate=True, sliding_window=3), (2, 4, 6),
     {"call": _self, "attention_mask": WHICH[:, :, :4].copy()}),
)


def _implicit(oracle: Oracle) -> dict[str, Any]:
    """Masks that ride on the tensors (from an Embedding), through a model."""
    k = oracle.keras
    words, others = k.Input((4,), dtype="int32"), k.Input((5,), dtype="int32")
    embed = k.layers.Embedding(9, 4, mask_zero=True, embeddings_initializer=k.initializers.Constant(np.sin(np.arange(36)).reshape(9, 4)))
    mine, theirs = embed(words), embed(others)
    x = k.layers.MultiHeadAttention(2, 3, kernel_initializer=k.initializers.Constant(0.1))(mine, theirs)
    y = k.layers.Attention()([embed(words), embed(others)])  # in Keras a tensor's mask does not outlive its first use by attention
    z = k.layers.GlobalAveragePooling1D()(x) if hasattr(k.layers, "GlobalAveragePooling1D") else x
    model = k.Model([words, others], [x, y, z])
    a, b = np.array([[1, 2, 0, 0], [3, 4, 5, 0]]), np.array([[6, 7, 0, 0, 0], [8, 1, 2, 3, 0]])
    return {str(i): oracle.numpy(out) for i, out in enumerate(model([a, b]))}


CASES["implicit"] = _implicit
