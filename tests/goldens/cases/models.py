"""Models as functions: shared, nested, several inputs and outputs, masks, extra losses. No training here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from goldens.oracle import Oracle
from goldens.recording import Case, flat, normal, rng, set_random_weights

TOLERANCE = (1e-5, 2e-5)

TOKENS = np.array([[3, 1, 0, 0], [2, 2, 5, 0], [4, 1, 2, 3]], "int32")


def _model(name: str, make: Callable[[Any], Any], *inputs: tuple[int, ...] | np.ndarray, keys: Any = None) -> Case:
    """Outputs in both modes, predict, gradients of the sum by every weight, and the weights' order."""

    def case(oracle: Oracle) -> dict[str, Any]:
        model = make(oracle.keras)
        generator = rng(name)
        arrays = [normal(generator, *x) if isinstance(x, tuple) else x for x in inputs]

        def pack(values: Any) -> Any:
            values = list(values)
            if keys is not None:
                return dict(zip(keys, values, strict=True))
            return values if len(values) > 1 else values[0]

        model(pack(map(oracle.tensor, arrays)))
        set_random_weights(model, generator)
        outputs = model(pack(map(oracle.tensor, arrays)), training=False)
        losses = np.array(sorted(float(oracle.numpy(v)) for v in model.losses), "float32")
        predicted = model.predict(pack(arrays), batch_size=2, verbose=0)
        result: dict[str, Any] = {
            "layers": [layer.name for layer in model.layers],
            "weights": [[w.name, list(w.shape)] for w in model.weights],
            "trainable": [w.name for w in model.trainable_weights],
            "parameters": model.count_params(),
            "structure": sorted(outputs) if isinstance(outputs, dict) else type(outputs).__name__
            if isinstance(outputs, (list, tuple)) else "one",
            "predicted types": [type(p).__name__ for p in flat(predicted)],
            "losses": losses,
        }
        for i, y in enumerate(flat(outputs)):
            result[f"output{i}"] = oracle.numpy(y)
        for i, y in enumerate(flat(predicted)):
            result[f"predicted{i}"] = y

        def scalar(*tensors: Any) -> Any:
            ops = oracle.keras.ops
            total = 0.0
            for y in flat(model(pack(tensors), training=True)):
                total = total + ops.sum(ops.square(y))
            return total

        value, by_inputs, by_weights = oracle.gradients(scalar, arrays, model.trainable_weights)
        result["value"] = value
        for i, g in enumerate(by_inputs):
            result[f"gradient of input {i}"] = g
        for i, (g, w) in enumerate(zip(by_weights, model.trainable_weights, strict=True)):
            result[f"gradient of {i} {w.name}"] = g
        return result

    return case


def _sequential(k: Any) -> Any:
    return k.Sequential([k.layers.Dense(4, activation="relu", name="first"), k.layers.Dense(2, name="second")])


def _sequential_with_input(k: Any) -> Any:
    model = k.Sequential([k.Input((5,))], name="growing")
    model.add(k.layers.Dense(4, activation="tanh", name="first"))
    model.add(k.layers.BatchNormalization(name="norm"))
    model.add(k.layers.Dense(2, name="second"))
    return model


def _shared(k: Any) -> Any:
    left, right = k.Input((3,), name="left"), k.Input((3,), name="right")
    shared = k.layers.Dense(4, activation="tanh", name="shared")
    both = k.layers.Concatenate(name="both")([shared(left), shared(right)])
    return k.Model([left, right], k.layers.Dense(1, name="top")(both))


def _shared_twice(k: Any) -> Any:
    x = k.Input((3,), name="x")
    square = k.layers.Dense(3, activation="tanh", name="square")
    return k.Model(x, square(square(square(x))))


def _nested(k: Any) -> Any:
    inner_input = k.Input((4,), name="inner_input")
    hidden = k.layers.Dense(3, activation="relu", name="hidden")(inner_input)
    inner = k.Model(inner_input, k.layers.BatchNormalization(name="norm")(hidden), name="inner")
    x = k.Input((4,), name="x")
    body = k.Sequential([k.layers.Dense(2, name="a"), k.layers.Dense(2, name="b")], name="body")
    return k.Model(x, body(k.layers.Add(name="sum")([inner(x), inner(k.layers.Dense(4, name="turn")(x))])))


