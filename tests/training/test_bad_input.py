"""What a user reads after a mistake: which layer or argument, what came, what was expected, what to change."""

import numpy as np
import pytest

import hornbeam as hb
from hornbeam.engine.errors import ArgumentError, DataError, DeviceMemoryError, DtypeError, ShapeError, StateError
from hornbeam.layers.structures import Uninitialized
from training.fixtures_of_fit import TARGET, L, X, Y, classifier, regressor

BROKEN = X.copy()
BROKEN[3, 1] = np.nan


class Made(hb.Model):
    """A subclass, whose outputs are known only when it is called."""

    def __init__(self, units=2):
        super().__init__()
        self.out = L.Dense(units, activation="softmax", name="out")

    def call(self, x):
        return self.out(x)


def model(units=2, loss="sparse_categorical_crossentropy", activation="softmax", cls=None):
    layers = [hb.Input((4,), name="data"), L.Dense(units, activation=activation, name="out")]
    made = cls(units) if cls else hb.Sequential(layers, name="net")
    made.compile("sgd", loss)
    return made


def two(outputs=2):
    a, b = hb.Input((4,), name="a"), hb.Input((3,), name="b")
    joined = L.Concatenate()([a, b])
    heads = [L.Dense(2, activation="softmax", name="cls")(joined), L.Dense(1, name="reg")(joined)]
    made = hb.Model([a, b], heads, name="two")
    made.compile("sgd", ["sparse_categorical_crossentropy", "mse"])
    return made


