"""InputSpec: which inputs a layer refuses, with what words; layers from configurations."""

import numpy as np
import pytest

import hornbeam as hb
from hornbeam import layers as L
from hornbeam.engine.errors import ArgumentError, DtypeError, ShapeError
from hornbeam.layers import InputSpec

X = np.zeros((2, 3, 4), "float32")


class Picky(L.Layer):
    def __init__(self, spec, **kwargs):
        super().__init__(**kwargs)
        self.input_spec = spec

    def call(self, x):
        return x


@pytest.mark.parametrize(
    "spec",
    [
        InputSpec(), InputSpec(ndim=3), InputSpec(min_ndim=3), InputSpec(max_ndim=3), InputSpec(shape=(None, 3, 4)),
        InputSpec(axes={-1: 4}), InputSpec(axes={1: None}), InputSpec(dtype="float32"),
        InputSpec(shape=(2, 3, 4, 1), allow_last_axis_squeeze=True),
    ],
)  # fmt: skip
def test_inputs_that_are_taken(spec):
    assert Picky(spec)(X).shape == (2, 3, 4)
    assert tuple(Picky(spec)(hb.Input((3, 4))).shape) == (None, 3, 4)


@pytest.mark.parametrize(
    ("spec", "wanted"),
    [
        (InputSpec(ndim=2), r"an input with 2 axes"), (InputSpec(max_ndim=2), "at most 2 axes"), (InputSpec(min_ndim=4), "4 or more axes"),
        (InputSpec(shape=(None, 3, 5)), r"an input of shape \(None, 3, 5\)"), (InputSpec(axes={-1: 5}), "axis -1 has size 5"),
        (InputSpec(axes={5: 1}), "axis 5 has size 1"), (InputSpec(dtype="int32"), "an input of type int32"),
        (InputSpec(shape=(None, 3), allow_last_axis_squeeze=True), "2 axes"),
    ],
)  # fmt: skip
def test_inputs_that_are_refused(spec, wanted):
    with pytest.raises(ShapeError, match=rf"Layer 'picky' \(Picky\) takes .*{wanted}.*; it was called on one of shape \(2, 3, 4\)"):
        Picky(spec, name="picky")(X)
    with pytest.raises(ShapeError, match=r"called on one of shape \(None, 3, 4\)"):
        Picky(spec)(hb.Input((3, 4)))


def test_several_inputs():
    layer = Picky([InputSpec(ndim=3), InputSpec(ndim=2)], name="two")
    assert len(layer([X, X[0]])) == 2
    with pytest.raises(ShapeError, match="2 axes .* as input 1; .* shape \\(2, 3, 4\\)"):
        layer([X, X])
    with pytest.raises(ShapeError, match="takes 2 inputs; it was called on 1"):
        layer([X])
    named = Picky({"a": InputSpec(ndim=3), "b": InputSpec(ndim=2, optional=True)})
    assert named({"a": X})["a"].shape == (2, 3, 4)
    with pytest.raises(ShapeError, match="not None as input 0; it was called on None"):
        named({"b": X[0]})


def test_a_spec_made_in_build():
    class Same(L.Layer):
        def build(self, input_shape):
            self.input_spec = InputSpec(axes={-1: input_shape[-1]})

        def call(self, x):
            return x

    layer = Same(name="same")
    layer(X)
    with pytest.raises(ShapeError, match="axis -1 has size 4"):
        layer(X[..., :2])


def test_what_a_spec_says_of_itself():
    spec = InputSpec(shape=(None, 2), dtype="float32")
    assert repr(spec) == "InputSpec(dtype=float32, shape=(None, 2), ndim=2)" and spec.ndim == 2
    assert InputSpec.from_config(spec.get_config()).get_config() == spec.get_config()
    with pytest.raises(DtypeError, match="a dict of sizes by axis"):
        InputSpec(axes={"a": 1})
    with pytest.raises(ArgumentError, match="names axis 3, but inputs have 2 axes"):
        InputSpec(ndim=2, axes={3: 2})


def test_layers_from_configurations():
    class Mine(L.Layer):
        def __init__(self, units=1, **kwargs):
            super().__init__(**kwargs)
            self.units = units

        def get_config(self):
            return {**super().get_config(), "units": self.units}

    again = L.deserialize(L.serialize(L.Dense(3, "relu", name="d")))
    assert type(again) is L.Dense and again.get_config() == L.Dense(3, "relu", name="d").get_config()
    assert L.deserialize(L.serialize(Mine(7)), custom_objects={"Mine": Mine}).units == 7
    with pytest.raises(ArgumentError, match="There is no layer called 'Mine'"):
        L.deserialize(L.serialize(Mine(7)))
