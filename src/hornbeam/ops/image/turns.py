"""tf.image's flips and turns, windows and differences between neighbouring pixels."""

from typing import Any

import jax
import jax.numpy as jnp

from hornbeam.engine.door import op
from hornbeam.engine.errors import ArgumentError, UntraceableError
from hornbeam.engine.tensor import Tensor, as_tensor
from hornbeam.ops.image._both import both, image_tensor, is_known
from hornbeam.ops.image.filters import cut_patches


@both("tf.image.flip")
def _flip(xp: Any, x: Any, axis: int) -> Any:
    return xp.flip(x, axis)


def flip_left_right(image: Any) -> Tensor:
    """One image or a batch, mirrored left to right."""
    return _flip(_at_least("tf.image.flip_left_right", image), -2)


def flip_up_down(image: Any) -> Tensor:
    """One image or a batch, mirrored top to bottom."""
    return _flip(_at_least("tf.image.flip_up_down", image), -3)


def _at_least(name: str, image: Any) -> Tensor:
    return image_tensor(name, image, (3, 4))


@both("tf.image.transpose")
def _transposed(xp: Any, x: Any) -> Any:
    return xp.swapaxes(x, -3, -2)


def transpose(image: Any, name: str | None = None) -> Tensor:
    """Rows as columns."""
    return _transposed(_at_least("tf.image.transpose", image))


@both("tf.image.rot90")
def _turned(xp: Any, x: Any, k: int) -> Any:
    return xp.rot90(x, k, (-3, -2))


@op(2, name="tf.image.rot90_by")
def _turned_by(x: Any, k: Any) -> Any:
    turns = [lambda x, k=k: jnp.rot90(x, k, (-3, -2)) for k in range(4)]
    return jax.lax.switch(jnp.mod(k, 4).astype(jnp.int32), turns, x)


def rot90(image: Any, k: Any = 1, name: str | None = None) -> Tensor:
    """Images turned `k` times by 90 degrees, anticlockwise."""
    image = _at_least("tf.image.rot90", image)
    if is_known(k):
        return _turned(image, int(k) % 4)
    if image.shape[-3] != image.shape[-2]:
        raise UntraceableError(
            f"tf.image.rot90: inside a compiled function a `k` that is computed there takes square images; received shape {image.shape}."
        )
    return _turned_by(image, as_tensor(k))


def extract_patches(images: Any, sizes: Any, strides: Any, rates: Any, padding: str, name: str | None = None) -> Tensor:
    """The patches of a batch of images, the pixels and channels of each along the last axis.

    Args:
        sizes, strides, rates: (1, rows, columns, 1) of a patch, of the way to the next, and between a patch's pixels.
        padding: 'VALID' or 'SAME' (zeros around).
    """
    word = "tf.image.extract_patches"
    how = []
    for label, value in (("sizes", sizes), ("strides", strides), ("rates", rates)):
        value = tuple(int(each) for each in value)
        if len(value) != 4 or value[0] != 1 or value[3] != 1:
            raise ArgumentError(f"{word}: {label} is (1, rows, columns, 1); received {value}.")
        how.append(value[1:3])
    if str(padding).upper() not in ("SAME", "VALID"):
        raise ArgumentError(f"{word}: padding is 'SAME' or 'VALID'; received {padding!r}.")
    return cut_patches(image_tensor(word, images, (4,)), *how, str(padding).lower(), "channels_last")


@op(name="tf.image.image_gradients")
def _gradients(x: Any) -> Any:
    down = jnp.pad(x[:, 1:] - x[:, :-1], [(0, 0), (0, 1), (0, 0), (0, 0)])
    right = jnp.pad(x[:, :, 1:] - x[:, :, :-1], [(0, 0), (0, 0), (0, 1), (0, 0)])
    return down, right


def image_gradients(image: Any) -> tuple[Tensor, Tensor]:
    """How much the next pixel differs, downwards and to the right; zeros in the last row and column."""
    return _gradients(image_tensor("tf.image.image_gradients", image, (4,)))


@op(name="tf.image.total_variation")
def _variation(x: Any) -> Any:
    axes = (-3, -2, -1)
    return jnp.sum(jnp.abs(x[..., 1:, :, :] - x[..., :-1, :, :]), axes, x.dtype) + jnp.sum(
        jnp.abs(x[..., 1:, :] - x[..., :-1, :]), axes, x.dtype
    )


def total_variation(images: Any, name: str | None = None) -> Tensor:
    """The sum of the absolute differences between neighbouring pixels: how noisy an image is; one number for each image."""
    return _variation(image_tensor("tf.image.total_variation", images))
