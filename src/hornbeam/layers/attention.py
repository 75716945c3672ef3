"""Attention: each step of a query looks at the steps of a value and takes a weighted mean of them."""

import math
from typing import Any

import numpy as np

from hornbeam import constraints, initializers, ops, regularizers
from hornbeam.engine import dtypes, registry
from hornbeam.engine.errors import ArgumentError, ShapeError
from hornbeam.engine.rng import SeedGenerator
from hornbeam.engine.tensor import Tensor
from hornbeam.initializers.random import connecting
from hornbeam.layers.core import positive
from hornbeam.layers.layer import Layer, _is_shape
from hornbeam.layers.quantized import Quantized
from hornbeam.layers.recurrent.cells import share
from hornbeam.ops import random as random_ops


class Projection(Quantized):
    """A dense layer from the last `ins` axes to axes of the given sizes. Weights: kernel (*ins, *outs), bias (*outs)."""

    def __init__(self, ins: int, outs: tuple[int, ...], use_bias: bool, how: dict[str, Any], **kwargs: Any):
        super().__init__(**kwargs)
        self.ins, self.outs, self.use_bias, self.how = ins, outs, use_bias, how

    def build(self, input_shape: Any) -> None:
        sizes = tuple(input_shape[-self.ins :])
        how = self.how
        shape = (*sizes, *self.outs)
        initializer = connecting(how["kernel_initializer"], range(self.ins), range(self.ins, len(shape)))
        self.kernel = self.add_weight(
            shape, initializer, regularizer=how["kernel_regularizer"],
            constraint=how["kernel_constraint"], name="kernel",
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                self.outs, how["bias_initializer"], regularizer=how["bias_regularizer"], constraint=how["bias_constraint"], name="bias"
            )
        self._free, self._sizes = len(input_shape) - self.ins, sizes
        self._quantize_when_built()

    def _quantized_parts(self) -> dict[str, tuple[str, str]]:
        ins, outs = "ijkl"[: self.ins], "opqr"[: len(self.outs)]
        return {"kernel": (ins + outs, "abcdefgh"[: self._free] + outs)}

    def call(self, inputs: Tensor) -> Tensor:
        sizes = self._sizes
        if tuple(inputs.shape[-self.ins :]) != sizes:
            raise ShapeError(f"the projection '{self.name}' was built for last axes of sizes {sizes}; it was given {tuple(inputs.shape)}.")
        if self.quantization_mode is not None:
            letters, kept = self._quantized_parts()["kernel"]
            ins, outs = letters[: self.ins], letters[self.ins :]
            found = self._product(f"...{ins},{letters}->...{outs}", inputs)
        else:
            found = ops.tensordot(inputs, self._adapted(self.kernel), self.ins)
        return found if self.bias is None else self._biased(found, self.bias)


