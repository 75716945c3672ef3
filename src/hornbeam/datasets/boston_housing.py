"""Boston housing: 506 districts of the 1970s, 13 attributes, the median price of a house in thousands of dollars.

Source: Harrison and Rubinfeld, "Hedonic Housing Prices and the Demand for Clean Air", 1978. One attribute ("B") is made from the
share of Black inhabitants, on an assumption about segregation and prices: use `california_housing`, unless that is the subject.
"""

from hornbeam.datasets import _npz
from hornbeam.datasets._arrange import Arrays, held_out
from hornbeam.datasets._fetch import hosted, published

FILE = hosted("boston_housing.npz", 57_026, "f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5")

feature_names = ("CRIM", "ZN", "INDUS", "CHAS", "NOX", "RM", "AGE", "DIS", "RAD", "TAX", "PTRATIO", "B", "LSTAT")
"""What the columns are."""


def load_data(path: str = "boston_housing.npz", test_split: float = 0.2, seed: int = 113) -> Arrays:
    """Loads the districts, from Keras's cache folder or the network.

    Args:
        path: the file's name in the cache folder.
        test_split: the part of them that is the test set, at least 0 and below 1.
        seed: of their order.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: attributes of shape (n, 13) and prices of shape (n,), float64.

    Raises:
        ArgumentError: another `test_split`.
        DatasetError: the file is not on disk and cannot be downloaded.
    """
    x, y = _npz.load(published(FILE, path), path, ("x", "y"))
    return held_out(x, y, test_split, seed)
