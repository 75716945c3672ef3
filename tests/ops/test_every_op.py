"""What holds for every operation in the namespace."""

import jax
import numpy as np
import pytest
from op_examples import EXAMPLES, public_names

import hornbeam as hb
from hornbeam.engine import door
from hornbeam.engine.pure import Lifted
from hornbeam.engine.tensor import Tensor
from hornbeam.ops import creation

CASES = [(name, i) for name, calls in sorted(EXAMPLES.items()) for i in range(len(calls))]
# Their results have no fixed shape, so they cannot be traced.
EAGER_ONLY = {("where", 3), ("nonzero", 0), ("unique", 0), ("unique", 1), ("get_item", 4)}


def leaves(out):
    return [leaf for leaf in jax.tree.leaves(out, is_leaf=lambda leaf: isinstance(leaf, Tensor)) if hasattr(leaf, "dtype")]


def test_every_operation_has_an_example():
    assert public_names() - EXAMPLES.keys() == set()
    assert EXAMPLES.keys() - public_names() == set()


@pytest.mark.parametrize(("name", "i"), CASES)
def test_results(name, i, monkeypatch):
    """32-bit operands give no 64-bit result; the host's NumPy form and the compiled form agree in value and exactly in type."""
    first = leaves(EXAMPLES[name][i]())
    assert first, f"{name} gave no tensor"
    for out in first:
        assert isinstance(out, Tensor), f"{name} gave {type(out)}"
        assert np.dtype(out.dtype).itemsize <= 4 or out.dtype == "complex64", f"{name} gave {out.dtype} from 32-bit operands"
    monkeypatch.setattr(door, "HOST_ELEMENTS", -1)
    monkeypatch.setattr(creation, "HOST_ELEMENTS", -1)
    second = leaves(EXAMPLES[name][i]())
    assert len(first) == len(second)
    for a, b in zip(first, second, strict=True):
        assert a.dtype == b.dtype, f"{name}: {a.dtype} on the host, {b.dtype} compiled"
        assert a.shape == b.shape
        tolerance = 3e-3 if a.dtype == "float16" else 2e-5
        np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_no_double_precision_inside(name, monkeypatch):
    """A compiled program of 32-bit operands computes nothing in 64-bit floats, not even on the way."""
    monkeypatch.setattr(door, "HOST_ELEMENTS", -1)
    monkeypatch.setattr(creation, "HOST_ELEMENTS", -1)

    def walk(jaxpr):
        for eqn in jaxpr.eqns:
            for var in (*eqn.invars, *eqn.outvars):
                dtype = getattr(var.aval, "dtype", None)
                if dtype in (np.float64, np.complex128) and not getattr(var.aval, "weak_type", False):
                    yield str(eqn)[:200]
            for sub in jax.tree.leaves(list(eqn.params.values()), is_leaf=lambda leaf: hasattr(leaf, "jaxpr")):
                if hasattr(getattr(sub, "jaxpr", sub), "eqns"):
                    yield from walk(getattr(sub, "jaxpr", sub))

    for i, call in enumerate(EXAMPLES[name]):
        if (name, i) in EAGER_ONLY:
            continue
        with jax.enable_x64(True):
            jaxpr = jax.make_jaxpr(lambda call=call: Lifted(call)([], [], ())[0])().jaxpr
        found = list(walk(jaxpr))
        assert not found, f"{name}: {found[:2]}"


def test_growing_shapes_compile_nothing(monkeypatch):
    """A hundred operations over growing small shapes stay on the host."""

    def refuse(self):
        raise AssertionError(f"'{self.name}' was compiled")

    monkeypatch.setattr(door.Bound, "jitted", property(refuse))
    total = hb.ops.zeros((0,))
    for n in range(1, 50):
        a = hb.ops.ones((n,))
        row = hb.ops.reshape(a, (1, n))
        total = hb.ops.concatenate([total, hb.ops.sum(a + 1.0)[None]])
        hb.ops.mean(total) * 2 - hb.ops.max(total)
        hb.ops.stack([a, a], axis=-1)
        hb.ops.softmax(hb.ops.transpose(row), axis=0)[0, 0]
        hb.ops.matmul(hb.ops.transpose(row), row)
    np.testing.assert_allclose(total, 2.0 * np.arange(1, 50))
