"""A policy for each layer: what it stores, what it computes in, what comes out of a model that mixes them."""

import numpy as np
import pytest

import hornbeam as hb
from hornbeam import layers as L
from hornbeam.engine.errors import ArgumentError

X = np.ones((2, 3), "float32")


@pytest.mark.parametrize(
    ("policy", "stored", "computed"),
    [
        ("float32", "float32", "float32"), ("float64", "float64", "float64"), ("bfloat16", "bfloat16", "bfloat16"),
        ("mixed_bfloat16", "float32", "bfloat16"), ("mixed_float16", "float32", "float16"),
    ],
)  # fmt: skip
def test_one_layer(policy, stored, computed):
    layer = L.Dense(2, dtype=policy)
    assert layer(X).dtype == computed == layer.compute_dtype
    assert layer.kernel.dtype == stored == layer.variable_dtype == layer.dtype
    assert L.Dense.from_config(layer.get_config()).dtype_policy == layer.dtype_policy == hb.DTypePolicy(policy)


def test_a_model_of_several():
    x = hb.Input((3,))
    halves = L.Dense(2, dtype="mixed_bfloat16")
    wide = L.Dense(1, dtype="float64")
    model = hb.Model(x, wide(L.Dense(2)(halves(x))))
    assert [layer.output.dtype for layer in model.layers] == ["float32", "bfloat16", "float32", "float64"]
    assert [w.dtype for w in model.weights] == ["float32"] * 4 + ["float64"] * 2
    model.compile("sgd", "mse")
    model.fit(X, np.zeros((2, 1)), verbose=0)
    assert model.predict(X, verbose=0).dtype == np.float64 and model(X).dtype == "float64"
    assert [w.dtype for w in hb.models.clone_model(model).weights] == [w.dtype for w in model.weights]


def test_a_policy_given_later():
    layer = L.Dense(2)
    layer.dtype_policy = "mixed_float16"
    assert layer.compute_dtype == "float16" and layer(X).dtype == "float16" and layer.kernel.dtype == "float32"


@pytest.mark.parametrize("policy", ["mixed_float64", "foo", 3])
def test_what_is_no_policy(policy):
    with pytest.raises(ArgumentError, match=f"such as 'mixed_bfloat16'; received {policy!r}"):
        L.Dense(2, dtype=policy)


def test_the_path_of_a_layer():
    class Block(L.Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.inner = L.Dense(2, name="inner")

        def call(self, x):
            return self.inner(x)

    block = Block(name="block")
    assert block.inner.path is None
    block(X)
    assert (block.path, block.inner.path, block.inner.kernel.path) == ("block", "block/inner", "block/inner/kernel")
