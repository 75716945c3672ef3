"""tf.Module and name scopes; names, order and members as TensorFlow 2.21 gives them."""

import pytest

import hornbeam as hb
from hornbeam.engine.module import Module, name_scope
from hornbeam.ops.tf.variables import Variable


class Inner(Module):
    def __init__(self, name=None):
        super().__init__(name=name)
        self.v = Variable(1.0, name="v")
        self.d = [Variable(2.0, trainable=False), {"a": Variable(3.0)}]
        with self.name_scope:
            self.w = Variable(5.0, name="w")

    @Module.with_name_scope
    def __call__(self, x):
        return Variable(1.0, name="q").name


class OuterOne(Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = Inner(), [Inner("zed")]
        self.layer = hb.layers.Dense(2)
        self.layer.build((None, 3))


def test_variables_by_attribute():
    module = Inner()
    assert module.name == "inner" and [float(v) for v in module.variables] == [2, 3, 1, 5]
    assert [float(v) for v in module.trainable_variables] == [3, 1, 5] and [float(v) for v in module.non_trainable_variables] == [2]
    assert module.w.name == "inner/w:0" and module(1) == "inner/q:0"


def test_modules_inside():
    outer = OuterOne()
    assert outer.name == "outer_one" and outer.submodules[:2] == (outer.a, outer.b[0])
    assert any(each is outer.layer for each in outer.submodules)
    assert [v.name for v in outer.variables if "w:0" in v.name] == ["inner/w:0", "zed/w:0"]
    assert any(v is outer.layer.kernel for v in outer.trainable_variables) and len(outer.variables) == 10
    with pytest.raises(ValueError, match="not a valid name"):
        Inner("no name")


def test_scopes():
    with name_scope("abc") as inside:
        with name_scope("d"):
            assert Variable(1.0, name="x").name == "abc/d/x:0"
        assert inside == "abc/"
    assert Variable(1.0, name="x").name == "x:0"
