"""What converted code calls: each decides at run time whether a value is Python's or a tensor that a program will compute.

With Python's own values everything here does what the statement did. See `transform` for what code looks like.
"""

import builtins
import operator
from collections.abc import Callable, Iterable
from typing import Any

from hornbeam.engine import effects
from hornbeam.engine.door import cast
from hornbeam.engine.errors import TensorAssertionError, UntraceableError
from hornbeam.engine.function import UNTRACEABLE
from hornbeam.engine.pure import local
from hornbeam.engine.tensor import Tensor, as_tensor, is_tensor
from hornbeam.ops import comparison, elementwise
from hornbeam.ops.autograph import hosted, staging
from hornbeam.ops.autograph.source import converted
from hornbeam.ops.autograph.state import State, Undefined, traced

Range = staging.Range


# Statements.
def if_(
    test: Any, body: Callable[[], Any], orelse: Callable[[], Any], names: tuple[str, ...], after: str = "go on", places: tuple = ()
) -> Any:
    if not traced(test):
        return body() if test else orelse()
    return staging.branch(as_tensor(test), body, orelse, State(names, body, orelse, places=places), after)


def while_(
    test: Callable[[], Any], body: Callable[[], Any], names: tuple[str, ...], broken: str | None, limit: int | None = None,
    places: tuple = (),
) -> None:  # fmt: skip
    state = State(names, test, body, places=places)
    stageable = True
    while True:
        stopped = state.read(broken) if broken else False
        if not traced(stopped) and stopped:
            return
        going = True if traced(stopped) else test()
        if stageable and (traced(stopped) or traced(going) or (is_tensor(going) and local.scope is not None)):
            try:
                return staging.loop(test, body, state, broken, limit)
            except effects.Unstageable:  # its steps are known, so they can be written out one after the other
                if traced(stopped) or traced(going):
                    raise
                stageable = False
        if not going:
            return
        body()


def for_(items: Any, body: Callable[[Any], None], names: tuple[str, ...], broken: str | None, places: tuple = ()) -> None:
    state = State(names, body, places=places)
    if isinstance(items, Range) or is_tensor(items):
        items = items if isinstance(items, Range) else as_tensor(items)
        known = items.known if isinstance(items, Range) else not traced(items)
        if not (known and local.scope is None) and not getattr(items, "is_symbolic", False):
            try:
                return staging.loop_over(items, body, state, broken)
            except (UntraceableError, *UNTRACEABLE) as error:  # steps whose number is known can be written out one after the other
                if isinstance(error, effects.HostOnly) or (isinstance(items, Range) and not known) or _steps(items) > _WRITTEN_OUT:
                    raise
        items = items.tensors() if isinstance(items, Range) else items
    elif hasattr(items, "element_spec"):
        if local.scope is not None:
            raise effects.DatasetLoop("A loop over a Dataset gets its elements in Python.")
        if effects.hosted_steps() is not None:
            body = hosted.compiled(body, state, effects.hosted_steps())
    for item in items:
        if broken:
            stopped = state.read(broken)
            if traced(stopped):  # from here on each step runs only if no earlier one left the loop
                staging.branch(comparison.logical_not(stopped), lambda item=item: body(item), _nothing, state, "leave")  # type: ignore[misc]
                continue
            if stopped:
                return
        body(item)
        if broken and not traced(state.read(broken)) and state.read(broken):
            return


_WRITTEN_OUT = 512  # more steps than this make a program too large


def _steps(items: Any) -> int:
    return int(items.count() if isinstance(items, Range) else items.shape[0])


def _nothing() -> None:
    return None


def assert_(test: Any, message: Callable[[], Any]) -> None:
    if not is_tensor(test):
        assert test, message()
    elif traced(test):
        effects.check(as_tensor(test), _assertion(message()))
    elif not test:
        raise _assertion(message())


def _assertion(text: Any) -> TensorAssertionError:
    return TensorAssertionError("" if text is None else str(text))


# Expressions.
def and_(*parts: Callable[[], Any]) -> Any:
    return _joined(parts, comparison.logical_and, stops=operator.not_)


