"""Objects and models as plain data."""

import json

import numpy as np
import pytest

import hornbeam as hb
from hornbeam import saving
from hornbeam.engine.errors import ArgumentError, DataError, DtypeError


@pytest.mark.parametrize(
    "value",
    [None, 3, 2.5, "words", True, [1, [2, "x"]], {"a": [1], "b": {"c": None}}, slice(1, None, 2), Ellipsis, b"\x00\xff"],
)
def test_plain_values_there_and_back(value):
    data = json.loads(json.dumps(saving.serialize_keras_object(value)))
    assert saving.deserialize_keras_object(data) == value


def test_arrays_and_tensors():
    data = json.loads(json.dumps(saving.serialize_keras_object({"a": np.arange(3, dtype="int16"), "t": hb.Tensor([1.5])})))
    found = saving.deserialize_keras_object(data)
    assert found["a"].dtype == "int16" and found["a"].tolist() == [0, 1, 2]
    assert found["t"].dtype == "float32" and found["t"].numpy().tolist() == [1.5]


@pytest.mark.parametrize(
    "make",
    [
        lambda: hb.layers.Dense(3, activation="relu", kernel_regularizer=hb.regularizers.L2(0.5)),
        lambda: hb.losses.Huber(delta=2.0),
        lambda: hb.metrics.AUC(num_thresholds=7),
        lambda: hb.optimizers.SGD(0.25, momentum=0.5),
        lambda: hb.optimizers.schedules.ExponentialDecay(0.1, 5, 0.5),
        lambda: hb.initializers.RandomNormal(stddev=0.125),
        lambda: hb.constraints.MaxNorm(3),
        lambda: hb.losses.CosineSimilarity(),
        lambda: hb.metrics.CosineSimilarity(),  # the class names are equal, the modules are not
    ],
)
def test_every_kind_of_object(make):
    thing = make()
    again = saving.deserialize_keras_object(json.loads(json.dumps(saving.serialize_keras_object(thing))))
    assert type(again) is type(thing)
    assert json.dumps(again.get_config(), default=str) == json.dumps(thing.get_config(), default=str)


def test_models_as_json():
    inputs = hb.Input((4,), name="in")
    x = hb.layers.Dense(3)(inputs)
    model = hb.Model(inputs, {"sum": hb.layers.Add()([x, x]), "twice": x * 2})
    again = saving.model_from_json(saving.model_to_json(model))
    again.set_weights(model.get_weights())
    data = np.random.rand(2, 4).astype("float32")
    for name, value in model.predict(data, verbose=0).items():
        np.testing.assert_array_equal(again.predict(data, verbose=0)[name], value)
    assert saving.model_from_json(model.to_json()).get_config() == again.get_config()
    with pytest.raises(DataError, match="JSON"):
        saving.model_from_json("{")


def test_registered_functions():
    @saving.register_keras_serializable("test_objects")
    def swishy(x):
        return x * hb.ops.sigmoid(x)

    layer = hb.layers.Dense(2, activation=swishy)
    again = saving.deserialize_keras_object(saving.serialize_keras_object(layer))
    assert again.activation is swishy
    assert saving.get_registered_name(swishy) == "test_objects>swishy"
    assert saving.get_registered_object("test_objects>swishy") is swishy
    assert saving.get_registered_object("test_objects>other") is None


def test_keras_writes_functions_as_entries():
    entry = {"module": "keras.layers", "class_name": "Activation", "registered_name": None, "config": {
        "name": "a", "activation": {"module": "builtins", "class_name": "function", "config": "relu", "registered_name": "function"}}}
    assert saving.deserialize_keras_object(entry).activation is hb.activations.relu


def test_lambdas_are_not_written_nor_read():
    with pytest.raises(DtypeError, match="lambda"):
        saving.serialize_keras_object(lambda x: x)
    with pytest.raises(DataError, match="Python code"):
        saving.deserialize_keras_object({"class_name": "__lambda__", "config": {"value": "4wE="}})


def test_unknown_classes_name_themselves():
    with pytest.raises(ArgumentError, match="'Nothing'.*custom_objects"):
        saving.deserialize_keras_object({"module": "mine", "class_name": "Nothing", "config": {}, "registered_name": "Nothing"})
    with pytest.raises(ArgumentError, match="Keras's layer 'Imaginary', which Hornbeam does not have"):
        saving.deserialize_keras_object({"module": "keras.layers", "class_name": "Imaginary", "config": {}, "registered_name": None})


@pytest.mark.parametrize("depth", [300, 100_000])
def test_deep_nesting_is_refused(depth):
    deep = []
    for _ in range(depth):
        deep = [deep]
    with pytest.raises(DataError, match="nested"):
        saving.deserialize_keras_object(deep)


def test_custom_objects_added_to_the_table():
    class Mine(hb.layers.Layer):
        def call(self, x):
            return x

    saving.get_custom_objects()["Mine"] = Mine
    try:
        assert type(saving.deserialize_keras_object(saving.serialize_keras_object(Mine()))) is Mine
    finally:
        del saving.get_custom_objects()["Mine"]


def test_names_of_what_a_program_lists():
    class Sampler:
        pass

    read = saving.deserialize_keras_object
    assert read("mine", custom_objects={"mine": Sampler}) is Sampler
    assert isinstance(read("mine", module_objects={"mine": Sampler}), Sampler)
    assert isinstance(read({"class_name": "mine", "config": {}}, module_objects={"mine": Sampler}), Sampler)
    assert read("other", module_objects={"mine": Sampler}) == "other"
