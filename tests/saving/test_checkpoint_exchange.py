"""Checkpoints that real TensorFlow wrote (archives/checkpoints, made by checkpoints.py), read and gone on from."""

import importlib.util
import shutil
from pathlib import Path

import numpy as np
import pytest

import hornbeam.tensorflow as tf
from hornbeam import dialects
from hornbeam.engine.errors import DataError, DataLossError
from hornbeam.ops import wire
from hornbeam.saving import bundle, tracking
from hornbeam.saving.checkpoint import Checkpoint, list_variables, load_checkpoint

_spec = importlib.util.spec_from_file_location("saving_checkpoints", Path(__file__).resolve().parent / "checkpoints.py")
made = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(made)
FOLDER = made.FOLDER
EXPECTED = np.load(FOLDER / "expected.npz")


@pytest.mark.parametrize("name", ["keras2_sequential", "keras2_subclass", "keras3", "legacy_adam", "legacy_rmsprop", "legacy_sgd"])
@pytest.mark.parametrize("built", [True, False])
def test_training_goes_on_from_a_checkpoint_of_tensorflow(name, built):
    model = made.model_of(tf.keras, "subclass" if name.endswith("subclass") else "sequential")
    optimizer = made.optimizer_of(tf.keras.optimizers, name.removeprefix("legacy_") if name.startswith("legacy") else "adam")
    count = tf.Variable(0)
    if built:
        model(made.X)
        optimizer.build(model.trainable_variables)
    status = Checkpoint(model=model, optimizer=optimizer, step=count).restore(FOLDER / name)
    made.step(tf, model, optimizer)
    found = np.concatenate([np.ravel(weight) for weight in model.get_weights()])
    np.testing.assert_allclose(found, EXPECTED[name], atol=2e-6)
    assert int(count) == 7
    status.assert_existing_objects_matched()
    if not name.startswith("legacy"):  # whose hyperparameters have no object here
        status.assert_consumed()


@pytest.fixture
def older_spellings():
    dialects.install()
    yield
    dialects.uninstall()


def test_weights_and_modules_of_tensorflow(older_spellings):
    model = made.model_of(tf.keras, "sequential")
    model.load_weights(str(FOLDER / "weights")).assert_consumed()
    np.testing.assert_allclose(model(made.X), EXPECTED["weights"], atol=1e-6)
    module = made.module(tf)
    for variable in module.variables:
        variable.assign(tf.zeros_like(variable))
    Checkpoint(module=module).read(FOLDER / "module").assert_consumed()
    assert module.text.numpy() == b"abc" and module.by_name["list"][0].numpy() == 2**40 and module.pair[0].numpy().tolist() == [1.5, 2.5]


@pytest.mark.parametrize("era", ["today", "before TensorFlow 2.5"])
def test_a_keras_model_in_a_folder_of_tensorflow(era, older_spellings, tmp_path):
    folder = tmp_path / "saved"
    shutil.copytree(FOLDER / "saved", folder)
    program = b""
    if era != "today":  # the metadata was in the SavedModel: the first meta graph's object graph's first node's user object
        (_, _, node), *_ = wire.fields((folder / "keras_metadata.pb").read_bytes())
        program = {number: content for number, _, content in wire.fields(node)}[5]
        for number in (3, 4, 1, 7, 2):
            program = wire.field(number, program)
        (folder / "keras_metadata.pb").unlink()
    (folder / "saved_model.pb").write_bytes(program)
    model = tf.keras.models.load_model(folder)
    np.testing.assert_allclose(model(made.X), np.load(folder / "expected.npz")["prediction"], atol=1e-6)
    assert model.loss == "mse" and int(model.optimizer.iterations) == 1
    assert tf.saved_model.load(str(folder)).signatures["serving_default"](tf.constant(made.X)).keys() == {model.output_names[0]}
    (folder / "saved_model.pb").write_bytes(b"")
    (folder / "keras_metadata.pb").unlink(missing_ok=True)
    with pytest.raises(DataError, match="without a Keras configuration"):
        tf.keras.models.load_model(folder)


def test_its_arrays_by_key(tmp_path, monkeypatch):
    assert ("module/pair/0/.ATTRIBUTES/VARIABLE_VALUE", [2]) in list_variables(FOLDER / "module")
    reader = load_checkpoint(FOLDER / "module")
    key = "module/by_name/half/.ATTRIBUTES/VARIABLE_VALUE"
    assert reader.has_tensor(key) and reader.get_tensor(key) == 0.5 and reader.get_variable_to_dtype_map()[key] == "float16"
    monkeypatch.setattr(bundle, "_BLOCK", 300)
    arrays = {f"k{i:04}": np.full((i % 3,), i, np.int16) for i in range(60)} | {"s": np.array([[b"", b"x" * 300]], object)}
    bundle.write(tmp_path / "many", arrays)  # in more than one block
    found = bundle.Bundle(tmp_path / "many")
    assert list(found) == sorted(arrays) and all(np.array_equal(found.array(key), array) for key, array in arrays.items())
    index = tmp_path / "many.index"
    index.write_bytes(index.read_bytes()[:70] + b"?" + index.read_bytes()[71:])
    with pytest.raises(DataLossError, match="damaged"):
        bundle.Bundle(tmp_path / "many")


def test_names_of_keras_2():
    """A model of two dozen kinds of layers was exchanged with Keras 2 by hand; these two of them call attributes otherwise."""
    attention, depthwise = tf.keras.layers.MultiHeadAttention(1, 2), tf.keras.layers.DepthwiseConv2D(2)
    attention.build((None, 2, 2), (None, 2, 2))
    depthwise.build((None, 3, 3, 1))
    assert "_query_dense" in tracking.children(attention) and "depthwise_kernel" in tracking.children(depthwise)
    assert tracking._child(depthwise, tracking.children(depthwise), "kernel") is depthwise.kernel
