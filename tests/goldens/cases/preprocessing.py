"""Layers that prepare numbers, categories and text: values, vocabularies, hashes, configs."""

from __future__ import annotations

from typing import Any

import numpy as np

from goldens.oracle import Oracle
from goldens.recording import normal, plain, rng

TOLERANCE = (1e-5, 1e-5)

WORDS = ["a", "b", "hello", "", "0123456", "01234567", "16 bytes of text", "17 bytes of texts", "thirty-two bytes of text, or so.",
         "more than thirty-two bytes of text, in fact", "more than sixty-four bytes of text " * 2, "été", "x" * 129, "x" * 300]
NUMBERS = np.array([[0, 1, -5], [7, 123456, 2**40]])
TEXTS = ["foo bar it's", "bar baz!", "baz, BADA-boom  boom\txé\n$5 A_b"]
QUERIES = ["foo qux bar baz", "qux Baz BADA boom foo"]
ROWS = [["a", "zz", "c"], ["", "b", "b"]]


def _answers(make: Any, *inputs: Any, adapt: Any = None, config: bool = True) -> Any:
    """What a layer answers to each input, after `adapt` if it is given."""

    def case(oracle: Oracle) -> dict[str, Any]:
        layer = make(oracle.keras.layers)
        found: dict[str, Any] = {}
        if adapt is not None:
            layer.adapt(adapt)
        if hasattr(layer, "get_vocabulary"):
            found["vocabulary"] = [str(each) for each in layer.get_vocabulary()]
            found["terms"] = [str(each) for each in layer.get_vocabulary(include_special_tokens=False)]
            found["size"] = int(layer.vocabulary_size())
        for i, value in enumerate(inputs):
            out = np.asarray(layer(value))
            found[f"output {i}"] = [each.decode() for each in out.ravel().tolist()] if out.dtype == object else out
        if config:
            found["config"] = plain(layer.get_config())
        return found

    return case


def _normalization(oracle: Oracle) -> dict[str, Any]:
    layers, data = oracle.keras.layers, normal(rng("normalization"), 12, 3, 4, scale=2.0) + np.float32(1)
    found: dict[str, Any] = {}
    for axis in (-1, 1, (1, 2), None):
        for invert in (False, True):
            layer = layers.Normalization(axis=axis, invert=invert)
            layer.adapt(data)
            found[f"{axis} {invert}"] = oracle.numpy(layer(data[:2]))
        found[f"{axis} mean"], found[f"{axis} variance"] = oracle.numpy(layer.mean), oracle.numpy(layer.variance)
        found[f"{axis} weights"] = [[w.name, list(w.shape), str(w.dtype).rpartition("'")[0].rpartition("'")[2] or str(w.dtype)]
                                    for w in layer.weights][:2]
        found[f"{axis} config"] = plain(layer.get_config())
    given = layers.Normalization(mean=[1.0, 2.0, 3.0, 4.0], variance=[1.0, 0.0, 4.0, 9.0])
    found["given"] = oracle.numpy(given(data[:2] * np.float32([1, 0, 1, 1]) + np.float32([0, 2, 0, 0])))
    found["given config"] = plain(given.get_config())
    return found


def _boundaries(oracle: Oracle) -> dict[str, Any]:
    values = normal(rng("boundaries"), 100, 5)
    found = {}
    for bins, epsilon in ((4, 0.01), (10, 0.01), (4, 0.2), (3, 0.3)):
        layer = oracle.keras.layers.Discretization(num_bins=bins, epsilon=epsilon)
        layer.adapt(values)
        found[f"{bins} {epsilon}"] = np.array(layer.bin_boundaries, "float32")
    return found


