"""Layers and functions that answer with a dict of a program's own class, as Transformers' do."""

from collections import OrderedDict

import numpy as np

import hornbeam as hb


class Answer(OrderedDict):
    """A class of results."""


def test_from_layers_and_functions():
    class Two(hb.layers.Layer):
        def call(self, x):
            return Answer(plus=x + 1, times=(x * 2,))

    inputs = hb.Input((2,))
    found = Two()(inputs)
    assert type(found) is Answer and found["plus"].shape == (None, 2)
    model = hb.Model(inputs, found["plus"] + found["times"][0])
    assert np.array_equal(model.predict(np.ones((1, 2)), verbose=0), [[4.0, 4.0]])
    answer = hb.function(lambda x: Answer(z=x, a=x + 1))(np.float32(1))
    assert type(answer) is Answer and list(answer) == ["z", "a"] and float(answer["a"]) == 2
