"""TensorFlow's own ways of making tensors, beside those that the goldens hold."""

import pytest

from hornbeam.engine.errors import ArgumentError
from hornbeam.ops.tf.tensors import one_hot


def test_one_hot_of_strings():
    assert one_hot([2, 0], 3, "on", "off", axis=0).numpy().tolist() == [[b"off", b"on"], [b"off", b"off"], [b"on", b"off"]]
    with pytest.raises(ArgumentError, match="both"):
        one_hot([0], 2, on_value="on")