VALUES = np.array([[-1.5, 1.0, 3.4, 0.5], [0.0, 2.0, 1.3, 3.0]], "float32")
TOKENS = np.array([[0, 1], [0, 0], [1, 2], [3, 1]])
CASES: dict[str, Any] = {"normalization": _normalization, "boundaries": _boundaries}
CASES["rescaling"] = _answers(lambda k: k.Rescaling(1 / 255, -1), np.arange(4, dtype="uint8"), VALUES)
CASES["rescaling_channels"] = _answers(lambda k: k.Rescaling([1.0, 2.0, 3.0, 4.0], [0.0, 1.0, 2.0, 3.0]), VALUES)
for mode in ("int", "one_hot", "multi_hot", "count"):
    CASES[f"discretization_{mode}"] = _answers(
        lambda k, mode=mode: k.Discretization(bin_boundaries=[0.0, 1.0, 2.0], output_mode=mode), VALUES, VALUES[0], VALUES[:, :1])
    CASES[f"hashing_{mode}"] = _answers(lambda k, mode=mode: k.Hashing(3, output_mode=mode), np.array([[0, 1, 5], [7, 12, 3]]))
    if mode in ("int", "one_hot"):
        CASES[f"crossing_{mode}"] = _answers(
            lambda k, mode=mode: k.HashedCrossing(5, output_mode=mode), (np.array([1, 2, 3]), np.array([4, 5, 6])),
            (np.array([[1], [2], [-3]]), np.array([["a"], ["b"], ["c"]])))
    if mode != "int":
        CASES[f"encoding_{mode}"] = _answers(
            lambda k, mode=mode: k.CategoryEncoding(4, output_mode=mode), TOKENS, TOKENS[:, 0], TOKENS[:, :1])
for name, arguments in {"farm": {}, "sip": {"salt": 133}, "sip_pair": {"salt": [133, 137]}}.items():
    for masked in (False, True):
        CASES[f"hashing_{name}_{masked}"] = _answers(
            lambda k, a=arguments, m=masked: k.Hashing(1_000_003, mask_value="" if m else None, **a), np.array(WORDS))
        CASES[f"hashing_{name}_{masked}_numbers"] = _answers(
            lambda k, a=arguments, m=masked: k.Hashing(1_000_003, mask_value=0 if m else None, **a), NUMBERS)
CASES["crossing_three"] = _answers(
    lambda k: k.HashedCrossing(1_000_003), (np.array([1, 2, 3]), np.array(["a", "b", "c"]), np.array([7, 8, -9])))

_LOOKUPS: dict[str, dict[str, Any]] = {
    "plain": {}, "mask": {"mask_token": ""}, "oov2": {"num_oov_indices": 2}, "mask_oov3": {"mask_token": "", "num_oov_indices": 3},
    "one_hot": {"output_mode": "one_hot"}, "multi_hot": {"output_mode": "multi_hot", "mask_token": ""}, "count": {"output_mode": "count"},
    "padded": {"output_mode": "count", "max_tokens": 7, "pad_to_max_tokens": True},
    "tf_idf": {"output_mode": "tf_idf", "idf_weights": [0.1, 0.2, 0.3]},
}
for name, arguments in _LOOKUPS.items():
    CASES[f"string_{name}"] = _answers(lambda k, a=arguments: k.StringLookup(vocabulary=["a", "b", "c"], **a), np.array(ROWS),
                                       config="idf_weights" not in arguments)
    if "idf_weights" not in arguments:
        CASES[f"string_{name}_adapted"] = _answers(
            lambda k, a=arguments: k.StringLookup(**a), np.array(ROWS), adapt=np.array(["b", "a", "c", "a", "d", "b", "zz"]), config=False)
        numbers = {**arguments, **({"mask_token": 0} if "mask_token" in arguments else {})}
        CASES[f"integer_{name}"] = _answers(
            lambda k, a=numbers: k.IntegerLookup(vocabulary=[12, 36, 1138, 42], **a), np.array([[12, 1138, 42, 0], [42, 1000, 36, -7]]))
CASES["string_tf_idf_adapted"] = _answers(
    lambda k: k.StringLookup(output_mode="tf_idf"), np.array([["a", "z", "c", "c"]]),
    adapt=np.array([["a", "b", "b"], ["b", "c", "c"], ["d", "d", "a"]]), config=False)
CASES["string_cut"] = _answers(
    lambda k: k.StringLookup(max_tokens=3), np.array(ROWS), adapt=np.array(["b", "a", "c", "a", "b", "b"]), config=False)
CASES["string_invert"] = _answers(lambda k: k.StringLookup(vocabulary=["a", "b", "c"], invert=True), np.array([[0, 1, 3, 9]]))
CASES["string_invert_mask"] = _answers(
    lambda k: k.StringLookup(vocabulary=["a", "b", "c"], invert=True, mask_token=""), np.array([[0, 1, 3, 9]]))
