"""Functional models: several inputs and outputs, shared and nested layers, operations as layers, configurations."""

import numpy as np
import pytest

import hornbeam as hb
from hornbeam.engine.errors import ArgumentError, ShapeError

L = hb.layers
X = np.random.default_rng(0).normal(size=(12, 4)).astype(np.float32)


def again(model, **kwargs):
    made = hb.Model.from_config(model.get_config(), **kwargs)
    made.set_weights(model.get_weights())
    return made


def test_a_shared_layer_counts_once():
    start = hb.Input((4,), name="i")
    dense = L.Dense(3, name="d")
    one, two = dense(start), dense(start * 2.0)
    model = hb.Model(start, {"sum": one + two, "twice": (one + two) * 2 + 1}, name="f")
    assert model.count_params() == 15 and [w.path for w in model.weights] == ["d/kernel", "d/bias"]
    found = model.predict(X, verbose=0)
    np.testing.assert_allclose(found["twice"], found["sum"] * 2 + 1, rtol=1e-5)
    np.testing.assert_allclose(found["sum"], 3 * X @ dense.get_weights()[0], rtol=1e-4, atol=1e-5)
    assert model.compute_output_shape((None, 4)) == {"sum": (None, 3), "twice": (None, 3)}
    made = again(model).predict(X, verbose=0)
    for name in found:
        np.testing.assert_array_equal(made[name], found[name])
    features = hb.Model(model.inputs, one)  # the same layer, another model
    np.testing.assert_allclose(features.predict(X, verbose=0), X @ dense.get_weights()[0], rtol=1e-4, atol=1e-5)


STRUCTURES = {
    "a list": (lambda a, b: [a, b], lambda x, y: [x, y]),
    "a list by name": (lambda a, b: [a, b], lambda x, y: {"b": y, "a": x}),
    "a dict": (lambda a, b: {"q": a, "p": b}, lambda x, y: {"p": y, "q": x}),
    "a nested tuple": (lambda a, b: (a, (b,)), lambda x, y: (x, (y,))),
}


@pytest.mark.parametrize("case", STRUCTURES)
def test_inputs_in_any_structure(case):
    make, give = STRUCTURES[case]
    a, b = hb.Input((4,), name="a"), hb.Input((4,), name="b")
    model = hb.Model(make(a, b), a - b)
    data = give(3 * X, X)
    np.testing.assert_allclose(np.asarray(model(data)), 2 * X, rtol=1e-6)
    if case != "a nested tuple":
        np.testing.assert_allclose(model.predict(data, verbose=0), 2 * X, rtol=1e-6)
        np.testing.assert_allclose(again(model).predict(data, verbose=0), 2 * X, rtol=1e-6)


def test_arguments_beside_the_first():
    class Sum(L.Layer):
        def call(self, a, b=None, training=None):
            return a + b

    a, b = hb.Input((4,)), hb.Input((4,))
    model = hb.Model([a, b], Sum()(a, b=b))
    np.testing.assert_allclose(again(model, custom_objects={"Sum": Sum}).predict([X, X], verbose=0), 2 * X)


def test_models_inside_models():
    inner = hb.Sequential([hb.Input((4,)), L.Dense(3, name="x")], name="inner")
    i, j = hb.Input((4,)), hb.Input((4,))
    model = hb.Model([i, j], L.Dense(1)(L.Add()([inner(i), inner(j)])))
    assert model.get_layer("inner") is inner and model.count_params() == 19
    model.compile("sgd", "mse")
    before = inner.get_weights()[0]
    model.fit([X, 2 * X], X[:, :1], verbose=0)
    assert not np.array_equal(before, inner.get_weights()[0])
    np.testing.assert_array_equal(again(model).predict([X, X], verbose=0), model.predict([X, X], verbose=0))


