"""ops.image: types, layouts, chance, errors. Its numbers are held to Keras's by the goldens (family image_ops)."""

import jax
import numpy as np
import pytest

import hornbeam as hb
from hornbeam.engine.pure import Lifted

image = hb.ops.image
X = np.random.default_rng(0).random((2, 12, 13, 3)).astype("float32")
CORNERS = np.float32([[0, 0], [0, 11], [12, 0], [12, 11]])

CALLS = {
    "affine_transform": lambda x: image.affine_transform(x, np.float32([1, 0.1, 0.5, 0, 1, 0, 0, 0])),
    "crop_images": lambda x: image.crop_images(x, 1, 1, 1, 1),
    "elastic_transform": lambda x: image.elastic_transform(x, 3.0, 2.0, seed=1),
    "extract_patches": lambda x: image.extract_patches(x, 3),
    "extract_patches_3d": lambda x: image.extract_patches_3d(hb.ops.expand_dims(x, 0), 2),
    "gaussian_blur": image.gaussian_blur,
    "hsv_to_rgb": image.hsv_to_rgb,
    "map_coordinates": lambda x: image.map_coordinates(x[0, :, :, 0], np.float32([[0.5, 2], [1.5, 3]]), 1),
    "pad_images": lambda x: image.pad_images(x, 1, 1, 1, 1),
    "perspective_transform": lambda x: image.perspective_transform(x, CORNERS, CORNERS + 0.5),
    "resize": lambda x: image.resize(x, (5, 6)),
    "rgb_to_grayscale": image.rgb_to_grayscale,
    "rgb_to_hsv": image.rgb_to_hsv,
    "scale_and_translate": lambda x: image.scale_and_translate(
        x, (2, 5, 5, 3), np.float32([0.5, 0.5]), np.float32([0, 0]), (1, 2), "cubic"),
    "sobel_edges": image.sobel_edges,
    "ssim": lambda x: image.ssim(x, x * 0.9),
}  # fmt: skip


def test_every_operation_is_called_here():
    assert set(CALLS) == set(image.__all__)


@pytest.mark.parametrize("name", CALLS)
def test_types_and_shapes(name):
    """Eagerly, symbolically and in a program: the same shape; 32 bits throughout."""
    out = CALLS[name](hb.Tensor(X))
    assert out.dtype == "float32"
    if name not in ("extract_patches_3d", "elastic_transform"):
        symbol = CALLS[name](hb.Input(batch_shape=(2, 12, 13, 3)))
        assert tuple(symbol.shape) == tuple(out.shape) and symbol.dtype == "float32"
    with jax.enable_x64(True):
        jaxpr = str(jax.make_jaxpr(lambda x: Lifted(CALLS[name])([], [], (hb.Tensor(x),))[0])(X))
    wide = [line for line in jaxpr.split("\n") if ":f64[" in line and ":f64[]" not in line]
    assert not wide, wide[:3]


def test_half_precision_and_bytes():
    for dtype in ("float16", "bfloat16", "uint8"):
        x = hb.ops.cast(hb.Tensor(X * 200), dtype)
        for name in ("resize", "affine_transform", "gaussian_blur", "rgb_to_grayscale", "pad_images", "extract_patches"):
            out = CALLS[name](x)
            assert out.dtype == dtype, name
            tolerance = 2 if dtype != "float16" else 0.3
            np.testing.assert_allclose(hb.ops.cast(out, "float32"), CALLS[name](hb.Tensor(X * 200)), atol=tolerance)


def test_coordinates_beyond_the_border():
    """The published picture of each fill mode: `mirror` is (d c b | a b c d | c b a), `reflect` (c b a | a b c d | d c b)."""
    line = np.float32([1, 2, 3, 4])
    for mode, want in {"constant": [0, 0, 1, 4, 0, 0], "nearest": [1, 1, 1, 4, 4, 4], "wrap": [3, 4, 1, 4, 1, 2],
                       "mirror": [3, 2, 1, 4, 3, 2], "reflect": [2, 1, 1, 4, 4, 3]}.items():
        found = image.map_coordinates(line, np.float32([[-2, -1, 0, 3, 4, 5]]), 0, fill_mode=mode)
        np.testing.assert_array_equal(found, want, err_msg=mode)


