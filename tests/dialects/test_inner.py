"""Helpers from the inside of Keras 2 that packages use; numbers of `keras.utils.conv_utils` are Keras 2.15's."""

import h5py
import numpy as np
import pytest

from hornbeam.dialects import inner
from hornbeam.keras import Sequential, layers, optimizers
from hornbeam.saving import groups


def test_lengths_of_convolutions():
    each = [inner.conv_output_length(10, 3, padding, 2, 2) for padding in ("same", "valid", "causal", "full")]
    assert each == [5, 3, 5, 7]
    assert [inner.deconv_output_length(5, 3, padding, None, 2) for padding in ("same", "valid", "full")] == [10, 11, 7]
    assert [inner.deconv_output_length(5, 4, padding, 1, 3, 2) for padding in ("same", "valid", "full")] == [14, 20, 8]
    assert inner.conv_output_length(None, 3, "same", 2) is None


def test_arguments():
    assert inner.normalize_tuple(2, 3, "strides") == (2, 2, 2) and inner.normalize_tuple([1, 2], 2, "size") == (1, 2)
    with pytest.raises(ValueError, match="`strides`"):
        inner.normalize_tuple((1, 0), 2, "strides")
    assert inner.has_arg(lambda a, **k: a, "b", accept_all=True) and not inner.has_arg(lambda a, **k: a, "b")


def network():
    return Sequential([layers.Input((3,)), layers.Dense(2, name="a"), layers.Dense(1, name="b")])


def test_weights_in_an_open_file(tmp_path):
    written, read, part = network(), network(), network()
    with h5py.File(tmp_path / "weights.h5", "w") as file:
        groups.save_weights_to_hdf5_group(file.create_group("w"), written)
    with h5py.File(tmp_path / "weights.h5") as file:
        groups.load_weights_from_hdf5_group(file["w"], read.layers)
        groups.load_weights_from_hdf5_group_by_name(file["w"], part.layers[:1])
    same = [np.array_equal(a, b) for other in (read, part) for a, b in zip(written.get_weights(), other.get_weights(), strict=True)]
    assert same[:6] == [True] * 6 and not same[6]


def test_an_optimizers_variables_are_also_a_method():
    optimizer = optimizers.SGD(momentum=0.9)
    optimizer.build(network().trainable_variables)
    with pytest.warns(FutureWarning, match=r"optimizer.variables\(\)"):
        assert [v.path for v in optimizer.variables()] == [v.path for v in optimizer.variables]


def test_weights_by_the_names_of_layers(tmp_path):
    written, read = network(), network()
    with pytest.warns(FutureWarning):
        written.save_weights(tmp_path / "own.h5")
        read.load_weights(tmp_path / "own.h5", by_name=True)
        assert all(np.array_equal(a, b) for a, b in zip(written.get_weights(), read.get_weights(), strict=True))
        written.save_weights(tmp_path / "own.weights.h5")
        with pytest.raises(ValueError, match="no names of layers"):
            read.load_weights(tmp_path / "own.weights.h5", by_name=True)
