"""Layers."""

from hornbeam.layers.activation import ELU, LeakyReLU, ReLU, Softmax
from hornbeam.layers.convolution import Conv2D
from hornbeam.layers.core import Activation, Dense, Dropout, Flatten
from hornbeam.layers.embedding import Embedding, Masking
from hornbeam.layers.input import Input, InputLayer
from hornbeam.layers.layer import Layer
from hornbeam.layers.merging import (
    Add,
    Average,
    Concatenate,
    Dot,
    Maximum,
    Minimum,
    Multiply,
    Subtract,
    add,
    average,
    concatenate,
    dot,
    maximum,
    minimum,
    multiply,
    subtract,
)
from hornbeam.layers.normalization import BatchNormalization, LayerNormalization
from hornbeam.layers.pooling import AveragePooling2D, GlobalAveragePooling2D, GlobalMaxPooling2D, MaxPooling2D
from hornbeam.layers.recurrent import LSTM, Bidirectional, LSTMCell
from hornbeam.layers.reshaping import Permute, RepeatVector, Reshape

AvgPool2D = AveragePooling2D
Convolution2D = Conv2D
GlobalAvgPool2D = GlobalAveragePooling2D
GlobalMaxPool2D = GlobalMaxPooling2D
MaxPool2D = MaxPooling2D

__all__ = [
    "ELU", "LSTM", "Activation", "Add", "Average", "AveragePooling2D", "AvgPool2D", "BatchNormalization", "Bidirectional", "Concatenate",
    "Conv2D", "Convolution2D", "Dense", "Dot", "Dropout", "Embedding", "Flatten", "GlobalAveragePooling2D", "GlobalAvgPool2D",
    "GlobalMaxPool2D", "GlobalMaxPooling2D", "Input", "InputLayer", "LSTMCell", "Layer", "LayerNormalization", "LeakyReLU", "Masking",
    "MaxPool2D", "MaxPooling2D", "Maximum", "Minimum", "Multiply", "Permute", "ReLU", "RepeatVector", "Reshape", "Softmax", "Subtract",
    "add", "average", "concatenate", "dot", "maximum", "minimum", "multiply", "subtract",
]  # fmt: skip
