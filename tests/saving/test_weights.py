"""Weights alone: names and places, mismatches, and a model that a failed load leaves as it was."""

import h5py
import numpy as np
import pytest

import hornbeam as hb
from hornbeam.engine.errors import ArgumentError, DataError, ShapeError

layers = hb.layers


def mlp(units=3, **kwargs):
    return hb.Sequential([hb.Input((4,)), layers.Dense(units, **kwargs), layers.BatchNormalization(), layers.Dense(2)], name="mlp")


def paths(path):
    found = []
    with h5py.File(path) as file:
        file.visititems(lambda name, thing: found.append(name) if isinstance(thing, h5py.Dataset) else None)
    return found


def test_there_and_back(tmp_path):
    one, other = mlp(), mlp()
    one.save_weights(tmp_path / "m.weights.h5")
    other.load_weights(tmp_path / "m.weights.h5")
    for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_the_optimizer_comes_along_when_compiled(tmp_path):
    x, y = np.ones((8, 4), "float32"), np.ones((8, 2), "float32")
    one, other = mlp(), mlp()
    for model in (one, other):
        model.compile("adam", "mse")
        model.fit(x, y, epochs=1 if model is other else 3, verbose=0)
    one.save_weights(tmp_path / "m.weights.h5")
    other.load_weights(tmp_path / "m.weights.h5")
    assert int(other.optimizer.iterations.numpy()) == 3
    for a, b in zip(one.optimizer.variables, other.optimizer.variables, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())


def test_another_optimizer_starts_anew_with_a_warning(tmp_path):
    one, other = mlp(), mlp()
    for model, optimizer in ((one, "adam"), (other, "sgd")):
        model.compile(optimizer, "mse")
        model.fit(np.ones((8, 4), "float32"), np.ones((8, 2), "float32"), verbose=0)
    one.save_weights(tmp_path / "m.weights.h5")
    with pytest.warns(UserWarning, match="starts anew"):
        other.load_weights(tmp_path / "m.weights.h5")
    np.testing.assert_array_equal(one.get_weights()[0], other.get_weights()[0])


def test_other_shapes_leave_the_model_as_it_was(tmp_path):
    mlp(5).save_weights(tmp_path / "m.weights.h5")
    model = mlp()
    before = model.get_weights()
    with pytest.raises(ShapeError, match=r"\(4, 3\); the file holds \(4, 5\) for layer 'dense"):
        model.load_weights(tmp_path / "m.weights.h5")
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_mismatch_in_a_late_layer_undoes_the_early_ones(tmp_path):
    hb.Sequential([hb.Input((4,)), layers.Dense(3), layers.Dense(7)]).save_weights(tmp_path / "m.weights.h5")
    model = hb.Sequential([hb.Input((4,)), layers.Dense(3), layers.Dense(2)])
    before = model.get_weights()
    with pytest.raises(ShapeError):
        model.load_weights(tmp_path / "m.weights.h5")
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_skip_mismatch_loads_the_rest(tmp_path):
    base = hb.Sequential([hb.Input((4,)), layers.Dense(3), layers.Dense(7)])
    base.save_weights(tmp_path / "m.weights.h5")
    model = hb.Sequential([hb.Input((4,)), layers.Dense(3), layers.Dense(2)])
    head = model.get_weights()[2]
    with pytest.warns(UserWarning, match="skip_mismatch"):
        model.load_weights(tmp_path / "m.weights.h5", skip_mismatch=True)
    np.testing.assert_array_equal(model.get_weights()[0], base.get_weights()[0])
    np.testing.assert_array_equal(model.get_weights()[2], head)


def test_another_number_of_weights_is_named(tmp_path):
    mlp(use_bias=False).save_weights(tmp_path / "m.weights.h5")
    with pytest.raises(ShapeError, match=r"1 weights for layer 'dense\w*'.*which has 2"):
        mlp().load_weights(tmp_path / "m.weights.h5")


def test_another_models_file(tmp_path):
    class Other(hb.Model):
        def __init__(self):
            super().__init__()
            self.aa = layers.Dense(2)

        def call(self, x):
            return self.aa(x)

    other = Other()
    other(np.ones((1, 4), "float32"))
    other.save_weights(tmp_path / "m.weights.h5")
    with pytest.raises((DataError, ShapeError), match="0 weights|no weights"):
        mlp().load_weights(tmp_path / "m.weights.h5")


def test_an_unbuilt_model_is_told_to_build(tmp_path):
    mlp().save_weights(tmp_path / "m.weights.h5")
    with pytest.raises(ShapeError, match="no weights yet"):
        hb.Sequential([layers.Dense(3), layers.BatchNormalization(), layers.Dense(2)]).load_weights(tmp_path / "m.weights.h5")


