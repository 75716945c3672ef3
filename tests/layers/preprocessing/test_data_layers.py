"""Layers on numbers, categories and text: what goldens do not show. Adapting, files, functions, models, saving, errors."""

import numpy as np
import pytest

import hornbeam as hb
from hornbeam.ops.fingerprint import siphash64

L = hb.layers
TEXTS = ["the cat sat", "the dog sat down", "a cat"]


def test_siphash_is_the_papers():
    """The vectors of Aumasson and Bernstein's reference implementation: key 00 01 ... 0f, messages of 0, 1, ... bytes."""
    key = (int.from_bytes(bytes(range(8)), "little"), int.from_bytes(bytes(range(8, 16)), "little"))
    assert siphash64(b"", key) == 0x726FDB47DD0E0E31
    assert siphash64(bytes(range(15)), key) == 0xA129CA6149BE45E5


def batches(array, size=3):
    return (array[i : i + size] for i in range(0, len(array), size))


def test_adapting_by_batches_is_adapting_at_once():
    data = np.random.default_rng(0).normal(2, 3, (20, 4)).astype("float32")
    for make in (L.Normalization, lambda: L.Normalization(axis=None)):
        whole, parts = make(), make()
        whole.adapt(data)
        parts.adapt(batches(data))
        np.testing.assert_allclose(whole(data), parts(data), rtol=1e-5, atol=1e-5)
    assert abs(whole(data).numpy().mean()) < 1e-5
    words = np.random.default_rng(1).choice(list("abcdefg"), 50)
    whole, parts = L.StringLookup(), L.StringLookup()
    whole.adapt(words)
    parts.adapt(batches(words))
    assert whole.get_vocabulary() == parts.get_vocabulary()
    whole.adapt(["x"])
    assert whole.get_vocabulary() == ["[UNK]", "x"], "an earlier vocabulary was not forgotten"
    text = L.TextVectorization()
    text.adapt(iter([TEXTS[:2], TEXTS[2:]]))
    assert text.get_vocabulary()[:2] == ["", "[UNK]"] and set(text.get_vocabulary()[2:5]) == {"the", "sat", "cat"}
    text.adapt(iter([TEXTS[:2], TEXTS[2:]]), steps=1)
    assert "a" not in text.get_vocabulary()


def test_bins_are_even():
    data = np.random.default_rng(0).normal(size=10_000).astype("float32")
    layer = L.Discretization(num_bins=8)
    layer.adapt(batches(data, 1000))
    shares = np.bincount(layer(data).numpy(), minlength=8) / len(data)
    np.testing.assert_allclose(shares, 1 / 8, atol=0.015)


def test_vocabulary_files(tmp_path):
    file = tmp_path / "words.txt"
    file.write_text("red\ngreen\nblau é\n", encoding="utf-8")
    layer = L.StringLookup(vocabulary=str(file))
    assert layer.get_vocabulary() == ["[UNK]", "red", "green", "blau é"]
    np.testing.assert_array_equal(layer(["blau é", "x"]), [3, 0])
    numbers = tmp_path / "numbers.txt"
    numbers.write_text("7\n-2\n")
    np.testing.assert_array_equal(L.IntegerLookup(vocabulary=str(numbers))([-2, 3]), [2, 0])
    with pytest.raises(ValueError, match="no vocabulary file"):
        L.StringLookup(vocabulary=str(tmp_path / "absent.txt"))


def test_forth_and_back():
    forth = L.StringLookup(vocabulary=["a", "b"], mask_token="")
    back = L.StringLookup(vocabulary=forth.get_vocabulary(), mask_token="", invert=True)
    assert back(forth([["a", "b", "", "z"]])).numpy().tolist() == [[b"a", b"b", b"", b"[UNK]"]]


def test_functions_for_text():
    def shout(texts):
        return np.array([text.upper() for text in np.asarray(texts)], object)

    def commas(texts):
        return [text.decode().split(",") for text in np.asarray(texts)]

    layer = L.TextVectorization(standardize=shout, split=commas)
    layer.adapt(["a b,c", "c"])
    assert layer.get_vocabulary() == ["", "[UNK]", "C", "A B"]
    np.testing.assert_array_equal(layer(["c,a b,x", "c"]), [[2, 3, 1], [2, 0, 0]])


def adapted():
    text = L.TextVectorization(output_sequence_length=4, ngrams=2)
    text.adapt(TEXTS)
    weighted = L.TextVectorization(output_mode="tf_idf")
    weighted.adapt(TEXTS)
    words = L.StringLookup(output_mode="tf_idf", num_oov_indices=2)
    words.adapt([text.split()[:2] for text in TEXTS])
    numbers = L.IntegerLookup(mask_token=0)
    numbers.adapt([4, 4, 9])
    bins = L.Discretization(num_bins=3)
    bins.adapt(np.arange(30.0))
    return {
        "text": (text, TEXTS), "weighted": (weighted, TEXTS), "words": (words, [["the", "owl"]]), "numbers": (numbers, [0, 4, 5]),
        "bins": (bins, np.arange(5.0) * 6), "hashing": (L.Hashing(9, salt=[3, 4], mask_value="a"), ["a", "b"]),
        "crossing": (L.HashedCrossing(9, output_mode="one_hot"), (np.array([1, 2]), np.array(["a", "b"]))),
        "encoding": (L.CategoryEncoding(5, "count"), [[1, 2, 2]]), "rescaling": (L.Rescaling(2, [1, 2]), np.ones((2, 2))),
        "normalization": (L.Normalization(mean=[1.0, 2.0], variance=4.0 * np.ones(2)), np.ones((2, 2))),
    }  # fmt: skip


