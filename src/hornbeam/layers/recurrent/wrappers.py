"""Layers around a layer: Bidirectional reads a sequence both ways, TimeDistributed treats every step alike."""

from typing import Any

import jax

from hornbeam import ops
from hornbeam.engine import graph, registry
from hornbeam.engine.callers import ours
from hornbeam.engine.errors import ArgumentError, ShapeError
from hornbeam.engine.rng import SeedGenerator
from hornbeam.engine.tensor import Tensor, is_tensor
from hornbeam.layers.layer import Layer, _is_shape, _map_shapes


def _copy(layer: Layer, **changes: Any) -> Any:
    """A fresh layer of the same configuration with some changes; the classes of its parts need no registration."""
    parts = {type(each).__name__: type(each) for each in layer._flatten_layers()}
    with registry.custom_object_scope({name: cls for name, cls in parts.items() if not ours(cls)}):
        return type(layer).from_config({**layer.get_config(), **changes})


@registry.register("layer")
class Bidirectional(Layer):
    """A recurrent layer and its copy that reads backwards, merged.

    Args:
        layer: a recurrent layer such as LSTM(8); its configuration is copied, its weights are not.
        merge_mode: 'concat', 'sum', 'mul', 'ave', or None for a pair of outputs.
        backward_layer: another layer for the way back (with go_backwards=True).

    With `return_state` the states of the forward layer come first. Masked steps give zeros.
    """

    def __init__(self, layer: Any, merge_mode: str | None = "concat", weights: Any = None, backward_layer: Any = None, **kwargs: Any):
        if not isinstance(layer, Layer) or not hasattr(layer, "go_backwards"):
            raise ArgumentError(f"Bidirectional takes a recurrent layer such as LSTM(8); received {layer!r}.")
        if merge_mode not in ("sum", "mul", "ave", "concat", None):
            raise ArgumentError(f"Bidirectional: merge_mode is 'concat', 'sum', 'mul', 'ave' or None; received {merge_mode!r}.")
        kwargs.setdefault("dtype", layer.dtype_policy)
        if "_batch_input_shape" in layer.__dict__:
            kwargs.setdefault("batch_input_shape", layer._batch_input_shape)
        super().__init__(**kwargs)
        self.forward_layer: Any = _copy(layer, name=f"forward_{layer.name.removeprefix('forward_')}")
        self._given_backward = backward_layer is not None
        if backward_layer is None:
            changes = {"name": f"backward_{layer.name}", "go_backwards": not layer.go_backwards}
            seed = layer.get_config().get("seed")
            self.backward_layer: Any = _copy(layer, **changes, **({} if seed is None else {"seed": seed + 1}))  # its dropout is its own
        else:
            for name in ("return_sequences", "return_state", "stateful"):
                one, other = getattr(layer, name), getattr(backward_layer, name, None)
                if one != other:
                    raise ArgumentError(f"Bidirectional: layer has {name}={one}, backward_layer has {other}; they must agree.")
            if backward_layer.go_backwards == layer.go_backwards:
                raise ArgumentError("Bidirectional: backward_layer and layer read in the same direction; make one with go_backwards=True.")
            self.backward_layer = backward_layer
        for each in (self.forward_layer, self.backward_layer):
            each.zero_output_for_mask = True
        self._layer_config = registry.to_config(layer)
        self.merge_mode = merge_mode
        forward = self.forward_layer
        self.return_sequences, self.return_state, self.stateful = forward.return_sequences, forward.return_state, forward.stateful
        self.supports_masking = True
        self._initial = weights

    def build(self, input_shape: Any) -> None:
        for layer in (self.forward_layer, self.backward_layer):
            if not layer.built:
                layer._build_once(input_shape)
        if self._initial is not None:
            self.set_weights(self._initial)
            self._initial = None

    def call(self, sequences: Tensor, initial_state: Any = None, mask: Any = None, training: bool = False) -> Any:
        first, second = {}, {}
        if initial_state is not None:
            half = len(initial_state) // 2
            first, second = {"initial_state": initial_state[:half]}, {"initial_state": initial_state[half:]}
        forward = self.forward_layer(sequences, mask=mask, training=training, **first)
        backward = self.backward_layer(sequences, mask=mask, training=training, **second)
        states: list[Any] = []
        if self.return_state:
            (forward, *states), (backward, *more) = forward, backward
            states += more
        if self.return_sequences:
            backward = ops.flip(backward, axis=0 if getattr(self.forward_layer, "time_major", False) else 1)
        merged: Any
        if self.merge_mode == "concat":
            merged = ops.concatenate([forward, backward], axis=-1)
        elif self.merge_mode is None:
            merged = (forward, backward)
        else:
            merged = forward * backward if self.merge_mode == "mul" else forward + backward
            merged = merged * 0.5 if self.merge_mode == "ave" else merged
        if not self.return_state:
            return merged
        return (*merged, *states) if self.merge_mode is None else (merged, *states)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        found = self.forward_layer.compute_mask(inputs, previous_mask)
        found, *states = found if self.return_state else [found]
        outputs = [found, found] if self.merge_mode is None else [found]
        return outputs + states * 2 if self.return_state or self.merge_mode is None else found

    def reset_states(self) -> None:
        self.forward_layer.reset_states()
        self.backward_layer.reset_states()

    reset_state = reset_states

    def get_config(self) -> dict[str, Any]:
        config = {**super().get_config(), "merge_mode": self.merge_mode, "layer": self._layer_config}
        if self._given_backward:
            config["backward_layer"] = registry.to_config(self.backward_layer)
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Bidirectional":
        config = dict(config)
        for name in ("layer", "backward_layer"):
            if config.get(name) is not None:
                config[name] = registry.from_config("layer", config[name])
        return cls(**config)


