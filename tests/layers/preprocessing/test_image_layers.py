"""Layers on images: what chance decides, seeds, labels and masks, layouts, in models and under fit."""

import numpy as np
import pytest

import hornbeam as hb

L = hb.layers
DRAW = np.random.default_rng(0)
IMAGES = (DRAW.random((40, 8, 6, 3)) * 255).astype("float32")
LABELS = np.eye(40, dtype="float32")

RANDOM = {
    "RandomFlip": lambda **k: L.RandomFlip(**k),
    "RandomTranslation": lambda **k: L.RandomTranslation(0.3, 0.3, **k),
    "RandomRotation": lambda **k: L.RandomRotation(0.2, **k),
    "RandomZoom": lambda **k: L.RandomZoom(0.3, **k),
    "RandomShear": lambda **k: L.RandomShear(0.5, 0.5, **k),
    "RandomPerspective": lambda **k: L.RandomPerspective((1.0, 1.0), 0.8, **k),
    "RandomElasticTransform": lambda **k: L.RandomElasticTransform((1.0, 1.0), **k),
    "RandomBrightness": lambda **k: L.RandomBrightness(0.3, **k),
    "RandomContrast": lambda **k: L.RandomContrast(0.5, **k),
    "RandomHue": lambda **k: L.RandomHue(0.5, **k),
    "RandomSaturation": lambda **k: L.RandomSaturation((0.1, 0.9), **k),
    "RandomColorDegeneration": lambda **k: L.RandomColorDegeneration(0.9, **k),
    "RandomColorJitter": lambda **k: L.RandomColorJitter((0, 255), 0.2, 0.2, 0.3, 0.2, **k),
    "RandomGrayscale": lambda **k: L.RandomGrayscale(0.5, **k),
    "RandomInvert": lambda **k: L.RandomInvert((0.5, 0.5), **k),
    "RandomPosterization": lambda **k: L.RandomPosterization(4, **k),
    "RandomSharpness": lambda **k: L.RandomSharpness((0.0, 1.0), **k),
    "RandomGaussianBlur": lambda **k: L.RandomGaussianBlur((1.0, 1.0), 3, (0.5, 0.9), **k),
    "RandomErasing": lambda **k: L.RandomErasing((1.0, 1.0), **k),
    "Solarization": lambda **k: L.Solarization(0.3, 0.5, **k),
    "RandAugment": lambda **k: L.RandAugment(**k),
    "AugMix": lambda **k: L.AugMix(all_ops=False, **k),
    "MixUp": lambda **k: L.MixUp(1.0, **k),
    "CutMix": lambda **k: L.CutMix((0.3, 0.6), **k),
}


@pytest.mark.parametrize("name", RANDOM)
def test_random_layers(name):
    """Identity outside training; other numbers each call; the same from the same seed; float32 of the same shape, finite."""
    make = RANDOM[name]
    layer = make(seed=3)
    np.testing.assert_array_equal(layer(IMAGES, training=False), IMAGES)
    first, second = layer(IMAGES, training=True).numpy(), layer(IMAGES, training=True).numpy()
    assert first.shape == IMAGES.shape and first.dtype == np.float32 and np.isfinite(first).all()
    assert first.min() >= -1e-3 and first.max() <= 255.001, "outside the value range"
    assert not np.array_equal(first, IMAGES)
    assert not np.array_equal(first, second)
    np.testing.assert_allclose(make(seed=3)(IMAGES, training=True), first, rtol=1e-5, atol=1e-3)
    assert layer(IMAGES[0], training=True).shape == IMAGES[0].shape
    again = type(layer).from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    assert layer(hb.Input((None, None, 3))).shape == (None, None, None, 3)


@pytest.mark.parametrize("name", RANDOM)
def test_random_layers_under_fit(name):
    """The first layer of a model that is trained by the compiled loop."""
    model = hb.Sequential([hb.Input((8, 6, 3)), RANDOM[name](seed=1), L.GlobalAveragePooling2D(), L.Dense(2)])
    model.compile(optimizer="sgd", loss="mse")
    before = model.predict(IMAGES[:4], verbose=0)
    losses = model.fit(IMAGES / 255, np.zeros((40, 2), "float32"), batch_size=20, epochs=2, verbose=0).history["loss"]
    assert np.isfinite(losses).all()
    np.testing.assert_array_equal(before.shape, (4, 2))


def test_flips_are_even_and_independent():
    drawn = L.RandomFlip(seed=5)(np.tile(np.arange(4.0, dtype="float32").reshape(1, 2, 2, 1), (2000, 1, 1, 1)), training=True).numpy()
    shares = np.bincount(drawn[:, 0, 0, 0].astype(int), minlength=4) / 2000  # which corner came to the top left
    np.testing.assert_allclose(shares, 0.25, atol=0.05)


