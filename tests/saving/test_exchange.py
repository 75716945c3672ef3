"""Files that real Keras wrote (archives/, made by exchange.py), read and written again."""

import gzip
import importlib.util
import io
import json
import warnings
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

import hornbeam as hb

HERE = Path(__file__).resolve().parent
_spec = importlib.util.spec_from_file_location("saving_exchange", HERE / "exchange.py")
exchange = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(exchange)
ARCHIVES = exchange.ARCHIVES
EXPECTED = np.load(ARCHIVES / "expected.npz")
EXPECTED_2 = np.load(ARCHIVES / "keras2_expected.npz")
exchange.own_classes(hb)


def unpacked(name, folder):
    path = folder / name
    path.write_bytes(gzip.decompress((ARCHIVES / f"{name}.gz").read_bytes()))
    return path


def agrees(model, case, expected, prefix=""):
    found = exchange.predict(model, case)
    assert len(found) == sum(name.startswith(f"{prefix}{case}/") for name in expected.files)
    for i, value in enumerate(found):
        # bfloat16 keeps 8 bits, and the two libraries round sums in different places
        np.testing.assert_allclose(value, expected[f"{prefix}{case}/{i}"], atol=2e-2 if case == "mixed" else 1e-5)


def tree(path):
    """Every array of an archive by its place, with the type's name that Keras leaves beside bfloat16."""
    found = {}

    def visit(name, thing):
        if isinstance(thing, h5py.Dataset):
            found[name] = (thing[()], thing.attrs.get("dtype"))
        elif "name" in thing.attrs:
            found[name] = (None, thing.attrs["name"])

    with zipfile.ZipFile(path) as archive, h5py.File(io.BytesIO(archive.read("model.weights.h5"))) as file:
        file.visititems(visit)
    return found


@pytest.mark.parametrize("case", exchange.CASES)
def test_a_model_from_keras_predicts_what_it_predicted_there(case):
    agrees(hb.models.load_model(ARCHIVES / f"{case}.keras"), case, EXPECTED)


@pytest.mark.parametrize("case", exchange.CASES)
def test_saved_again_the_weights_stand_where_keras_put_them(case, tmp_path):
    hb.models.load_model(ARCHIVES / f"{case}.keras").save(tmp_path / "again.keras")
    theirs, ours = tree(ARCHIVES / f"{case}.keras"), tree(tmp_path / "again.keras")
    ours = {name: entry for name, entry in ours.items() if "seed_generator" not in name}  # Keras does not save these
    assert set(ours) == set(theirs)
    for name, (array, text) in theirs.items():
        assert ours[name][1] == text or (case == "own" and array is None), name  # its layers take new automatic names
        if array is not None:
            np.testing.assert_array_equal(ours[name][0], array)
            # (a bfloat16 is two raw bytes to HDF5; steps are counted in int64, as by Keras on TensorFlow, and these files come from JAX)
            assert name == "optimizer/vars/0" or np.dtype(ours[name][0].dtype).itemsize == np.dtype(array.dtype).itemsize, name


@pytest.mark.parametrize("case", exchange.CASES)
def test_saved_again_the_configuration_is_the_same_model(case, tmp_path):
    model = hb.models.load_model(ARCHIVES / f"{case}.keras")
    model.save(tmp_path / "again.keras")
    with zipfile.ZipFile(ARCHIVES / f"{case}.keras") as theirs, zipfile.ZipFile(tmp_path / "again.keras") as ours:
        theirs, ours = (json.loads(archive.read("config.json")) for archive in (theirs, ours))
    assert [ours[key] for key in ("module", "class_name", "registered_name")] == [
        {**theirs, "registered_name": None}[key] if case in ("graph", "operations", "words") else theirs[key]
        for key in ("module", "class_name", "registered_name")
    ]
    if "layers" in theirs["config"]:
        names = [sorted((each["class_name"], each["config"]["name"]) for each in config["config"]["layers"]
                        if each["module"] == "keras.layers") for config in (theirs, ours)]
        assert names[0] == names[1]
    agrees(hb.models.load_model(tmp_path / "again.keras"), case, EXPECTED)