def or_(*parts: Callable[[], Any]) -> Any:
    return _joined(parts, comparison.logical_or, stops=bool)


def _joined(parts: tuple[Callable[[], Any], ...], join: Callable, stops: Callable[[Any], bool]) -> Any:
    found = parts[0]()
    for part in parts[1:]:
        if traced(found):
            other = part()
            found = join(found, other if is_tensor(other) else bool(other))
        elif stops(found):
            return found
        else:
            found = part()
    return found


def not_(value: Any) -> Any:
    return comparison.logical_not(value) if traced(value) else not value


def if_expression(test: Any, body: Callable[[], Any], orelse: Callable[[], Any]) -> Any:
    if not traced(test):
        return body() if test else orelse()
    return staging.branch(as_tensor(test), body, orelse, State((), body, orelse))


def chain(left: Any, *steps: tuple[Callable[[Any, Any], Any], Callable[[], Any]]) -> Any:
    """`a < b < c`: each operand is evaluated once, and those after a false comparison not at all."""
    found: Any = True
    for compare, value in steps:
        right = value()
        this = compare(left, right)
        found = comparison.logical_and(found, this) if traced(found) or (traced(this) and found is not True) else this
        if not traced(found) and not found:
            return found
        left = right
    return found


# Calls.
def called(function: Any) -> Any:
    """What is called in the place of `function`: its converted form, or the form of a builtin that takes tensors."""
    try:
        twin = _BUILTINS.get(function)
    except TypeError:  # not hashable
        twin = None
    if twin is not None:
        return twin
    return converted(function)


def looped(function: Any) -> Any:
    """As `called`, where the result is only looped over: a range need not become a tensor."""
    ours = (getattr(function, "__module__", ""), getattr(function, "__qualname__", "")) in _RANGES
    return _range if function is range else Range.of if ours else called(function)


_RANGES = {("hornbeam.ops.tf.tensors", "range"), ("hornbeam.ops.creation", "arange"), ("hornbeam.ops.older", "arange")}


def _range(*args: Any, **kwargs: Any) -> Any:
    return Range.of(*args) if any(is_tensor(each) for each in args) else range(*args, **kwargs)


def _print(*args: Any, **kwargs: Any) -> None:
    if not effects.muted():
        builtins.print(*args, **kwargs)


def _number(kind: type, dtype: str) -> Callable[..., Any]:
    def make(*args: Any, **kwargs: Any) -> Any:
        if len(args) == 1 and traced(args[0]):
            return cast(args[0], dtype)
        return kind(*args, **kwargs)

    return make


def _extreme(python: Callable, operation: Callable) -> Callable[..., Any]:
    def choose(*args: Any, **kwargs: Any) -> Any:
        if len(args) > 1 and not kwargs and any(traced(each) for each in args):
            found = args[0]
            for each in args[1:]:
                found = operation(found, each)
            return found
        return python(*args, **kwargs)

    return choose


def _all_or_any(python: Callable, join: Callable) -> Callable[..., Any]:
    def reduce(items: Iterable[Any]) -> Any:
        items = list(items)
        if not any(traced(each) for each in items):
            return python(items)
        found = items[0]
        for each in items[1:]:
            found = join(found, each)
        return found

    return reduce


_BUILTINS: dict[Any, Callable] = {
    print: _print,
    range: lambda *args: range(*args) if not any(traced(each) for each in args) else _untraceable_range(),
    int: _number(int, "int32"),
    float: _number(float, "float32"),
    bool: _number(bool, "bool"),
    max: _extreme(max, elementwise.maximum),
    min: _extreme(min, elementwise.minimum),
    all: _all_or_any(all, comparison.logical_and),
    any: _all_or_any(any, comparison.logical_or),
}


def _untraceable_range() -> Any:
    raise UntraceableError("A range whose bounds are computed by the program can be looped over, but has no values to keep in Python.")


__all__ = [
    "Tensor", "Undefined", "and_", "assert_", "called", "chain", "for_", "if_", "if_expression", "looped", "not_", "or_", "while_",
]  # fmt: skip
