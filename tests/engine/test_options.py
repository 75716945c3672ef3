"""Compiler options: accepted by this jaxlib, and silently absent where they are not."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import hornbeam as hb
from hornbeam.engine import options
from hornbeam.kernels.platform import on_cpu


def test_what_is_given_compiles():
    given = options.compiler_options(jax.default_backend())
    assert jax.jit(lambda x: x + 1, compiler_options=given)(jnp.float32(1)) == 2


def test_an_unknown_option_is_dropped(monkeypatch):
    monkeypatch.setitem(options.WANTED, jax.default_backend(), {"xla_no_such_option_exists": True})
    assert options.compiler_options(jax.default_backend()) == {}


def test_another_platform_gets_none():
    assert options.compiler_options("abacus") == {}


def test_on_cpu_follows_the_default_device():
    with jax.default_device(jax.devices("cpu")[0]):
        assert on_cpu()


def test_a_function_of_many_shapes_compiles_its_later_programs_in_a_hurry(monkeypatch):
    monkeypatch.setattr(options, "SHAPES", 1)
    monkeypatch.setattr(options, "CALLS", 2)
    double = hb.function(lambda x: hb.ops.sum(x) * 2)
    for length in (1, 2):
        for _ in range(3):
            assert float(double(hb.ops.ones(length))) == 2 * length
    first, second = (program.bound for program in double._programs.values())
    assert (first.hurried, second.hurried) == (0, 0)  # the third call found it compiled anew
    double(hb.ops.ones(3))
    assert list(double._programs.values())[2].bound.hurried == 1


@pytest.mark.parametrize("resumable", [False, True])
def test_fit_compiles_the_programs_of_many_shapes_in_a_hurry_unless_bits_matter(resumable, monkeypatch, tmp_path):
    monkeypatch.setattr(options, "SHAPES", 1)
    model = hb.Sequential([hb.layers.GlobalAveragePooling1D(), hb.layers.Dense(1)])
    model.compile("sgd", "mse")
    batches = [(np.ones((2, n, 1), "float32"), np.ones((2, 1), "float32")) for n in (1, 2, 1)]
    model.fit(iter(batches), verbose=0, callbacks=[hb.callbacks.BackupAndRestore(str(tmp_path))] if resumable else [])
    hurried = [program.hurried for program in model._trainer.programs.values()]
    assert hurried == ([0, 0] if resumable else [0, options.CALLS - 1])
    if not resumable:
        model._trainer.be_exact()
        assert [program.hurried for program in model._trainer.programs.values()] == [0]


def test_predict_does_the_same(monkeypatch):
    monkeypatch.setattr(options, "SHAPES", 1)
    monkeypatch.setattr(options, "CALLS", 2)
    model = hb.Sequential([hb.Input((2,)), hb.layers.Dense(1, kernel_initializer="ones")])
    found = [model.predict_on_batch(np.ones((rows, 2), "float32")).sum() for rows in (1, 2, 2, 2, 2)]
    assert found == [2, 4, 4, 4, 4]
    assert list(model._trainer.batch_program("predict")._hurried.values()) == [0]
