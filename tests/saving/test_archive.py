"""`.keras` files: what comes back, what is refused, and what a failed save leaves."""

import io
import json
import os
import stat
import time
import zipfile

import h5py
import numpy as np
import pytest

import hornbeam as hb
from hornbeam.engine.errors import ArgumentError, DataError, DtypeError
from hornbeam.saving import files, keras_archive

X = np.random.default_rng(0).normal(size=(32, 4)).astype("float32")
Y = X[:, :2] * 2


def small(**kwargs):
    model = hb.Sequential(
        [hb.Input((4,)), hb.layers.Dense(8, activation="relu"), hb.layers.Dropout(0.3), hb.layers.Dense(2)], name="small"
    )
    model.compile(**{"optimizer": "adam", "loss": "mse", **kwargs})
    return model


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "model.keras"
    small().save(path)
    return path


def entries(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewritten(path, changes, **options):
    """The archive with some entries replaced (or left out, by None)."""
    found = {**entries(path), **changes}
    with zipfile.ZipFile(path, "w", **options) as archive:
        for name, content in found.items():
            if content is not None:
                archive.writestr(name, content)
    return path


# What comes back.
def test_training_goes_on_with_the_same_bits(tmp_path):
    hb.set_random_seed(0)
    model = small()
    model.fit(X, Y, epochs=2, verbose=0, shuffle=False)
    model.save(tmp_path / "m.keras")
    again = hb.models.load_model(tmp_path / "m.keras")
    for one in (model, again):
        one.fit(X, Y, epochs=2, verbose=0, shuffle=False)  # dropout draws on where it was
    for a, b in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_learning_rate_set_by_hand_is_kept(tmp_path):
    model = small()
    model.fit(X, Y, verbose=0)
    model.optimizer.learning_rate = 0.25
    model.save(tmp_path / "m.keras")
    assert float(hb.models.load_model(tmp_path / "m.keras").optimizer.learning_rate.numpy()) == 0.25


def test_without_the_optimizer_it_starts_anew(tmp_path):
    model = small()
    model.fit(X, Y, verbose=0)
    model.save(tmp_path / "m.keras", include_optimizer=False)
    again = hb.models.load_model(tmp_path / "m.keras")
    assert int(again.optimizer.iterations.numpy()) == 0
    np.testing.assert_array_equal(again.get_weights()[0], model.get_weights()[0])


def test_a_model_compiled_but_not_trained(saved):
    again = hb.models.load_model(saved)
    assert again.compiled
    again.fit(X, Y, verbose=0)


def test_an_unbuilt_model(tmp_path):
    hb.Sequential([hb.layers.Dense(2)]).save(tmp_path / "m.keras")
    again = hb.models.load_model(tmp_path / "m.keras")
    assert not again.built
    assert again(X).shape == (32, 2)


@hb.saving.register_keras_serializable("test_archive")
class Counts(hb.layers.Layer):
    """A layer with weights of unusual types."""

    def build(self, shape):
        self.large = self.add_weight(shape=(2,), dtype="int64", initializer="zeros", trainable=False, name="large")
        self.half = self.add_weight(shape=(3,), dtype="bfloat16", name="half")
        self.exact = self.add_weight(shape=(), dtype="float64", name="exact")
        self.flag = self.add_weight(shape=(2,), dtype="bool", initializer="zeros", trainable=False, name="flag")

    def call(self, x):
        return x


def test_64_bits_and_bfloat16_come_through_a_file(tmp_path):
    model = hb.Sequential([hb.Input((4,)), Counts()])
    layer = model.layers[0]
    values = {"large": np.array([2**40, -(2**62) + 1]), "half": np.array([1.5, -2.25, 3e30], layer.half.numpy().dtype),
              "exact": np.float64(1) / 3, "flag": np.array([True, False])}
    for name, value in values.items():
        getattr(layer, name).assign(value)
    model.save(tmp_path / "m.keras")
    again = hb.models.load_model(tmp_path / "m.keras").layers[0]
    for name, value in values.items():
        found = getattr(again, name)
        assert found.dtype == getattr(layer, name).dtype
        np.testing.assert_array_equal(found.numpy(), value)


def test_a_path_object_a_link_and_a_mode(tmp_path):
    (tmp_path / "real.keras").write_bytes(b"old")
    os.symlink(tmp_path / "real.keras", tmp_path / "link.keras")
    small().save(tmp_path / "link.keras")
    assert (tmp_path / "link.keras").is_symlink()
    assert hb.models.load_model(str(tmp_path / "real.keras")).name == "small"
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(os.stat(tmp_path / "real.keras").st_mode) == 0o666 & ~umask


def test_saving_is_quick(saved):
    model = small()
    model.save(saved)  # imports h5py
    times = []
    for _ in range(5):
        start = time.perf_counter()
        model.save(saved)
        times.append(time.perf_counter() - start)
    assert sorted(times)[0] < 0.1


# What a failed save leaves.
@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_a_failed_save_leaves_the_old_file(saved, monkeypatch, error):
    before = saved.read_bytes()

    def fails(*args):
        raise error

    monkeypatch.setattr(os, "fsync", fails)  # after all has been written
    with pytest.raises(BaseException) as caught:
        small().save(saved)
    assert caught.value is error or isinstance(caught.value, KeyboardInterrupt)
    monkeypatch.undo()
    assert saved.read_bytes() == before
    assert os.listdir(saved.parent) == [saved.name]


def test_a_configuration_that_cannot_be_written_touches_nothing(saved):
    class Odd(hb.layers.Layer):
        def call(self, x):
            return x

        def get_config(self):
            return {**super().get_config(), "thing": object()}

    before = saved.read_bytes()
    with pytest.raises(DtypeError, match="cannot be written"):
        hb.Sequential([hb.Input((4,)), Odd()]).save(saved)
    assert saved.read_bytes() == before


def test_overwrite_false(saved):
    before = saved.read_bytes()
    with pytest.raises(FileExistsError, match="overwrite=True"):
        small().save(saved, overwrite=False)
    assert saved.read_bytes() == before


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [
        ("m", ArgumentError, "'.keras' for a model"),
        ("m.pt", ArgumentError, "'.keras' for a model"),
        ("m.weights.h5", ArgumentError, "weights alone"),
    ],
)
def test_names_that_will_not_do(name, error, words, tmp_path):
    with pytest.raises(error, match=words):
        small().save(tmp_path / name)
    assert os.listdir(tmp_path) == []