@pytest.mark.parametrize(
    "name", ["text", "weighted", "words", "numbers", "bins", "hashing", "crossing", "encoding", "rescaling", "normalization"]
)
def test_configurations_hold_what_was_learned(name):
    layer, data = adapted()[name]
    again = type(layer).from_config(layer.get_config())
    np.testing.assert_array_equal(again(data), layer(data))
    assert again.get_config() == layer.get_config()


def test_in_models_and_files(tmp_path):
    """A text model is called on strings, saved and loaded; number layers are trained by the compiled loop."""
    text = L.TextVectorization(output_sequence_length=5)
    text.adapt(TEXTS)
    model = hb.Sequential([hb.Input((1,), dtype="string"), text, L.Embedding(12, 3), L.GlobalAveragePooling1D(), L.Dense(1)])
    before = model(np.array(TEXTS)[:, None])
    model.save(tmp_path / "text.keras")
    np.testing.assert_array_equal(hb.models.load_model(tmp_path / "text.keras")(np.array(TEXTS)[:, None]), before)

    x = hb.Input((2,), dtype="int64")
    looked = L.IntegerLookup(vocabulary=[3, 5, 9], output_mode="multi_hot")(x)
    hashed = L.Hashing(4, output_mode="count")(x)
    binned = L.Discretization(bin_boundaries=[4.0, 6.0], output_mode="multi_hot")(x)
    coded = L.CategoryEncoding(10, "multi_hot")(x)
    parts = [hb.ops.cast(each, "float32") for each in (looked, hashed, binned, coded)]
    model = hb.Model(x, L.Dense(1)(L.Concatenate()(parts)))
    assert model.layers[-1].kernel.shape == (4 + 4 + 3 + 10, 1)
    model.compile(optimizer="sgd", loss="mse")
    data = np.array([[3, 5], [9, 1], [2, 2]])
    model.fit(data, np.ones(3), epochs=2, verbose=0)
    np.testing.assert_allclose(model.predict(data, verbose=0), model(data), rtol=1e-5)


def test_shapes_before_data():
    text = hb.Input((1,), dtype="string")
    assert L.TextVectorization(output_sequence_length=7, vocabulary=["a"])(text).shape == (None, 7)
    assert L.StringLookup(vocabulary=["a"])(text).dtype == "int64"
    assert L.Hashing(5, output_mode="one_hot")(text).shape == (None, 5)
    assert L.CategoryEncoding(4, "one_hot").compute_output_shape((None, 3)) == (None, 3, 4)


def test_errors_say_what_to_do():
    cases = [
        (lambda: L.StringLookup()(["a"]), "adapt"), (lambda: L.TextVectorization()(["a"]), "adapt"),
        (lambda: L.Discretization(num_bins=3)([1.0]), "adapt"), (lambda: L.StringLookup(vocabulary=["a", "a"]), "repeats"),
        (lambda: L.StringLookup(vocabulary=list("abc"), max_tokens=3), "max_tokens"),
        (lambda: L.StringLookup(vocabulary=["a"], num_oov_indices=0)(["q"]), "'q'"),
        (lambda: L.StringLookup(vocabulary=["a"], output_mode="tf_idf"), "idf_weights"),
        (lambda: L.StringLookup(output_mode="both"), "'multi_hot'"),
        (lambda: L.StringLookup(vocabulary=["a"], invert=True, output_mode="count"), "int"),
        (lambda: L.StringLookup(vocabulary=["a"])([1, 2]), "IntegerLookup"),
        (lambda: L.IntegerLookup(vocabulary=[1])(["a"]), "StringLookup"),
        (lambda: L.TextVectorization(split="words"), "'whitespace'"),
        (lambda: L.TextVectorization(vocabulary=["a"])([["a", "b"]]), "shape"),
        (lambda: L.CategoryEncoding(3)([[0, 3]]), "num_tokens"), (lambda: L.CategoryEncoding(), "num_tokens"),
        (lambda: L.Hashing(0), "num_bins"), (lambda: L.Hashing(3, salt=-1), "salt"), (lambda: L.Hashing(3)([0.5]), "whole numbers"),
        (lambda: L.HashedCrossing(3)([np.array([1]), np.array([1, 2])]), "shape"), (lambda: L.Normalization(mean=1.0), "variance"),
        (lambda: L.Normalization(axis=0), "batch"), (lambda: L.Discretization(bin_boundaries=[2.0, 1.0]), "rise"),
        (lambda: L.Discretization(), "num_bins"),
        (lambda: L.Normalization().adapt(iter([])), "no data"),
        (lambda: L.Normalization().adapt(iter([(np.ones((2, 2)), np.ones(2))])), "labels"),
        (lambda: L.StringLookup(sparse=True), "sparse"),
    ]  # fmt: skip
    for i, (make, words) in enumerate(cases):
        with pytest.raises((ValueError, TypeError, RuntimeError), match=words):
            make()
            pytest.fail(f"case {i} ({words}) raised nothing")
