"""Image files: what is read and written, and what is said of files that cannot be."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest

import hornbeam.tensorflow as tf

Image = pytest.importorskip("PIL.Image")

ROWS, COLUMNS = np.mgrid[0:20, 0:30]
PICTURE = np.stack([ROWS * 9, COLUMNS * 8, (ROWS + COLUMNS) * 4], -1).astype("uint8")


def _file(pixels: Any, kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    (Image.fromarray(pixels) if isinstance(pixels, np.ndarray) else pixels).save(out, kind, **options)
    return out.getvalue()


def test_png_is_exact_and_channels_can_be_chosen() -> None:
    opaque = np.concatenate([PICTURE, PICTURE[..., :1]], -1)
    assert np.array_equal(tf.io.decode_png(_file(PICTURE, "PNG")), PICTURE)
    assert np.array_equal(tf.io.decode_png(_file(opaque, "PNG")), opaque)
    assert np.array_equal(tf.io.decode_png(_file(opaque, "PNG"), channels=3), PICTURE)
    assert tf.io.decode_png(_file(PICTURE, "PNG"), channels=1).shape == (20, 30, 1)
    assert np.array_equal(tf.io.decode_png(tf.io.encode_png(opaque)), opaque)
    deep = (ROWS * 2000 + COLUMNS).astype("uint16")
    assert np.array_equal(tf.io.decode_png(_file(deep, "PNG"), dtype=tf.uint16)[..., 0], deep)
    assert np.array_equal(tf.io.decode_png(_file(deep, "PNG"))[..., 0], deep >> 8)
    assert np.array_equal(tf.io.decode_png(tf.io.encode_png(deep[..., None]), dtype=tf.uint16)[..., 0], deep)


def test_jpeg_is_close() -> None:
    data = _file(PICTURE, "JPEG", quality=95, subsampling=0)
    found = tf.io.decode_jpeg(data)
    assert found.dtype == "uint8" and np.abs(np.asarray(found, int) - PICTURE).mean() < 2
    assert tf.io.decode_jpeg(data, channels=1).shape == (20, 30, 1)
    assert tf.io.decode_jpeg(data, ratio=2).shape == (10, 15, 3)
    assert np.array_equal(tf.io.decode_and_crop_jpeg(data, [2, 3, 5, 6]), np.asarray(found)[2:7, 3:9])
    assert bool(tf.io.is_jpeg(data)) and tf.io.extract_jpeg_shape(data).numpy().tolist() == [20, 30, 3]
    again = tf.io.encode_jpeg(PICTURE, quality=20)
    assert again.dtype == "string" and len(again.numpy()) < len(data)
    assert tf.io.decode_jpeg(again).shape == (20, 30, 3)


def test_decode_image_reads_every_kind() -> None:
    for kind in ("PNG", "BMP"):
        assert np.array_equal(tf.io.decode_image(_file(PICTURE, kind)), PICTURE)
    floats = tf.io.decode_image(tf.constant(_file(PICTURE, "PNG")), dtype=tf.float32)
    np.testing.assert_allclose(floats, PICTURE / 255, rtol=1e-6)
    frame = Image.fromarray(PICTURE)
    moving = _file(frame, "GIF", save_all=True, append_images=[frame.transpose(0), frame.transpose(1)])
    assert tf.io.decode_image(moving).shape == (3, 20, 30, 3) == tf.io.decode_gif(moving).shape
    assert tf.image.decode_image(moving, expand_animations=False).shape == (20, 30, 3)


def test_files_that_cannot_be_read() -> None:
    with pytest.raises(tf.errors.InvalidArgumentError, match="Unknown image file format"):
        tf.io.decode_image(b"hello, world")
    with pytest.raises(tf.errors.InvalidArgumentError, match="decode_jpeg"):
        tf.io.decode_jpeg(_file(PICTURE, "JPEG")[:300])
    with pytest.raises(ValueError, match="channels"):
        tf.io.decode_png(_file(PICTURE, "PNG"), channels=7)
    with pytest.raises(tf.errors.InvalidArgumentError, match="string"):
        tf.io.decode_png(PICTURE)
    with pytest.raises(tf.errors.InvalidArgumentError, match="uint8"):
        tf.io.encode_jpeg(PICTURE / 255)
    with pytest.warns(UserWarning, match="host"):  # and runs as plain Python
        tf.function(tf.io.encode_jpeg)(tf.constant(PICTURE))


def test_what_is_decoded_is_not_compiled_shape_by_shape() -> None:
    """Photographs have a shape each: resizing one runs in NumPy, without a program of its own."""
    from hornbeam.ops.image.sizes import _resize

    for rows in (90, 91, 92):
        pixels = tf.io.decode_png(_file(np.zeros((rows, 120, 3), "uint8"), "PNG"))
        assert isinstance(tf.image.resize(pixels, (30, 30))._value, np.ndarray)
    assert _resize.bind(((30, 30), "bilinear", False), {})._jitted is None
