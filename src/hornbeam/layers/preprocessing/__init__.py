"""Layers that prepare data: numbers, categories, text, images and sound."""

from hornbeam.layers.preprocessing.category import CategoryEncoding, HashedCrossing, Hashing
from hornbeam.layers.preprocessing.lookup import IntegerLookup, StringLookup
from hornbeam.layers.preprocessing.numeric import Discretization, Normalization, Rescaling
from hornbeam.layers.preprocessing.text import TextVectorization

__all__ = [
    "CategoryEncoding", "Discretization", "HashedCrossing", "Hashing", "IntegerLookup", "Normalization", "Rescaling", "StringLookup",
    "TextVectorization",
]  # fmt: skip
