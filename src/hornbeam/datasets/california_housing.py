"""California housing: 20,640 block groups of the census of 1990, 8 attributes, the median value of a house in dollars.

Source: Pace and Barry, "Sparse Spatial Autoregressions", 1997, https://www.dcc.fc.up.pt/~ltorgo/Regression/cal_housing.html.
"""

from hornbeam.datasets import _npz
from hornbeam.datasets._arrange import Arrays, held_out
from hornbeam.datasets._fetch import hosted, published
from hornbeam.engine.errors import ArgumentError

FILE = hosted("california_housing.npz", 743_530, "1a2e3a52e0398de6463aebe6f4a8da34fb21fbb6b934cf88c3425e766f2a1a6f")
_SMALL = 600

feature_names = ("MedInc", "HouseAge", "AveRooms", "AveBedrms", "Population", "AveOccup", "Latitude", "Longitude")
"""What Keras's documentation calls the columns."""


def load_data(
    version: str = "large", path: str = "california_housing.npz", test_split: float = 0.2, seed: int = 113
) -> Arrays:
    """Loads the block groups, from Keras's cache folder or the network.

    Args:
        version: 'large', or 'small' for the first 600.
        path: the file's name in the cache folder.
        test_split: the part of them that is the test set, at least 0 and below 1.
        seed: of their order.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: attributes of shape (n, 8) and values of shape (n,).

    Raises:
        ArgumentError: another `version` or `test_split`.
        DatasetError: the file is not on disk and cannot be downloaded.
    """
    if version not in ("small", "large"):
        raise ArgumentError(f"version is 'small' or 'large'; received {version!r}.")
    x, y = _npz.load(published(FILE, path), path, ("x", "y"))
    count = _SMALL if version == "small" else len(x)
    return held_out(x[:count], y[:count], test_split, seed)