@registry.register("layer")
class TimeDistributed(Layer):
    """A layer applied to every step of (batch, time, ...) by itself: all steps at once, as one large batch.

    A layer with a state that it changes (BatchNormalization) is applied step after step, so that it sees one step's batch at a time.
    `inputs` may be a structure of tensors that have the same batch and time. A mask (batch, time, ...) reaches the layer, step by
    step, if its `call` takes one.
    """

    def __init__(self, layer: Any, **kwargs: Any):
        if not isinstance(layer, Layer):
            raise ArgumentError(f"TimeDistributed takes a layer such as Dense(8); received {layer!r}.")
        if "_batch_input_shape" in layer.__dict__:
            kwargs.setdefault("batch_input_shape", layer._batch_input_shape)
        super().__init__(**kwargs)
        self.layer = layer
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        for shape in [input_shape] if _is_shape(input_shape) else jax.tree.leaves(input_shape, is_leaf=_is_shape):
            if len(shape) < 3:
                raise ShapeError(
                    f"Layer '{self.name}' (TimeDistributed) takes inputs (batch, time, ...) of 3 axes or more; it was called on {shape}."
                )
        if not self.layer.built:
            self.layer._build_once(_map_shapes(lambda shape: (shape[0], *shape[2:]), input_shape))

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        batch, time = graph.tensors_in(inputs)[0].shape[:2]
        takes_training, takes_masks, _ = type(self.layer)._takes()
        given: dict[str, Any] = {"training": training} if takes_training else {}
        mask = jax.tree.map(ops.convert_to_tensor, mask, is_leaf=is_tensor) if "mask" in takes_masks else None
        seeds = {seeds.state for layer in self.layer._flatten_layers() for seeds in layer._held(SeedGenerator)}
        if any(not v._born_trainable and v not in seeds for v in self.layer.variables):
            made = []
            for t in range(time):
                at = lambda x, t=t: x[:, t]
                now = {} if mask is None else {"mask": graph.map_tensors(at, mask)}
                made.append(self.layer(graph.map_tensors(at, inputs), **given, **now))
            return jax.tree.map(lambda *steps: ops.stack(steps, axis=1), *made, is_leaf=is_tensor)
        merge = lambda x: ops.reshape(x, (batch * time, *x.shape[2:]))
        if mask is not None:
            given["mask"] = graph.map_tensors(merge, mask)
        outputs = self.layer(graph.map_tensors(merge, inputs), **given)
        return graph.map_tensors(lambda x: ops.reshape(x, (batch, time, *x.shape[1:])), outputs)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "layer": registry.to_config(self.layer)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "TimeDistributed":
        return cls(**{**config, "layer": registry.from_config("layer", config["layer"])})
