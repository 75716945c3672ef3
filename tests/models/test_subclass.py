"""Subclasses of Model and Layer: weights, losses, configurations, calling."""

import numpy as np
import pytest

import hornbeam as hb
from hornbeam import ops
from hornbeam.engine.errors import DtypeError, ShapeError, StateError

L = hb.layers
X = np.random.default_rng(0).normal(size=(12, 4)).astype(np.float32)


class Block(L.Layer):
    """A layer with a weight, a penalty, a count that training moves."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.w = self.add_weight(shape=(input_shape[-1], self.units), initializer="ones", name="w", regularizer="l2")
        self.count = self.add_weight(shape=(), initializer="zeros", trainable=False, name="count")

    def call(self, x, training=False):
        if training:
            self.count.assign(self.count + 1)
        return ops.matmul(x, self.w)

    def get_config(self):
        return {**super().get_config(), "units": self.units}


class Net(hb.Model):
    def __init__(self, units=3, **kwargs):
        super().__init__(**kwargs)
        self.blocks = [Block(units) for _ in range(2)]
        self.heads = {"x": L.Dense(1, name="hx")}
        self.drop = L.Dropout(0.5)

    def call(self, x, training=False):
        for block in self.blocks:
            x = block(x)
        return self.heads["x"](self.drop(x, training=training))


def test_layers_in_lists_and_dicts_are_found():
    net = Net()
    net.compile("sgd", "mse")
    net.fit(X, X[:, :1], epochs=2, batch_size=4, verbose=0)
    assert (len(net.layers), len(net.trainable_weights), len(net.non_trainable_weights)) == (4, 4, 2)
    assert float(net.blocks[0].count) == 6.0  # `training` is known to inner layers, in each of 2 * 3 steps
    net.evaluate(X, X[:, :1], verbose=0)
    net.predict(X, verbose=0)
    assert float(net.blocks[0].count) == 6.0
    assert len(net.losses) == 2 and net.count_params() == 27


def test_build_makes_all_weights():
    net = Net()
    net.build((None, 4))
    assert net.built and [w.shape for w in net.get_weights()] == [(4, 3), (), (3, 3), (), (3, 1), (1,)]
    assert float(net.blocks[0].count) == 0


def test_set_weights_checks_before_it_assigns():
    net = Net()
    with pytest.raises(ShapeError, match="not built yet"):
        net.set_weights([X])
    net.build((None, 4))
    before = net.get_weights()
    with pytest.raises(ShapeError, match=r"/w'.*\(3, 3\).*\(9, 9\)"):
        net.set_weights([*before[:2], np.ones((9, 9)), *before[3:]])
    net.set_weights([w + 1 for w in before])
    np.testing.assert_array_equal(net.get_weights()[0], before[0] + 1)
    found = net.get_weights()
    found[0][:] = 7  # the caller's own
    np.testing.assert_array_equal(net.get_weights()[0], before[0] + 1)


def test_configurations():
    block = Block.from_config(Block(5, name="q").get_config())
    assert (block.units, block.name) == (5, "q")
    net = Net.from_config(Net(2, name="n").get_config())
    assert net.blocks[0].units == 2 and net.name == "n"

    class Odd(L.Layer):
        def __init__(self, thing):
            super().__init__()

    with pytest.raises(DtypeError, match="Odd was made with thing=.*get_config"):
        Odd(object()).get_config()


def test_models_as_parts_of_a_model():
    encoder = hb.Sequential([L.Dense(3)])

    class Autoencoder(hb.Model):
        def __init__(self):
            super().__init__()
            self.encoder, self.decoder = encoder, hb.Sequential([L.Dense(4)])

        def call(self, x):
            return self.decoder(self.encoder(x))

    model = Autoencoder()
    model.compile("adam", "mse")
    model.fit(X, X, verbose=0)
    assert encoder.built and encoder.predict(X, verbose=0).shape == (12, 3) and len(model.weights) == 4
    encoder.trainable = False
    assert len(model.trainable_weights) == 2
    encoder.trainable = True
    assert len(model.trainable_weights) == 4


def test_penalties_last_until_the_next_call():
    class Penalised(L.Layer):
        def call(self, x):
            self.add_loss(ops.mean(x**2))
            return x

    model = hb.Sequential([hb.Input((4,)), Penalised(), L.Dense(1, activity_regularizer="l2")])
    assert model.losses == []
    for _ in range(2):
        model(X)
        assert len(model.losses) == 2
        np.testing.assert_allclose(float(model.losses[0]), np.mean(X**2), rtol=1e-5)
    output = np.asarray(model.layers[1](X))
    model(X)
    np.testing.assert_allclose(float(model.losses[1]), 0.01 * np.sum(output**2) / 12, rtol=1e-4)  # averaged over the batch


def test_training_flags():
    drop = L.Dropout(0.5)
    np.testing.assert_array_equal(np.asarray(drop(X)), X)
    assert (np.asarray(drop(X, training=True)) == 0).any()
    model = hb.Sequential([hb.Input((4,)), drop])
    assert (np.asarray(model(X, training=True)) == 0).any()
    np.testing.assert_array_equal(np.asarray(model(X)), X)


def test_a_build_that_calls_the_models_own():
    class Own(hb.Model):
        made = 0

        def __init__(self):
            super().__init__()
            self.inner = L.Dense(2)

        def build(self, shape):
            self.made += 1
            self.last = L.Dense(shape[-1])
            super().build(shape)

        def call(self, x):
            return self.last(self.inner(x))

    for start in (lambda model: model(X), lambda model: model.build((None, 4))):
        model = Own()
        start(model)
        assert model.made == 1 and model(X).shape == X.shape
        assert [w.path.count("/") for w in model.weights] == [2] * 4 and [w.name for w in model.weights] == ["kernel", "bias"] * 2


def test_freezing_and_thawing_a_layer():
    layer = L.BatchNormalization()
    layer(X)
    assert [w.name for w in layer.trainable_weights] == ["gamma", "beta"]
    layer.trainable = False
    assert layer.trainable_weights == [] and len(layer.non_trainable_weights) == 4
    layer.trainable = True
    assert [w.name for w in layer.non_trainable_weights] == ["moving_mean", "moving_variance"]  # which never train


def test_no_call():
    class Empty(hb.Model):
        pass

    with pytest.raises(NotImplementedError, match="Model class Empty defines no `call"):
        Empty()(X)
    with pytest.raises(StateError, match="no weights yet"):
        Empty().count_params()


def test_json():
    model = hb.Sequential([hb.Input((4,)), L.Dense(2)], name="j")
    assert '"Dense"' in model.to_json()


def test_a_layer_may_hold_another_before_its_own_init():
    class Tied(L.Layer):
        def __init__(self, other, **kwargs):
            self.other = other
            super().__init__(**kwargs)

        def call(self, x):
            return hb.ops.matmul(x, hb.ops.transpose(self.other.kernel))

    class Early(hb.Model):
        def __init__(self):
            self.dense = L.Dense(2)
            inputs = L.Input((4,))
            super().__init__(inputs, self.dense(inputs))

    class Forgetful(hb.Model):
        def __init__(self):
            self.dense = L.Dense(2)

    class Scale(L.Layer):  # a Variable may come first too
        def __init__(self, a):
            self.a = hb.Variable(a)
            super().__init__()

    assert [v.numpy() for v in Scale(2.0).weights] == [2.0]
    dense = L.Dense(2)
    model = hb.Sequential([dense, Tied(dense)])
    assert model(X).shape == X.shape and len(model.layers[1].weights) == 2
    assert Early()(X).shape == (len(X), 2) and len(Early().weights) == 2
    with pytest.raises(StateError, match="must call super"):
        Forgetful().summary()
    with pytest.raises(StateError, match="must call super"):
        Forgetful()(X)


def test_the_name_may_come_first_as_in_keras_2():
    class Policy(hb.Model):
        def __init__(self):
            super().__init__("policy")

    assert Policy().name == "policy"


def test_build_takes_the_shapes_of_calls_arguments_by_name():
    class Both(L.Layer):
        def build(self, query_shape, value_shape=None):
            self.shapes = tuple(query_shape), value_shape and tuple(value_shape)

        def call(self, query, value=None, training=None):
            return query

    both, one = Both(), Both()
    both(X, value=X[:, :3])
    one(X)
    assert (both.shapes, one.shapes) == (((12, 4), (12, 3)), ((12, 4), None))
    assert {name: tuple(shape) for name, shape in both.get_build_config()["shapes_dict"].items()} == {
        "query_shape": (12, 4), "value_shape": (12, 3)
    }  # fmt: skip
    again = Both()
    again.build_from_config(both.get_build_config())
    assert again.shapes == both.shapes


def test_a_layer_set_free_below_a_frozen_one_trains():
    inner = hb.Sequential([hb.Input((3,)), hb.layers.Dense(2), hb.layers.Dense(2)])
    model = hb.Sequential([hb.Input((3,)), inner, hb.layers.Dense(1)])
    inner.trainable = False
    assert len(model.trainable_variables) == 2
    inner.layers[0].trainable = True
    assert len(model.trainable_variables) == 4 and inner.trainable_variables == []
    model.trainable = False
    assert model.trainable_variables == []
