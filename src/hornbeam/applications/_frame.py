"""What the published networks share: their inputs, their heads, and where their weights come from."""

import inspect
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hornbeam import layers
from hornbeam.datasets._fetch import DatasetError
from hornbeam.engine.errors import ArgumentError, ShapeError
from hornbeam.engine.layout import image_data_format
from hornbeam.engine.tensor import Tensor
from hornbeam.models import Model
from hornbeam.utils.files import get_file
from hornbeam.utils.graphs import get_source_inputs, is_keras_tensor

KERAS = "https://storage.googleapis.com/tensorflow/keras-applications/"
KERAS_LATER = "https://storage.googleapis.com/keras-applications/"


@dataclass(frozen=True)
class Weights:
    """A published file of weights: its address and its MD5 or SHA-256."""

    url: str
    digest: str | None = None

    def fetch(self, model: str) -> str:
        """The path of the file in the cache. Raises `DatasetError` when it is not there and cannot be had."""
        try:
            return get_file(self.url.rpartition("/")[2], self.url, cache_subdir="models", file_hash=self.digest)
        except DatasetError as error:
            raise DatasetError(
                f"{model}'s published weights could not be had: {error} Or pass weights='path/to/file', or weights=None to start from "
                "random ones."
            ) from error


@dataclass(frozen=True)
class Network:
    """A published network.

    Args:
        name: the model's. size: the side of the images it was published for. least: the smallest side it takes.
        body: from images to features. top: from features to classes, given their number and the activation.
        files: the weights with the top and without it. named_pool: whether the layer that pools features is called 'avg_pool'.
        end: what features go through last, where the top is left out.
    """

    name: str
    size: int
    least: int
    body: Callable[[Tensor], Tensor]
    top: Callable[[Tensor, int, Any], Tensor]
    files: Callable[[bool], Weights | None]
    named_pool: bool = False
    end: Callable[[Tensor], Tensor] | None = None


def build(
    network: Network, include_top: bool, weights: Any, input_tensor: Any, input_shape: Any, pooling: str | None, classes: int,
    classifier_activation: Any, size_of_top: bool = True,
) -> Model:
    """The model of a network, as Keras's functions take it.

    Args:
        include_top: whether it ends in classes; otherwise in features, pooled by `pooling` ('avg', 'max' or None).
        weights: 'imagenet', None (random) or a path.
        input_tensor: a symbolic tensor to start from. input_shape: of an image, when the top is left out.
        size_of_top: whether the top needs images of the published size.
    """
    if not (weights in (None, "imagenet") or (isinstance(weights, (str, os.PathLike)) and os.path.exists(weights))):
        raise ArgumentError(f"{network.name}: weights is 'imagenet', None or the path of a file that exists; received {weights!r}.")
    if weights == "imagenet" and include_top and classes != 1000:
        raise ArgumentError(
            f"{network.name}: the published weights' top has 1000 classes; received classes={classes}. For other classes, take "
            "include_top=False and put a Dense layer on the features."
        )
    if pooling not in (None, "avg", "max"):
        raise ArgumentError(f"{network.name}: pooling is 'avg', 'max' or None; received {pooling!r}.")
    shape = _input_shape(network, input_shape, weights, include_top and size_of_top, include_top)
    file = None if weights is None else os.fspath(weights)
    if weights == "imagenet":  # before the work of building
        published = network.files(include_top)
        if published is None:
            raise ArgumentError(f"{network.name}: no weights were published for these arguments. Pass weights=None.")
        file = published.fetch(network.name)
    if input_tensor is None:
        start = layers.Input(shape=shape)
    else:
        start = input_tensor if is_keras_tensor(input_tensor) else layers.Input(tensor=input_tensor, shape=shape)
    x = network.body(start)
    if include_top:
        _check_activation(network.name, classifier_activation, weights)
        x = network.top(x, classes, classifier_activation)
    else:
        if pooling is not None:
            pool = layers.GlobalAveragePooling2D if pooling == "avg" else layers.GlobalMaxPooling2D
            x = pool(name=f"{pooling}_pool" if network.named_pool else None)(x)
        x = network.end(x) if network.end else x
    model = Model(get_source_inputs(start)[0] if input_tensor is not None else start, x, name=network.name)
    if file is not None:
        model.load_weights(file)
    return model