def test_a_subclass_that_makes_itself_of_a_graph():
    class Net(hb.Model):
        def __init__(self, units):
            start = hb.Input((4,))
            super().__init__(start, L.Dense(units, name="k")(start))
            self.units = units

        def train_step(self, data):
            return super().train_step(data)

    net = Net(2)
    net.compile("sgd", "mse")
    assert list(net.fit(X, X[:, :2], verbose=0).history) == ["loss"]
    assert net.output_shape == (None, 2) and [layer.name for layer in net.layers][1:] == ["k"]
    other = Net(3)  # another of the class is a model of its own
    assert other.output_shape == (None, 3) and net.output_shape == (None, 2)


def test_masks_of_inputs_reach_layers_behind_operations():
    ids = np.array([[1, 2, 0, 0]])
    start = hb.Input((4,), dtype="int32")
    model = hb.Model(start, L.LSTM(2)(L.Dropout(0.5)(L.Embedding(6, 3, mask_zero=True)(start))))
    short = hb.Input((2,), dtype="int32")
    other = hb.Model(short, L.LSTM(2)(L.Embedding(6, 3)(short)))
    other.set_weights(model.get_weights())
    np.testing.assert_allclose(model.predict(ids, verbose=0), other.predict(ids[:, :2], verbose=0), rtol=1e-5)


def test_inputs_that_lead_nowhere_come_first_of_their_depth():
    a, b, c = (hb.Input((2,), name=name) for name in "abc")
    middle = hb.layers.Dense(2, name="middle")(a)
    model = hb.Model([a, b, c], [hb.layers.Dense(2, name="one")(middle), hb.layers.Dense(2, name="two")(middle)])
    assert [layer.name for layer in model.layers] == ["a", "middle", "b", "c", "one", "two"]  # as in Keras 3.15


def test_an_input_left_out():
    a, b = hb.Input((4,), name="a"), hb.Input((4,), name="b")
    with pytest.raises(ArgumentError, match="'b', which is not among the model's inputs"):
        hb.Model(a, a + b)


def test_names_come_once():
    a = hb.Input((4,))
    with pytest.raises(ArgumentError, match="Two layers of the model are called 'q'"):
        hb.Model(a, L.Dense(1, name="q")(L.Dense(2, name="q")(a)))


def test_what_is_no_symbol():
    with pytest.raises(RuntimeError, match="Input"):
        hb.Model(X, X)


def test_data_of_another_shape():
    a = hb.Input((4,), name="a")
    with pytest.raises(ShapeError, match=r"input 'a' to have shape \(None, 4\).*received \(12, 3\)"):
        hb.Model(a, L.Dense(1)(a))(X[:, :3])


def test_layers_train_when_the_model_does_unless_told_otherwise():
    """A default `training=False` of a layer is no choice: only one that was given stays."""
    x = hb.Input((50,))
    free = hb.Model(x, hb.layers.Dropout(0.5)(x))
    fixed = hb.Model(x, hb.layers.Dropout(0.5)(x, training=False))
    always = hb.Model(x, hb.layers.Dropout(0.5)(x, training=True))
    ones = np.ones((1, 50), "float32")
    dropped = lambda model, **how: bool((model(ones, **how).numpy() == 0).any())
    assert [dropped(model, training=True) for model in (free, fixed, always)] == [True, False, True]
    assert [dropped(model) for model in (free, fixed, always)] == [False, False, True]
    inner = hb.Sequential([hb.Input((50,)), hb.layers.Dropout(0.5), hb.layers.Activation("linear")])
    part = hb.Model(inner.input, inner.layers[0].output)
    assert dropped(part, training=True) and not dropped(part)


