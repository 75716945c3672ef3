"""Mistakes that were answered by Python, by the compiler or not at all: unknown names, nothing returned, numbers outside a table."""

import warnings

import numpy as np
import pytest

import hornbeam as hb
from hornbeam import layers

X, Y = np.ones((8, 3), "float32"), np.ones((8, 2), "float32")


def small(**compiled):
    model = hb.Sequential([layers.Input((3,)), layers.Dense(2)])
    model.compile(**{"optimizer": "sgd", "loss": "mse", **compiled})
    return model


@pytest.mark.parametrize(("call", "words"), [
    (lambda: small(metric=["mae"]), "Sequential.compile does not take the argument 'metric'. Did you mean 'metrics'"),
    (lambda: small().fit(X, Y, epoch=2), "Did you mean 'epochs'"),
    (lambda: small().evaluate(X, Y, batchsize=2), "Did you mean 'batch_size'"),
    (lambda: small().predict(X, batchsize=2), "Did you mean 'batch_size'"),
    (lambda: layers.Conv2D(3, kernel=3), "Conv2D needs the argument 'kernel_size'. Did you mean 'kernel_size' by 'kernel'"),
    (lambda: layers.Dense(), "Dense needs the argument 'units'"),
    (lambda: layers.Dense(2, "relu", True, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11), "takes 12 arguments by place"),
    (lambda: hb.metrics.Mean(nam="x"), "Mean does not take the argument 'nam'. Did you mean 'name'"),
    (lambda: hb.losses.MeanSquaredError(reductoin="sum"), "Did you mean 'reduction'"),
    (lambda: hb.callbacks.EarlyStopping(patient=3), "Did you mean 'patience'"),
    (lambda: hb.initializers.RandomNormal(std=1), "Did you mean 'stddev'"),
    (lambda: small(loss=lambda y, p: None).fit(X, Y, verbose=0), "returned None.*`return` missing"),
    (lambda: small(metrics=[lambda y, p: None]).fit(X, Y, verbose=0), "returned None.*`return` missing"),
])  # fmt: skip
def test_type_errors_in_the_users_words(call, words):
    with pytest.raises(TypeError, match=words):
        call()


def test_an_unknown_argument_of_a_layer_has_a_guess():
    with pytest.raises(ValueError, match="'activaton'. Did you mean 'activation'"):
        layers.Dense(2, activaton="relu")


def test_a_users_own_type_error_stays():
    class Own(layers.Layer):
        def __init__(self, size):
            super().__init__()
            self.size = size

    with pytest.raises(TypeError, match="missing 1 required positional argument: 'size'"):
        Own()


@pytest.mark.parametrize("shape", [(3.5,), (-1,), ("a",), (True,)])
def test_sizes_that_are_none(shape):
    with pytest.raises(ValueError, match="whole numbers, or None"):
        layers.Input(shape)


def test_numbers_that_no_embedding_has():
    words = layers.Embedding(3, 2)
    model = hb.Sequential([layers.Input((2,), dtype="int32"), words])
    bad = np.array([[1, 5]])
    for call in (words, model, lambda x: model.predict(x, verbose=0), lambda x: model.predict(np.repeat(x, 40, 0), verbose=0)):
        with pytest.raises(ValueError, match="vectors for"):
            call(bad)
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="vectors for"):
        model.fit(iter([(bad, np.zeros((1, 2, 2)))]), verbose=0)


def test_an_optimizer_says_what_cannot_change():
    optimizer = hb.optimizers.Adam()
    optimizer.build(small().trainable_variables)
    with pytest.raises(RuntimeError, match="use_ema"):
        optimizer.use_ema = True
    with pytest.warns(UserWarning, match="negative"):
        hb.optimizers.SGD(-1.0)


def test_the_learning_rate_is_as_exact_as_the_default_type():
    hb.config.set_floatx("float64")
    try:
        rate = hb.optimizers.Adam(0.1).learning_rate
        assert rate.dtype == "float64" and float(rate) == 0.1
        rate.assign(0.3)
        assert float(rate) == 0.3
        model = hb.Sequential([layers.Input((3,)), layers.Dense(2)])
        model.compile(hb.optimizers.SGD(0.1), "mse")
        before = model.get_weights()[0]
        model.fit(X.astype("float64"), Y.astype("float64"), verbose=0)
        assert before.dtype == np.float64 and np.abs(model.get_weights()[0] - before).max() > 0
    finally:
        hb.config.set_floatx("float32")


def test_warnings_point_at_the_users_line():
    def batches():
        for _ in range(2):
            yield X, Y

    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        small().fit(batches(), steps_per_epoch=4, verbose=0)
        small().fit(X, Y, steps_per_epoch=4, batch_size=4, verbose=0)
        small().fit(X, Y[:, :1], verbose=0)
        small().fit(X, Y, callbacks=[hb.callbacks.EarlyStopping("val_los")], verbose=0)
        small(optimizer=hb.optimizers.SGD(1e12)).fit(X * 100, Y, epochs=3, verbose=0)
    assert len(told) >= 5
    assert {each.filename for each in told} == {__file__}


def test_a_full_disk_names_the_file(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="m.keras"):
        small().save(tmp_path / "m.keras")
    assert list(tmp_path.iterdir()) == []