# What is refused.
@pytest.mark.parametrize("name", ["../up", "/etc/passwd", "config.json/../x", "code.py", "assets/vocabulary.txt"])
def test_entries_that_do_not_belong(saved, name):
    with pytest.raises(DataError, match="refused"):
        hb.models.load_model(rewritten(saved, {name: b"x"}))


def test_links_and_doubles(saved):
    found = entries(saved)
    with zipfile.ZipFile(saved, "w") as archive:
        for name, content in found.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = (stat.S_IFLNK if name == "config.json" else stat.S_IFREG) << 16
            archive.writestr(entry, content)
    with pytest.raises(DataError, match="link"):
        hb.models.load_model(saved)
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(saved, "w") as archive:
        for name, content in [*found.items(), ("config.json", b"{}")]:
            archive.writestr(name, content)
    with pytest.raises(DataError, match="two entries"):
        hb.models.load_model(saved)


def test_a_bomb(saved):
    with pytest.raises(DataError, match="unpack to"):
        hb.models.load_model(rewritten(saved, {"model.weights.h5": bytes(64 << 20)}, compression=zipfile.ZIP_DEFLATED))


def test_an_array_larger_than_its_file(saved):
    content = io.BytesIO(entries(saved)["model.weights.h5"])
    with h5py.File(content, "a") as file:
        del file["layers/dense/vars/0"]
        file["layers/dense/vars"].create_dataset("0", shape=(1 << 20, 1 << 20), dtype="f4", chunks=(1, 1 << 10))
    with pytest.raises(DataError, match="would take"):
        hb.models.load_model(rewritten(saved, {"model.weights.h5": content.getvalue()}))


