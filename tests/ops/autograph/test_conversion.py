"""Converted code does what the code did: functions of the standard library, which use all of the language, give the same results."""

import ast
import copy
import difflib
import json
import shlex
import statistics
import textwrap
import types
import urllib.parse

import pytest

import hornbeam as hb
from hornbeam import ops
from hornbeam.engine.errors import InvalidArgumentError
from hornbeam.ops.autograph import source
from hornbeam.ops.autograph.transform import Unconvertible, convert


@pytest.fixture
def everything_is_ours(monkeypatch):
    monkeypatch.setattr(source, "_is_foreign", lambda module: (module or "").startswith(("hornbeam", "jax", "numpy")))


TEXT = "The quick brown fox jumps over the lazy dog. " * 5
CALLS = [
    (textwrap.wrap, TEXT, 30), (textwrap.dedent, "  a\n   b\n"), (difflib.get_close_matches, "appel", ["ape", "apple", "peach"]),
    (lambda a, b: list(difflib.unified_diff(a, b)), ["a", "b", "c"], ["a", "c", "d"]), (statistics.median, [1, 3, 2]),
    (statistics.quantiles, [1, 2, 3, 4, 5]), (statistics.stdev, [1, 2, 3.5]), (urllib.parse.urlparse, "http://a.b/c?d=e#f"),
    (urllib.parse.quote, "a b/ü"), (urllib.parse.urljoin, "http://a/b/c", "../d"), (shlex.split, "a 'b c' d\\ e"),
    (lambda text: json.JSONDecoder(parse_float=float).decode(text), '{"a":[1,2.5,null,"x"],"b":{"c":true}}'),
]  # fmt: skip


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call[0].__name__)
def test_the_same_results(everything_is_ours, call):
    function, *args = call
    new = source.converted(function)
    assert new is not function or function.__name__ == "<lambda>"
    assert repr(new(*args)) == repr(function(*args))


@pytest.mark.parametrize("module", [textwrap, difflib, statistics, shlex, urllib.parse, ast], ids=lambda module: module.__name__)
def test_everything_in_a_module_compiles(module):
    count = 0
    for owner in [module, *(each for each in vars(module).values() if isinstance(each, type) and each.__module__ == module.__name__)]:
        for function in vars(owner).values():
            found = source._find(function.__code__) if isinstance(function, types.FunctionType) else None
            if found is None or function.__module__ != module.__name__:
                continue
            try:
                node = convert(copy.deepcopy(found[0]), found[1])
            except Unconvertible:
                continue
            node.decorator_list = []
            ast.parse(ast.unparse(ast.fix_missing_locations(node)))
            assert source._convert(function.__code__) is not None or "hb__" not in ast.unparse(node), function.__qualname__
            count += 1
    assert count > 5


def test_an_assert_of_a_tensor_is_an_operations_error_and_pythons():
    @hb.function
    def inverse(x):
        assert x != 0.0, "not zero!"
        return 1.0 / x

    for kind in (AssertionError, InvalidArgumentError):
        with pytest.raises(kind, match="not zero!"):
            inverse(ops.convert_to_tensor(0.0))
    assert float(inverse(ops.convert_to_tensor(2.0))) == 0.5
