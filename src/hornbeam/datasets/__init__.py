"""The named data sets: `hornbeam.datasets.fashion_mnist.load_data()` and its like."""

from hornbeam.datasets import fashion_mnist as fashion_mnist
from hornbeam.datasets._fetch import DatasetError as DatasetError
