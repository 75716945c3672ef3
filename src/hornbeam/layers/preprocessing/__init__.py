"""Layers that prepare data: numbers, categories, text, images and sound."""

from hornbeam.layers.preprocessing.audio import MelSpectrogram, STFTSpectrogram
from hornbeam.layers.preprocessing.category import CategoryEncoding, HashedCrossing, Hashing
from hornbeam.layers.preprocessing.image_color import (
    AutoContrast,
    RandomBrightness,
    RandomColorDegeneration,
    RandomColorJitter,
    RandomContrast,
    RandomGrayscale,
    RandomHue,
    RandomInvert,
    RandomPosterization,
    RandomSaturation,
    Solarization,
)
from hornbeam.layers.preprocessing.image_filter import RandomErasing, RandomGaussianBlur, RandomSharpness
from hornbeam.layers.preprocessing.image_geometry import (
    RandomElasticTransform,
    RandomFlip,
    RandomPerspective,
    RandomRotation,
    RandomShear,
    RandomTranslation,
    RandomZoom,
)
from hornbeam.layers.preprocessing.image_histogram import ContrastLimitedAdaptiveHistogramEqualization, Equalization
from hornbeam.layers.preprocessing.image_policy import AugMix, CutMix, MixUp, Pipeline, RandAugment
from hornbeam.layers.preprocessing.image_size import CenterCrop, MaxNumBoundingBoxes, RandomCrop, Resizing
from hornbeam.layers.preprocessing.lookup import IntegerLookup, StringLookup
from hornbeam.layers.preprocessing.numeric import Discretization, Normalization, Rescaling
from hornbeam.layers.preprocessing.text import TextVectorization

__all__ = [
    "AugMix", "AutoContrast", "CategoryEncoding", "CenterCrop", "ContrastLimitedAdaptiveHistogramEqualization", "CutMix",
    "Discretization", "Equalization", "HashedCrossing", "Hashing", "IntegerLookup", "MaxNumBoundingBoxes", "MelSpectrogram", "MixUp",
    "Normalization", "Pipeline", "RandAugment", "RandomBrightness", "RandomColorDegeneration", "RandomColorJitter", "RandomContrast",
    "RandomCrop", "RandomElasticTransform", "RandomErasing", "RandomFlip", "RandomGaussianBlur", "RandomGrayscale", "RandomHue",
    "RandomInvert", "RandomPerspective", "RandomPosterization", "RandomRotation", "RandomSaturation", "RandomSharpness", "RandomShear",
    "RandomTranslation", "RandomZoom", "Rescaling", "Resizing", "STFTSpectrogram", "Solarization", "StringLookup", "TextVectorization",
]  # fmt: skip