def test_blurring_by_rows_and_columns():
    """Each axis has its own window, and both add up to one."""
    point = np.zeros((9, 9, 1), "float32")
    point[4, 4] = 1
    out = image.gaussian_blur(point, (3, 5), (1.0, 2.0)).numpy()[..., 0]
    np.testing.assert_allclose(out.sum(), 1, rtol=1e-6)
    rows, columns = np.exp(-0.5 * np.arange(-1, 2) ** 2), np.exp(-0.5 * (np.arange(-2, 3) / 2) ** 2)
    np.testing.assert_allclose(out[3:6, 2:7], np.outer(rows / rows.sum(), columns / columns.sum()), rtol=1e-5)


def test_elastic_fields():
    """Nothing moves at strength 0; the same seed gives the same field; pixels keep to the image's values."""
    np.testing.assert_allclose(image.elastic_transform(X, alpha=0.0), X, atol=1e-6)
    first = image.elastic_transform(X, seed=3).numpy()
    np.testing.assert_array_equal(image.elastic_transform(X, seed=3), first)
    assert not np.allclose(first, X, atol=0.05) and first.min() >= X.min() - 1e-5 and first.max() <= X.max() + 1e-5


def test_gradients_of_warping():
    """By finite differences, where TensorFlow's own gradient is an approximation."""
    x = hb.Tensor(X[0])
    for name in ("affine_transform", "perspective_transform", "resize"):
        with hb.GradientTape() as tape:
            tape.watch(x)
            y = hb.ops.sum(hb.ops.square(CALLS[name](x)))
        gradient = tape.gradient(y, x).numpy()
        step = np.zeros_like(X[0])
        step[5, 6, 1] = 1e-2
        ends = [float(hb.ops.sum(hb.ops.square(CALLS[name](hb.Tensor(X[0] + sign * step))))) for sign in (1, -1)]
        np.testing.assert_allclose(gradient[5, 6, 1], (ends[0] - ends[1]) / 2e-2, rtol=2e-2)


def test_errors_name_the_argument():
    cases = [
        (lambda: image.resize(X, (2, 2), "area"), "interpolation"), (lambda: image.resize(X[0, 0], (2, 2)), "3 axes"),
        (lambda: image.resize(X, 3), "size"),
        (lambda: image.resize(X, (2, 2), crop_to_aspect_ratio=True, pad_to_aspect_ratio=True), "exclude"),
        (lambda: image.affine_transform(X, [1.0, 2.0]), "transform"),
        (lambda: image.affine_transform(X, np.ones((3, 8), "f4")), "transforms"),
        (lambda: image.affine_transform(X, np.ones(8, "f4"), fill_mode="edge"), "fill_mode"),
        (lambda: image.crop_images(X, 1), "exactly two"),
        (lambda: image.crop_images(X, 6, 0, 6, 0), "taken from"), (lambda: image.extract_patches(X, 20), "does not fit"),
        (lambda: image.rgb_to_hsv(X[..., :2]), "3 channels"), (lambda: image.rgb_to_hsv((X * 255).astype("uint8")), "Divide by 255"),
        (lambda: image.map_coordinates(X, np.zeros((2, 3), "f4"), 1), "row for each"), (lambda: image.ssim(X[:, :5], X[:, :5]), "window"),
        (lambda: image.perspective_transform(X, CORNERS[:3], CORNERS), "start_points"), (lambda: image.gaussian_blur(X, 3, 0.0), "sigma"),
        (lambda: image.resize(X, (2, 2), data_format="NHWC"), "data_format"),
    ]  # fmt: skip
    for call, words in cases:
        with pytest.raises((ValueError, TypeError), match=words):
            call()
