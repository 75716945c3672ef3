"""Models that start with strings: fitted, evaluated, asked, saved and loaded."""

import warnings

import numpy as np
import pytest

import hornbeam as hb
from hornbeam import layers
from hornbeam.ops import strings

TEXTS = np.array(["good film", "bad film", "good good", "bad bad movie", "what a good movie", "awful"] * 4)
LABELS = np.array([1, 0, 1, 0, 1, 0] * 4)
WORDS = ["good", "bad", "film", "movie", "what", "a", "awful"]


def vectorize(**arguments):
    return layers.TextVectorization(vocabulary=WORDS, **arguments)


def classifier(*first, tail=(), **compiled):
    model = hb.Sequential([*first, layers.Embedding(9, 4), layers.GlobalAveragePooling1D(), layers.Dense(1, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"], **compiled)
    return model


@pytest.fixture(autouse=True)
def compiled():
    """Nothing here may run in Python unless it says so."""
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message=".*runs in Python")
        yield


def twin(model):
    """The same weights behind numbers in the place of strings."""
    after = classifier(layers.Input((5,)))
    after.set_weights(model.get_weights())
    return after


@pytest.mark.parametrize("form", ["array", "column", "list", "tensor", "generator"])
def test_a_model_of_strings_learns_as_one_of_their_numbers(form):
    tv = vectorize(output_sequence_length=5)
    model = classifier(layers.Input((1,), dtype="string"), tv)
    other = twin(model)
    numbers = np.asarray(tv(TEXTS))
    x = {"array": TEXTS, "column": TEXTS[:, None], "list": TEXTS.tolist(), "tensor": hb.ops.convert_to_tensor(TEXTS)}.get(form)
    if form == "generator":
        batches = [(TEXTS[i : i + 8], LABELS[i : i + 8]) for i in range(0, 24, 8)]
        found = model.fit(iter(batches * 2), steps_per_epoch=3, epochs=2, verbose=0)
    else:
        found = model.fit(x, LABELS, batch_size=8, epochs=2, shuffle=False, verbose=0)
    wanted = other.fit(numbers, LABELS, batch_size=8, epochs=2, shuffle=False, verbose=0)
    np.testing.assert_allclose(found.history["loss"], wanted.history["loss"], rtol=1e-5)
    np.testing.assert_allclose(model.predict(TEXTS, verbose=0), other.predict(numbers, verbose=0), rtol=1e-5)
    np.testing.assert_allclose(model.evaluate(TEXTS, LABELS, verbose=0), other.evaluate(numbers, LABELS, verbose=0), rtol=1e-5)


def test_rows_are_padded_to_the_longest_of_their_batch():
    model = classifier(vectorize())  # no Input: built by the strings themselves
    batches = [TEXTS[:2], TEXTS[3:5]]
    found = model.predict(np.concatenate(batches), batch_size=2, verbose=0)
    assert model.layers[0].name in [layer.name for layer in model.layers] and model.inputs[0].dtype == "string"
    np.testing.assert_allclose(found, np.concatenate([np.asarray(model(batch)) for batch in batches]), rtol=1e-5)
    model.fit(TEXTS, LABELS, batch_size=8, verbose=0, validation_data=(TEXTS, LABELS))
    model.fit(TEXTS, LABELS, batch_size=8, verbose=0, validation_split=0.25)


def test_saved_and_loaded(tmp_path):
    model = classifier(layers.Input((), dtype="string"), vectorize(output_sequence_length=5))
    model.save(tmp_path / "m.keras")
    again = hb.models.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(again.predict(TEXTS, verbose=0), model.predict(TEXTS, verbose=0))
    again.fit(TEXTS, LABELS, verbose=0)


def test_strings_and_numbers_by_name():
    city, age = layers.Input((1,), dtype="string", name="city"), layers.Input((1,), name="age")
    lookup = layers.StringLookup(vocabulary=["york", "rome"], output_mode="one_hot")
    crossed = layers.HashedCrossing(5, output_mode="one_hot")([city, layers.Hashing(3)(city)])
    features = [lookup(city), age, layers.Hashing(7, output_mode="one_hot")(city), crossed]
    model = hb.Model([city, age], layers.Dense(1)(layers.Concatenate()(features)))
    model.compile("sgd", "mse")
    towns, ages = np.array(["york", "rome", "oslo"] * 4), np.linspace(0, 1, 12)
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"city": towns, "age": ages})
    for x in ({"city": towns, "age": ages}, [towns, ages], dict(frame)):
        model.fit(x, ages, verbose=0)
        assert model.predict(x, verbose=0).shape == (12, 1)
    np.testing.assert_allclose(model.predict([towns, ages], verbose=0), np.asarray(model([towns[:, None], ages[:, None]])), rtol=1e-5)
    with pytest.raises(ValueError, match="dict\\(frame\\)"):
        model.fit(frame, ages, verbose=0)


def test_a_model_of_strings_inside_another():
    inner = classifier(layers.Input((1,), dtype="string"), vectorize(output_sequence_length=5))
    outer = hb.Sequential([layers.Input((1,), dtype="string"), inner, layers.Dense(2)])
    outer.compile("sgd", "mse")
    before = inner.get_weights()
    outer.fit(TEXTS, np.stack([LABELS, LABELS], 1), verbose=0)
    assert any(np.abs(a - b).max() > 0 for a, b in zip(before, inner.get_weights(), strict=True))
    np.testing.assert_allclose(outer.predict(TEXTS, verbose=0), np.asarray(outer(TEXTS[:, None])), rtol=1e-5)


