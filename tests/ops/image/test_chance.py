"""tf.image's random changes: what they draw, that seeds decide, that they are part of compiled functions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import hornbeam.tensorflow as tf

IMAGE = np.random.default_rng(0).random((6, 6, 3)).astype("float32")
BATCH = np.stack([IMAGE] * 40)
STATELESS: dict[str, tuple] = {
    "flip_left_right": (), "flip_up_down": (), "brightness": (0.3,), "contrast": (0.2, 0.9), "hue": (0.3,), "saturation": (0.2, 0.9),
    "crop": ((3, 4, 3),),
}  # fmt: skip


@pytest.mark.parametrize("word", STATELESS)
def test_stateless_changes_are_decided_by_the_seed(word: str) -> None:
    change = getattr(tf.image, f"stateless_random_{word}")
    found = [np.asarray(change(IMAGE, *STATELESS[word], seed=(1, i))) for i in range(12)]
    np.testing.assert_array_equal(found[3], change(IMAGE, *STATELESS[word], seed=(1, 3)))
    assert len({each.tobytes() for each in found}) > 1


@pytest.mark.parametrize("word", STATELESS)
def test_seeded_streams_repeat_after_set_seed(word: str) -> None:
    change = getattr(tf.image, f"random_{word}")
    runs = []
    for _ in range(2):
        tf.random.set_seed(7)
        runs.append([np.asarray(change(IMAGE, *STATELESS[word], seed=3)) for _ in range(8)])
    np.testing.assert_array_equal(*runs)
    assert len({each.tobytes() for each in runs[0]}) > 1


def test_each_image_of_a_batch_is_flipped_by_itself() -> None:
    out = np.asarray(tf.image.random_flip_left_right(BATCH))
    turned = [np.array_equal(each, IMAGE[:, ::-1]) for each in out]
    assert 5 < sum(turned) < 35
    assert all(np.array_equal(each, IMAGE) for each, turn in zip(out, turned, strict=True) if not turn)


def test_what_is_drawn_lies_between_the_ends() -> None:
    moved = np.array([np.asarray(tf.image.random_brightness(IMAGE, 0.3)).mean() - IMAGE.mean() for _ in range(60)])
    assert -0.3 <= moved.min() < -0.15 and 0.15 < moved.max() <= 0.3
    crops = {tuple(np.asarray(tf.image.random_crop(np.arange(6), [4]))) for _ in range(40)}
    assert crops == {(0, 1, 2, 3), (1, 2, 3, 4), (2, 3, 4, 5)}


def test_a_compiled_function_draws_anew_each_call_what_eager_code_draws() -> None:
    def change(x: Any) -> Any:
        x = tf.image.random_flip_left_right(x)
        x = tf.image.random_crop(x, (4, 4, 3))
        x = tf.image.random_hue(tf.image.random_contrast(x, 0.5, 0.9), 0.2)
        return tf.image.rot90(x, tf.random.uniform([], 0, 4, tf.int32))

    tf.random.set_seed(1)
    eager = [np.asarray(change(tf.constant(IMAGE))) for _ in range(3)]
    tf.random.set_seed(1)
    compiled = tf.function(change)
    for each in eager:
        np.testing.assert_allclose(compiled(tf.constant(IMAGE)), each, atol=1e-6)


def test_parts_at_computed_places() -> None:
    cut = tf.function(lambda x, top: tf.image.crop_to_bounding_box(x, top, 1, 2, 3))
    np.testing.assert_array_equal(cut(tf.constant(IMAGE), tf.constant(2)), IMAGE[2:4, 1:4])
    with pytest.warns(UserWarning, match="square"):  # a shape that is only known when the program runs: plain Python
        assert tf.function(tf.image.rot90)(tf.constant(IMAGE[:4]), tf.constant(1)).shape == (6, 4, 3)


def test_jpeg_quality_and_distorted_boxes_are_the_host_s() -> None:
    pytest.importorskip("PIL")
    assert tf.image.random_jpeg_quality(IMAGE, 20, 60).shape == (6, 6, 3)
    with pytest.warns(UserWarning, match="host"):  # and runs as plain Python
        tf.function(lambda x: tf.image.random_jpeg_quality(x, 20, 60))(tf.constant(IMAGE))
    begin, size, box = tf.image.sample_distorted_bounding_box([60, 40, 3], [[[0.2, 0.2, 0.7, 0.8]]], min_object_covered=0.5)
    part = tf.slice(tf.zeros([60, 40, 3]), begin, size)
    top, left, bottom, right = np.asarray(box)[0, 0]
    assert part.shape == (round((bottom - top) * 60), round((right - left) * 40), 3)
    inside = max(0, min(bottom, 0.7) - max(top, 0.2)) * max(0, min(right, 0.8) - max(left, 0.2))
    assert inside >= 0.5 * 0.3 - 1e-6
