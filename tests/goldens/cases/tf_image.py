"""tf.image: one expression a line. JPEG files are compared loosely, in tests/ops/image: two decoders differ by a few parts in 255."""

from __future__ import annotations

from typing import Any

import numpy as np

from goldens.tables import table

NAMESPACE = "tensorflow"
TOLERANCE = (3e-5, 3e-5)

_DRAW = np.random.default_rng(0)
_float32 = lambda values: np.array(values, "float32")
BYTES = _DRAW.integers(0, 256, (5, 7, 3)).astype("uint8")
FLOATS = _DRAW.random((5, 7, 3)).astype("float32")
LARGE = _DRAW.random((2, 40, 44, 3)).astype("float32")
BOXES = _float32([[0, 0, 1, 1], [0.1, 0.1, 1.1, 1.0], [0, 0, 0.9, 0.95], [0.5, 0.5, 0.2, 0.3], [2, 2, 3, 3.5], [2, 2, 3.1, 3.4]])
SCORES = _float32([0.9, 0.75, 0.6, 0.95, 0.5, 0.3])


def _gradient(tf: Any) -> Any:
    def gradient(function: Any, source: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(source)
            out = tf.reduce_sum(tf.sin(function(source)))
        return tf.convert_to_tensor(tape.gradient(out, source))

    return gradient


INPUTS = {
    "grad": _gradient,
    "b": BYTES, "f": FLOATS, "two": np.stack([FLOATS, FLOATS**2]), "gray": FLOATS[..., :1], "long": BYTES.astype("int32"),
    "near": np.clip(LARGE + 0.05 * _DRAW.normal(size=LARGE.shape), 0, 1).astype("float32"), "large": LARGE,
    "line": _float32([0, 0.1, 0.5, 0.999, 1, 1.2, -0.2]), "boxes": BOXES, "scores": SCORES,
    "both": np.stack([SCORES, SCORES[::-1]], 1)[None], "huge": np.tile(LARGE, (1, 5, 5, 1)),
}  # fmt: skip
METHODS = ("bilinear", "nearest", "bicubic", "area", "lanczos3", "lanczos5", "gaussian", "mitchellcubic")
RESIZES = "\n".join(
    f"tf.image.resize({image}, {size}, '{method}'{more})"
    for method in METHODS
    for image, size in (("b", (3, 4)), ("f", (8, 11)), ("two", (9, 3)), ("f", (5, 3)))
    for more in ("", ", antialias=True")
    if not (method == "gaussian" and more and size == (3, 4))  # a pixel just at the end of its reach
)

CASES = {
    "resize": table(RESIZES, **INPUTS),
    "sizes": table(
        """
        tf.image.resize(f, [3, 100], preserve_aspect_ratio=True)
        tf.image.resize(f, [100, 31], preserve_aspect_ratio=True)
        tf.image.resize(long, [5, 7])
        tf.image.resize(b, [5, 7], method=tf.image.ResizeMethod.NEAREST_NEIGHBOR)
        tf.image.resize(tf.cast(f, tf.float64), [2, 2])
        tf.image.resize(f, tf.constant([4, 4]))
        tf.image.resize(f, [3, 4], 'foo')
        tf.image.resize(f[0], [3, 4])
        tf.image.resize(f, [3, 4, 5])
        tf.image.resize(f, 3)
        tf.image.resize(f, [3.0, 4.0])
        tf.image.resize(f, [0, 4])
        tf.image.resize_with_pad(f, 9, 9)
        tf.image.resize_with_pad(b, 9, 4)
        tf.image.resize_with_pad(two, 3, 9, method='nearest')
        tf.image.resize_with_crop_or_pad(b, 8, 4)
        tf.image.resize_with_crop_or_pad(two, 3, 10)
        tf.image.central_crop(b, 0.5)
        tf.image.central_crop(two, central_fraction=0.3)
        tf.image.central_crop(b, 1.5)
        tf.image.crop_to_bounding_box(b, 1, 1, 3, 2)
        tf.image.crop_to_bounding_box(b, 1, 1, 9, 2)
        tf.image.crop_to_bounding_box(b, -1, 1, 2, 2)
        tf.image.pad_to_bounding_box(b, 1, 2, 7, 9)
        tf.image.pad_to_bounding_box(b, 1, 1, 2, 2)
        tf.image.extract_patches(two, [1, 2, 3, 1], [1, 2, 2, 1], [1, 1, 1, 1], 'VALID')
        tf.image.extract_patches(images=two, sizes=[1, 3, 3, 1], strides=[1, 2, 1, 1], rates=[1, 2, 2, 1], padding='SAME')
        tf.image.flip_left_right(b)
        tf.image.flip_up_down(two)
        tf.image.flip_left_right(f[0])
        tf.image.rot90(b)
        tf.image.rot90(two, k=3)
        tf.image.rot90(b, k=-1)
        tf.image.transpose(b)
        tf.image.random_flip_left_right(b).dtype.name
        tf.image.random_crop(b, [2, 3, 3]).shape.as_list()
        tf.image.random_crop(b, [9, 9, 3])
        """, **INPUTS),
    "types": table(
        """
        tf.image.convert_image_dtype(b, tf.float32)
        tf.image.convert_image_dtype(b, tf.float64)
        tf.image.convert_image_dtype(line[:5], tf.uint8)
        tf.image.convert_image_dtype(line, tf.uint8, saturate=True)
        tf.image.convert_image_dtype(line, tf.uint16, saturate=True)
        tf.image.convert_image_dtype(line[:5], tf.int32, saturate=True)
        tf.image.convert_image_dtype(b, tf.uint16)
        tf.image.convert_image_dtype(b, tf.int32)
        tf.image.convert_image_dtype(tf.cast(b, tf.int16) * 100, tf.uint8)
        tf.image.convert_image_dtype(f, tf.float16)
        tf.image.per_image_standardization(b)
        tf.image.per_image_standardization(two)
        tf.image.per_image_standardization(tf.zeros([2, 2, 3], tf.uint8))
        """, **INPUTS),
    "colors": table(
        "\n".join(
            f"tf.image.adjust_{word}({image}, {amount})"
            for word in ("brightness", "contrast", "gamma", "hue", "saturation")
            for image in ("f", "b", "two", "long")
            for amount in (0.3, 0.7)
            if not (image == "long" and word in ("gamma", "hue", "saturation"))
        ) + """
        tf.image.adjust_brightness(b, -0.9)
        tf.image.adjust_contrast(b, 3.0)
        tf.image.adjust_saturation(b, 2.0)
        tf.image.adjust_gamma(b, 0.5, 2)
        tf.image.adjust_gamma(b, -0.5)
        tf.image.adjust_hue(f, -0.4)
        tf.image.adjust_hue(f, 2.0)
        tf.image.adjust_hue(gray, 0.2)
        tf.image.adjust_saturation(gray, 0.2)
        tf.image.rgb_to_grayscale(b)
        tf.image.rgb_to_grayscale(two)
        tf.image.grayscale_to_rgb(gray)
        tf.image.grayscale_to_rgb(f)
        tf.image.rgb_to_hsv(f)
        tf.image.hsv_to_rgb(two)
        tf.image.rgb_to_yuv(f)
        tf.image.yuv_to_rgb(f)
        tf.image.rgb_to_yiq(two)
        tf.image.yiq_to_rgb(f)
        tf.image.random_brightness(f, -0.1)
        tf.image.random_contrast(f, 0.5, 0.2)
        tf.image.random_hue(f, 0.9)
        tf.image.random_saturation(f, -1.0, 0.5)
        tf.image.random_jpeg_quality(f, 90, 80)
        tf.image.stateless_random_flip_left_right(b, 1)
        """, **INPUTS),
    "measures": table(
        """
        tf.image.psnr(f, f * 0.9, 1.0)
        tf.image.psnr(b, b // 2, max_val=255)
        tf.image.psnr(two, two * 0.5, 2.0)
        tf.image.ssim(large, near, 1.0)
        tf.image.ssim(large[0], near[0], max_val=1.0, filter_size=7, filter_sigma=1.0, k1=0.02, k2=0.05)
        tf.image.ssim(tf.cast(255 * large, tf.uint8), tf.cast(255 * near, tf.uint8), 255)
        tf.image.ssim(large, near, 1.0, return_index_map=True)
        tf.image.ssim_multiscale(huge, huge * 0.9, 1.0)
        tf.image.ssim_multiscale(large, near, 1.0, power_factors=(0.5, 0.5))
        tf.image.ssim(large, near[:, :3], 1.0)
        tf.image.total_variation(f)
        tf.image.total_variation(two)
        tf.image.image_gradients(two)
        tf.image.sobel_edges(two)
        """, **INPUTS),
    "boxes": table(
        """
        tf.image.crop_and_resize(two, boxes[:4], [0, 1, 0, 1], [4, 3])
        tf.image.crop_and_resize(two, boxes[:4], [0, 1, 0, 1], [4, 3], method='nearest', extrapolation_value=0.5)
        tf.image.crop_and_resize(two, boxes, [0, 1, 0, 1, 0, 0], [1, 1])
        tf.image.crop_and_resize(b[None], boxes[:1], [0], (2, 2))
        tf.image.draw_bounding_boxes(two, tf.stack([boxes[:4], boxes[:4]]), [[1.0, 0.0, 0.0], [0.0, 0.5, 0.0]])
        tf.image.draw_bounding_boxes(two, tf.stack([boxes[1:5], boxes[1:5]]), None)
        tf.image.extract_glimpse(two, [3, 3], [[0.0, 0.2], [-1.0, 0.5]], noise='zero')
        tf.image.extract_glimpse(two, [3, 2], [[1.0, 2.0], [0.0, 0.0]], centered=False, normalized=False, noise='zero')
        tf.image.non_max_suppression(boxes, scores, 6)
        tf.image.non_max_suppression(boxes, scores, 2, iou_threshold=0.9)
        tf.image.non_max_suppression(boxes, scores, 6, 0.3, score_threshold=0.55)
        tf.image.non_max_suppression(boxes, scores[:2], 6)
        tf.image.non_max_suppression(boxes, scores, 6, iou_threshold=1.5)
        tf.image.non_max_suppression_with_scores(boxes, scores, 6)
        tf.image.non_max_suppression_with_scores(boxes, scores, 6, 1.0, 0.1, soft_nms_sigma=0.5)
        tf.image.non_max_suppression_with_scores(boxes, scores, 4, soft_nms_sigma=0.3)
        tf.image.non_max_suppression_padded(boxes, scores, 6, pad_to_max_output_size=True)
        tf.image.non_max_suppression_overlaps(tf.ones([6, 6]) * 0.4, scores, 3, 0.5)
        list(tf.image.combined_non_max_suppression(boxes[None, :, None], both, 3, 5))
        list(tf.image.combined_non_max_suppression(tf.stack([boxes, boxes], 1)[None], both, 2, 6, 0.7, 0.5, clip_boxes=False))
        """, **INPUTS),
    "gradients": table(
        """
        grad(lambda x: tf.image.resize(x, (3, 4)), f)
        grad(lambda x: tf.image.resize(x, (9, 9), 'bicubic'), two)
        grad(lambda x: tf.image.resize(x, (8, 8), 'nearest'), f)
        grad(lambda x: tf.image.per_image_standardization(x), two)
        grad(lambda x: tf.image.adjust_brightness(x, 0.2), f)
        grad(lambda x: tf.image.rgb_to_grayscale(x), f)
        grad(lambda x: tf.image.flip_left_right(tf.image.central_crop(x, 0.5)), f)
        grad(lambda x: tf.image.ssim(x, near, 1.0), large)
        grad(lambda x: tf.image.total_variation(x), two)
        grad(lambda x: tf.image.crop_and_resize(x, boxes[:2], [0, 1], [3, 3]), two)
        grad(lambda x: tf.image.extract_patches(x, [1, 2, 2, 1], [1, 1, 1, 1], [1, 1, 1, 1], 'SAME'), two)
        grad(lambda x: tf.image.psnr(x, 0.9 * x, 1.0), two)
        """, **INPUTS),
    "older": table(
        """
        tf.compat.v1.image.resize_images(f, [3, 4])
        tf.compat.v1.image.resize_images(b, (8, 11), method=1)
        tf.compat.v1.image.resize(two, [9, 3], method=tf.image.ResizeMethod.NEAREST_NEIGHBOR, align_corners=True)
        tf.compat.v1.image.resize(two, [1, 3], 0, align_corners=True)
        tf.compat.v1.image.resize_images(f, [3, 4], 3)
        tf.compat.v1.image.resize_bilinear(two, [8, 11], align_corners=True)
        tf.compat.v1.image.resize_bilinear(two, [3, 2], half_pixel_centers=True)
        tf.compat.v1.image.resize_nearest_neighbor(two, [8, 3], half_pixel_centers=True)
        tf.compat.v1.image.resize_area(two, [3, 3])
        tf.compat.v1.image.resize_image_with_crop_or_pad(b, 8, 4)
        tf.compat.v1.image.extract_image_patches(two, ksizes=[1, 2, 2, 1], strides=[1, 1, 1, 1], rates=[1, 1, 1, 1], padding='VALID')
        tf.compat.v1.image.crop_and_resize(two, boxes[:1], box_ind=[1], crop_size=[2, 2])
        """, **INPUTS),
}
