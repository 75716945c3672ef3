"""DTypePolicyMap: each layer finds its own policy by its path."""

import numpy as np
import pytest

import hornbeam as hb
from hornbeam import layers
from hornbeam.engine.dtypes import DTypePolicyMap


class Block(layers.Layer):
    def __init__(self, dtype=None, **kwargs):
        super().__init__(dtype=dtype, **kwargs)
        self.first, self.second = layers.Dense(2, name="first", dtype=dtype), layers.Dense(2, name="second", dtype=dtype)

    def call(self, inputs):
        return self.second(self.first(inputs))


def test_layers_find_their_policies():
    policies = DTypePolicyMap()
    policies["block/first"] = hb.DTypePolicy("mixed_bfloat16")
    block = Block(policies, name="block")
    out = block(np.ones((1, 2), "float32"))
    assert block.first.compute_dtype == "bfloat16" and block.first.variable_dtype == "float32"
    assert block.second.compute_dtype == "float32" and out.dtype == "float32"
    assert block.first(np.ones((1, 2), "float32")).dtype == "bfloat16"
    again = DTypePolicyMap.from_config(block.get_config()["dtype"]["config"])
    assert again == policies and again["block/first"].name == "mixed_bfloat16" and again["elsewhere"].name == "float32"


def test_keys_are_paths_or_expressions():
    policies = DTypePolicyMap(hb.DTypePolicy("float16"), {"a/.*": "bfloat16", "a/b": "float32"})
    assert [policies[path].name for path in ("a/b", "a/c", "a", "b")] == ["float32", "bfloat16", "float16", "float16"]
    policies["a/c/.*"] = hb.DTypePolicy("float32")
    with pytest.raises(ValueError, match="several keys"):
        policies["a/c/d"]
    with pytest.raises(ValueError, match="already"):
        policies["a/b"] = hb.DTypePolicy("float16")
    with pytest.raises(ValueError, match="DTypePolicy\\('float16'\\)"):
        policies["x"] = "float16"
    del policies["a/b"]
    assert len(policies) == 2 and "a/b" not in policies and list(policies) == ["a/.*", "a/c/.*"]