PAIR = [X, X[:, :3]]
CASES = {
    # Numbers.
    "NaN in x": (
        DataError, lambda: model().fit(BROKEN, Y),
        "`x` has 1 NaN value in 1 of 40 rows (the first is row 3)", "fill the values in",
    ),
    "NaN in y": (DataError, lambda: regressor().fit(X, BROKEN[:, 1]), "`y` has 1 NaN", "drop those rows"),
    "NaN in validation": (DataError, lambda: model().fit(X, Y, validation_data=(BROKEN, Y)), "`validation_data x` has 1 NaN"),
    "NaN in a stream": (DataError, lambda: model().fit(iter([(X, Y), (BROKEN, Y)])), "`x` has 1 NaN value in 1 of 40 rows in batch 1"),
    "strings": (DataError, lambda: model().fit(X.astype(str), Y), "`x` holds strings", "numbers"),
    "objects": (DataError, lambda: model().fit(X, np.array([None] * 40)), "`y` is an array of Python objects"),
    # Labels.
    "labels from 1": (DataError, lambda: model().fit(X, Y + 1), "labels from 1 to 2", "2 units, so labels run from 0 to 1", "subtract 1"),
    "labels below 0": (DataError, lambda: model().fit(X, Y - 1), "labels from -1 to 0", "numpy.unique"),
    "labels in a stream": (DataError, lambda: model().fit(iter([(X, Y + 1)])), "labels from 1 to 2"),
    "labels of a subclass": (DataError, lambda: model(cls=Made).fit(X, Y + 5), "labels from 5 to 6", "7 units"),
    "labels to evaluate": (DataError, lambda: model().evaluate(X, Y + 1), "labels from 1 to 2"),
    "labels of one batch": (DataError, lambda: model().train_on_batch(X, Y + 1), "labels from 1 to 2"),
    "fractions": (DataError, lambda: model().fit(X, Y + 0.5), "takes integer labels", "fractions such as"),
    "one-hot for sparse": (
        DataError, lambda: model().fit(X, np.eye(2)[Y]),
        "shape (40, 2), which looks one-hot", "'categorical_crossentropy'",
    ),
    "sparse for one-hot": (
        DataError, lambda: model(2, "categorical_crossentropy").fit(X, Y),
        "shape (40,)", "'sparse_categorical_crossentropy'",
    ),
    "too few classes": (ShapeError, lambda: model(3, "categorical_crossentropy").fit(X, np.eye(2)[Y]), "2 classes", "3 units", "2 units"),
    "binary beyond 1": (DataError, lambda: model(1, "binary_crossentropy", "sigmoid").fit(X, Y * 2), "between 0 and 1", "from 0 to 2"),
    "binary on two units": (ShapeError, lambda: model(2, "binary_crossentropy").fit(X, Y), "(batch, 2)", "(batch,)", "1 unit,"),
    "no Flatten": (
        ShapeError,
        lambda: compiled(hb.Sequential([hb.Input((5, 5)), L.Dense(2, activation="softmax")])).fit(np.ones((8, 5, 5)), np.zeros(8)),
        "(8,)", "(batch, 5, 2)", "Flatten()",
    ),
    "targets of another size": (ShapeError, lambda: model(2, "mse", None).fit(X, X[:, :3]), "(batch, 2)", "(batch, 3)", "3 units"),
    # Amounts.
    "no rows": (DataError, lambda: model().fit(X[:0], Y[:0]), "`x` is empty"),
    "no batches": (DataError, lambda: model().fit(iter([])), "gave no batches"),
    "lengths": (DataError, lambda: model().fit(X, Y[:30]), "`x` has 40, `y` has 30", "row i of each"),
    "lengths of weights": (DataError, lambda: model().fit(X, Y, sample_weight=np.ones(9)), "`sample_weight` has 9"),
    "lengths in a stream": (DataError, lambda: model().fit(iter([(X, Y[:3])])), "in batch 0", "`y` has 3"),
    "no targets": (DataError, lambda: model().fit(X), "`x` comes without targets", "give y"),
    "no targets to validate on": (
        DataError, lambda: model().fit(X, Y, validation_data=X),
        "`validation_data` comes without targets", "(x, y)",
    ),
    "no data": (DataError, lambda: model().fit(None, Y), "`x` is None"),
    # Shapes.
    "columns": (ShapeError, lambda: model().fit(X[:, :3], Y), "'net'", "'data'", "(None, 4)", "(None, 3)", "Input(shape=(3,))"),
    "columns to predict": (ShapeError, lambda: model().predict(X[:, :3]), "'net'", "(None, 4)", "(32, 3)"),
    "axes": (ShapeError, lambda: model().fit(X[:, :, None, None], Y), "(None, 4)", "(None, 4, 1, 1)"),
    "columns of a subclass": (
        ShapeError, lambda: (model(cls=Made).fit(X, Y) and None, grown(X).predict(X[:, :3])),
        "Layer 'out' (Dense)", "size 4",
    ),
    "no channels": (
        ShapeError, lambda: hb.Sequential([hb.Input((28, 28)), L.Conv2D(2, 3, name="c")]),
        "'c' (Conv2D)", "(28, 28, 1)", "x[..., None]",
    ),
    "weights of another shape": (ShapeError, lambda: model().set_weights([X, Y]), "'net/out/kernel'", "(4, 2)", "(40, 4)"),
    # Several inputs and outputs.
    "an input is missing": (ShapeError, lambda: two().fit([X], [Y, TARGET]), "'two' takes 2 inputs ('a' or 'b')", "received 1"),
    "an input's name": (ArgumentError, lambda: two().fit({"a": X, "c": X[:, :3]}, [Y, TARGET]), "'a' or 'b'", "'a' or 'c'"),
    "inputs swapped": (ShapeError, lambda: two().fit(PAIR[::-1], [Y, TARGET]), "input 'a'", "(None, 4)", "(None, 3)"),
    "one target for two": (ShapeError, lambda: two().fit(PAIR, Y), "2 outputs ('cls' or 'reg')"),
    "three targets for two": (ShapeError, lambda: two().fit(PAIR, [Y, Y, Y]), "3 entries", "2 outputs"),
    "a target's name": (ShapeError, lambda: two().fit(PAIR, {"cls": Y, "rg": TARGET}), "'rg'", "'cls' or 'reg'"),
    "a target is missing": (ShapeError, lambda: two().fit(PAIR, {"cls": Y}), "no targets for the output 'reg'"),
    "a loss's name": (ArgumentError, lambda: compiled(two(), {"cls": "mse", "r": "mse"}).fit(PAIR, [Y, TARGET]), "'reg'", "'cls' or 'r'"),
    "too few losses": (ArgumentError, lambda: compiled(two(), ["mse"]).fit(PAIR, [Y, TARGET]), "1 entries", "2 outputs"),
    "inputs to a stack": (ShapeError, lambda: classifier()([X, X]), "takes one tensor", "Model(inputs=[...]"),
    # Words.
    "optimizer": (ArgumentError, lambda: model().compile("adamm", "mse"), "no optimizer called 'adamm'", "'adam'?"),
    "loss": (ArgumentError, lambda: model().compile("adam", "categorical_crossentrpy"), "no loss called", "'categorical_crossentropy'?"),
    "metric": (ArgumentError, lambda: model().compile("adam", "mse", metrics=["acuracy"]), "'acuracy'", "'accuracy'?"),
    "activation": (ArgumentError, lambda: L.Dense(3, activation="rellu"), "'rellu'", "'relu'?"),
    "layer's name": (ArgumentError, lambda: model().get_layer("uot"), "'uot'", "'out'?"),
    # Arguments.
    "not compiled": (StateError, lambda: hb.Sequential([hb.Input((4,)), L.Dense(1)]).fit(X, Y), "model.compile"),
    "epochs": (ArgumentError, lambda: model().fit(X, Y, epochs="3"), "`epochs`", "'3'"),
    "initial_epoch": (ArgumentError, lambda: model().fit(X, Y, initial_epoch=-1), "`initial_epoch`", "-1"),
    "batch_size": (ArgumentError, lambda: model().fit(X, Y, batch_size=0), "`batch_size`", "received 0"),
    "steps_per_epoch": (ArgumentError, lambda: model().fit(X, Y, steps_per_epoch=0), "`steps`", "received 0"),
    "validation_split": (ArgumentError, lambda: model().fit(X, Y, validation_split=1.5), "`validation_split`", "1.5"),
    "split of a stream": (ArgumentError, lambda: model().fit(iter([(X, Y)]), validation_split=0.5), "cannot cut", "`validation_data`"),
    "split and data": (ArgumentError, lambda: model().fit(X, Y, validation_split=0.5, validation_data=(X, Y)), "not both"),
    "validation_data": (ArgumentError, lambda: model().fit(X, Y, validation_data=(X, Y, Y, Y)), "`validation_data`", "tuple of 4"),
    "validation_freq": (
        ArgumentError, lambda: model().fit(X, Y, validation_data=(X, Y), validation_freq=0),
        "`validation_freq`", "received 0",
    ),
    "verbose": (ArgumentError, lambda: model().fit(X, Y, verbose=5), "verbose", "received 5"),
    "shuffle": (ArgumentError, lambda: model().fit(X, Y, shuffle="yes"), "`shuffle`", "'yes'"),
    "class_weight": (ArgumentError, lambda: model().fit(X, Y, class_weight=[1, 2]), "`class_weight`", "[1, 2]"),
    "a callback's class": (ArgumentError, lambda: model().fit(X, Y, callbacks=[hb.callbacks.EarlyStopping]), "EarlyStopping(...)"),
    "y beside a stream": (ArgumentError, lambda: model().fit(iter([(X, Y)]), Y), "`y` cannot be given together with", "(x, y)"),
    "a function": (DataError, lambda: model().fit(lambda: iter([])), "`x` is a function", "call it"),
    "four parts": (DataError, lambda: model().fit(iter([(X, Y, Y, Y)])), "4 parts in batch 0", "((x1, x2), y)"),
    # Building.
    "two layers of a name": (ArgumentError, lambda: hb.Sequential([L.Dense(1, name="q"), L.Dense(1, name="q")]), "'q'", "name="),
    "a layer's class": (DtypeError, lambda: hb.Sequential([L.Flatten]), "Flatten()"),
    "not built": (StateError, lambda: hb.Sequential([L.Dense(1)]).count_params(), "no weights yet"),
    "super().__init__ forgotten": (Uninitialized, lambda: Forgetful()(X), "Forgetful.__init__", "super().__init__()"),
    "logs": (ArgumentError, lambda: Scalar([hb.Input((4,)), L.Dense(1)]).fitted(), "returns a dict of logs", "Tensor"),
}  # fmt: skip


