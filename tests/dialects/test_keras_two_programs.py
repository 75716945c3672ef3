"""What programs of Keras 1 and 2 wrote around their models: steps of their own by K.function, weights by output, callbacks' data."""

import functools

import numpy as np
import pytest

import hornbeam.keras as keras
from hornbeam.dialects import OldSpelling
from hornbeam.engine.errors import ArgumentError

K, L = keras.backend, keras.layers
X = np.linspace(-1, 1, 12, dtype="float32").reshape(6, 2)
pytestmark = pytest.mark.filterwarnings("ignore::hornbeam.dialects.OldSpelling")


def policy():
    state = keras.Input((2,))
    return keras.Model(state, L.Dense(3, activation="softmax", kernel_initializer="ones")(state))


@pytest.mark.parametrize("order", ["loss first", "parameters first", "by name"])
def test_a_function_with_updates_takes_an_optimizers_steps(order):
    model, optimizer = policy(), keras.optimizers.SGD(0.05)
    action, advantage = K.placeholder(shape=(None, 3)), K.placeholder(shape=(None,))
    loss = -K.sum(K.log(K.sum(action * model.output, axis=1)) * K.stop_gradient(advantage))
    weights = model.trainable_weights
    updates = {
        "loss first": lambda: optimizer.get_updates(loss, weights),
        "parameters first": lambda: optimizer.get_updates(weights, [], loss),
        "by name": lambda: optimizer.get_updates(params=weights, loss=loss),
    }[order]()
    train = K.function([model.input, action, advantage, K.learning_phase()], [loss], updates=updates)
    taken, worth = np.eye(3, dtype="float32")[[0, 1, 2, 0, 1, 0]], np.arange(6, dtype="float32")
    (before,) = train([X, taken, worth, 1])
    # All units are alike at first, so the policy is uniform; the gradient of -sum(w log softmax) is X'(w (p - a)).
    np.testing.assert_allclose(before, worth.sum() * np.log(3), rtol=1e-5)
    np.testing.assert_allclose(model.get_weights()[0], 1 - 0.05 * X.T @ (worth[:, None] * (1 / 3 - taken)), rtol=1e-5)
    assert optimizer.iterations.numpy() == 1 and train([X, taken, worth, 0])[0] < before


def test_a_function_with_updates_and_no_outputs_gives_an_empty_list():
    model = policy()
    loss = K.mean(model.output[:, 0])
    train = K.function([model.input], [], updates=keras.optimizers.SGD(1.0).get_updates(loss, model.trainable_weights))
    assert train([X]) == [] and np.ptp(model.get_weights()[0]) > 0
    with pytest.raises(ArgumentError, match="get_updates"):
        K.function([model.input], [], updates=[K.variable(1.0)])


def test_class_weights_of_several_outputs_are_sample_weights():
    inputs = keras.Input((2,))
    outputs = [L.Dense(1, activation="sigmoid", name="real")(inputs), L.Dense(3, activation="softmax", name="kind")(inputs)]
    model = keras.Model(inputs, outputs)
    model.compile("sgd", ["binary_crossentropy", "categorical_crossentropy"])
    real, kind = np.array([[0.0], [1], [0], [1], [0], [1]]), np.eye(3)[[0, 1, 2, 0, 1, 2]]
    start = model.get_weights()
    found = []
    for weights in (
        {"class_weight": [{0: 1, 1: 2}, {0: 3, 2: 0.5}]},
        {"class_weight": {"kind": {0: 3, 2: 0.5}, "real": {0: 1, 1: 2}}},
        {"sample_weight": [np.array([1, 2, 1, 2, 1, 2]), np.array([3, 1, 0.5, 3, 1, 0.5])]},
    ):
        model.set_weights(start)
        found.append(model.train_on_batch(X, [real, kind], **weights)[0])
    np.testing.assert_allclose(found, found[0], rtol=1e-6)
    one = keras.Model(inputs, outputs[0])
    one.compile("sgd", "binary_crossentropy")
    with pytest.warns(OldSpelling, match="never had an effect"):
        one.train_on_batch(X, real, class_weight=[{0: 1, 1: 2}, {0: 3}])


