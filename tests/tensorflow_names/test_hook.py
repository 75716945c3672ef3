"""The import hook, and names that are missing."""

import importlib
import sys

import pytest

import hornbeam.tensorflow as tf
from hornbeam.engine.errors import ShapeError
from hornbeam.engine.missing import MissingName
from hornbeam.tensorflow import hook


@pytest.fixture
def hooked():
    hook.install()
    yield
    hook.uninstall()
    assert "tensorflow" not in sys.modules


def test_a_module_has_one_identity(hooked):
    assert importlib.import_module("tensorflow") is tf
    assert importlib.import_module("tensorflow.errors") is tf.errors
    assert importlib.import_module("tensorflow.compat.v2.errors") is tf.errors
    assert {importlib.import_module(name) for name in ("keras", "tf_keras", "keras_core", "tensorflow.keras")} == {tf.keras}


def test_a_missing_module_is_not_found_elsewhere(hooked):
    with pytest.raises(ModuleNotFoundError, match="tensorflow.no_such_module"):
        importlib.import_module("tensorflow.no_such_module")


def test_a_missing_name_says_so():
    assert not hasattr(tf, "no_such_name")
    with pytest.raises(MissingName, match=r"no tf\.GradientTapes\..*tf\.GradientTape.*hornbeam check"):
        tf.GradientTapes  # noqa: B018


def test_errors_have_both_types():
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        raise ShapeError("shapes differ")
    assert isinstance(caught.value, ValueError) and caught.value.message == "shapes differ"
    assert tf.errors.NotFoundError(None, None, "gone").message == "gone"


def test_an_import_of_a_missing_name_says_so(hooked):
    with pytest.raises(ImportError, match=r"no keras\.layers\.NoSuchLayer\..*hornbeam check"):
        from tensorflow.keras.layers import NoSuchLayer  # noqa: F401
    with pytest.raises(ImportError, match=r"no tf\.nosuchthing\."):
        from tensorflow import nosuchthing  # noqa: F401
    assert getattr(importlib.import_module("tensorflow.keras.layers"), "NoSuchLayer", None) is None