@pytest.mark.parametrize("name", ["m.keras", "m", "m.txt"])
def test_the_ending_is_checked(name, tmp_path):
    with pytest.raises(ArgumentError, match="weights.h5"):
        mlp().save_weights(tmp_path / name)


def test_overwrite_false(tmp_path):
    (tmp_path / "m.weights.h5").write_bytes(b"mine")
    with pytest.raises(FileExistsError):
        mlp().save_weights(tmp_path / "m.weights.h5", overwrite=False)
    assert (tmp_path / "m.weights.h5").read_bytes() == b"mine"


def test_layers_are_found_by_name_when_all_names_agree(tmp_path):
    def model(first, second):
        inputs = hb.Input((3,))
        a, b = layers.Dense(3, name=first), layers.Dense(3, name=second)
        return hb.Model(inputs, layers.Add()([a(inputs), b(inputs)]))

    one, other = model("p", "q"), model("q", "p")
    one.save_weights(tmp_path / "m.weights.h5")
    other.load_weights(tmp_path / "m.weights.h5")
    for name in "pq":
        np.testing.assert_array_equal(one.get_layer(name).get_weights()[0], other.get_layer(name).get_weights()[0])


def test_layers_are_found_by_place_when_names_differ(tmp_path):
    one = hb.Sequential([hb.Input((3,)), layers.Dense(3, name="a1"), layers.Dense(3, name="a2")])
    other = hb.Sequential([hb.Input((3,)), layers.Dense(3, name="a2"), layers.Dense(3, name="a3")])
    one.save_weights(tmp_path / "m.weights.h5")
    other.load_weights(tmp_path / "m.weights.h5")
    for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_shared_layer_is_stored_once(tmp_path):
    inputs = hb.Input((3,))
    shared = layers.Dense(3)
    inner = hb.Model(inputs, shared(inputs))
    model = hb.Model(inputs, shared(inner(inputs)))
    model.save_weights(tmp_path / "m.weights.h5")
    assert len(paths(tmp_path / "m.weights.h5")) == 2
    before = model.get_weights()
    model.set_weights([w * 0 for w in before])
    model.load_weights(tmp_path / "m.weights.h5")
    np.testing.assert_array_equal(model.get_weights()[0], before[0])


def test_own_save_and_load_methods(tmp_path):
    class Table(layers.Layer):
        def build(self, shape):
            self.rows = self.add_weight(shape=(2, 2), name="rows")

        def save_own_variables(self, store):
            store["the rows"] = self.rows.numpy().T

        def load_own_variables(self, store):
            assert list(store.keys()) == ["the rows"]
            self.rows.assign(store["the rows"].T)

        def call(self, x):
            return x

    one, other = (hb.Sequential([hb.Input((3,)), Table()]) for _ in range(2))
    one.save_weights(tmp_path / "m.weights.h5")
    other.load_weights(tmp_path / "m.weights.h5")
    np.testing.assert_array_equal(one.get_weights()[0], other.get_weights()[0])
    assert paths(tmp_path / "m.weights.h5") == ["layers/table/vars/the rows"]


def test_own_methods_that_add_to_what_a_layer_keeps(tmp_path):
    class Counting(layers.Dense):
        calls = 0

        def save_own_variables(self, store):
            super().save_own_variables(store)
            store["calls"] = np.array(self.calls)

        def load_own_variables(self, store):
            self.calls = int(np.asarray(store["calls"]))
            super().load_own_variables(store)

    one, other = (hb.Sequential([hb.Input((3,)), Counting(2)]) for _ in range(2))
    one.layers[0].calls = 5
    one.save_weights(tmp_path / "m.weights.h5")
    other.load_weights(tmp_path / "m.weights.h5")
    assert other.layers[0].calls == 5
    np.testing.assert_array_equal(one.get_weights()[0], other.get_weights()[0])


def test_not_hdf5(tmp_path):
    (tmp_path / "m.weights.h5").write_bytes(b"hello")
    with pytest.raises(DataError, match="not an HDF5 file"):
        mlp().load_weights(tmp_path / "m.weights.h5")


def test_an_hdf5_model_file_with_a_link(tmp_path):
    mlp().save(tmp_path / "m.h5")
    with h5py.File(tmp_path / "m.h5", "a") as file:
        name = next(iter(file["model_weights"]))
        del file["model_weights"][name]
        file["model_weights"][name] = h5py.ExternalLink("/etc/passwd", "/")
    with pytest.raises(DataError, match="link"):
        hb.models.load_model(tmp_path / "m.h5")


def test_many_layers_names_fit_hdf5s_limit(tmp_path):
    name = "x" * 600
    model = hb.Sequential([hb.Input((1,)), *(layers.Dense(1, name=f"{name}{i}") for i in range(120))])
    model.save(tmp_path / "m.h5")
    again = hb.models.load_model(tmp_path / "m.h5")
    for a, b in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
