"""Tables, beside what the goldens of family tf_sparse hold."""

import pytest

import hornbeam.tensorflow as tf

lookup = tf.lookup


def test_tables_of_numbers_are_searched_in_compiled_functions():
    table = lookup.StaticHashTable(lookup.KeyValueTensorInitializer(tf.constant([30, 10, 20]), tf.constant([3.0, 1.0, 2.0])), -1.0)
    compiled = tf.function(lambda keys: table.lookup(keys) * 2, jit_compile=True)
    assert compiled(tf.constant([10, 30, 7, 20])).numpy().tolist() == [2.0, 6.0, -2.0, 4.0]
    assert table[tf.constant(20)].numpy() == 2.0


def test_tables_from_files(tmp_path):
    words, pairs = tmp_path / "words.txt", tmp_path / "pairs.txt"
    words.write_text("x\ny\nz\n")
    pairs.write_text("x\t5\ny\t6")
    index = lookup.TextFileIndex
    by_word = lookup.TextFileInitializer(str(words), tf.string, index.WHOLE_LINE, tf.int64, index.LINE_NUMBER)
    by_line = lookup.TextFileInitializer(words, tf.int64, index.LINE_NUMBER, tf.string, index.WHOLE_LINE, vocab_size=2)
    assert lookup.StaticHashTable(by_word, -1).lookup(tf.constant(["z", "q"])).numpy().tolist() == [2, -1]
    assert lookup.StaticHashTable(by_line, "?").lookup(tf.constant([0, 2], tf.int64)).numpy().tolist() == [b"x", b"?"]
    columns = lookup.TextFileInitializer(pairs, tf.string, 0, tf.int64, 1)
    assert lookup.StaticHashTable(columns, -1).lookup(tf.constant(["y", "z"])).numpy().tolist() == [6, -1]
    assert lookup.StaticVocabularyTable(by_word, 2).lookup(tf.constant(["x", "other"])).numpy().tolist()[0] == 0
    for wrong, says in (
        (lambda: lookup.TextFileInitializer(pairs, tf.string, 0, tf.int64, 2), "2 columns"),
        (lambda: lookup.TextFileInitializer(words, tf.string, -2, tf.int64, -1, vocab_size=9), "fewer than vocab_size=9"),
        (lambda: lookup.TextFileInitializer(tmp_path / "no", tf.string, -2, tf.int64, -1), "no; No such file"),
    ):
        with pytest.raises(tf.errors.OpError, match=says):
            lookup.StaticHashTable(wrong(), 0)


def test_tables_that_change():
    table = lookup.experimental.DenseHashTable(tf.string, tf.int64, -1, "", "$")
    table.insert(tf.constant(["a", "b"]), tf.constant([1, 2], tf.int64))
    table.insert(tf.constant(["a"]), tf.constant([9], tf.int64))
    table.remove(tf.constant(["b", "never"]))
    assert table.lookup(tf.constant(["a", "b"])).numpy().tolist() == [9, -1] and int(table.size()) == 1
    with pytest.raises(tf.errors.InvalidArgumentError, match="deleted_key"):
        table.insert(tf.constant(["$"]), tf.constant([1], tf.int64))
    rows = lookup.experimental.MutableHashTable(tf.int64, tf.float32, [0.0, 0.0])
    rows.insert(tf.constant([4], tf.int64), [[1.0, 2.0]])
    assert rows.lookup(tf.constant([[4], [5]], tf.int64)).numpy().tolist() == [[[1.0, 2.0]], [[0.0, 0.0]]]
    assert rows.lookup(tf.constant([5], tf.int64), [[7.0, 8.0]]).numpy().tolist() == [[7.0, 8.0]]


def test_mistakes_are_named():
    table = lookup.StaticHashTable(lookup.KeyValueTensorInitializer(["a"], [1]), 0)
    with pytest.raises(TypeError, match="keys of this table are string"):
        table.lookup(tf.constant([1]))
    with pytest.raises(TypeError, match=r"tf.constant\(values, tf.int64\)"):
        lookup.StaticVocabularyTable(lookup.KeyValueTensorInitializer(["a"], [1]), 1)
    with pytest.raises(tf.errors.FailedPreconditionError, match="different value"):
        lookup.StaticHashTable(lookup.KeyValueTensorInitializer(["a", "a"], [1, 2]), 0)
