"""Layers that pad, crop and enlarge sequences, images and volumes."""

from typing import Any

import jax

from hornbeam import ops
from hornbeam.engine import registry
from hornbeam.engine.door import op
from hornbeam.engine.errors import ArgumentError, ShapeError
from hornbeam.engine.tensor import Tensor
from hornbeam.layers.convolution import checked_format, per_axis
from hornbeam.layers.layer import Layer, check_rank

Pairs = tuple[tuple[int, int], ...]


def _pairs(kind: str, name: str, value: Any, rank: int) -> Pairs:
    """(before, after) of each axis, from one number, one of each axis, or the pairs."""
    if rank == 1 and isinstance(value, (list, tuple)) and not isinstance(value[0], (list, tuple)):
        value = (value,)
    values = (value,) * rank if not isinstance(value, (list, tuple)) else tuple(value)
    pairs = tuple(tuple(v) if isinstance(v, (list, tuple)) else (v, v) for v in values)
    numbers = [n for pair in pairs for n in pair]
    if len(pairs) != rank or any(len(pair) != 2 for pair in pairs) or not all(isinstance(n, int) and n >= 0 for n in numbers):
        raise ArgumentError(
            f"{kind}: {name} is a whole number, "
            + ("or (before, after)" if rank == 1 else f"{rank} of them, or {rank} pairs (before, after)")
            + f", none negative; received {value!r}."
        )
    return pairs


class Spatial(Layer):
    """A layer over `rank` spatial axes, which it finds by its data format."""

    rank: int

    def __init__(self, data_format: str | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.data_format = checked_format(type(self).__name__, data_format)

    def _first(self, inputs: Tensor) -> int:
        """The first spatial axis."""
        check_rank(self, inputs.shape, exact=self.rank + 2)
        return 1 if self.data_format == "channels_last" else 2

    def _whole(self, inputs: Tensor, each: Any, other: Any) -> list[Any]:
        """`each` of the spatial axes, `other` of the batch and the channels."""
        first = self._first(inputs)
        return [other] * first + list(each) + [other] * (inputs.ndim - first - self.rank)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "data_format": self.data_format}


class ZeroPadding(Spatial):
    def __init__(self, padding: Any = 1, data_format: str | None = None, **kwargs: Any):
        super().__init__(data_format, **kwargs)
        pairs = _pairs(type(self).__name__, "padding", padding, self.rank)
        self.padding = pairs if self.rank > 1 else pairs[0]

    def call(self, inputs: Tensor) -> Tensor:
        return ops.pad(inputs, self._whole(inputs, self.padding if self.rank > 1 else [self.padding], (0, 0)))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "padding": self.padding}


@registry.register("layer")
class ZeroPadding1D(ZeroPadding):
    """Zeros before and after the steps. `padding`: an int, or (before, after)."""

    rank = 1


@registry.register("layer")
class ZeroPadding2D(ZeroPadding):
    """Rows and columns of zeros around an image. `padding`: an int, (height, width), or ((top, bottom), (left, right))."""

    rank = 2


@registry.register("layer")
class ZeroPadding3D(ZeroPadding):
    """Zeros around a volume. `padding`: an int, one for each axis, or (before, after) for each."""

    rank = 3


class Cropping(Spatial):
    def __init__(self, cropping: Any = 1, data_format: str | None = None, **kwargs: Any):
        super().__init__(data_format, **kwargs)
        pairs = _pairs(type(self).__name__, "cropping", cropping, self.rank)
        self.cropping = pairs if self.rank > 1 else pairs[0]

    def call(self, inputs: Tensor) -> Tensor:
        pairs = self._whole(inputs, self.cropping if self.rank > 1 else [self.cropping], (0, 0))
        if any(before + after >= size for (before, after), size in zip(pairs, inputs.shape, strict=True) if before + after):
            raise ShapeError(f"Layer '{self.name}': cropping {self.cropping} leaves nothing of an input of shape {tuple(inputs.shape)}.")
        return inputs[tuple(slice(before, size - after) for (before, after), size in zip(pairs, inputs.shape, strict=True))]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "cropping": self.cropping}


@registry.register("layer")
class Cropping1D(Cropping):
    """Leaves out the first and the last steps. `cropping`: an int, or (before, after)."""

    rank = 1

    def __init__(self, cropping: Any = (1, 1), **kwargs: Any):
        super().__init__(cropping, **kwargs)

    def get_config(self) -> dict[str, Any]:
        return {name: value for name, value in super().get_config().items() if name != "data_format"}


@registry.register("layer")
class Cropping2D(Cropping):
    """Leaves out an image's border. `cropping`: an int, (height, width), or ((top, bottom), (left, right)); by default none."""

    rank = 2

    def __init__(self, cropping: Any = ((0, 0), (0, 0)), data_format: str | None = None, **kwargs: Any):
        super().__init__(cropping, data_format, **kwargs)


@registry.register("layer")
class Cropping3D(Cropping):
    """Leaves out a volume's border. `cropping`: an int, one for each axis, or (before, after) for each."""

    rank = 3


class UpSampling(Spatial):
    def __init__(self, size: Any = 2, data_format: str | None = None, **kwargs: Any):
        super().__init__(data_format, **kwargs)
        self.size: Any = per_axis(type(self).__name__, "size", size, self.rank)

    def call(self, inputs: Tensor) -> Tensor:
        for axis, times in enumerate(self._whole(inputs, self.size, 1)):
            inputs = ops.repeat(inputs, times, axis=axis) if times > 1 else inputs
        return inputs

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "size": self.size}


@registry.register("layer")
class UpSampling1D(UpSampling):
    """Each step `size` times."""

    rank = 1

    def __init__(self, size: int = 2, **kwargs: Any):
        super().__init__(size, **kwargs)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        del config["data_format"]
        return {**config, "size": self.size[0]}


_METHODS = {"bicubic": "cubic", "bilinear": "linear", "lanczos3": "lanczos3", "lanczos5": "lanczos5", "nearest": "nearest"}


@op(1, "float", name="enlarge")
def _enlarge(x: Any, shape: tuple[int, ...], method: str) -> Any:
    return jax.image.resize(x, shape, method, antialias=False)


@registry.register("layer")
class UpSampling2D(UpSampling):
    """An image enlarged.

    Args:
        size: how many times, an int or (height, width).
        data_format: 'channels_last' (batch, height, width, channels) or 'channels_first'.
        interpolation: 'nearest' (each pixel is repeated), 'bilinear', 'bicubic', 'lanczos3' or 'lanczos5'.
    """

    rank = 2

    def __init__(self, size: Any = (2, 2), data_format: str | None = None, interpolation: str = "nearest", **kwargs: Any):
        super().__init__(size, data_format, **kwargs)
        self.interpolation = str(interpolation).lower()
        if self.interpolation not in _METHODS:
            raise ArgumentError(f"UpSampling2D: interpolation is one of {', '.join(map(repr, _METHODS))}; received {interpolation!r}.")

    def call(self, inputs: Tensor) -> Tensor:
        if self.interpolation == "nearest":
            return super().call(inputs)
        shape = tuple(n * times for n, times in zip(inputs.shape, self._whole(inputs, self.size, 1), strict=True))
        return _enlarge(inputs, shape, _METHODS[self.interpolation])

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "interpolation": self.interpolation}


@registry.register("layer")
class UpSampling3D(UpSampling):
    """Each element of a volume `size` times along each axis: an int, or three."""

    rank = 3
