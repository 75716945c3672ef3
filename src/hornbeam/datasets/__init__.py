"""The named data sets: `hornbeam.datasets.fashion_mnist.load_data()` and its like."""

from hornbeam.datasets import boston_housing as boston_housing
from hornbeam.datasets import california_housing as california_housing
from hornbeam.datasets import cifar10 as cifar10
from hornbeam.datasets import cifar100 as cifar100
from hornbeam.datasets import fashion_mnist as fashion_mnist
from hornbeam.datasets import imdb as imdb
from hornbeam.datasets import mnist as mnist
from hornbeam.datasets import reuters as reuters
from hornbeam.datasets._fetch import DatasetError as DatasetError