def test_a_list_of_one_output_gives_the_tensor():
    start = hb.Input((4,))
    end = L.Dense(3)(start)
    for outputs in ([end], (end,)):
        model = hb.Model([start], outputs)
        assert type(model.output) is type(outputs) and model.output_shape == (None, 3) and model.input_shape == (None, 4)
        np.testing.assert_array_equal(model(X).numpy(), hb.Model(start, end)(X).numpy())
        assert model.predict(X, verbose=0).shape == (12, 3)
        assert L.Dense(2)(model(start)).shape == (None, 2)
        assert again(model).output_shape == (None, 3)
    model.compile("sgd", ["mse"])
    assert list(model.fit([X], [X[:, :3]], verbose=0).history) == ["loss"]


def test_a_table_cut_to_an_unknown_length():
    class Positions(L.Layer):
        table = hb.ops.convert_to_tensor(np.arange(50, dtype="float32")[:, None] * np.ones(4, "float32"))

        def call(self, x):
            return x + self.table[: hb.ops.shape(x)[1]]

    start = hb.Input((None, 4))
    model = hb.Model(start, L.Dense(2, kernel_initializer="ones")(Positions()(start)))
    assert model.output_shape == (None, None, 2) and model.layers[-1].get_build_config() == {"input_shape": (None, None, 4)}
    np.testing.assert_allclose(model(np.zeros((1, 3, 4))).numpy()[0, :, 0], [0, 4, 8])
    with pytest.raises(ShapeError, match=r"\(None, None, 5\)"):
        Positions()(hb.Input((None, 5)))


def test_a_layer_that_gives_a_variable_beside_its_output():
    class WithWeight(hb.layers.Dense):
        def call(self, inputs):
            return super().call(inputs), self.kernel

    start = hb.Input((2,))
    model = hb.Model(start, WithWeight(3)(start))
    out, kernel = model(np.ones((1, 2), "float32"))
    np.testing.assert_allclose(out[0], kernel.numpy().sum(0), rtol=1e-6)


def test_a_layer_written_for_one_batch_size():
    class Blend(hb.Layer):
        def call(self, inputs):
            share = hb.ops.ones((4, 1)) * 0.25  # as GANs with a gradient penalty draw it
            return share * inputs[0] + (1 - share) * inputs[1]

    a, b = L.Input((3,)), L.Input((3,))
    blended = Blend()([a, b])
    assert blended.shape == (4, 3)
    assert hb.Model([a, b], L.Dense(1)(blended)).predict([X[:4, :3], X[:4, :3]], verbose=0).shape == (4, 1)
    with pytest.raises(ShapeError, match="None, 3"):
        hb.ops.add(a, L.Input((2,)))


@pytest.mark.parametrize(
    "declared, given, taken",  # what Keras accepts, and as which shape
    [((1,), (5, 2), (5, 2)), ((1,), (5, 4, 1), (5, 4)), ((4, 1), (5, 4, 2), (5, 4, 2)), ((4, 1), (5, 1), (5, 1, 1)), ((3,), (5, 1), (5, 1)),
     ((None, 3), (5, 4, 1), (5, 4, 1)), ((4, 1), (5, 2), None), ((3,), (5, 2), None), ((3,), (5, 1, 1), None)],
)  # fmt: skip
def test_a_last_size_of_one_is_for_the_layers_to_judge(declared, given, taken):
    symbol = hb.Input(declared)
    model = hb.Model(symbol, L.Activation("relu")(symbol))
    if taken is None:
        with pytest.raises(ShapeError):
            model(np.ones(given))
    else:
        assert tuple(model(np.ones(given)).shape) == taken


def test_strings_at_names_that_the_model_does_not_take_stay_on_the_host():
    a, b = hb.Input((4,), name="a"), hb.Input((4,), name="b")
    model = hb.Model([a, b], L.Add()([a, b]))
    given = {"a": X, "b": X, "source": np.array(["text"] * 12)}
    np.testing.assert_array_equal(model.predict(given, verbose=0), X + X)
    np.testing.assert_array_equal(model.predict(iter([(given,)]), verbose=0), X + X)
    with pytest.raises(ValueError, match="holds strings"):
        model.predict({"a": X, "b": given["source"]}, verbose=0)
