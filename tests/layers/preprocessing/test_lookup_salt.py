"""Salted hashes of terms outside the vocabulary: the numbers are TensorFlow's."""

import numpy as np
import pytest

from hornbeam import layers

WORDS = np.array(["x", "y", "zz", "a"])


@pytest.mark.parametrize(("salt", "wanted"), [(3, [1, 4, 4, 5]), ([3, 4], [0, 1, 0, 5])])
def test_strings(salt, wanted):
    layer = layers.StringLookup(vocabulary=["a", "b"], num_oov_indices=5, salt=salt)
    assert np.asarray(layer(WORDS)).tolist() == wanted
    assert np.asarray(layers.StringLookup.from_config(layer.get_config())(WORDS)).tolist() == wanted


def test_numbers():
    layer = layers.IntegerLookup(vocabulary=[1, 2], num_oov_indices=5, oov_method="farmhash")
    assert np.asarray(layer(np.array([7, 8, 9, 1]))).tolist() == [3, 2, 0, 5]
    with pytest.raises(ValueError, match="farmhash"):
        layers.IntegerLookup(vocabulary=[1, 2], num_oov_indices=5, salt=3)
    with pytest.raises(ValueError, match="'floormod' or 'farmhash'"):
        layers.IntegerLookup(oov_method="md5")
    with pytest.raises(ValueError, match="salt is a whole number"):
        layers.StringLookup(salt="pepper")
