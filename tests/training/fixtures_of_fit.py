"""The small data and models that the tests of training share, so that they share compiled programs too."""

import numpy as np

import hornbeam as hb

L = hb.layers
X = np.random.default_rng(0).normal(size=(40, 4)).astype(np.float32)
Y = (X.sum(axis=1) > 0).astype(np.int64)
TARGET = X[:, :1]
RAMP = np.linspace(0, 1, 40)


def filled(model, seed=1):
    """The model, with weights that NumPy draws (and so real Keras had the same when the numbers here were recorded)."""
    draw = np.random.default_rng(seed)
    model.set_weights([draw.normal(size=weight.shape) * 0.3 for weight in model.get_weights()])
    return model


def classifier(metrics=("accuracy",), optimizer=None, **compile_arguments):
    model = filled(hb.Sequential([hb.Input((4,)), L.Dense(8, activation="relu"), L.Dense(2, activation="softmax")]))
    model.compile(optimizer or hb.optimizers.SGD(0.1), "sparse_categorical_crossentropy", metrics=list(metrics), **compile_arguments)
    return model


def regressor(cls=hb.Sequential, loss="mse", **compile_arguments):
    model = filled(cls([hb.Input((4,)), L.Dense(1)]))
    model.compile(hb.optimizers.SGD(0.1), loss, **compile_arguments)
    return model


def near(found, wanted, tolerance=2e-5):
    """Whether two dicts of lists of numbers are alike, keys in their order included."""
    assert list(found) == list(wanted)
    for name, values in wanted.items():
        np.testing.assert_allclose(np.asarray(found[name], float), values, atol=tolerance, rtol=tolerance, err_msg=name)
    return True


def batches(count=5, forever=False, x=X, y=Y, size=8):
    i = 0
    while forever or i < count:
        at = i * size % len(x)
        yield x[at : at + size], y[at : at + size]
        i += 1
