"""ops.image: every operation, both data formats, one image and batches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from goldens.oracle import Oracle
from goldens.recording import normal, rng

TOLERANCE = (2e-5, 3e-5)

IMAGE = normal(rng("image"), 2, 6, 5, 3)
UNIT = np.random.default_rng(1).random((2, 4, 3, 3)).astype("float32")
BYTES = np.random.default_rng(2).integers(0, 256, (2, 6, 5, 3)).astype("uint8")
LARGE = np.random.default_rng(3).random((2, 14, 12, 2)).astype("float32")
VOLUME = normal(rng("volume"), 1, 4, 5, 4, 2)
TURN = np.array([0.93, -0.31, 0.72, 0.26, 1.12, -1.19, 0.0, 0.0], "float32")  # no place lies halfway between two elements
TILT = np.array([[0.93, -0.31, 0.72, 0.26, 1.12, -1.19, 0.03, -0.02], [1.51, 0.11, -4.33, 0.0, 1.41, -6.2, 0.0, 0.0]], "float32")
CORNERS = np.array([[0, 0], [0, 5], [4, 0], [4, 5]], "float32")
MOVED = np.array([[0.5, -0.3], [0.2, 4.1], [3.7, 0.6], [4.4, 5.5]], "float32")


def _ops(*calls: Callable[[Any], Any], of: np.ndarray | None = None) -> Any:
    """What each call answers; with `of`, also the gradient of the first by these images."""

    def case(oracle: Oracle) -> dict[str, Any]:
        image = oracle.keras.ops.image
        found = {str(i): oracle.numpy(call(image)) for i, call in enumerate(calls)}
        if of is not None:
            factor = normal(rng("factor"), *found["0"].shape)
            _, (gradient,), _ = oracle.gradients(lambda x: oracle.keras.ops.sum(calls[0](_With(image, x)) * factor), [of], [])
            found["gradient"] = gradient
        return found

    return case


class _With:
    """The namespace, each operation on one image tensor."""

    def __init__(self, image: Any, tensor: Any):
        self.image, self.tensor = image, tensor

    def __getattr__(self, name: str) -> Any:
        function = getattr(self.image, name)
        return lambda _, *args, **kwargs: function(self.tensor, *args, **kwargs)


CASES: dict[str, Any] = {}
for method in ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"):
    def resize(k: Any, size: Any, x: Any = IMAGE, method: str = method, **more: Any) -> Any:
        return k.resize(x, size, interpolation=method, **more)

    CASES[f"resize_{method}"] = _ops(
        lambda k, f=resize: f(k, (8, 4)), lambda k, f=resize: f(k, (3, 4)), lambda k, f=resize: f(k, (12, 10)),
        lambda k, f=resize: f(k, (4, 10), x=IMAGE[0]), of=IMAGE)
    if method != "nearest":
        CASES[f"resize_{method}_antialias"] = _ops(
            lambda k, f=resize: f(k, (3, 2), antialias=True), lambda k, f=resize: f(k, (4, 9), antialias=True), of=IMAGE)
CASES["resize_bytes"] = _ops(lambda k: k.resize(BYTES, (4, 4)), lambda k: k.resize(BYTES, (4, 4), interpolation="nearest"))
CASES["resize_aspect"] = _ops(
    lambda k: k.resize(IMAGE, (3, 4), crop_to_aspect_ratio=True), lambda k: k.resize(IMAGE, (7, 4), crop_to_aspect_ratio=True),
    lambda k: k.resize(IMAGE, (3, 4), pad_to_aspect_ratio=True, fill_value=2.0),
    lambda k: k.resize(IMAGE, (7, 4), pad_to_aspect_ratio=True))
CASES["resize_first"] = _ops(lambda k: k.resize(IMAGE.transpose(0, 3, 1, 2), (3, 4), data_format="channels_first"))
CASES["scale_and_translate"] = _ops(
    lambda k: k.scale_and_translate(IMAGE, (2, 4, 4, 3), np.float32([0.8, 0.7]), np.float32([0.1, -0.2]), (1, 2), "bilinear"),
    lambda k: k.scale_and_translate(IMAGE, (2, 9, 4, 3), np.float32([1.6, 0.7]), np.float32([0.1, 1.2]), (1, 2), "cubic", antialias=False),
    lambda k: k.scale_and_translate(IMAGE[0], (4, 4, 3), np.float32([0.8, 0.7]), np.float32([0.1, -0.2]), (0, 1), "lanczos3"))
for mode in ("constant", "nearest", "wrap", "reflect"):
    for method in ("nearest", "bilinear"):
        def affine(k: Any, t: Any, x: Any = IMAGE, mode: str = mode, method: str = method, **more: Any) -> Any:
            return k.affine_transform(x, t, interpolation=method, fill_mode=mode, fill_value=0.5, **more)

        CASES[f"affine_{mode}_{method}"] = _ops(lambda k, f=affine: f(k, TURN), lambda k, f=affine: f(k, TILT))
    if mode == "reflect":
        continue  # Keras on TensorFlow reads elsewhere than its documentation says; on JAX it does not
    CASES[f"map_{mode}"] = _ops(*(
        lambda k, order=order, mode=mode: k.map_coordinates(
            IMAGE[0, :, :, 0], np.float32([[0.4, 2.6, -1.3, 7.2], [1.2, 3.9, 4.6, -2.7]]), order, fill_mode=mode, fill_value=0.5)
        for order in (0, 1)))
CASES["map_integers"] = _ops(
    lambda k: k.map_coordinates(np.arange(12, dtype="int32").reshape(3, 4), np.float32([[0.5, 1.2], [1.0, 2.6]]), 1))
CASES["affine_one"] = _ops(lambda k: k.affine_transform(IMAGE[0], TURN))
CASES["affine_first"] = _ops(lambda k: k.affine_transform(IMAGE.transpose(0, 3, 1, 2), TURN, data_format="channels_first"))
CASES["perspective"] = _ops(
    lambda k: k.perspective_transform(IMAGE, np.stack([CORNERS, CORNERS]), np.stack([MOVED, MOVED[::-1]]), fill_value=0.5),
    lambda k: k.perspective_transform(IMAGE[0], CORNERS, MOVED), lambda k: k.perspective_transform(IMAGE[0], CORNERS, MOVED, "nearest"))
CASES["colors"] = _ops(
    lambda k: k.rgb_to_grayscale(IMAGE), lambda k: k.rgb_to_grayscale(IMAGE[0]), lambda k: k.rgb_to_grayscale(BYTES),
    lambda k: k.rgb_to_hsv(UNIT), lambda k: k.hsv_to_rgb(UNIT), lambda k: k.rgb_to_hsv(UNIT[0] * np.float32([1, 1, 0]) // 0.5),
    lambda k: k.rgb_to_hsv(UNIT.transpose(0, 3, 1, 2), data_format="channels_first"), lambda k: k.hsv_to_rgb(UNIT[0]))
CASES["crop"] = _ops(
    lambda k: k.crop_images(IMAGE, 1, 1, target_height=3, target_width=2), lambda k: k.crop_images(IMAGE, 1, 1, 1, 1),
    lambda k: k.crop_images(IMAGE[0], bottom_cropping=1, right_cropping=2, target_height=3, target_width=2))
CASES["pad"] = _ops(
    lambda k: k.pad_images(IMAGE, 1, 1, target_height=9, target_width=7), lambda k: k.pad_images(IMAGE, 1, 0, 1, 2),
    lambda k: k.pad_images(IMAGE.transpose(0, 3, 1, 2), 1, 0, 1, 2, data_format="channels_first"))
CASES["patches"] = _ops(
    lambda k: k.extract_patches(IMAGE, (3, 2)), lambda k: k.extract_patches(IMAGE, (3, 2), (2, 1), padding="same"),
    lambda k: k.extract_patches(IMAGE, 2, 1, dilation_rate=2), lambda k: k.extract_patches(IMAGE[0], 2),
    lambda k: k.extract_patches_3d(VOLUME, 2), lambda k: k.extract_patches(VOLUME, (2, 2, 3), (1, 2, 1), padding="same"), of=IMAGE)
CASES["blur"] = _ops(lambda k: k.gaussian_blur(IMAGE, (5, 5), (2.0, 2.0)), lambda k: k.gaussian_blur(IMAGE[0]), of=IMAGE)
CASES["sobel"] = _ops(lambda k: k.sobel_edges(IMAGE), lambda k: k.sobel_edges(IMAGE.transpose(0, 3, 1, 2), data_format="channels_first"))
CASES["ssim"] = _ops(lambda k: k.ssim(LARGE, LARGE * 0.9), lambda k: k.ssim(LARGE[0], LARGE[1], filter_size=5, max_val=2.0))