@pytest.mark.parametrize("kind", ["external link", "soft link", "external data", "virtual"])
def test_data_from_elsewhere(saved, tmp_path, kind):
    with h5py.File(tmp_path / "secret.h5", "w") as file:
        file["0"] = np.ones((4, 8), "float32")
    content = io.BytesIO(entries(saved)["model.weights.h5"])
    with h5py.File(content, "a") as file:
        group = file["layers/dense/vars"]
        del group["0"]
        if kind == "external link":
            group["0"] = h5py.ExternalLink(str(tmp_path / "secret.h5"), "/0")
        elif kind == "soft link":
            group["0"] = h5py.SoftLink("/optimizer/vars/2")
        elif kind == "external data":
            group.create_dataset("0", (4, 8), "f4", external=[(str(tmp_path / "secret.h5"), 0, 128)])
        else:
            layout = h5py.VirtualLayout((4, 8), "f4")
            layout[:] = h5py.VirtualSource(str(tmp_path / "secret.h5"), "0", (4, 8))
            group.create_virtual_dataset("0", layout)
    rewritten(saved, {"model.weights.h5": content.getvalue()})
    with pytest.raises(DataError, match="another (file|place)"):
        hb.models.load_model(saved)


def test_a_group_that_is_a_link_to_another_file(saved, tmp_path):
    content = io.BytesIO(entries(saved)["model.weights.h5"])
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["vars/0"] = np.ones((4, 8), "float32")
    with h5py.File(content, "a") as file:
        del file["layers/dense"]
        file["layers/dense"] = h5py.ExternalLink(str(tmp_path / "other.h5"), "/")
    with pytest.raises(DataError, match="link"):
        hb.models.load_model(rewritten(saved, {"model.weights.h5": content.getvalue()}))


def edited(path, edit):
    config = json.loads(entries(path)["config.json"])
    edit(config)
    return rewritten(path, {"config.json": json.dumps(config)})


def test_pickled_code(saved):
    def edit(config):
        config["config"]["layers"][1] = {
            "module": "keras.layers", "class_name": "Lambda", "registered_name": None,
            "config": {"name": "l", "function": {"class_name": "__lambda__", "config": {"code": "4wE="}}},
        }

    with pytest.raises(DataError, match=r"Lambda 'l' holds Python code.*safe_mode=False"):
        hb.models.load_model(edited(saved, edit))


def test_code_as_a_loss(saved):
    def edit(config):
        config["compile_config"]["loss"] = {"class_name": "__lambda__", "config": {"value": "4wE="}}

    edited(saved, edit)
    with pytest.raises(DataError, match=r"Python code"):
        hb.models.load_model(saved)
    assert hb.models.load_model(saved, compile=False).name == "small"


@pytest.mark.parametrize(
    "entry",
    [
        {"module": "os", "class_name": "system", "config": {"command": "true"}, "registered_name": "system"},
        {"module": "builtins", "class_name": "eval", "config": {"source": "1"}, "registered_name": None},
        {"module": "keras.src.utils", "class_name": "get_file", "config": {"origin": "file:///x"}, "registered_name": None},
        {"module": "hornbeam.saving", "class_name": "load_model", "config": {"filepath": "x"}, "registered_name": None},
        {"module": "keras.optimizers", "class_name": "Adam", "config": {}, "registered_name": None},
    ],
)
def test_no_name_leads_out_of_the_registry(saved, entry):
    def edit(config):
        config["config"]["layers"][1] = entry

    with pytest.raises((ArgumentError, DataError)) as caught:
        hb.models.load_model(edited(saved, edit))
    assert entry["class_name"] in str(caught.value)


def test_a_model_that_is_no_model(saved):
    def edit(config):
        config.clear()
        config.update({"module": "keras.losses", "class_name": "MeanSquaredError", "config": {}, "registered_name": None})

    with pytest.raises(DataError, match="no model"):
        hb.models.load_model(edited(saved, edit))


