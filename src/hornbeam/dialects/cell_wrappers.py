"""`tf.nn.RNNCell*Wrapper`: cells around a cell."""

from typing import Any

import jax

from hornbeam.engine.errors import ArgumentError
from hornbeam.engine.registry import from_config, register, to_config
from hornbeam.engine.rng import SeedGenerator
from hornbeam.engine.tensor import is_tensor
from hornbeam.layers import Layer
from hornbeam.layers.recurrent.base import initial_state
from hornbeam.ops import random


class _Wrapper(Layer):
    """A cell that calls `cell`."""

    def __init__(self, cell: Any, **kwargs: Any):
        super().__init__(**kwargs)
        self.cell = cell

    @property
    def state_size(self) -> Any:
        return self.cell.state_size

    @property
    def output_size(self) -> Any:
        size = self.cell.state_size
        return getattr(self.cell, "output_size", size[0] if isinstance(size, (list, tuple)) else size)

    def get_initial_state(self, inputs: Any = None, batch_size: Any = None, dtype: Any = None) -> Any:
        return initial_state(self.cell, inputs.shape[0] if inputs is not None else batch_size, dtype or self.compute_dtype)

    zero_state = lambda self, batch_size, dtype=None: self.get_initial_state(None, batch_size, dtype)

    def build(self, input_shape: Any) -> None:
        if isinstance(self.cell, Layer) and not self.cell.built:
            self.cell._build_once(input_shape)

    def call(self, inputs: Any, states: Any, **kwargs: Any) -> Any:
        return self.cell(inputs, states, **kwargs)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "cell": to_config(self.cell)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        return cls(from_config("layer", config["cell"]), **{name: value for name, value in config.items() if name != "cell"})


@register("layer")
class DeviceWrapper(_Wrapper):
    """The cell itself: a program runs on one device."""

    def __init__(self, cell: Any, device: Any = None, **kwargs: Any):
        super().__init__(cell, **kwargs)


@register("layer")
class ResidualWrapper(_Wrapper):
    """The cell's output plus its input, or `residual_fn(input, output)`."""

    def __init__(self, cell: Any, residual_fn: Any = None, **kwargs: Any):
        super().__init__(cell, **kwargs)
        self.residual_fn = residual_fn

    def call(self, inputs: Any, states: Any, **kwargs: Any) -> Any:
        output, after = super().call(inputs, states, **kwargs)
        return (inputs + output if self.residual_fn is None else self.residual_fn(inputs, output)), after


@register("layer")
class DropoutWrapper(_Wrapper):
    """Dropout on the cell's inputs, outputs and states at every call, in training or not: the shares are of what is *kept*."""

    def __init__(
        self, cell: Any, input_keep_prob: Any = 1.0, output_keep_prob: Any = 1.0, state_keep_prob: Any = 1.0,
        variational_recurrent: bool = False, input_size: Any = None, dtype: Any = None, seed: int | None = None,
        dropout_state_filter_visitor: Any = None, **kwargs: Any,
    ):
        super().__init__(cell, dtype=dtype, **kwargs)
        if variational_recurrent or dropout_state_filter_visitor is not None:
            raise ArgumentError("RNNCellDropoutWrapper: give the cell itself dropout= and recurrent_dropout= for one mask at all steps.")
        self.keep = input_keep_prob, output_keep_prob, state_keep_prob
        self.seed, self.seed_generator = seed, SeedGenerator(seed)

    def _dropped(self, value: Any, keep: Any) -> Any:
        return value if isinstance(keep, float) and keep >= 1 else random.dropout(value, 1.0 - keep, seed=self.seed_generator)

    def call(self, inputs: Any, states: Any, **kwargs: Any) -> Any:
        before, output, state = self.keep
        made, after = super().call(self._dropped(inputs, before), states, **kwargs)
        kept = jax.tree.map(lambda each: self._dropped(each, state), after, is_leaf=is_tensor)
        return self._dropped(made, output), kept

    def get_config(self) -> dict[str, Any]:
        names = ("input_keep_prob", "output_keep_prob", "state_keep_prob")
        return {**super().get_config(), **dict(zip(names, self.keep, strict=True)), "seed": self.seed}