class BaseHeads(Layer):
    """What MultiHeadAttention and GroupQueryAttention share: projections, masks, the weighted mean.

    A subclass gives the numbers of heads and their sizes.
    """

    def __init__(
        self, query_heads: int, heads: int, key_dim: int, value_dim: int, dropout: float, use_bias: bool, output_shape: Any,
        attention_axes: Any, sliding_window: int | None, flash_attention: bool | None, how: dict[str, Any], use_gate: bool,
        seed: int | None, **kwargs: Any,
    ):
        super().__init__(**kwargs)
        kind = type(self).__name__
        self._heads = positive(kind, "the number of heads", query_heads), positive(kind, "the number of heads", heads)
        self._dims = positive(kind, "the size of a head", key_dim), positive(kind, "value_dim", value_dim)
        self.dropout, self.use_bias, self.use_gate, self.seed = share(kind, "dropout", dropout), use_bias, use_gate, seed
        self._output_shape = None if output_shape is None else (output_shape,) if isinstance(output_shape, int) else tuple(output_shape)
        axes = (attention_axes,) if isinstance(attention_axes, int) else attention_axes
        self.attention_axes = None if axes is None else list(axes)
        self.sliding_window = None if sliding_window is None else positive(kind, "sliding_window", sliding_window)
        self.flash_attention = flash_attention
        for name, value in how.items():
            family = {"initializer": initializers, "regularizer": regularizers, "constraint": constraints}[name.rpartition("_")[2]]
            setattr(self, name, family.get(value))
        self._how = {name: getattr(self, name) for name in how}
        self.supports_masking = True
        if self.dropout:
            self.seed_generator = SeedGenerator(seed)

    _names = ("query_dense", "key_dense", "value_dense", "output_dense", "_gate_dense")  # the attributes, which files name
    _heeds_query_mask = False

    def build(self, query_shape: Any, value_shape: Any = None, key_shape: Any = None) -> None:
        if not _is_shape(query_shape):
            query_shape, value_shape, key_shape = query_shape
        value_shape = query_shape if value_shape is None else value_shape
        self._shapes = {"query_shape": query_shape, "value_shape": value_shape} | ({} if key_shape is None else {"key_shape": key_shape})
        key_shape = value_shape if key_shape is None else key_shape
        (query_heads, heads), (key_dim, value_dim) = self._heads, self._dims
        outs = self._output_shape or (query_shape[-1],)
        query, key, value, output, gate = self._names
        plan = {
            query: ("query", 1, (query_heads, key_dim), query_shape),
            key: ("key", 1, (heads, key_dim), key_shape),
            gate: ("gate", 1, (query_heads, value_dim), query_shape),
            value: ("value", 1, (heads, value_dim), value_shape),
            output: ("attention_output", 2, outs, (*query_shape[:-1], query_heads, value_dim)),
        }
        policy = self.__dict__.get("_policies", self.dtype_policy)
        for attribute, (name, ins, sizes, shape) in plan.items():
            if attribute != gate or self.use_gate:
                # A clone each: one initializer without a seed gives the same values again.
                how = {part: made.clone() if isinstance(made, initializers.Initializer) else made for part, made in self._how.items()}
                layer = Projection(ins, sizes, self.use_bias, how, dtype=policy, name=name)
                layer._build_once(tuple(shape))
                setattr(self, attribute, layer)
        if self.attention_axes is None:
            self.attention_axes = list(range(1, len(query_shape) - 1))

    def get_build_config(self) -> dict[str, Any] | None:
        return {"shapes_dict": self._shapes} if self.built else None

    def build_from_config(self, config: dict[str, Any]) -> None:
        shapes = config.get("shapes_dict", {})
        if shapes and not self.built:
            names = ("query_shape", "value_shape", "key_shape")
            self._build_once(tuple(None if shapes.get(name) is None else tuple(shapes[name]) for name in names))

    def __call__(self, query: Any, value: Any = None, *args: Any, **kwargs: Any) -> Any:
        value = kwargs.pop("value", value)
        if value is None:
            raise ArgumentError(f"Layer '{self.name}' ({type(self).__name__}) takes a query and a value: layer(x, x) for self-attention.")
        if not self.built:
            key = args[0] if args else kwargs.get("key")
            self._build_once(tuple(None if x is None else tuple(np.shape(x)) for x in (query, value, key)))
        return super().__call__(query, value, *args, **kwargs)

    def call(
        self, query: Tensor, value: Tensor, key: Any = None, query_mask: Any = None, value_mask: Any = None, key_mask: Any = None,
        attention_mask: Any = None, return_attention_scores: bool = False, training: bool | None = None, use_causal_mask: bool = False,
    ) -> Any:
        if query_mask is None or not self._heeds_query_mask:  # Keras's MultiHeadAttention looks at the mask that rides on the query only
            query_mask = getattr(query, "_keras_mask", None)
        if key is None:
            key = value
        else:
            key_mask = getattr(key, "_keras_mask", None) if key_mask is None else key_mask
        value_mask = getattr(value, "_keras_mask", None) if value_mask is None else value_mask
        gate = ops.sigmoid(getattr(self, self._names[4])(query)) if self.use_gate else None
        q, k, v = (getattr(self, name)(x) for name, x in zip(self._names, (query, key, value), strict=False))
        masks = query_mask, value_mask, key_mask, attention_mask, use_causal_mask
        found, scores = self._attended(q, k, v, masks, training, return_attention_scores)
        if gate is not None:
            found = found * gate
        found = getattr(self, self._names[3])(found)
        return (found, scores) if scores is not None and return_attention_scores else found

    def _compute_attention(
        self, query: Tensor, key: Tensor, value: Tensor, attention_mask: Any = None, training: bool | None = None, **kwargs: Any
    ) -> tuple[Tensor, Any]:
        """What subclasses of one's own call in Keras: attention of projected queries, keys and values, and its scores or None."""
        masks = None, None, None, attention_mask, False
        return self._attended(query, key, value, masks, training, kwargs.get("return_attention_scores", False))

    def _attended(self, q: Tensor, k: Tensor, v: Tensor, masks: tuple, training: bool | None, with_scores: bool) -> tuple[Tensor, Any]:
        rank = q.ndim - 1
        axes = [axis % rank for axis in self.attention_axes or range(1, rank - 1)]
        # Everything as (batch and free axes, heads, steps, size); the axes attended over become one.
        free = [axis for axis in range(rank - 1) if axis not in axes]
        order = (*free, rank - 1, *axes, rank)
        lay = lambda x: ops.reshape(
            ops.transpose(x, order), (*(x.shape[a] for a in free), x.shape[rank - 1], math.prod(x.shape[a] for a in axes), x.shape[rank])
        )
        steps, sources = ([x.shape[a] for a in axes] for x in (q, k))
        q, k, v = lay(q), lay(k), lay(v)
        mask = self._mask(len(free), steps, sources, *masks)
        dropping = bool(training and self.dropout)
        found: Tensor
        if len(free) == 1 and not dropping and not with_scores:
            scores = None
            swap = lambda x: ops.swapaxes(x, 1, 2)
            found = swap(ops.dot_product_attention(swap(q), swap(k), swap(v), mask=mask))
        else:
            if (groups := self._heads[0] // self._heads[1]) > 1:
                k, v = (ops.repeat(x, groups, axis=-3) for x in (k, v))
            q = q * float(1 / np.sqrt(self._dims[0]))
            scores = ops.matmul(q, ops.swapaxes(k, -1, -2))
            if mask is not None:
                scores = ops.where(mask, scores, ops.cast(-3e4 if scores.dtype == "float16" else -1e9, scores.dtype))
            scores = ops.softmax(scores, axis=-1)
            if mask is not None:  # a step that may look nowhere gets zeros
                scores = ops.where(mask, scores, ops.zeros((), scores.dtype))
            weights = random_ops.dropout(scores, self.dropout, seed=self.seed_generator) if dropping else scores
            found = ops.matmul(weights, v)
            scores = ops.reshape(scores, (*scores.shape[:-2], *steps, *sources))
        found = ops.reshape(found, (*found.shape[:-2], *steps, found.shape[-1]))
        return ops.transpose(found, tuple(int(i) for i in np.argsort(order))), scores

    def __getattr__(self, name: str) -> Any:
        """`_query_dense` and its kin: what Keras calls the projections inside."""
        if name.startswith("_") and name[1:] in self._names:
            return getattr(self, name[1:])
        return super().__getattr__(name)

    def _mask(
        self, free: int, steps: list[int], sources: list[int], query_mask: Any, value_mask: Any, key_mask: Any, attention_mask: Any,
        causal: bool,
    ) -> Tensor | None:
        """All masks in one, broadcast to (free axes, heads, steps, sources); True where a step may look."""
        t, s = math.prod(steps), math.prod(sources)
        masks = []
        if query_mask is not None:  # (batch, steps)
            masks.append(ops.reshape(ops.cast(query_mask, "bool"), (query_mask.shape[0], *(1,) * free, math.prod(query_mask.shape[1:]), 1)))
        for mask in (value_mask, key_mask):  # (batch, sources)
            if mask is not None:
                mask = ops.cast(mask, "bool")
                masks.append(ops.reshape(mask, (mask.shape[0], *(1,) * free, 1, math.prod(mask.shape[1:]))))
        if causal or self.sliding_window:
            here, there = np.arange(t)[:, None], np.arange(s)
            allowed = here >= there if causal else np.ones((t, s), bool)
            if self.sliding_window:
                allowed &= np.abs(here - there) < self.sliding_window
            masks.append(ops.convert_to_tensor(allowed))
        if attention_mask is not None:
            mask = ops.cast(attention_mask, "bool")
            ahead = mask.shape[: mask.ndim - 2 * len(steps)]
            if mask.ndim < 2 * len(steps):
                raise ShapeError(f"attention_mask has the axes (batch, steps, sources); its shape is {tuple(mask.shape)}.")
            rows, columns = mask.shape[len(ahead) : len(ahead) + len(steps)], mask.shape[len(ahead) + len(steps) :]
            ahead = (*ahead, *(1,) * (free + 1 - len(ahead))) if ahead else ()
            masks.append(ops.reshape(mask, (*ahead, math.prod(rows), math.prod(columns))))
        found = None
        for mask in masks:
            found = mask if found is None else ops.logical_and(found, mask)
        return found

    def compute_mask(self, query: Any, previous_mask: Any = None) -> Any:
        return previous_mask

    def _dtype_config(self) -> dict[str, Any]:
        quantized = {layer.path: layer.dtype_policy for layer in self._sublayers() if layer.dtype_policy.quantization_mode}
        return dtypes.config_of(dtypes.DTypePolicyMap(self.dtype_policy, quantized)) if quantized else super()._dtype_config()

    def get_config(self) -> dict[str, Any]:
        kinds = {"initializer": initializers, "regularizer": regularizers, "constraint": constraints}
        how = {name: kinds[name.rpartition("_")[2]].serialize(value) for name, value in self._how.items()}
        return {
            **super().get_config(), **how, "dropout": self.dropout, "use_bias": self.use_bias, "use_gate": self.use_gate,
            "sliding_window": self.sliding_window, "seed": self.seed,
            "activity_regularizer": regularizers.serialize(self.activity_regularizer),
        }


def _how(local: dict[str, Any]) -> dict[str, Any]:
    names = ("kernel_initializer", "bias_initializer", "kernel_regularizer", "bias_regularizer", "kernel_constraint", "bias_constraint")
    return {name: local[name] for name in names}


@registry.register("layer")
class MultiHeadAttention(BaseHeads):
    """`num_heads` attentions side by side, each on its own projection, their results projected together (Vaswani et al. 2017).

    Args:
        num_heads, key_dim, value_dim: how many heads, and their sizes for query and key, and for the value (`key_dim` by default).
        dropout: the share of attention weights dropped in training.
        output_shape: the sizes of the output's last axes; the query's last size by default.
        attention_axes: the axes to attend over; by default all but the batch and the last.
        sliding_window: each step sees only sources less than so many steps away.
        flash_attention: accepted; which kernel runs follows from the device.
        use_gate: multiply the heads' results by a sigmoid of a projection of the query (Qiu et al. 2025).

    `layer(query, value, key=value)`: (batch, steps, n), (batch, sources, m) -> (batch, steps, n). `attention_mask` (batch, steps,
    sources) is True where a step may look; `value_mask` and `key_mask` are (batch, sources). With `return_attention_scores` also the
    weights (batch, heads, steps, sources). Weights: kernels and biases of query, key, value and attention_output.
    """

    def __init__(
        self, num_heads: int, key_dim: int, value_dim: int | None = None, dropout: float = 0.0, use_bias: bool = True,
        output_shape: Any = None, attention_axes: Any = None, sliding_window: int | None = None, flash_attention: bool | None = None,
        kernel_initializer: Any = "glorot_uniform", bias_initializer: Any = "zeros", kernel_regularizer: Any = None,
        bias_regularizer: Any = None, activity_regularizer: Any = None, kernel_constraint: Any = None, bias_constraint: Any = None,
        use_gate: bool = False, seed: int | None = None, **kwargs: Any,
    ):
        how = _how(locals())
        super().__init__(
            num_heads, num_heads, key_dim, value_dim or key_dim, dropout, use_bias, output_shape, attention_axes, sliding_window,
            flash_attention, how, use_gate, seed, activity_regularizer=activity_regularizer, **kwargs,
        )
        self.num_heads, self.key_dim, self.value_dim = num_heads, *self._dims

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(), "num_heads": self.num_heads, "key_dim": self.key_dim, "value_dim": self.value_dim,
            "output_shape": self._output_shape, "attention_axes": self.attention_axes,
        }


