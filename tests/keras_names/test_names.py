"""Every way to a Keras module leads to the same module, and every name is one object."""

import importlib
import sys

import pytest

import hornbeam
from hornbeam.saving.keras_archive import LAYOUT
from hornbeam.tensorflow import hook


@pytest.fixture
def hooked():
    before = set(sys.modules)
    hook.install()
    yield
    hook.uninstall()
    for name in set(sys.modules) - before:
        if name.partition(".")[0] in ("keras", "tensorflow", "tf_keras"):
            sys.modules.pop(name, None)


SAME = {
    "keras.layers": [
        "tensorflow.keras.layers", "tf_keras.layers", "tensorflow.python.keras.layers", "keras.src.layers", "keras.src.layers.core.dense",
        "keras.layers.core", "keras.layers.convolutional", "keras.api._v2.keras.layers", "keras._tf_keras.keras.layers", "keras.api.layers",
    ],
    "keras.layers.experimental.preprocessing": ["tensorflow.keras.layers.experimental.preprocessing"],
    "keras.utils": ["keras.utils.np_utils", "tensorflow.python.keras.utils.np_utils", "keras.utils.generic_utils"],
    "keras.engine": ["keras.engine.topology", "tensorflow.python.keras.engine.base_layer", "keras.engine.training"],
    "keras.optimizers": ["keras.optimizers.adam_v2", "tensorflow.python.keras.optimizer_v2", "keras.optimizer_v2"],
    "keras.optimizers.schedules": ["tensorflow.keras.optimizers.schedules", "keras.optimizer_v2.learning_rate_schedule"],
    "keras.optimizers.legacy": ["tensorflow.keras.optimizers.legacy"],
}  # fmt: skip


def test_every_spelling_of_a_module_is_that_module(hooked):
    for name, others in SAME.items():
        first = importlib.import_module(name)
        for other in others:
            assert importlib.import_module(other) is first, other


def test_names_are_the_library_s_own(hooked):
    import keras
    import tensorflow as tf
    from keras.datasets.mnist import load_data
    from keras.engine.topology import InputSpec, Layer
    from keras.utils.np_utils import to_categorical
    from tensorflow.keras.layers import Dense

    assert Dense is keras.layers.Dense is tf.keras.layers.Dense is hornbeam.layers.Dense
    assert tf.keras is keras
    assert keras.layers.core.Dense is Dense
    assert Layer is keras.Layer is hornbeam.Layer and InputSpec is hornbeam.InputSpec
    assert to_categorical is hornbeam.utils.to_categorical
    assert tf.keras.optimizers.legacy.Adam is hornbeam.optimizers.Adam
    assert tf.keras.layers.experimental.preprocessing.Rescaling is hornbeam.layers.Rescaling
    assert load_data is hornbeam.datasets.mnist.load_data is keras.datasets.mnist.load_data
    assert keras.__version__ == LAYOUT


def test_star_imports_give_the_public_names(hooked):
    found: dict = {}
    exec("from keras.layers import *\nfrom tensorflow.keras.losses import *", found)
    assert found["Dense"] is hornbeam.layers.Dense and found["KLD"] is hornbeam.losses.KLD and "mirror" not in found


def test_what_is_not_there_says_so(hooked):
    import keras

    with pytest.raises(AttributeError, match=r"no keras\.layers\.Dens\. Did you mean keras\.layers\.Dense\?.*hornbeam check"):
        keras.layers.Dens  # noqa: B018
    with pytest.raises(ModuleNotFoundError, match=r"keras\.nothing"):
        importlib.import_module("keras.nothing")


def test_a_table_s_rows_exist():
    from hornbeam.keras import places

    for module in ["", *{path.rpartition(".")[0] for path in places.MODULES}]:
        for home in places.rows(f"hornbeam.keras.{module}".rstrip(".")).values():
            package, _, name = home.partition(":")
            assert getattr(importlib.import_module(package), name), home
