"""tf.test.TestCase: unittest's, with comparisons of tensors."""

import contextlib
import sys
import tempfile
import unittest
from collections.abc import Iterator
from typing import Any

import jax
import numpy as np

from hornbeam.engine import dtypes
from hornbeam.engine.errors import OpError
from hornbeam.engine.tensor import as_tensor, is_tensor


def _array(value: Any) -> Any:
    return as_tensor(value).numpy() if is_tensor(value) else np.asarray(value)


class TestCase(unittest.TestCase):
    """A unittest.TestCase with `assertAllClose`, `assertAllEqual` and their kin, on tensors, arrays and structures of them."""

    def setUp(self) -> None:
        super().setUp()
        self._folder: tempfile.TemporaryDirectory | None = None

    def evaluate(self, tensors: Any) -> Any:
        """NumPy's values of the tensors in a structure."""
        return jax.tree.map(lambda each: as_tensor(each).numpy() if is_tensor(each) else each, tensors, is_leaf=is_tensor)

    def get_temp_dir(self) -> str:
        """A folder that goes when the test ends."""
        if getattr(self, "_folder", None) is None:
            self._folder = tempfile.TemporaryDirectory()
            self.addCleanup(self._folder.cleanup)
        return self._folder.name

    @contextlib.contextmanager
    def session(self, *args: Any, **kwargs: Any) -> Iterator[None]:
        """A block; there are no sessions."""
        yield

    cached_session = session

    def _pairs(self, a: Any, b: Any) -> list[tuple[Any, Any]]:
        structured = isinstance(a, (list, tuple)) and any(is_tensor(each) or isinstance(each, (list, np.ndarray)) for each in a)
        if isinstance(a, dict) or structured:
            left, right = (jax.tree.leaves(each, is_leaf=is_tensor) for each in (a, b))
            if len(left) == len(right):
                return [(_array(x), _array(y)) for x, y in zip(left, right, strict=True)]
        return [(_array(a), _array(b))]

    def assertAllClose(self, a: Any, b: Any, rtol: float = 1e-6, atol: float = 1e-6, msg: str | None = None) -> None:
        for x, y in self._pairs(a, b):
            np.testing.assert_allclose(np.asarray(x, np.result_type(x, np.float32)), y, rtol=rtol, atol=atol, err_msg=msg or "")

    def assertAllCloseAccordingToType(
        self, a: Any, b: Any, rtol: float = 1e-6, atol: float = 1e-6, float_rtol: float = 1e-6, float_atol: float = 1e-6,
        half_rtol: float = 1e-3, half_atol: float = 1e-3, bfloat16_rtol: float = 1e-2, bfloat16_atol: float = 1e-2, msg: str | None = None,
    ) -> None:  # fmt: skip
        for x, y in self._pairs(a, b):
            kinds = {str(dtypes.of(np.asarray(each))) for each in (x, y)}
            if "bfloat16" in kinds:
                rtol, atol = max(rtol, bfloat16_rtol), max(atol, bfloat16_atol)
            elif "float16" in kinds:
                rtol, atol = max(rtol, half_rtol), max(atol, half_atol)
            elif "float32" in kinds:
                rtol, atol = max(rtol, float_rtol), max(atol, float_atol)
            self.assertAllClose(x, y, rtol, atol, msg)

    def assertNotAllClose(self, a: Any, b: Any, rtol: float = 1e-6, atol: float = 1e-6, msg: str | None = None) -> None:
        try:
            self.assertAllClose(a, b, rtol, atol)
        except AssertionError:
            return
        self.fail(msg or "The two are close everywhere.")

    def assertAllEqual(self, a: Any, b: Any, msg: str | None = None) -> None:
        for x, y in self._pairs(a, b):
            np.testing.assert_array_equal(x, _bytes_as(x, y), err_msg=msg or "")

    def assertNotAllEqual(self, a: Any, b: Any, msg: str | None = None) -> None:
        try:
            self.assertAllEqual(a, b)
        except AssertionError:
            return
        self.fail(msg or "The two are equal everywhere.")

    def assertAllGreater(self, a: Any, comparison_target: Any) -> None:
        self.assertGreater(np.min(_array(a)), comparison_target)

    def assertAllLess(self, a: Any, comparison_target: Any) -> None:
        self.assertLess(np.max(_array(a)), comparison_target)

    def assertAllGreaterEqual(self, a: Any, comparison_target: Any) -> None:
        self.assertGreaterEqual(np.min(_array(a)), comparison_target)

    def assertAllLessEqual(self, a: Any, comparison_target: Any) -> None:
        self.assertLessEqual(np.max(_array(a)), comparison_target)

    def assertAllInRange(
        self, target: Any, lower_bound: Any, upper_bound: Any, open_lower_bound: bool = False, open_upper_bound: bool = False
    ) -> None:
        array = _array(target)
        low = array > lower_bound if open_lower_bound else array >= lower_bound
        high = array < upper_bound if open_upper_bound else array <= upper_bound
        self.assertTrue((low & high).all(), f"Not all of {array} lies in the range from {lower_bound} to {upper_bound}.")

    def assertAllInSet(self, target: Any, expected_set: Any) -> None:
        self.assertTrue(set(np.ravel(_array(target)).tolist()) <= set(expected_set), f"{_array(target)} has others than {expected_set}.")

    def assertShapeEqual(self, input_a: Any, input_b: Any, msg: str | None = None) -> None:
        self.assertEqual(tuple(input_a.shape), tuple(input_b.shape), msg)

    def assertDTypeEqual(self, target: Any, expected_dtype: Any) -> None:
        self.assertEqual(str(dtypes.of(_array(target))), str(dtypes.standardize(expected_dtype)))

    def assertNear(self, f1: float, f2: float, err: float, msg: str | None = None) -> None:
        self.assertTrue(f1 == f2 or abs(f1 - f2) <= err, f"{f1} is not within {err} of {f2}. {msg or ''}")

    def assertArrayNear(self, farray1: Any, farray2: Any, err: float, msg: str | None = None) -> None:
        self.assertEqual(len(farray1), len(farray2), msg)
        for a, b in zip(farray1, farray2, strict=True):
            self.assertNear(float(a), float(b), err, msg)

    def assertStartsWith(self, actual: str, expected_start: str, msg: str | None = None) -> None:
        self.assertTrue(actual.startswith(expected_start), msg or f"{actual!r} does not start with {expected_start!r}.")

    def assertRaisesOpError(self, expected_err_re_or_predicate: Any) -> Any:
        return self.assertRaisesRegex(OpError, expected_err_re_or_predicate)

    def assertRaisesWithPredicateMatch(self, exception_type: Any, expected_err_re_or_predicate: Any) -> Any:
        return self.assertRaisesRegex(exception_type, expected_err_re_or_predicate)


def _bytes_as(x: Any, y: Any) -> Any:
    """Strings compare with the bytes that string tensors hold."""
    if getattr(x, "dtype", np.dtype(int)).kind == "O" and getattr(y, "dtype", np.dtype(object)).kind == "U":
        return np.array([each.encode() for each in np.ravel(y)], object).reshape(np.shape(y))
    return y


def main(argv: list[str] | None = None) -> None:
    """Run the tests of the calling script."""
    unittest.main(module="__main__", argv=argv or sys.argv)