CASES["integer_invert"] = _answers(lambda k: k.IntegerLookup(vocabulary=[12, 36], invert=True), np.array([[0, 1, 2, 9]]))
CASES["integer_adapted"] = _answers(
    lambda k: k.IntegerLookup(), np.array([[5, 2, 9]]), adapt=np.array([[1, 2, 2], [5, 5, 5]]), config=False)

_TEXTS: dict[str, dict[str, Any]] = {
    "plain": {}, "multi_hot": {"output_mode": "multi_hot"}, "count": {"output_mode": "count"}, "tf_idf": {"output_mode": "tf_idf"},
    "bigrams": {"ngrams": 2}, "lengths": {"ngrams": (1, 3)}, "characters": {"split": "character"}, "whole": {"split": None},
    "cut": {"output_sequence_length": 2}, "longer": {"output_sequence_length": 6}, "lower": {"standardize": "lower"},
    "as_it_is": {"standardize": None}, "strip": {"standardize": "strip_punctuation"}, "few": {"output_mode": "count", "max_tokens": 3},
    "padded": {"output_mode": "count", "max_tokens": 12, "pad_to_max_tokens": True},
}
for name, arguments in _TEXTS.items():
    CASES[f"text_{name}"] = _answers(
        lambda k, a=arguments: k.TextVectorization(**a), np.array(QUERIES), np.array(QUERIES)[:, None], adapt=np.array(TEXTS), config=False)
CASES["text_vocabulary"] = _answers(lambda k: k.TextVectorization(vocabulary=["a", "b"]), np.array(["a b c"]))


def _sparse(oracle: Oracle) -> dict[str, Any]:
    """SparseTensors out of the layers that can give them, and into them and a Dense."""
    k, found = oracle.keras.layers, {}
    numbers, floats = np.array([[1, 2, 2], [3, 0, 1]]), np.array([[0.1, 0.6, 0.7], [2.0, -1.0, 0.0]], "float32")
    words, strings = np.array(["a b b", "c a"]), np.array([["a", "b", "b"], ["c", "a", ""]])
    made: dict[str, Any] = {}
    for mode in ("one_hot", "multi_hot", "count"):
        made |= {
            f"category {mode}": (k.CategoryEncoding(5, mode, sparse=True), numbers),
            f"column {mode}": (k.CategoryEncoding(5, mode, sparse=True), numbers[:, :1]),
            f"integer {mode}": (k.IntegerLookup(vocabulary=[1, 2], output_mode=mode, sparse=True), numbers),
            f"string {mode}": (k.StringLookup(vocabulary=["a", "b"], output_mode=mode, sparse=True), strings),
            f"hashing {mode}": (k.Hashing(4, output_mode=mode, sparse=True), strings),
            f"bins {mode}": (k.Discretization([0.0, 0.5, 1.0], output_mode=mode, sparse=True), floats),
        }
        if mode != "one_hot":
            made[f"masked {mode}"] = k.StringLookup(vocabulary=["a", "b"], mask_token="", output_mode=mode, sparse=True), strings
            made[f"text {mode}"] = k.TextVectorization(vocabulary=["a", "b"], output_mode=mode, sparse=True), words
    for name, (layer, value) in made.items():
        out = layer(value)
        found |= {f"{name} {part}": np.asarray(getattr(out, part)) for part in ("indices", "values", "dense_shape")}
        if name in ("category count", "hashing count", "bins count", "string count"):
            again = layer.from_config({**layer.get_config(), "sparse": False})
            found[f"{name} dense"] = oracle.numpy(again(value))
            kind = type(out)
            places = [[0, 0], [0, 2], [1, 1]]
            found[f"{name} of sparse"] = oracle.numpy(again(kind(places, [np.asarray(value)[i, j] for i, j in places], [2, 3])))
    crossed = k.HashedCrossing(4, "one_hot", sparse=True)([strings[:, 0], strings[:, 1]])
    found["crossed"] = np.asarray(crossed.indices)
    found["Dense"] = oracle.numpy(k.Dense(2, kernel_initializer="ones")(made["category count"][0](numbers)))
    return found


CASES["sparse"] = _sparse