def _check_activation(who: str, activation: Any, weights: Any) -> None:
    name = activation if isinstance(activation, str) else getattr(activation, "__name__", None)
    if weights == "imagenet" and name not in (None, "softmax", "linear"):
        raise ArgumentError(f"{who}: with published weights, classifier_activation is 'softmax' or None; received {activation!r}.")


def _input_shape(network: Network, given: Any, weights: Any, fixed: bool, include_top: bool) -> tuple:
    """An image's shape: the one given, checked, or the published one."""
    first = image_data_format() == "channels_first"
    usual = (3, network.size, network.size) if first else (network.size, network.size, 3)
    if given is None:
        return usual if include_top else ((3, None, None) if first else (None, None, 3))
    given = tuple(given)
    if len(given) != 3:
        raise ShapeError(f"{network.name}: input_shape is (height, width, channels); received {given}.")
    channels, sides = (given[0], given[1:]) if first else (given[2], given[:2])
    if weights == "imagenet" and channels != 3:
        raise ShapeError(f"{network.name}: the published weights are for images of 3 channels; received input_shape={given}.")
    if weights == "imagenet" and fixed and given != usual:
        raise ShapeError(
            f"{network.name}: with its top and the published weights it takes images of shape {usual}; received input_shape={given}. "
            "Leave input_shape out, or take include_top=False."
        )
    if any(side is not None and side < network.least for side in sides):
        raise ShapeError(f"{network.name}: images are at least {network.least}x{network.least}; received input_shape={given}.")
    if include_top and fixed and None in given:
        raise ShapeError(f"{network.name}: with include_top=True the image's size is fixed; received input_shape={given}.")
    return given


def axis() -> int:
    """The axis of the channels, the batch counted."""
    return 3 if image_data_format() == "channels_last" else 1


def dense_top(pool: str | None = "avg_pool", dropout: tuple[float, str] | None = None, **options: Any) -> Callable[..., Tensor]:
    """The usual top: the features' mean, perhaps dropout (a rate and the layer's name), and a Dense layer with `options`."""

    def top(x: Tensor, classes: int, activation: Any) -> Tensor:
        x = layers.GlobalAveragePooling2D(name=pool)(x)
        if dropout is not None and dropout[0] > 0:
            x = layers.Dropout(dropout[0], name=dropout[1])(x)
        return layers.Dense(classes, activation=activation, name="predictions", **options)(x)

    return top


def documented(function: Callable) -> Callable:
    """Add to a network's function what its arguments mean, which is the same for all."""
    takes = inspect.signature(function).parameters
    lines = [text for name, text in _ARGUMENTS.items() if name in takes]
    function.__doc__ = f"{function.__doc__}\n\n    Args:\n" + "\n".join(f"        {line}" for line in lines) + "\n    "
    return function


_ARGUMENTS = {
    "include_top": "include_top: end in classes; otherwise in features, which `pooling` makes a vector of.",
    "weights": "weights: 'imagenet' (published ones, from Keras's cache or the network), None for random ones, or a file's path.",
    "input_tensor": "input_tensor: a symbolic tensor to start from, in place of an Input.",
    "input_shape": "input_shape: an image's, (height, width, channels).",
    "pooling": "pooling: 'avg' or 'max' over the image, or None, where the top is left out.",
    "classes": "classes: the number of classes. classifier_activation: the last layer's; None gives logits.",
    "alpha": "alpha: how many channels there are, as a share of the published number.",
    "include_preprocessing": "include_preprocessing: take images of 0 to 255 and scale them inside.",
}
