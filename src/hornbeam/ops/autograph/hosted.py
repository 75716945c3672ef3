"""The body of a loop over a Dataset, compiled: Python fetches the elements, and each step is one program."""

from collections.abc import Callable
from typing import Any

import jax

from hornbeam.engine import dtypes
from hornbeam.engine.errors import UntraceableError
from hornbeam.engine.function import UNTRACEABLE
from hornbeam.engine.guesses import guess_variables
from hornbeam.engine.program import Program
from hornbeam.engine.pure import local
from hornbeam.engine.tensor import Tensor, as_tensor, is_tensor
from hornbeam.ops.autograph.state import State, Undefined, is_leaf


def compiled(body: Callable[[Any], None], state: State, kept: dict) -> Callable[[Any], None]:
    """`body` as programs, one for each kind of element and variables; a body that cannot be compiled as it is.

    Args:
        kept: the programs of earlier calls, by code. They serve as long as the body closes over the same objects. An object that a
            step makes, such as its tape, is not handed to the next one: it would be another program each time.
    """
    closed = _closed_over(body, state)
    entry = kept.get(body.__code__)
    if entry is None or len(entry[0]) != len(closed) or any(a is not b for a, b in zip(entry[0], closed, strict=True)):
        entry = kept[body.__code__] = (closed, {}, body, state, set())
    _, programs, first_body, first_state, made = entry

    def step(item: Any) -> None:
        if programs is not None and "plain" not in programs:
            start = state.get()
            given = {name: Undefined(name) if name in made else value for name, value in start.items()}
            leaves, tree = jax.tree.flatten((item, given), is_leaf=is_leaf)
            places = [i for i, leaf in enumerate(leaves) if is_tensor(leaf)]
            tensors = [as_tensor(leaves[i]) for i in places]
            if not any(tensor._value.dtype == object for tensor in tensors):
                fixed = [None if i in set(places) else leaf for i, leaf in enumerate(leaves)]
                forms = tuple((t._value.shape, t._value.dtype) for t in tensors)
                key = (tree, forms, tuple(map(_key, fixed)), bool(local.tapes), dtypes.floatx())
                try:
                    program = programs.get(key)
                    if program is None:
                        program = programs[key] = _program(first_body, first_state, leaves, tree, places, tensors)
                    after = program(tensors)
                    made.update(name for name, value in after.items() if value is not given[name] and _holds_objects(value))
                    state.set(_counting(given, after))
                    return
                except (UntraceableError, NameError, *UNTRACEABLE):  # NameError: a step needs an object that the step before has made
                    programs["plain"] = True
                    first_state.set(start)
        body(item)

    return step


def _counting(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """The loop's variables, a number that the step changed as a tensor: a counter in Python would be a new program each step."""
    changed = {name: value for name, value in after.items() if type(value) in (int, float) and before.get(name) != value}
    return {**after, **{name: as_tensor(value) for name, value in changed.items()}}


def _holds_objects(value: Any) -> bool:
    leaves = jax.tree.leaves(value, is_leaf=is_leaf)
    return any(not (leaf is None or is_tensor(leaf) or isinstance(leaf, (Undefined, int, float, complex, str, bytes))) for leaf in leaves)


def _closed_over(body: Callable, state: State) -> list[Any]:
    """The objects in the body's closure that are not the loop's variables."""
    found = []
    for name, cell in zip(body.__code__.co_freevars, body.__closure__ or (), strict=True):
        if name not in state.cells:
            try:
                found.append(cell.cell_contents)
            except ValueError:
                found.append(None)
    return found


def _key(leaf: Any) -> Any:
    if isinstance(leaf, Undefined):
        return Undefined, leaf._hb_name
    try:
        hash(leaf)
    except TypeError:
        return type(leaf), id(leaf)
    return type(leaf), leaf


def _program(body: Callable, state: State, leaves: list[Any], tree: Any, places: list[int], tensors: list[Tensor]) -> Program:
    inside = set(places)

    def template(given: list[Tensor]) -> tuple:
        rest = iter(given)
        filled = [next(rest) if i in inside else leaf for i, leaf in enumerate(leaves)]
        return jax.tree.unflatten(tree, filled), {}

    def function(item: Any, values: dict[str, Any]) -> dict[str, Any]:
        with state.holding(values):
            body(item)
            return state.get()

    return Program(function, template, tensors, body.__name__, guess_variables(body, leaves), mute=False)