@registry.register("layer", "GroupQueryAttention")
class GroupedQueryAttention(BaseHeads):
    """Multi-head attention in which groups of query heads share a key and a value head (Ainslie et al. 2023).

    Args:
        head_dim: the size of a head.
        num_query_heads, num_key_value_heads: how many; the second divides the first.

    Other arguments, the call and its shapes as `MultiHeadAttention`.
    """

    _names = ("_query_dense", "_key_dense", "_value_dense", "_output_dense", "_gate_dense")
    _heeds_query_mask = True
    keras_name = "GroupQueryAttention"  # in configurations; layers are named by the class

    def __init__(
        self, head_dim: int, num_query_heads: int, num_key_value_heads: int, dropout: float = 0.0, use_bias: bool = True,
        sliding_window: int | None = None, flash_attention: bool | None = None, kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros", kernel_regularizer: Any = None, bias_regularizer: Any = None, activity_regularizer: Any = None,
        kernel_constraint: Any = None, bias_constraint: Any = None, use_gate: bool = False, seed: int | None = None, **kwargs: Any,
    ):
        how = _how(locals())
        super().__init__(
            num_query_heads, num_key_value_heads, head_dim, head_dim, dropout, use_bias, None, None, sliding_window, flash_attention,
            how, use_gate, seed, activity_regularizer=activity_regularizer, **kwargs,
        )
        if num_query_heads % num_key_value_heads:
            raise ArgumentError(
                f"GroupQueryAttention: num_query_heads ({num_query_heads}) must divide by num_key_value_heads ({num_key_value_heads})."
            )
        self.head_dim, self.num_query_heads, self.num_key_value_heads = head_dim, num_query_heads, num_key_value_heads

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(), "head_dim": self.head_dim, "num_query_heads": self.num_query_heads,
            "num_key_value_heads": self.num_key_value_heads,
        }