def test_one_batch():
    model = classifier(layers.Input((1,), dtype="string"), vectorize(output_sequence_length=5))
    loss, _ = model.test_on_batch(TEXTS, LABELS)
    assert loss == pytest.approx(model.evaluate(TEXTS, LABELS, verbose=0)[0], rel=1e-5)
    model.train_on_batch(TEXTS, LABELS)
    np.testing.assert_allclose(model.predict_on_batch(TEXTS), np.asarray(model(TEXTS[:, None])), rtol=1e-5)


class Own(hb.Model):
    """Strings inside a `call` that nobody can look into."""

    def __init__(self):
        super().__init__()
        self.first, self.second = vectorize(output_sequence_length=5), layers.Embedding(9, 1)

    def call(self, inputs):
        return hb.ops.mean(self.second(self.first(inputs)), axis=1)


def test_a_subclass_runs_in_python_and_says_what_to_do():
    model = Own()
    model.compile("sgd", "mse")
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        model.fit(TEXTS, LABELS, verbose=0)
    assert any("be the first of a functional or Sequential model" in str(each.message) for each in told)


def test_ragged_rows_of_words_are_fed_as_rows():
    inner = [vectorize(ragged=True), layers.Embedding(20, 1), layers.GlobalMaxPooling1D()]
    model = hb.Sequential([layers.Input((1,), dtype="string"), *inner])
    inner[1].embeddings.assign(np.arange(20.0)[:, None])
    assert model.predict(np.array([["good bad"], ["good"]]), verbose=0).tolist() == [[3.0], [2.0]]


def test_words_for_answers():
    symbols = layers.Input((3,))
    largest = layers.Lambda(lambda x: hb.ops.argmax(x, axis=-1))(symbols)
    model = hb.Model(symbols, layers.StringLookup(vocabulary=["cat", "dog"], invert=True)(largest))
    with pytest.warns(UserWarning, match="results are strings"):
        assert model.predict(np.eye(3), verbose=0).tolist() == [b"[UNK]", b"cat", b"dog"]


def test_strings_where_none_are_taken():
    model = hb.Sequential([layers.Input((1,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="TextVectorization"):
        model.fit(TEXTS, LABELS, verbose=0)
    model = classifier(layers.Input((1,), dtype="string"), vectorize(output_sequence_length=5))
    with pytest.raises(ValueError, match="`y` holds strings"):
        model.fit(TEXTS, TEXTS, verbose=0)


def lengths(count=6):
    """Batches of numbers of many lengths, zeros at their ends."""
    generator = np.random.default_rng(0)
    for _ in range(count):
        rows = generator.integers(1, 9, (4, int(generator.integers(5, 30))))
        rows[0, rows.shape[1] // 2 :] = 0
        yield rows, generator.integers(0, 2, 4)


RECURRENT = {
    "both ways": lambda: [layers.Bidirectional(layers.LSTM(2, return_sequences=True)), layers.GRU(2)],
    "mean": lambda: [layers.Dropout(0.0), layers.Dense(3, "tanh"), layers.GlobalAveragePooling1D()],
}


@pytest.mark.parametrize("kind", RECURRENT)
def test_masked_rows_of_many_lengths_need_few_programs(kind):
    def trained(rounded):
        hb.set_random_seed(1)
        start = [layers.Input((None,), dtype="int64")] if kind == "both ways" else []  # the other is built by its first batch
        words = [*start, layers.Embedding(9, 3, mask_zero=True)]
        model = hb.Sequential([*words, *RECURRENT[kind](), layers.Dense(1, activation="sigmoid")])
        model.compile("sgd", "binary_crossentropy")
        if not rounded:
            model._preparation = lambda: None
        model.fit(lengths(), verbose=0)
        return model

    few, many = trained(True), trained(False)
    assert len(few._trainer.programs) < len(many._trainer.programs)
    for a, b in zip(few.get_weights(), many.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)


def test_strings_for_a_layer_of_ones_own():
    class Hash(layers.Layer):
        def call(self, x):
            return strings.to_hash_bucket_fast(x, 5)

    inputs = layers.Input((1,), dtype="string")
    model = hb.Model(inputs, layers.Flatten()(layers.Embedding(5, 1)(Hash()(inputs))))
    words = np.array(["a", "b"], object)
    found = model.predict(words, verbose=0)
    assert np.array_equal(found[:, 0], model.get_weights()[0][strings.to_hash_bucket_fast(words, 5), 0])


@pytest.mark.parametrize("tail", [
    lambda: [layers.Embedding(9, 3), layers.LSTM(2)],  # nothing is masked
    lambda: [layers.Embedding(9, 3, mask_zero=True), layers.Conv1D(2, 3), layers.GlobalMaxPooling1D()],  # which sees masked steps
    lambda: [layers.Embedding(9, 3, mask_zero=True), layers.LSTM(2, return_sequences=True)],  # every step is an output
])  # fmt: skip
def test_rows_that_must_keep_their_length(tail):
    model = hb.Sequential([layers.Input((None,), dtype="int64"), *tail()])
    assert model._preparation() is None
