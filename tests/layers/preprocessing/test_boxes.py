"""Bounding boxes go where the pixels go."""

import numpy as np
import pytest

import hornbeam as hb
from hornbeam import layers

BOX = (4, 6, 16, 14)  # left, top, right, bottom


def pictures():
    images = np.zeros((3, 24, 32, 1), "float32")
    images[:, BOX[1] : BOX[3], BOX[0] : BOX[2]] = 1.0
    boxes = np.tile(np.array([BOX, (-1, -1, -1, -1)], "float32"), (3, 1, 1))
    return {"images": images, "bounding_boxes": {"boxes": boxes, "labels": np.tile([7, -1], (3, 1))}}


def around(image):
    rows, columns = np.nonzero(image[..., 0] > 0.5)
    return np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1], "float32")


MOVING = {
    "flip": lambda **f: layers.RandomFlip(seed=2, **f),
    "shift": lambda **f: layers.RandomTranslation(0.1, 0.1, fill_mode="constant", seed=1, **f),
    "zoom": lambda **f: layers.RandomZoom(0.2, 0.1, fill_mode="constant", seed=1, **f),
    "turn": lambda **f: layers.RandomRotation(0.25, fill_mode="constant", seed=4, **f),
    "slant": lambda **f: layers.RandomShear(0.2, 0.2, fill_mode="constant", seed=4, **f),
    "seen from aside": lambda **f: layers.RandomPerspective((1.0, 1.0), 0.3, seed=4, **f),
    "crop": lambda **f: layers.RandomCrop(20, 24, seed=4, **f),
    "resize": lambda **f: layers.Resizing(48, 32, **f),
    "cut to a square": lambda **f: layers.Resizing(48, 48, crop_to_aspect_ratio=True, **f),
    "fill to a square": lambda **f: layers.Resizing(64, 64, pad_to_aspect_ratio=True, **f),
    "middle": lambda **f: layers.CenterCrop(20, 30, **f),
}


@pytest.mark.parametrize("name", MOVING)
def test_boxes_follow_pixels(name):
    layer = MOVING[name](bounding_box_format="xyxy")
    found = layer(pictures(), training=True)
    for image, box in zip(np.asarray(found["images"]), np.asarray(found["bounding_boxes"]["boxes"])[:, 0], strict=True):
        # A box around a turned rectangle is larger than what is seen of the pixels inside, by a corner's worth.
        np.testing.assert_allclose(box, around(image), atol=1.6)
    np.testing.assert_array_equal(np.asarray(found["bounding_boxes"]["labels"]), np.tile([7, -1], (3, 1)))
    again = type(layer).from_config(layer.get_config())
    assert again.bounding_box_format == "xyxy"


def test_formats_agree():
    given, sums = pictures(), []
    for source in ("xyxy", "rel_center_xywh"):
        boxes = hb.utils.bounding_boxes.convert_format(given["bounding_boxes"]["boxes"], "xyxy", source, 24, 32)
        layer = layers.RandomFlip(seed=2, bounding_box_format=source)
        found = layer({**given, "bounding_boxes": {**given["bounding_boxes"], "boxes": boxes}}, training=True)["bounding_boxes"]["boxes"]
        sums.append(np.asarray(hb.utils.bounding_boxes.convert_format(found, source, "xyxy", 24, 32)))
    np.testing.assert_allclose(*sums, atol=1e-4)


def test_one_image_and_no_training():
    given = pictures()
    single = {"images": given["images"][0], "bounding_boxes": {key: value[0] for key, value in given["bounding_boxes"].items()}}
    layer = layers.RandomFlip(bounding_box_format="xyxy")
    still = layer(single, training=False)["bounding_boxes"]
    np.testing.assert_array_equal(np.asarray(still["boxes"]), single["bounding_boxes"]["boxes"])
    assert tuple(layer(single, training=True)["bounding_boxes"]["boxes"].shape) == (2, 4)


def test_what_leaves_the_image_loses_its_label():
    found = layers.CenterCrop(4, 4, bounding_box_format="xyxy")(pictures())["bounding_boxes"]
    assert np.asarray(found["labels"])[:, 0].tolist() == [7] * 3
    far = layers.RandomTranslation((0.9, 0.9), 0.0, bounding_box_format="xyxy")(pictures(), training=True)["bounding_boxes"]
    assert np.asarray(far["labels"])[:, 0].tolist() == [-1] * 3


def test_a_policy_moves_boxes_with_its_pixels():
    layer = layers.RandAugment(bounding_box_format="xyxy", seed=3, value_range=(0, 1))
    step = hb.function(lambda images, boxes, labels: layer(
        {"images": images, "bounding_boxes": {"boxes": boxes, "labels": labels}}, training=True
    ))  # fmt: skip
    given = pictures()
    found = step(given["images"], given["bounding_boxes"]["boxes"], given["bounding_boxes"]["labels"])
    boxes = np.asarray(found["bounding_boxes"]["boxes"])
    assert boxes.shape == (3, 2, 4) and boxes.min() >= 0 and boxes[..., 2].max() <= 32


def test_errors_say_what_to_do():
    with pytest.raises(ValueError, match="bounding_box_format='xyxy'"):
        layers.RandomFlip()(pictures())
    with pytest.raises(ValueError, match="'rel_xyxy'"):
        layers.RandomFlip(bounding_box_format="corners")
    with pytest.raises(ValueError, match="Leave 'bounding_boxes' out"):
        layers.CutMix(bounding_box_format="xyxy")(pictures())
    with pytest.raises(ValueError, match="height= and width="):
        hb.utils.bounding_boxes.convert_format(np.zeros((1, 4)), "xyxy", "rel_xyxy")


def test_boxes_are_rounded_as_keras_rounds_them():
    """Numbers of real Keras, of layers whose factor leaves nothing to chance."""
    box = np.array([[[0.185, 0.2803, 7.2551, 7.7219]]], "float32")
    data = {"images": np.zeros((1, 20, 24, 3), "float32"), "bounding_boxes": {"boxes": box, "labels": np.zeros((1, 1))}}
    for layer, expected in (
        (layers.Resizing(13, 31, pad_to_aspect_ratio=True, bounding_box_format="xyxy"), [7.1203, 0.1822, 11.7158, 5.0192]),
        (layers.Resizing(13, 31, crop_to_aspect_ratio=True, bounding_box_format="xyxy"), [0.239, 0, 9.3712, 3.9741]),
        (layers.RandomZoom((0.2, 0.2), (0.2, 0.2), bounding_box_format="xyxy"), [2.0709, 1.8169, 7.9626, 8.0183]),
        (layers.RandomRotation((0.1, 0.1), bounding_box_format="xyxy"), [0, 4.5362, 7.0207, 14.7123]),
    ):
        np.testing.assert_allclose(layer(data, training=True)["bounding_boxes"]["boxes"][0, 0], expected, atol=2e-4)