def test_an_unknown_class_says_how_to_make_it_known(tmp_path):
    class Doubling(hb.layers.Layer):
        def call(self, x):
            return x * 2

    path = tmp_path / "m.keras"
    hb.Sequential([hb.Input((4,)), Doubling(name="twice")]).save(path)
    with pytest.raises(ArgumentError, match=r"class 'Doubling'.*custom_objects=\{'Doubling': Doubling\}.*@register_keras_serializable"):
        hb.models.load_model(path)
    model = hb.models.load_model(path, custom_objects={"Doubling": Doubling})
    np.testing.assert_array_equal(model.predict(X, verbose=0), X * 2)
    with hb.saving.custom_object_scope({"Doubling": Doubling}):
        assert type(hb.models.load_model(path).layers[0]) is Doubling


def test_a_registered_class_is_not_mistaken_for_the_librarys(tmp_path):
    @hb.saving.register_keras_serializable("pack")
    class Flatten(hb.layers.Layer):
        def call(self, x):
            return x + 1

    path = tmp_path / "m.keras"
    hb.Sequential([hb.Input((4,)), Flatten()]).save(path)
    assert type(hb.models.load_model(path).layers[0]) is Flatten
    del hb.saving.get_custom_objects()["pack>Flatten"]
    with pytest.raises(ArgumentError, match=r"registered as 'pack>Flatten'.*package='pack'"):
        hb.models.load_model(path)


def test_an_unknown_loss_can_be_left(tmp_path):
    def cubed(y, p):
        return hb.ops.mean(hb.ops.abs(y - p) ** 3, axis=-1)

    path = tmp_path / "m.keras"
    small(loss=cubed).save(path)
    with pytest.raises(ArgumentError, match="cubed"):
        hb.models.load_model(path)
    assert hb.models.load_model(path, custom_objects={"cubed": cubed}).loss is cubed
    assert not hb.models.load_model(path, compile=False).compiled


# Damage.
@pytest.mark.parametrize("keep", [0, 10, 1000, -200, -1])
def test_a_truncated_file(saved, keep):
    saved.write_bytes(saved.read_bytes()[:keep])
    with pytest.raises(DataError, match=r"model\.keras"):
        hb.models.load_model(saved)


def test_flipped_bits_never_give_wrong_weights(saved):
    good, content = hb.models.load_model(saved).get_weights(), saved.read_bytes()
    for place in range(40, len(content), max(1, len(content) // 60)):
        saved.write_bytes(content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :])
        try:
            found = hb.models.load_model(saved).get_weights()
        except (DataError, ArgumentError):
            continue
        for a, b in zip(good, found, strict=True):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("content", ["[" * 100_000, "{}", "[]", "null", '{"class_name": 3}', "\x00"])
def test_odd_configurations(saved, content):
    with pytest.raises((DataError, ArgumentError)):
        hb.models.load_model(rewritten(saved, {"config.json": content}))


@pytest.mark.parametrize("name", ["m.keras", "m.h5", "m.weights.h5"])
def test_folders_are_made(name, tmp_path):
    model = small()
    path = tmp_path / "of" / "models" / name
    (model.save_weights if "weights" in name else model.save)(path)
    assert path.is_file()


@pytest.mark.parametrize("missing", ["config.json", "model.weights.h5"])
def test_a_missing_part(saved, missing):
    with pytest.raises(DataError, match=missing):
        hb.models.load_model(rewritten(saved, {missing: None}))


def test_other_files(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"absent\.keras"):
        hb.models.load_model(tmp_path / "absent.keras")
    with pytest.raises(IsADirectoryError, match="SavedModel"):
        os.mkdir(tmp_path / "folder.keras")
        hb.models.load_model(tmp_path / "folder.keras")
    with h5py.File(tmp_path / "other.keras", "w"):
        pass
    with pytest.raises(DataError, match=r"HDF5.*'\.h5'"):
        hb.models.load_model(tmp_path / "other.keras")


def test_a_save_does_not_need_the_memory_twice(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "_IN_MEMORY", 1000)  # then the work goes through the disk
    model = small()
    model.save(tmp_path / "m.keras")
    np.testing.assert_array_equal(hb.models.load_model(tmp_path / "m.keras").get_weights()[0], model.get_weights()[0])
    assert keras_archive.LAYOUT in entries(tmp_path / "m.keras")["metadata.json"].decode()
