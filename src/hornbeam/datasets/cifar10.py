"""CIFAR-10: 60,000 colour photographs, 32 by 32 pixels, in ten classes.

Source: Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009, https://www.cs.toronto.edu/~kriz/cifar.html.
"""

import numpy as np

from hornbeam.datasets import _cifar
from hornbeam.datasets._arrange import Arrays
from hornbeam.datasets._fetch import Remote

FILE = Remote(
    "cifar-10-python.tar.gz",
    ("https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",),
    170_498_071,
    "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
)
FOLDER = "cifar-10-batches-py"
BATCHES = {f"data_batch_{i}": 10_000 for i in range(1, 6)}
TEST = {"test_batch": 10_000}

class_names = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
"""What the labels 0 to 9 mean."""


def load_data() -> Arrays:
    """Loads CIFAR-10, from Keras's cache folder or the network.

    Returns:
        `(x_train, y_train), (x_test, y_test)`, all uint8: images of shape (50000, 32, 32, 3) and (10000, 32, 32, 3) with pixels
        0 to 255, labels 0 to 9 of shape (50000, 1) and (10000, 1); `class_names` says what they mean.

    Raises:
        DatasetError: the archive is not on disk and cannot be downloaded, or it holds something it should not.
    """
    *train, test = _cifar.batches(FILE, FOLDER, {**BATCHES, **TEST}, b"labels")
    x_train, y_train = (np.concatenate(parts) for parts in zip(*train, strict=True))
    return (x_train, y_train), test