def test_callbacks_are_given_the_validation_data():
    class Keeps(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            logs["val_rows"] = len(self.validation_data[0])

    model = keras.Sequential([keras.Input((2,)), L.Dense(1)])
    model.compile("sgd", "mse")
    keeps = Keeps()
    history = model.fit(X, X[:, :1], validation_split=0.5, callbacks=[keeps], verbose=0)
    x, y, weights = keeps.validation_data
    assert history.history["val_rows"] == [3] and (x == X[3:]).all() and (y == X[3:, :1]).all() and (weights == np.ones(3)).all()


def test_where_keras_one_had_things():
    from hornbeam.keras import objectives

    assert objectives.binary_crossentropy is keras.losses.binary_crossentropy and L.regularizers.l2 is keras.regularizers.l2
    assert np.ptp(K.random_normal((40,), mean=2.0, std=0.0).numpy()) == 0
    assert K.control_flow_ops.while_loop(lambda i: i < 3, lambda i: i + 1, [0])[0].numpy() == 3
    cube = L.Convolution3D(4, 3, 2, 1, border_mode="same")
    assert (cube.kernel_size, cube.padding) == ((3, 2, 1), "same")
    layer = L.Deconvolution2D(4, 3, 2, (None, 14, 14, 4), border_mode="same", subsample=(2, 2))
    assert (layer.kernel_size, layer.strides, layer.padding) == ((3, 2), (2, 2), "same")


MERGED = {
    "sum": [[4.0, 6]], "mul": [[3.0, 8]], "ave": [[2.0, 3]], "max": [[3.0, 4]], "concat": [[1.0, 2, 3, 4]], "dot": [[11.0]],
    "cos": [[11 / (5 * 5**0.5)]],
}  # fmt: skip


def test_merge_is_a_function_and_a_module():
    import hornbeam.keras.layers.merge as module
    from hornbeam.keras.layers import merge

    a, b = np.array([[1.0, 2]], "float32"), np.array([[3.0, 4]], "float32")
    inputs = [keras.Input((2,)), keras.Input((2,))]
    tensors = {mode: merge(inputs, mode=mode, name=f"by_{mode}") for mode in MERGED}
    tensors["function"] = merge(inputs, mode=lambda pair: pair[0] - 2 * pair[1], output_shape=lambda shapes: shapes[0])
    found = keras.Model(inputs, tensors)([a, b])
    for name, expected in {**MERGED, "function": [[-5.0, -6]]}.items():
        np.testing.assert_allclose(found[name], expected, rtol=1e-6)
    assert merge is module and merge.concatenate is L.concatenate and merge._Merge is L._Merge


def test_the_ends_of_an_empty_axis():
    empty = np.zeros((2, 0), "float32")
    assert (K.max(empty, axis=1).numpy() == -np.inf).all() and (K.min(empty, axis=1).numpy() == np.inf).all()
    assert K.max(X).numpy() == 1 and K.min(X, axis=0, keepdims=True).shape == (1, 2)


def grid_loss(tensors):
    """The grid of a picture of any size, and labels for one size (as YOLO's losses have them)."""
    features, labels = tensors
    rows, columns = K.shape(features)[1], K.shape(features)[2]
    down = K.tile(K.reshape(K.arange(0, stop=rows), [-1, 1, 1]), [1, columns, 1])
    return K.sum(K.square(labels - K.cast(down, "float32")), axis=[1, 2, 3])


class GridLoss(L.Layer):
    def call(self, tensors):
        return grid_loss(tensors)

    def compute_output_shape(self, shapes):
        return [(None,)]


@pytest.mark.parametrize("declared", [lambda: L.Lambda(grid_loss, output_shape=()), GridLoss], ids=["Lambda", "layer"])
def test_a_layer_whose_unknown_sizes_meet_fixed_ones_is_believed_what_it_declares(declared):
    features, labels = keras.Input((None, None, 1)), keras.Input((3, 2, 1))
    outputs = declared()([features, labels])
    assert outputs.shape == (None,)
    found = keras.Model([features, labels], outputs).predict([np.zeros((4, 3, 2, 1)), np.ones((4, 3, 2, 1))], verbose=0)
    assert found.tolist() == [4.0] * 4  # rows of 1, 0 and 1, two columns
    sizes = K.tile(K.reshape(K.arange(0, stop=K.shape(features)[1]), [-1, 1]), [1, 2])
    assert sizes.shape == (None, 2)


class Heavy(keras.optimizers.Optimizer):
    """Momentum as Keras 2's own SGD was written, with decay and, every other step, nothing but a sum of gradients."""

    def __init__(self, lr=0.01, momentum=0.0, decay=0.0, every=1, **kwargs):
        super().__init__(**kwargs)
        with K.name_scope(self.__class__.__name__):
            self.iterations = K.variable(0, dtype="int64", name="iterations")
            self.lr = K.variable(lr, name="lr")
            self.momentum = K.variable(momentum, name="momentum")
            self.decay = K.variable(decay, name="decay")
        self.initial_decay, self.every = decay, every

    def get_updates(self, loss, params):
        grads = self.get_gradients(loss, params)
        self.updates = [K.update_add(self.iterations, 1)]
        lr = self.lr
        if self.initial_decay > 0:
            lr = lr * (1.0 / (1.0 + self.decay * K.cast(self.iterations, K.dtype(self.decay))))
        now = K.cast(K.equal((self.iterations + 1) % self.every, 0), K.floatx())
        moments, sums = [K.zeros(K.int_shape(p)) for p in params], [K.zeros(K.get_variable_shape(p)) for p in params]
        self.weights = [self.iterations, *moments]
        for p, g, m, total in zip(params, grads, moments, sums, strict=True):
            v = self.momentum * m - lr * (total + g) / self.every
            self.updates += [K.update(m, now * v + (1 - now) * m), (p, p + now * v), (total, (1 - now) * (total + g))]
        return self.updates

    def get_config(self):
        return {"lr": float(K.get_value(self.lr)), "every": self.every, **super().get_config()}


@pytest.mark.parametrize("compiled", [False, True])
def test_an_optimizer_that_says_its_updates(compiled):
    import hornbeam as hb

    gradients = [np.full(2, each, "float32") for each in (1.0, 3.0, -2.0, 4.0)]
    found = []
    for optimizer, grouped in (
        (Heavy(0.1, 0.9, decay=0.5), 1), (keras.optimizers.SGD(0.1, 0.9, decay=0.5), 1),
        (Heavy(0.1, 0.9, every=2, clipvalue=5.0), 1), (keras.optimizers.SGD(0.1, 0.9), 2),
    ):  # fmt: skip
        variable = hb.Variable(np.ones(2, "float32"))
        step = lambda g: optimizer.apply_gradients([(g, variable)])  # noqa: B023
        step = hb.function(step) if compiled else step
        for i in range(0, 4, grouped):
            step(hb.ops.convert_to_tensor(sum(gradients[i : i + grouped]) / grouped))
        found.append(variable.numpy())
    np.testing.assert_allclose(found[0], found[1], rtol=1e-6)
    np.testing.assert_allclose(found[2], found[3], rtol=1e-6)
    assert Heavy(0.5, clipvalue=2.0).get_config() == {"lr": 0.5, "every": 1, "clipvalue": 2.0}
    made = Heavy()
    with pytest.raises(ArgumentError, match="GradientTape"):
        made.get_gradients(None, [])
    from hornbeam.keras.legacy import interfaces

    assert interfaces.legacy_get_updates_support(len) is len


class GradientNorm(L.Layer):
    """The norm of the gradient of one input by the other, as WGANs of Keras 2 were penalized."""

    def call(self, inputs):
        (slope,) = K.gradients(*inputs)
        return K.sqrt(K.sum(K.square(slope), axis=1, keepdims=True))

    def compute_output_shape(self, shapes):
        return (shapes[1][0], 1)


def test_a_layer_takes_gradients_of_one_of_its_inputs_by_another():
    x = keras.Input((2,))
    y = L.Dense(1, use_bias=False)(K.square(x))
    norm = GradientNorm()([y, x])
    slope = L.Lambda(lambda pair: K.gradients(K.sum(pair[0]), pair[1]), output_shape=lambda shapes: shapes[1])([y, x])
    model = keras.Model(x, [y, norm, slope])
    model.set_weights([np.array([[3.0], [2.0]])])
    expected = 2 * X * [3, 2]
    found = model.predict(X, verbose=0)
    np.testing.assert_allclose(found[2], expected, rtol=1e-6)
    np.testing.assert_allclose(found[1][:, 0], np.linalg.norm(expected, axis=1), rtol=1e-6)
    model.compile("sgd", [None, "mse", None])
    model.train_on_batch(X, [np.zeros((6, 1)), np.zeros((6, 1)), np.zeros((6, 2))])  # towards smaller gradients
    assert (abs(model.get_weights()[0]) < [[3], [2]]).all()


@pytest.mark.parametrize("in_layer", [False, True])
def test_a_loss_takes_gradients_of_the_output_by_a_tensor_of_the_graph(in_layer):
    """The gradient penalty of WGANs in Keras 2's graphs: partial(loss, averaged_samples=...). Numbers of Keras 2."""

    def penalty(y_true, y_pred, averaged):
        find = lambda pair: K.gradients(pair[0], pair[1])
        slope = (L.Lambda(find)([y_pred, averaged]) if in_layer else find([y_pred, averaged]))[0]
        return K.mean(K.square(1 - K.sqrt(K.sum(K.square(slope), axis=1))))

    rows = np.random.RandomState(0).rand(4, 3)
    critic = keras.Sequential([keras.Input((3,)), L.Dense(4, activation="tanh"), L.Dense(1, use_bias=False)])
    critic.set_weights([np.full((3, 4), 0.1), np.zeros(4), np.full((4, 1), 0.2)])
    x = keras.Input((3,))
    averaged = L.Lambda(lambda t: t * 2.0)(x)
    model = keras.Model(x, critic(averaged))
    model.compile(keras.optimizers.SGD(0.1), functools.partial(penalty, averaged=averaged))
    losses = [model.train_on_batch(rows, np.zeros((4, 1))) for _ in range(3)]
    np.testing.assert_allclose(losses, [0.7732404, 0.7237497, 0.6723022], rtol=1e-5)
    np.testing.assert_allclose([np.abs(w).sum() for w in model.get_weights()], [1.6451677, 0.0600917, 1.1341315], rtol=1e-5)


def test_an_input_of_values_feeds_itself():
    mask = K.variable([[1.0, 0.0]])
    held, x = keras.layers.Input(tensor=mask, shape=(None,)), K.placeholder((1, 2))
    total = K.sum(K.square(x) * L.ReLU()(held))
    function = K.function([x], [total, *K.gradients(total, x)])
    assert [each.tolist() for each in function([[[3.0, 4.0]]])] == [9.0, [[6.0, 0.0]]]
    K.set_value(mask, [[0.0, 1.0]])
    assert [each.tolist() for each in function([[[3.0, 4.0]]])] == [16.0, [[0.0, 8.0]]]
