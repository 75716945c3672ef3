"""Contrast by the histograms of images and of their parts."""

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam import ops
from hornbeam.engine import registry
from hornbeam.engine.door import op
from hornbeam.engine.errors import ArgumentError
from hornbeam.engine.tensor import Tensor
from hornbeam.layers.core import positive
from hornbeam.layers.preprocessing.image_base import Drawn
from hornbeam.layers.preprocessing.image_color import ColorLayer

_LEVELS = 256


@functools.cache
def _borders(low: float, high: float, bins: int, dtype: np.dtype) -> np.ndarray:
    """The smallest value of each of `bins` levels but the first: where `(value - low) / (high - low) * (bins - 1)` reaches it.

    Rounded as written. A compiler makes one product of the division and the multiplication, and values at borders land elsewhere.
    """
    start, span, steps, level = (np.asarray(each, dtype) for each in (low, high - low, bins - 1, np.arange(1, bins)))
    below, above = np.full(bins - 1, low, dtype), np.full(bins - 1, high, dtype)
    while True:
        middle = below / 2 + above / 2
        if np.all((middle == below) | (middle == above)):
            return above
        reached = (middle - start) / span * steps >= level
        below, above = np.where(reached, below, middle), np.where(reached, middle, above)


@op(name="histogram_levels", host="numpy")
def _levels(images: Any, value_range: tuple[float, float], bins: int) -> Any:
    """Which of `bins` levels each value is in."""
    return jnp.searchsorted(_borders(*value_range, bins, images.dtype), images, side="right").astype("int32")


@op(name="clahe")
def _equalized(images: Any, clip_limit: float, tiles: tuple[int, int]) -> Any:
    """The layer's work on a batch with values in 0 to 255."""
    height, width = images.shape[1:3]
    rows, columns = -(-height // tiles[0]), -(-width // tiles[1])
    size = rows * columns
    padding = [(0, 0), (0, rows * tiles[0] - height), (0, columns * tiles[1] - width), (0, 0)]
    levels = jnp.clip(jnp.pad(images, padding, mode="symmetric"), 0, _LEVELS - 1).astype(jnp.int32)
    parts = levels.reshape(-1, tiles[0], rows, tiles[1], columns, images.shape[3]).transpose(0, 1, 3, 5, 2, 4)
    flat = parts.reshape(-1, size)
    at = jnp.arange(flat.shape[0], dtype=jnp.int32)[:, None]
    counts = jnp.zeros((flat.shape[0], _LEVELS), images.dtype).at[at, flat].add(1)
    if clip_limit > 0:
        limit = clip_limit * size / _LEVELS
        above = jnp.sum(jnp.maximum(counts - limit, 0), axis=1, keepdims=True)
        counts = jnp.minimum(counts, limit) + above / _LEVELS
    below = jnp.cumsum(counts, axis=1)
    first = below[:, :1]
    table = jnp.clip((below - first) * (_LEVELS - 1) / jnp.maximum(size - first, 1e-6), 0, _LEVELS - 1)
    table = table.reshape(*parts.shape[:4], _LEVELS)  # image, tile's row, tile's column, channel, level

    def between(count: int, step: int, length: int) -> tuple[Any, Any, Any]:
        """For each pixel of an axis, the tiles whose middles it lies between, and how far it is from the first."""
        place = jnp.arange(length, dtype=images.dtype) / step - 0.5
        low = jnp.floor(place)
        return jnp.clip(low, 0, count - 1).astype(jnp.int32), jnp.clip(low + 1, 0, count - 1).astype(jnp.int32), place - low

    up, down, y = between(tiles[0], rows, height)
    left, right, x = between(tiles[1], columns, width)
    levels = levels[:, :height, :width]

    def looked_up(i: Any, j: Any) -> Any:
        channel = jnp.arange(images.shape[3], dtype=jnp.int32)
        read = lambda table, levels: table[i[:, None, None], j[None, :, None], channel, levels]
        return jax.vmap(read)(table, levels)

    x, y = x[None, :, None], y[:, None, None]
    above = looked_up(up, left) * (1 - x) + looked_up(up, right) * x
    return above * (1 - y) + (looked_up(down, left) * (1 - x) + looked_up(down, right) * x) * y


@registry.register("layer")
class ContrastLimitedAdaptiveHistogramEqualization(ColorLayer):
    """Each value replaced by its rank among those around it, with limited contrast (Zuiderveld 1994).

    An image is cut into tiles; a tile's histogram says how values map to others, and a pixel takes the weighted mean of what the
    tiles around it say.

    Args:
        clip_limit: no level counts for more than this many times the mean; what is above it is shared out to all. 0: no limit.
        tile_grid_size: how many tiles there are (down, across).
    """

    always = True

    def __init__(
        self, value_range: Any = (0, 255), clip_limit: float = 4.0, tile_grid_size: Any = (8, 8), data_format: str | None = None,
        **kwargs: Any,
    ):  # fmt: skip
        super().__init__(value_range, data_format, **kwargs)
        if not isinstance(tile_grid_size, (list, tuple)) or len(tile_grid_size) != 2:
            raise ArgumentError(f"{type(self).__name__}: tile_grid_size is (down, across); received {tile_grid_size!r}.")
        check = functools.partial(positive, type(self).__name__, "tile_grid_size")
        self.clip_limit, self.tile_grid_size = float(clip_limit), tuple(map(check, tile_grid_size))

    def apply(self, images: Tensor, drawn: Drawn) -> Tensor:
        return self.full(_equalized(self.unit(images) * 255.0, self.clip_limit, self.tile_grid_size) / 255.0)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "clip_limit": self.clip_limit, "tile_grid_size": self.tile_grid_size}


@registry.register("layer")
class Equalization(ColorLayer):
    """Each channel's values spread so that all are about as frequent: histogram equalization over `bins` values.

    As in Keras, the images of a batch share one histogram a channel.
    """

    always = True

    def __init__(self, value_range: Any = (0, 255), bins: int = 256, data_format: str | None = None, **kwargs: Any):
        super().__init__(value_range, data_format, **kwargs)
        if bins < 2:
            raise ArgumentError(f"Equalization: bins is 2 or more; received {bins!r}.")
        self.bins = bins

    def apply(self, images: Tensor, drawn: Drawn) -> Tensor:
        count, height, width, channels = images.shape
        total = count * height * width
        level = _levels(images, self.value_range, self.bins)
        rows = ops.reshape(ops.transpose(level, (3, 0, 1, 2)), (channels, total))
        offset = ops.expand_dims(ops.arange(channels, dtype="int32"), -1) * self.bins
        ones = ops.ones((channels * total,), dtype="int32")
        counts = ops.segment_sum(ones, ops.reshape(rows + offset, (-1,)), num_segments=channels * self.bins)
        reached = ops.cumsum(ops.reshape(counts, (channels, self.bins)), axis=1)
        first = ops.take_along_axis(reached, ops.min(rows, axis=1, keepdims=True), axis=1)
        # At least 1, and one for each level: compilers multiply by the inverse of a lone number, which rounds otherwise.
        rest = ops.maximum(total - first, ops.minimum(reached, 1))
        share = ops.cast(reached - first, self.compute_dtype) / ops.cast(rest, self.compute_dtype)
        new = ops.take_along_axis(ops.round(share * 255.0) / 255.0, rows, axis=1)
        new = ops.where(ops.equal(first, total), ops.cast(rows, self.compute_dtype) / float(self.bins - 1), new)
        return self.full(ops.transpose(ops.reshape(new, (channels, count, height, width)), (1, 2, 3, 0)))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "bins": self.bins}