class Forgetful(hb.Model):
    def __init__(self):
        self.out = L.Dense(1)


class Scalar(hb.Sequential):
    def train_step(self, data):
        return hb.ops.sum(data[0])

    def fitted(self):
        self.compile("sgd", "mse")
        self.fit(X, TARGET, verbose=0)


def compiled(made, loss="sparse_categorical_crossentropy"):
    made.compile("sgd", loss)
    return made


def grown(x):
    made = Made()
    made(x)
    return made


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("case", CASES)
def test_the_message(case):
    kind, make, *parts = CASES[case]
    with pytest.raises(kind) as caught:
        make()
    message = str(caught.value)
    assert type(caught.value) is kind
    for part in parts:
        assert part in message, message
    assert "7919" not in message and "Traceback" not in message and len(message) < 450, message


def test_broadcast_targets_are_told_of():
    with pytest.warns(UserWarning, match=r"\(batch, 1\) and y has shape \(batch, 3\).*Give the last layer 3 units"):
        regressor().fit(X, X[:, :3], verbose=0)


def test_divergence_is_told_of():
    made = regressor()
    made.optimizer.learning_rate = 1e30
    with pytest.warns(UserWarning, match="training has diverged. Lower the learning rate"):
        made.fit(X * 1e10, TARGET, epochs=2, verbose=0)


