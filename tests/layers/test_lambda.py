"""Lambda: functions as layers, and that a file's code never runs unless it is allowed to."""

import base64
import marshal

import numpy as np
import pytest

import hornbeam as hb
import hornbeam.layers.function as lambdas
from hornbeam.engine import registry
from hornbeam.engine.errors import ArgumentError, DataError

ROWS = np.arange(6, dtype=np.float32).reshape(2, 3)


@hb.saving.register_keras_serializable("tests")
def tripled(x):
    return x * 3


def unregistered(x):
    return x + 1


def factor(n):
    return hb.layers.Lambda(lambda x, more=0.5: x * n + more, name="f")


def test_functions_with_more_arguments():
    layer = hb.layers.Lambda(lambda x, y=1, training=None: x * y if training else x, arguments={"y": 4})
    np.testing.assert_array_equal(layer(ROWS), ROWS)
    np.testing.assert_array_equal(layer(ROWS, training=True), ROWS * 4)
    masked = hb.layers.Lambda(lambda x, mask=None: hb.ops.where(mask[..., None], x, 0.0), mask=lambda x, mask: mask)
    y = masked(hb.layers.Masking()(np.array([[[1.0], [0], [2]]])), training=True)
    np.testing.assert_array_equal(y._keras_mask, [[True, False, True]])


def test_in_models_and_fit():
    """Traced with everything else: the function is not called once a step."""
    calls = []

    def halved(x):
        calls.append(1)
        return x / 2

    x = hb.Input((3,))
    model = hb.Model(x, hb.layers.Dense(1)(hb.layers.Lambda(halved)(x)))
    model.compile("sgd", "mse")
    model.fit(np.ones((64, 3)), np.ones((64, 1)), batch_size=1, epochs=2, verbose=0)
    assert len(calls) < 30
    assert tuple(hb.layers.Lambda(lambda x: hb.ops.concatenate([x, x], -1))(x).shape) == (None, 6)
    assert hb.layers.Lambda(halved, output_shape=lambda shape: (*shape, 2)).compute_output_shape((4, 3)) == (4, 3, 2)


def test_registered_functions_go_through_files(tmp_path):
    model = hb.Sequential([hb.Input((3,)), hb.layers.Lambda(tripled), hb.layers.Lambda(hb.activations.relu)])
    model.save(tmp_path / "named.keras")
    again = hb.models.load_model(tmp_path / "named.keras")
    np.testing.assert_array_equal(again.predict(ROWS, verbose=0), ROWS * 3)


def test_unregistered_functions_must_be_passed(tmp_path):
    model = hb.Sequential([hb.Input((3,)), hb.layers.Lambda(unregistered, name="plus")])
    model.save(tmp_path / "named.keras")
    with pytest.raises(ArgumentError, match=r"Lambda 'plus' calls the function 'unregistered'.*custom_objects=\{'unregistered'"):
        hb.models.load_model(tmp_path / "named.keras")
    again = hb.models.load_model(tmp_path / "named.keras", custom_objects={"unregistered": unregistered})
    np.testing.assert_array_equal(again.predict(ROWS, verbose=0), ROWS + 1)


@pytest.mark.parametrize("name", ["code.keras", "code.h5"])
def test_code_is_loaded_only_when_allowed(tmp_path, name):
    """With its default arguments and the values it closed over."""
    model = hb.Sequential([hb.Input((3,)), factor(2)])
    model.save(tmp_path / name)
    np.testing.assert_array_equal(hb.models.load_model(tmp_path / name).predict(ROWS, verbose=0), ROWS * 2 + 0.5)  # this process's own
    lambdas._own.clear()  # as in another process
    with pytest.raises(DataError, match=r"Lambda 'f' holds Python code.*safe_mode=False"):
        hb.models.load_model(tmp_path / name)
    again = hb.models.load_model(tmp_path / name, safe_mode=False)
    np.testing.assert_array_equal(again.predict(ROWS, verbose=0), ROWS * 2 + 0.5)
    assert not registry.code_allowed(), "the permission ends with the call"


def doors(config):
    """Every way from a configuration to a layer."""
    entry = {"module": "keras.layers", "class_name": "Lambda", "config": config, "registered_name": None}
    model = {"module": "keras", "class_name": "Sequential", "config": {"name": "m", "layers": [entry]}, "registered_name": None}
    yield lambda: hb.layers.Lambda.from_config(config)
    yield lambda: registry.from_config("layer", entry)
    yield lambda: registry.resolve("activation", entry)
    yield lambda: hb.saving.deserialize_keras_object(entry)
    yield lambda: hb.saving.deserialize_keras_object(model)
    yield lambda: hb.Sequential.from_config(model["config"])
    wrapped = {**entry, "class_name": "TimeDistributed", "config": {"name": "t", "layer": entry}}
    yield lambda: hb.saving.deserialize_keras_object(wrapped)
    yield lambda: registry.from_config("layer", wrapped)


def hostile(path):
    """A lambda that makes a file when it is read with its default argument, or called."""
    body = compile(f"(lambda x: open({str(path)!r}, 'w').close())", "<file>", "eval").co_consts[0]
    code = base64.encodebytes(marshal.dumps(body)).decode()
    yield {"name": "l", "function": {"class_name": "__lambda__", "config": {"code": code, "defaults": None, "closure": None}}}
    yield {"name": "l", "function": [code, None, None], "function_type": "lambda", "module": "__main__"}
    named = {"class_name": "function", "module": "builtins", "config": "abs", "registered_name": "function"}
    yield {"name": "l", "function": named, "mask": {"class_name": "__lambda__", "config": {"code": code}}}
    for function in ("eval", "os.system", "builtins.exec", "__import__"):
        yield {"name": "l", "function": {**named, "config": function}}
        yield {"name": "l", "function": function, "function_type": "function", "module": "os"}


def test_every_door_is_closed_to_code(tmp_path):
    target = tmp_path / "made"
    for config in hostile(target):
        for door in doors(config):
            with pytest.raises((DataError, ArgumentError)):
                door()(ROWS)
    assert not target.exists()


def test_code_of_keras_2_and_damaged_code():
    code = base64.encodebytes(marshal.dumps((lambda x: x * 5).__code__)).decode()
    old = {"name": "l", "function": [code, None, None], "function_type": "lambda", "module": "__main__", "output_shape": None,
           "output_shape_type": "raw", "output_shape_module": None, "arguments": {}}  # fmt: skip
    np.testing.assert_array_equal(hb.layers.Lambda.from_config(old, safe_mode=False)(ROWS), ROWS * 5)
    for damaged in ("no base64!", base64.b64encode(b"\xff\xff").decode(), base64.b64encode(marshal.dumps(3)).decode()):
        with pytest.raises(DataError, match="The code of Lambda 'l'"):
            hb.layers.Lambda.from_config({**old, "function": [damaged, None, None]}, safe_mode=False)
