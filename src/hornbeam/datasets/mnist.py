"""MNIST: 70,000 handwritten digits, 28 by 28 grey pixels.

Source: LeCun, Bottou, Bengio and Haffner, "Gradient-Based Learning Applied to Document Recognition", 1998. Copyright Yann LeCun
and Corinna Cortes, CC BY-SA 3.0.
"""

from hornbeam.datasets import _npz
from hornbeam.datasets._arrange import Arrays
from hornbeam.datasets._fetch import hosted, published

FILE = hosted("mnist.npz", 11_490_434, "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1")

class_names = tuple("0123456789")
"""What the labels 0 to 9 mean."""


def load_data(path: str = "mnist.npz") -> Arrays:
    """Loads MNIST, from Keras's cache folder or the network.

    Args:
        path: the file's name in the cache folder.

    Returns:
        `(x_train, y_train), (x_test, y_test)`, all uint8: images of shape (60000, 28, 28) and (10000, 28, 28) with pixels 0 to
        255, labels 0 to 9 of shape (60000,) and (10000,).

    Raises:
        DatasetError: the file is not on disk and cannot be downloaded.
    """
    x_train, y_train, x_test, y_test = _npz.load(published(FILE, path), path, ("x_train", "y_train", "x_test", "y_test"))
    return (x_train, y_train), (x_test, y_test)