def test_vocabularies_are_files_of_their_own(tmp_path):
    model = hb.models.load_model(ARCHIVES / "words.keras")
    assert model.layers[2].get_vocabulary()[:4] == ["", "[UNK]", "good", "bad"]
    model.save(tmp_path / "again.keras")
    with zipfile.ZipFile(ARCHIVES / "words.keras") as theirs, zipfile.ZipFile(tmp_path / "again.keras") as ours:
        texts = {name: theirs.read(name) for name in theirs.namelist() if name.startswith("assets/")}
        assert texts and {name: ours.read(name) for name in texts} == texts


@hb.saving.register_keras_serializable("exchange")
class Lists(hb.layers.Layer):
    """A layer with files of its own."""

    words = ()

    def save_assets(self, directory):
        (Path(directory) / "more").mkdir()
        (Path(directory) / "more" / "words.txt").write_text("\n".join(self.words))

    def load_assets(self, directory):
        self.words = (Path(directory) / "more" / "words.txt").read_text().split("\n")

    def call(self, x):
        return x


def test_a_layer_may_keep_files_of_its_own(tmp_path):
    model = hb.Sequential([hb.Input((2,)), Lists()])
    model.layers[0].words = ["a", "b"]
    model.save(tmp_path / "m.keras")
    assert hb.models.load_model(tmp_path / "m.keras").layers[0].words == ["a", "b"]


def test_the_optimizer_goes_on_where_it_was():
    model = hb.models.load_model(ARCHIVES / "mlp.keras")
    assert int(model.optimizer.iterations.numpy()) == 6
    arrays = [value for name, (value, _) in sorted(tree(ARCHIVES / "mlp.keras").items()) if name.startswith("optimizer/vars/")]
    assert sorted(float(np.sum(a)) for a in arrays) == sorted(float(np.sum(v.numpy())) for v in model.optimizer.variables)
    model = hb.models.load_model(ARCHIVES / "schedule.keras")
    assert model.optimizer.learning_rate.numpy() == pytest.approx(0.1 * 0.9**0.1)


def test_compile_arguments_come_along():
    model = hb.models.load_model(ARCHIVES / "cnn.keras")
    assert type(model.optimizer).__name__ == "SGD"
    assert model.optimizer.momentum == 0.9
    logs = model.evaluate(exchange.inputs("cnn"), np.array([0, 2]), verbose=0, return_dict=True)
    assert set(logs) == {"loss", "accuracy", "sparse_top_k_categorical_accuracy"}
    assert not hb.models.load_model(ARCHIVES / "cnn.keras", compile=False).compiled


@pytest.mark.parametrize("case", ["mlp", "graph"])
def test_keras_2_archives(case):
    agrees(hb.models.load_model(ARCHIVES / f"keras2_{case}.keras"), case, EXPECTED_2, "keras2_")


@pytest.mark.parametrize("case", ["mlp", "graph"])
def test_keras_2_hdf5_models(case, tmp_path):
    model = hb.models.load_model(unpacked(f"keras2_{case}.h5", tmp_path))
    agrees(model, case, EXPECTED_2, "keras2_")
    assert model.compiled
    assert int(model.optimizer.iterations.numpy()) == {"mlp": 6, "graph": 1}[case]


def test_keras_3_hdf5_model_there_and_back(tmp_path):
    model = hb.models.load_model(unpacked("mlp.h5", tmp_path))
    agrees(model, "mlp", EXPECTED)
    model.save(tmp_path / "again.h5")
    with h5py.File(tmp_path / "mlp.h5") as theirs, h5py.File(tmp_path / "again.h5") as ours:
        names = []
        theirs.visit(names.append)
        for name in names:
            if isinstance(theirs[name], h5py.Dataset):
                np.testing.assert_array_equal(ours[name][()], theirs[name][()])
            for attribute, value in theirs[name].attrs.items():
                found = [each.decode() if isinstance(each, bytes) else each for each in np.ravel(ours[name].attrs[attribute])]
                assert attribute in ("backend", "keras_version") or found == list(np.ravel(value)), (name, attribute)
    again = hb.models.load_model(tmp_path / "again.h5")
    agrees(again, "mlp", EXPECTED)
    assert int(again.optimizer.iterations.numpy()) == 6


@pytest.mark.parametrize("name", ["mlp.weights.h5", "mlp.h5", "mlp.keras"])
def test_weights_alone_from_any_of_the_formats(name, tmp_path):
    path = ARCHIVES / name if name.endswith(".keras") else unpacked(name, tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = exchange.mlp(hb)
    model.load_weights(path)
    agrees(model, "mlp", EXPECTED)