def test_what_does_not_fit_in_memory():
    made = regressor()
    made.fit(X, TARGET, verbose=0)
    before = made.get_weights()

    def full(*args):
        raise RuntimeError("RESOURCE_EXHAUSTED: Out of memory allocating 99999999999 bytes.\nmore\nlines")

    for program in made._trainer.programs.values():
        program._compiled = full
    said = "'fit' does not fit in the memory of the cpu with batches of 32 examples.*smaller batch_size"
    with pytest.raises(DeviceMemoryError, match=said) as caught:
        made.fit(X, TARGET, verbose=0)
    assert isinstance(caught.value, MemoryError) and "lines" not in str(caught.value)
    np.testing.assert_array_equal(before[0], made.get_weights()[0])


def test_an_error_leaves_the_model_usable():
    made = model()
    with pytest.raises(DataError):
        made.fit(iter([(X, Y), (X, Y + 1)]), verbose=0)
    assert made.fit(X, Y, verbose=0).history["loss"][0] < 2


def test_an_error_of_the_users_own_code_is_passed_on():
    def breaking():
        yield X, Y
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        model().fit(breaking(), verbose=0)


def test_numbers_that_an_embedding_does_not_have():
    model = hb.Sequential([hb.Input((3,), dtype="int32"), hb.layers.Embedding(5, 2), hb.layers.Flatten(), hb.layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match=r"numbers from 0 to 5.*vectors for 0 to 4.*input_dim=6"):
        model.fit(np.array([[0, 1, 2], [3, 4, 5]]), np.zeros(2), verbose=0)


def test_metrics_in_the_place_of_loss_weights():
    with pytest.raises(ValueError, match="third argument of compile"):
        hb.Sequential([hb.layers.Dense(1)]).compile("adam", "mse", ["mae"])


@pytest.mark.parametrize("metric", ["AUC", "Precision", "BinaryAccuracy", "F1Score"])
@pytest.mark.parametrize("batch_size", [3, 4])
def test_class_numbers_with_a_metric_that_compares_elements(metric, batch_size):
    model = hb.Sequential([hb.Input((3,)), hb.layers.Dense(3, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=[getattr(hb.metrics, metric)()])
    with pytest.raises(ValueError, match="element by element"):
        model.fit(np.ones((12, 3)), np.arange(12) % 3, batch_size=batch_size, verbose=0)


def test_code_that_relies_on_the_batch_size():
    class Halves(hb.Model):
        def __init__(self):
            super().__init__()
            self.dense = hb.layers.Dense(1)

        def call(self, x):
            a, b = hb.ops.split(x, 2, axis=0)
            return self.dense(hb.ops.concatenate([a, b], axis=0))

    model = Halves()
    model.compile("sgd", "mse")
    model.fit(np.ones((8, 3)), np.ones((8, 1)), batch_size=4, verbose=0)
    assert "7919" not in str(model.get_build_config()) + str(model.dense.get_build_config())
