"""LoRA (Hu et al. 2021): a weight stays as it is, and the product of two thin matrices that train is added to it."""

from typing import Any

from hornbeam import ops
from hornbeam.engine.errors import ArgumentError
from hornbeam.engine.tensor import Tensor
from hornbeam.engine.variable import Variable
from hornbeam.layers.layer import Layer


class Lora(Layer):
    """A layer one of whose weights (`lora_weight`) LoRA may adapt: by `lora_rank=` when it is made, or by `enable_lora` once it is built.

    Files hold the sum, so that they can be read without LoRA.
    """

    lora_weight = "kernel"
    lora_enabled = False
    lora_rank: int | None = None
    lora_alpha: float | None = None

    def _set_lora(self, rank: int | None, alpha: float | None) -> None:
        """Keep what `__init__` was given; `build` ends with `_lora_when_built`."""
        if rank is not None:
            self.lora_rank = self._rank(rank)
            self.lora_alpha = self.lora_rank if alpha is None else alpha

    def _rank(self, rank: Any) -> int:
        if isinstance(rank, bool) or not isinstance(rank, int) or rank < 1:
            raise ArgumentError(f"{type(self).__name__}: the rank of LoRA is a positive whole number; received {rank!r}.")
        return rank

    def _lora_when_built(self) -> None:
        if self.lora_rank is not None:
            self.built = True
            self.enable_lora(self.lora_rank, self.lora_alpha)

    def enable_lora(
        self, rank: int, lora_alpha: float | None = None, a_initializer: Any = "he_uniform", b_initializer: Any = "zeros"
    ) -> None:
        """Freeze the weight and train the product of two matrices of a rank instead, times `lora_alpha / rank`."""
        if not self.built:
            raise ArgumentError(f"Layer '{self.name}' is not built yet: build it, or call it on data, before enable_lora.")
        if self.lora_enabled:
            raise ArgumentError(f"Layer '{self.name}' has LoRA already.")
        self.lora_rank = self._rank(rank)
        self.lora_alpha = self.lora_rank if lora_alpha is None else lora_alpha
        weight, name, shape = getattr(self, self.lora_weight), f"lora_{self.lora_weight}", self._weight_shape()
        self._lora_a = self.add_weight((*shape[:-1], rank), a_initializer, name=f"{name}_a")
        self._lora_b = self.add_weight((rank, shape[-1]), b_initializer, name=f"{name}_b")
        setattr(self, f"{name}_a", self._lora_a)
        setattr(self, f"{name}_b", self._lora_b)
        weight.trainable = False
        self.lora_enabled = True

    def _weight_shape(self) -> tuple[int, ...]:
        return tuple(getattr(self, self.lora_weight).shape)

    def _adapted(self, weight: Variable) -> Variable | Tensor:
        """The weight, with LoRA's product added where there is one."""
        if not self.lora_enabled:
            return weight
        return ops.add(weight, ops.matmul(self._lora_a, self._lora_b) * (self.lora_alpha / self.lora_rank))  # type: ignore[operator]

    def _lora_config(self) -> dict[str, Any]:
        return {} if self.lora_rank is None else {"lora_rank": self.lora_rank, "lora_alpha": self.lora_alpha}

    # Files.
    def _stored(self) -> list[Variable]:
        return [each for each in super()._stored() if not self.lora_enabled or (each is not self._lora_a and each is not self._lora_b)]

    def save_own_variables(self, store: dict[str, Any]) -> None:
        super().save_own_variables(store)
        if self.lora_enabled:
            weight = getattr(self, self.lora_weight)
            at = next(i for i, each in enumerate(self._stored()) if each is weight)
            store[str(at)] = ops.convert_to_numpy(self._adapted(weight))

    def _loaded(self) -> None:
        if self.lora_enabled:  # what was read is the sum
            self._lora_b.assign(ops.zeros_like(self._lora_b))
