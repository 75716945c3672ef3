"""Compiler options: accepted by this jaxlib, and silently absent where they are not."""

import jax
import jax.numpy as jnp

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
