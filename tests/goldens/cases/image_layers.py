"""Layers on images: what is certain of them, with factors whose ends meet; sizes, colours, geometry, configs."""

from __future__ import annotations

from typing import Any

import numpy as np

from goldens.oracle import Oracle
from goldens.recording import plain

TOLERANCE = (2e-5, 6e-4)  # of pixels up to 255

PIXELS = np.random.default_rng(5).integers(0, 256, (2, 6, 5, 3)).astype("float32")
UNIT = (PIXELS / 255).astype("float32")


def _layer(make: Any, *inputs: np.ndarray, config: bool = True, training: bool = True) -> Any:
    def case(oracle: Oracle) -> dict[str, Any]:
        layer = make(oracle.keras.layers)
        found: dict[str, Any] = {f"output {i}": oracle.numpy(layer(x, training=training)) for i, x in enumerate(inputs)}
        if config:
            # Keras forgets some seeds and data formats, and adds its own.
            found["config"] = {key: value for key, value in plain(layer.get_config()).items() if key not in ("seed", "data_format")}
            found["config"].pop("dtype", None)
        return found

    return case


_BOTH: dict[str, Any] = {
    "resizing": lambda k: k.Resizing(4, 7),
    "resizing_nearest_crop": lambda k: k.Resizing(4, 7, "nearest", crop_to_aspect_ratio=True),
    "resizing_pad": lambda k: k.Resizing(4, 7, pad_to_aspect_ratio=True, fill_value=3.0),
    "center_crop": lambda k: k.CenterCrop(3, 2), "center_crop_small": lambda k: k.CenterCrop(8, 4),
    "flip": lambda k: k.RandomFlip("horizontal", seed=1),
    "rotation": lambda k: k.RandomRotation(0.2), "zoom": lambda k: k.RandomZoom(0.2), "contrast": lambda k: k.RandomContrast(0.2),
    "autocontrast": lambda k: k.AutoContrast(),
    "hue": lambda k: k.RandomHue(0.1), "mixup": lambda k: k.MixUp(), "cutmix": lambda k: k.CutMix(), "erasing": lambda k: k.RandomErasing(),
    "perspective": lambda k: k.RandomPerspective(0.3), "blur": lambda k: k.RandomGaussianBlur(0.4, 5, 0.7),
    "jitter": lambda k: k.RandomColorJitter(brightness_factor=0.1), "rand_augment": lambda k: k.RandAugment(),
    "augmix": lambda k: k.AugMix(),
    "invert": lambda k: k.RandomInvert(0.3),
}
CASES: dict[str, Any] = {f"still_{name}": _layer(make, PIXELS, training=False) for name, make in _BOTH.items() if name != "contrast"}
for name in ("resizing", "resizing_nearest_crop", "resizing_pad", "center_crop", "center_crop_small", "autocontrast"):
    CASES[name] = _layer(_BOTH[name], PIXELS, PIXELS[0], config=False)
CASES["resizing_first"] = _layer(lambda k: k.Resizing(4, 7, data_format="channels_first"), PIXELS.transpose(0, 3, 1, 2), config=False)
CASES["resizing_bytes"] = _layer(lambda k: k.Resizing(4, 7), PIXELS.astype("uint8"))
for mode in ("constant", "reflect", "wrap", "nearest"):
    CASES[f"translation_{mode}"] = _layer(
        lambda k, m=mode: k.RandomTranslation((0.2, 0.2), (-0.3, -0.3), fill_mode=m, fill_value=7.0), PIXELS, PIXELS[1])
    CASES[f"rotation_{mode}"] = _layer(lambda k, m=mode: k.RandomRotation((0.07, 0.07), fill_mode=m, fill_value=7.0), PIXELS)
    CASES[f"zoom_{mode}"] = _layer(lambda k, m=mode: k.RandomZoom((0.3, 0.3), (-0.2, -0.2), fill_mode=m), PIXELS)
CASES["rotation_nearest_pixel"] = _layer(lambda k: k.RandomRotation((-0.11, -0.11), interpolation="nearest"), PIXELS)
CASES["zoom_one_factor"] = _layer(lambda k: k.RandomZoom((0.4, 0.4)), PIXELS)
CASES["brightness"] = _layer(lambda k: k.RandomBrightness((0.3, 0.3)), PIXELS)
CASES["brightness_unit"] = _layer(lambda k: k.RandomBrightness((-0.4, -0.4), (0, 1)), UNIT)
CASES["contrast_none"] = _layer(lambda k: k.RandomContrast((0.0, 0.0)), PIXELS)
CASES["contrast_still"] = _layer(_BOTH["contrast"], PIXELS, training=False, config=False)  # Keras keeps another factor than was given
CASES["hue_none"] = _layer(lambda k: k.RandomHue((0.0, 0.0)), PIXELS)
CASES["hue_half"] = _layer(lambda k: k.RandomHue((1.0, 1.0)), PIXELS)
for factor in (0.0, 0.25, 0.5):
    CASES[f"saturation_{factor}"] = _layer(lambda k, f=factor: k.RandomSaturation((f, f), (0, 1)), UNIT)
    CASES[f"degeneration_{factor}"] = _layer(lambda k, f=factor: k.RandomColorDegeneration((f, f)), PIXELS)
for factor in (0.0, 0.3, 0.5, 1.0):
    CASES[f"sharpness_{factor}"] = _layer(lambda k, f=factor: k.RandomSharpness((f, f)), PIXELS)
CASES["grayscale"] = _layer(lambda k: k.RandomGrayscale(1.0), PIXELS)
CASES["grayscale_never"] = _layer(lambda k: k.RandomGrayscale(0.0), PIXELS)
CASES["invert_always"] = _layer(lambda k: k.RandomInvert((1.0, 1.0), (0, 1)), UNIT)
CASES["posterization"] = _layer(lambda k: k.RandomPosterization((3, 3)), PIXELS)
CASES["posterization_unit"] = _layer(lambda k: k.RandomPosterization((5, 5), (0, 1)), UNIT)
CASES["blur_always"] = _layer(lambda k: k.RandomGaussianBlur((1.0, 1.0), 3, (0.8, 0.8)), PIXELS)
CASES["erasing_never"] = _layer(lambda k: k.RandomErasing((0.0, 0.0)), PIXELS)
CASES["solarization"] = _layer(lambda k: k.Solarization(), PIXELS)
CASES["equalization"] = _layer(lambda k: k.Equalization(), PIXELS)
CASES["equalization_bins"] = _layer(lambda k: k.Equalization(bins=8), PIXELS)
CASES["equalization_unit"] = _layer(lambda k: k.Equalization((0, 1)), UNIT)
CASES["equalization_fractions"] = _layer(lambda k: k.Equalization((-1, 2), bins=100), PIXELS / np.float32(85) - np.float32(1))
CASES["autocontrast_unit"] = _layer(lambda k: k.AutoContrast((0, 1)), UNIT * np.float32(0.5) + np.float32([0, 0.1, 0.2]))