def _several(k: Any) -> Any:
    image, words = k.Input((4, 4, 1), name="image"), k.Input((4,), dtype="int32", name="words")
    seen = k.layers.Flatten(name="flat")(k.layers.Conv2D(2, 3, name="conv")(image))
    read = k.layers.LSTM(3, name="lstm")(k.layers.Embedding(6, 2, mask_zero=True, name="embedding")(words))
    both = k.layers.Concatenate(name="both")([seen, read])
    return k.Model([image, words], [k.layers.Dense(2, name="label", activation="softmax")(both),
                                    k.layers.Dense(1, name="score")(read)])


def _dicts(k: Any) -> Any:
    a, b = k.Input((3,), name="a"), k.Input((2,), name="b")
    both = k.layers.Concatenate(name="both")([a, b])
    return k.Model({"a": a, "b": b}, {"z": k.layers.Dense(2, name="one")(both), "y": k.layers.Dense(1, name="two")(a)})


def _operators(k: Any) -> Any:
    x = k.Input((3,), name="x")
    y = k.layers.Dense(3, name="dense")(x)
    return k.Model(x, (y * 2.0 + x) / 3.0 - k.ops.sum(y, axis=-1, keepdims=True) ** 2)


def _masked(k: Any) -> Any:
    x = k.Input((4,), dtype="int32", name="x")
    y = k.layers.Embedding(6, 3, mask_zero=True, name="embedding")(x)
    y = k.layers.Dropout(0.0, name="dropout")(k.layers.Dense(3, name="dense")(y))
    y = k.layers.Bidirectional(k.layers.LSTM(2, return_sequences=True, name="inner"), name="outer")(y)
    return k.Model(x, k.layers.LSTM(2, name="last")(y))


def _regularized(k: Any) -> Any:
    return k.Sequential([k.Input((3,)),
                         k.layers.Dense(4, kernel_regularizer=k.regularizers.L2(0.1), name="first"),
                         k.layers.Dense(2, activity_regularizer=k.regularizers.L1(0.2), bias_regularizer="l1",
                                        name="second")])


def _subclass(k: Any) -> Any:
    class Block(k.layers.Layer):
        def __init__(self, units: int, **arguments: Any):
            super().__init__(**arguments)
            self.units = units
            self.inside = k.layers.Dense(units, activation="relu", name="inside")

        def build(self, shape: Any) -> None:
            self.scale = self.add_weight(shape=(self.units,), initializer="ones", name="scale")
            self.offset = self.add_weight(shape=(self.units,), initializer="zeros", trainable=False, name="offset")

        def call(self, x: Any) -> Any:
            y = self.inside(x) * self.scale + self.offset
            self.add_loss(0.1 * k.ops.sum(k.ops.square(y)))
            return y

    class Net(k.Model):
        def __init__(self) -> None:
            super().__init__()
            self.blocks = [Block(4, name="one"), Block(3, name="two")]
            self.top = k.layers.Dense(2, name="top")

        def call(self, x: Any, training: bool = False) -> Any:
            for block in self.blocks:
                x = block(x)
            return self.top(x) * (2.0 if training else 1.0)

    return Net()


CASES: dict[str, Case] = {
    "sequential": _model("sequential", _sequential, (3, 5)),
    "sequential_with_input": _model("sequential_with_input", _sequential_with_input, (3, 5)),
    "shared": _model("shared", _shared, (3, 3), (3, 3)),
    "shared_twice": _model("shared_twice", _shared_twice, (3, 3)),
    "nested": _model("nested", _nested, (3, 4)),
    "several": _model("several", _several, (3, 4, 4, 1), TOKENS),
    "dicts": _model("dicts", _dicts, (3, 3), (3, 2), keys=("a", "b")),
    "operators": _model("operators", _operators, (3, 3)),
    "masked": _model("masked", _masked, TOKENS),
    "regularized": _model("regularized", _regularized, (3, 3)),
    "subclass": _model("subclass", _subclass, (3, 4)),
}
