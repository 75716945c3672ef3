"""Losses of overlaps, sequences and embeddings: errors, round trips, gradients where there is nothing to compare with."""

import numpy as np
import pytest

from hornbeam import losses
from hornbeam.engine import GradientTape, Tensor
from hornbeam.engine.errors import ArgumentError, ShapeError

RNG = np.random.default_rng(0)
UNIT = RNG.normal(size=(4, 3)).astype("float32")
UNIT /= np.linalg.norm(UNIT, axis=1, keepdims=True)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda: losses.ctc(np.zeros(3, "int32"), np.zeros((3, 4, 5), "float32")), "'ctc'.*(3,)"),
        (lambda: losses.circle(np.zeros(3, "int32"), UNIT), "'circle'"),
        (lambda: losses.dice(np.zeros((2, 3), "float32"), np.zeros((2, 4), "float32")), "'dice'"),
        (lambda: losses.categorical_generalized_cross_entropy(np.zeros((2, 4), "int32"), UNIT, 0.5), "one class number"),
    ],
)
def test_wrong_shapes(wrong, said):
    with pytest.raises(ShapeError, match=said):
        wrong()


@pytest.mark.parametrize("q", [0, 1, -1])
def test_q(q):
    with pytest.raises(ArgumentError, match="q lies"):
        losses.CategoricalGeneralizedCrossEntropy(q=q)


def test_a_column_of_class_numbers():
    scores = np.full((3, 2), 0.5, "float32")
    found = losses.categorical_generalized_cross_entropy(np.array([[0], [1], [1]]), scores, 0.5)
    np.testing.assert_allclose(found, 2 * (1 - np.sqrt(0.5)) * np.ones(3), rtol=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
@pytest.mark.parametrize("labels", [[0, 1, 2, 3], [0, 0, 0, 0]])
def test_circle_where_nothing_can_be_compared(labels, dtype):
    embeddings = Tensor(UNIT, dtype)
    with GradientTape() as tape:
        tape.watch(embeddings)
        value = losses.Circle(dtype=dtype)(np.array(labels, "int32"), embeddings)
    assert value.dtype == dtype
    assert np.isfinite(value.numpy().astype("float32"))
    assert np.isfinite(tape.gradient(value, embeddings).numpy().astype("float32")).all()


@pytest.mark.parametrize("name", ["Dice", "Tversky", "Circle", "CTC", "CategoricalGeneralizedCrossEntropy"])
def test_round_trip(name):
    loss = losses.deserialize(losses.serialize(getattr(losses, name)(name="mine")))
    assert (type(loss).__name__, loss.name) == (name, "mine")


def test_dice_in_training():
    import hornbeam as hb

    x = RNG.normal(size=(64, 5)).astype("float32")
    y = (x[:, :2] > 0).astype("float32")
    model = hb.Sequential([hb.layers.Dense(2, activation="sigmoid")])
    model.compile("adam", losses.Dice(axis=(1,)), metrics=[hb.metrics.BinaryIoU([1])])
    history = model.fit(x, y, epochs=3, batch_size=16, verbose=0).history
    assert history["loss"][-1] < history["loss"][0]
    assert set(history) == {"loss", "binary_io_u"}