def test_factors_run_between_their_ends():
    grey = np.full((500, 2, 2, 3), 100.0, "float32")
    bright = L.RandomBrightness((-0.1, 0.3), seed=1)(grey, training=True).numpy()
    assert 74 < bright.min() < 78 and 173 < bright.max() < 177
    inverted = L.RandomInvert(0.5, seed=1)(grey, training=True).numpy()[:, 0, 0, 0] > 120
    assert 0.17 < inverted.mean() < 0.33  # the probability is drawn too, from 0 to 0.5
    steps = np.tile(np.arange(256, dtype="float32").reshape(1, 16, 16, 1), (64, 1, 1, 3))
    levels = {len(np.unique(each)) for each in L.RandomPosterization((2, 4), seed=1)(steps, training=True).numpy()}
    assert levels == {4, 8, 16}
    ramp = np.tile(np.float32([100, 150, 120, 130]).reshape(1, 2, 2, 1), (500, 1, 1, 1))
    contrast = L.RandomContrast(0.4, seed=1)(ramp, training=True).numpy()[:, 0, 0, 0]
    times = (contrast - 125) / -25
    assert 0.59 < times.min() < 0.63 and 1.37 < times.max() < 1.41


def test_erased_boxes_cover_their_share():
    layer = L.RandomErasing((1.0, 1.0), scale=(0.2, 0.2), fill_value=1.0, seed=1)
    out = layer(np.zeros((200, 40, 40, 1), "float32"), training=True).numpy()
    shares = out.mean((1, 2, 3))
    assert abs(shares.mean() - 0.2) < 0.02 and shares.std() < 0.03
    box = out[0, :, :, 0]
    assert box.sum() == box.any(1).sum() * box.any(0).sum(), "not a rectangle"


def test_labels_are_mixed_as_images_are():
    """Image i holds the number i everywhere, so its label can be read off the result."""
    numbers = np.tile(np.arange(40, dtype="float32").reshape(-1, 1, 1, 1), (1, 10, 10, 1))
    for layer in (L.MixUp(1.0, seed=2), L.CutMix((0.2, 0.5), seed=2)):
        out = layer({"images": numbers, "labels": LABELS}, training=True)
        labels = out["labels"].numpy()
        np.testing.assert_allclose(labels.sum(1), 1, rtol=1e-5)
        np.testing.assert_allclose(out["images"].numpy().mean((1, 2, 3)), labels @ np.arange(40), rtol=1e-4, atol=1e-3)
        assert ((labels > 0).sum(1) == 2).mean() > 0.8
        kept = layer({"images": numbers, "labels": LABELS}, training=False)
        np.testing.assert_array_equal(kept["labels"], LABELS)


def test_masks_move_with_images():
    masks = (IMAGES[..., :1] > 128).astype("float32")
    for layer in (L.RandomFlip(seed=1), L.RandomTranslation(0.3, 0.3, interpolation="nearest", seed=1), L.RandomCrop(4, 3, seed=1)):
        out = layer({"images": IMAGES, "segmentation_masks": masks}, training=True)
        np.testing.assert_array_equal(out["segmentation_masks"], (out["images"].numpy()[..., :1] > 128).astype("float32"))
    out = L.RandomBrightness(0.3)({"images": IMAGES, "segmentation_masks": masks}, training=True)
    np.testing.assert_array_equal(out["segmentation_masks"], masks)


def test_crops_are_windows():
    layer = L.RandomCrop(3, 2, seed=1)
    seen = set()
    for _ in range(30):
        out = layer(IMAGES, training=True).numpy()
        (place,) = [(i, j) for i in range(6) for j in range(5) if np.array_equal(IMAGES[:, i : i + 3, j : j + 2], out)]
        seen.add(place)
    assert len(seen) > 10
    assert layer(IMAGES, training=False).shape == (40, 3, 2, 3)
    assert L.RandomCrop(10, 10)(IMAGES, training=True).shape == (40, 10, 10, 3)
    assert L.RandomCrop(3, 2).compute_output_shape((None, 8, 6, 3)) == (None, 3, 2, 3)


def test_channels_first():
    first = IMAGES.transpose(0, 3, 1, 2)
    for make in (lambda **k: L.RandomRotation(0.2, seed=1, **k), lambda **k: L.RandomHue(0.4, seed=1, **k),
                 lambda **k: L.CenterCrop(3, 4, **k), lambda **k: L.RandomCrop(3, 4, seed=1, **k)):
        a, b = make()(IMAGES, training=True), make(data_format="channels_first")(first, training=True)
        np.testing.assert_allclose(a, b.numpy().transpose(0, 2, 3, 1), rtol=1e-4, atol=1e-2)


def test_pipeline():
    steps = L.Pipeline([L.RandomFlip("horizontal", seed=1), L.Rescaling(1 / 255), L.RandomBrightness(0.2, (0, 1), seed=2)])
    np.testing.assert_allclose(steps(IMAGES, training=False), IMAGES / 255, rtol=1e-6)
    assert not np.allclose(steps(IMAGES, training=True), IMAGES / 255)
    assert L.Pipeline.from_config(steps.get_config()).get_config() == steps.get_config()


def test_errors_name_the_argument():
    for make, word in (
        (lambda: L.RandomFlip("sideways"), "mode"), (lambda: L.RandomRotation("much"), "factor"), (lambda: L.RandomInvert(1.5), "factor"),
        (lambda: L.RandomZoom(0.2, fill_mode="mirror"), "fill_mode"), (lambda: L.Resizing(3, 0), "width"),
        (lambda: L.Resizing(3, 3, "cubic"), "interpolation"), (lambda: L.RandomHue(0.1, value_range=255), "value_range"),
        (lambda: L.RandomBrightness((0.3, 0.1)), "factor"), (lambda: L.CenterCrop(2, 2)(np.zeros((2, 3))), "3 axes"),
        (lambda: L.RandomFlip()({"images": IMAGES, "bounding_boxes": {}}), "bounding"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=word):
            make()
