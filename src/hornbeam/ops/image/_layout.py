"""Images come one or in batches, channels last or first: these bring them to (batch, height, width, channels) and back."""

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp

from hornbeam.engine.errors import ShapeError
from hornbeam.engine.layout import checked_format


def check_format(name: str, data_format: Any) -> str:
    """The data format an argument means."""
    return checked_format(name, data_format)


def on_batch(name: str, images: Any, data_format: str | None, function: Callable[[Any], Any], space: int = 2) -> Any:
    """`function` of images as (batch, *space, channels), its result in the layout they came in.

    Raises: `ShapeError` when the images have neither `space` + 1 nor `space` + 2 axes.
    """
    single = images.ndim == space + 1
    if not single and images.ndim != space + 2:
        raise ShapeError(f"{name} takes one image ({space + 1} axes) or a batch ({space + 2}); received shape {tuple(images.shape)}.")
    x = images[None] if single else images
    first = check_format(name, data_format) == "channels_first"
    out = function(jnp.moveaxis(x, 1, space + 1) if first else x)
    out = jnp.moveaxis(out, space + 1, 1) if first else out
    return out[0] if single else out


def to_dtype(x: Any, dtype: Any) -> Any:
    """Floats as a type; integers by truncation, within its range."""
    if x.dtype == dtype:
        return x
    if dtype.kind in "iu":
        limits = jnp.iinfo(dtype)
        x = jnp.clip(x, float(limits.min), float(limits.max))
    return x.astype(dtype)


def working(x: Any) -> Any:
    """Float32 for what is computed in floats but is not (or is only half) one."""
    return x if x.dtype in (jnp.float32, jnp.float64) else x.astype(jnp.float32)