GroupQueryAttention = GroupedQueryAttention


class BaseAttention(Layer):
    """One attention without projections. Inputs: [query (batch, steps, n), value (batch, sources, n), key as value by default]."""

    def __init__(self, use_scale: bool, dropout: float, seed: int | None, **kwargs: Any):
        super().__init__(**kwargs)
        self.use_scale, self.dropout, self.seed = use_scale, share(type(self).__name__, "dropout", dropout), seed
        self.supports_masking = True
        if self.dropout:
            self.seed_generator = SeedGenerator(seed)

    def _checked(self, shapes: Any) -> None:
        if _is_shape(shapes) or not isinstance(shapes, (list, tuple)) or len(shapes) not in (2, 3):
            raise ShapeError(
                f"Layer '{self.name}' ({type(self).__name__}) takes a list [query, value] or [query, value, key]; it got shapes {shapes}."
            )

    def _scores(self, query: Tensor, key: Tensor) -> Tensor:
        """How much each step looks at each source, (batch, steps, sources), before the softmax."""
        raise NotImplementedError

    def call(
        self, inputs: Any, mask: Any = None, training: bool = False, return_attention_scores: bool = False,
        use_causal_mask: bool = False,
    ) -> Any:
        self._checked([tuple(x.shape) for x in inputs] if isinstance(inputs, (list, tuple)) else tuple(inputs.shape))
        if mask is not None and (not isinstance(mask, (list, tuple)) or not 2 <= len(mask) <= 3):
            raise ArgumentError(f"Layer '{self.name}': mask is a list [query_mask, value_mask]; received {mask!r}.")
        query, value = inputs[:2]
        key = inputs[2] if len(inputs) > 2 else value
        query_mask, value_mask = mask[:2] if mask is not None else (None, None)
        scores = self._scores(query, key)
        allowed = None if value_mask is None else ops.expand_dims(ops.cast(value_mask, "bool"), -2)
        if use_causal_mask:
            causal = ops.convert_to_tensor(np.tri(*scores.shape[-2:], dtype=bool))
            allowed = causal if allowed is None else ops.logical_and(allowed, causal)
        if allowed is not None:
            far = 65504.0 if scores.dtype == "float16" else 1e9
            scores = scores - ops.cast(ops.logical_not(allowed), scores.dtype) * far
        weights = ops.softmax(scores, axis=-1)
        if training and self.dropout:
            weights = random_ops.dropout(weights, self.dropout, seed=self.seed_generator)
        found = ops.matmul(weights, value)
        if query_mask is not None:
            found = found * ops.cast(ops.expand_dims(query_mask, -1), found.dtype)
        return (found, weights) if return_attention_scores else found

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        return previous_mask[0] if isinstance(previous_mask, (list, tuple)) else None

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "use_scale": self.use_scale, "dropout": self.dropout, "seed": self.seed}


@registry.register("layer")
class Attention(BaseAttention):
    """Scores are products of query and key (Luong et al. 2015), or with `score_mode='concat'` sums of tanh(query + key).

    Args:
        use_scale: multiply by a learned number. dropout: the share of weights dropped in training.

    `layer([query, value, key], mask=[query_mask, value_mask])`: (batch, steps, n); with `return_attention_scores` also the weights
    (batch, steps, sources). Weights: scale () with use_scale, concat_score_weight () with 'concat'.
    """

    def __init__(self, use_scale: bool = False, score_mode: str = "dot", dropout: float = 0.0, seed: int | None = None, **kwargs: Any):
        super().__init__(use_scale, dropout, seed, **kwargs)
        if score_mode not in ("dot", "concat"):
            raise ArgumentError(f"Attention: score_mode is 'dot' or 'concat'; received {score_mode!r}.")
        self.score_mode = score_mode

    def build(self, input_shape: Any) -> None:
        self._checked(input_shape)
        self.scale = self.add_weight((), "ones", name="scale") if self.use_scale else None
        self.concat_score_weight = self.add_weight((), "ones", name="concat_score_weight") if self.score_mode == "concat" else None

    def _scores(self, query: Tensor, key: Tensor) -> Tensor:
        if self.score_mode == "dot":
            scores = ops.matmul(query, ops.swapaxes(key, -1, -2))
            return scores if self.scale is None else scores * self.scale
        both = ops.expand_dims(query, -2) + ops.expand_dims(key, -3)
        return self.concat_score_weight * ops.sum(ops.tanh(both if self.scale is None else self.scale * both), axis=-1)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "score_mode": self.score_mode}


@registry.register("layer")
class AdditiveAttention(BaseAttention):
    """Scores are sums of `scale * tanh(query + key)` over the last axis (Bahdanau et al. 2015).

    Weights: scale (n,) with use_scale. Arguments, call and shapes as `Attention`.
    """

    def __init__(self, use_scale: bool = True, dropout: float = 0.0, seed: int | None = None, **kwargs: Any):
        super().__init__(use_scale, dropout, seed, **kwargs)

    def build(self, input_shape: Any) -> None:
        self._checked(input_shape)
        self.scale = self.add_weight((input_shape[0][-1],), "glorot_uniform", name="scale") if self.use_scale else None

    def _scores(self, query: Tensor, key: Tensor) -> Tensor:
        both = ops.tanh(ops.expand_dims(query, -2) + ops.expand_dims(key, -3))
        return ops.sum(both if self.scale is None else self.scale * both, axis=-1)
