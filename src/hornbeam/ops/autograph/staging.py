"""Branches and loops that a program decides, from the block functions of converted code.

A block is first run abstractly, to see what kinds of values it leaves in which variables. What is a tensor (or a number that
changes) becomes an operand of `ops.cond` or a loop variable of `ops.while_loop`; everything else must be the same on every path.
"""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from hornbeam.engine import dtypes, effects
from hornbeam.engine.door import cast
from hornbeam.engine.effects import HostOnly, Unstageable
from hornbeam.engine.errors import ArgumentError, DtypeError, UntraceableError
from hornbeam.engine.pure import Lifted
from hornbeam.engine.tensor import Tensor, as_tensor, is_tensor, python_dtype, wrap
from hornbeam.ops import control
from hornbeam.ops.autograph.state import Leaves, State, Undefined, is_number, is_python_number, same, traced
from hornbeam.ops.autograph.transform import RESULT
from hornbeam.ops.comparison import less, logical_and, logical_not
from hornbeam.ops.elementwise import add, multiply
from hornbeam.ops.shaping import reshape
from hornbeam.ops.tf.tensor_array import TensorArray


def probe(function: Callable[[], Any]) -> Any:
    """The structure that `function` gives, with a `ShapeDtypeStruct` for each tensor that a program computes. Nothing is changed."""
    found: list[Any] = []

    def run() -> None:
        leaves = Leaves(function())
        found[:] = [leaves.rebuild([_spec(leaf) for leaf in leaves.leaves])]

    lifted = Lifted(run)
    with jax.enable_x64(True):
        jax.eval_shape(lambda: lifted([], [], ()))
    return found[0]


def _spec(leaf: Any) -> Any:
    if traced(leaf):
        value = as_tensor(leaf)._value
        return _Traced(tuple(value.shape), value.dtype)
    return leaf


class _Traced:
    """A tensor met in a probe: only its shape and type outlive it."""

    def __init__(self, shape: tuple[int, ...], dtype: np.dtype):
        self.shape, self.dtype = shape, dtype


def _is_value(leaf: Any) -> bool:
    return isinstance(leaf, _Traced) or is_tensor(leaf) or is_number(leaf)


def _form(leaf: Any) -> tuple[tuple[int, ...], np.dtype]:
    """The shape and type of a leaf that is a tensor or can become one."""
    if isinstance(leaf, _Traced):
        return leaf.shape, leaf.dtype
    tensor = as_tensor(leaf)
    return tuple(tensor._value.shape), tensor._value.dtype


# if
def branch(test: Tensor, body: Callable[[], Any], orelse: Callable[[], Any], state: State, after: str = "go on") -> Any:
    """Both blocks become branches of one `cond`; the variables then hold what the one that ran left in them.

    Args:
        after: what follows: 'go on', 'leave' (a loop or `with` in which some path set a flag: a variable without a value there is not
            looked at), 'return' (nobody looks at the variables).
    """
    start = state.get()

    def run(block: Callable[[], Any]) -> tuple[Any, dict[str, Any]]:
        with state.holding(start):
            result = block()
            return result, state.get() if after != "return" else {name: state.read(name) for name in state.places}

    if test.size != 1:
        raise ArgumentError(
            f"The condition of an `if` is one truth value; this tensor has shape {test.shape}. Reduce it with `any` or `all`."
        )
    results, ends = zip(probe(lambda: run(body)), probe(lambda: run(orelse)))
    plans: dict[str, _Merged] = {"": _Merged("", results[0], results[1])}
    for name in (state.names if after != "return" else state.places):
        plans[name] = _Merged(name, ends[0][name], ends[1][name], after == "leave")

    def tensors(block: Callable[[], Any], which: int) -> list[Tensor]:
        result, end = run(block)
        return [t for name, plan in plans.items() for t in plan.operands(result if name == "" else end[name], which)]

    counted = any(p.count for p in plans.values())  # otherwise they run for what they assign to Variables
    with effects.tracing(mute=True):  # what their Python prints has been printed by the probes
        if counted:
            given = control.cond(test, lambda: tensors(body, 0), lambda: tensors(orelse, 1))
        else:
            given = []
            control.cond(test, lambda: (run(body), [])[1], lambda: (run(orelse), [])[1])
    rest = list(given)
    values = {}
    for name, plan in plans.items():
        values[name] = plan.rebuild(rest[: plan.count])
        rest = rest[plan.count :]
    result = values.pop("")
    state.set(values)
    return result


class _Merged:
    """How the values that two branches leave in a variable (or return: the name '') become one."""

    def __init__(self, name: str, a: Any, b: Any, lenient: bool = False):
        self.name, self.count = name, 0
        self.undefined: Undefined | None = None
        self.fixed: list[Any] = []  # by leaf: what needs no program
        self.dtypes: list[Any] = []  # by leaf: the type of the tensor that a program chooses, or None
        self.shapes: list[Any] = []
        if isinstance(a, Undefined) or isinstance(b, Undefined):
            if not (lenient or name.startswith(RESULT)) or (isinstance(a, Undefined) and isinstance(b, Undefined)):
                nowhere = isinstance(a, Undefined) and isinstance(b, Undefined)
                known = next((each for each in (a, b) if isinstance(each, Undefined) and each._hb_reason), None)
                self.undefined = known if known is not None else Undefined(name) if nowhere else Undefined(name, _ONE_BRANCH)
                return
            a, b = (b, b) if isinstance(a, Undefined) else (a, a)
        a, b = TensorArray.agree(a, b)
        left, right = Leaves(a), Leaves(b)
        if left.tree != right.tree:
            self._refuse(f"one branch gives {_words(a)}, the other {_words(b)}")
            return
        self.tree = left
        for x, y in zip(left.leaves, right.leaves, strict=True):
            if (same(x, y) and not isinstance(x, _Traced)) or self.undefined:
                self.fixed.append(x)
                self.dtypes.append(None)
                self.shapes.append(None)
            elif _is_value(x) and _is_value(y):
                if np.dtype(object) in (_form(x)[1], _form(y)[1]):
                    raise HostOnly(f"{self.what} holds strings, which programs cannot.")
                dtype = _meet(x, y)
                if lenient and not name.startswith("hb_") and (dtype is None or _form(x)[0] != _form(y)[0]):
                    self._refuse(f"one path gives {_words(x)}, the other {_words(y)}")
                    return
                if dtype is None:
                    raise DtypeError(
                        f"{self.what} must have the same type in both branches of an `if` on a tensor; it is {_dtype(x)} in one and "
                        f"{_dtype(y)} in the other. Cast one of them: tf.cast(value, tf.{_dtype(x)})."
                    )
                if _form(x)[0] != _form(y)[0]:
                    raise Unstageable(
                        f"{self.what} must have the same shape in both branches of an `if` on a tensor; it is {_form(x)[0]} in one and "
                        f"{_form(y)[0]} in the other."
                    )
                self.fixed.append(None)
                self.dtypes.append(dtype)
                self.shapes.append(_form(x)[0])
                self.count += 1
            else:
                self._refuse(f"one branch gives {_words(x)}, the other {_words(y)}", all(isinstance(each, (str, bytes)) for each in (x, y)))
                return

    @property
    def what(self) -> str:
        return f"'{self.name}'" if self.name and not self.name.startswith(RESULT) else "What a function returns"

    def _refuse(self, reason: str, strings: bool = False) -> None:
        if strings and not self.name:
            raise HostOnly("A function that returns one of two strings runs in Python.")
        if not self.name or self.name.startswith(RESULT):
            raise ArgumentError(
                f"The branches of an `if` on a tensor must return values of one kind: {reason}. Return a tensor on every path (or on none)."
            )
        self.count = 0
        self.undefined = Undefined(self.name, f"an `if` on a tensor left it in two kinds: {reason}", strings)

    def operands(self, value: Any, which: int) -> list[Tensor]:
        if self.undefined is not None:
            return []
        if isinstance(value, Undefined):  # a result that the flag beside it says not to look at
            return [wrap(np.zeros(shape, dtype)) for shape, dtype in zip(self.shapes, self.dtypes, strict=True) if dtype is not None]
        leaves = Leaves(TensorArray.agree(value, self.tree.rebuild(self.tree.leaves))[0]).leaves
        return [cast(as_tensor(leaf), dtype) for leaf, dtype in zip(leaves, self.dtypes, strict=True) if dtype is not None]

    def rebuild(self, tensors: list[Tensor]) -> Any:
        if self.undefined is not None:
            return self.undefined
        given = iter(tensors)
        return self.tree.rebuild([fixed if dtype is None else next(given) for fixed, dtype in zip(self.fixed, self.dtypes, strict=True)])


_ONE_BRANCH = "only one branch of an `if` on a tensor gives it a value. Give it one before the `if`, or in the other branch too"


def _words(value: Any) -> str:
    if value is None:
        return "None"
    if isinstance(value, _Traced) or is_tensor(value):
        shape, dtype = _form(value)
        return f"a tensor of shape {shape} and type {dtypes.standardize(dtype)}"
    return f"a {type(value).__name__}" + (f" of {len(value)}" if isinstance(value, (list, tuple, dict)) else "")


def _dtype(leaf: Any) -> str:
    return str(dtypes.standardize(_form(leaf)[1]))


def _meet(x: Any, y: Any) -> np.dtype | None:
    """The type in which two leaves meet: one type, or a Python number that takes the other's."""
    a, b = _form(x)[1], _form(y)[1]
    if a == b:
        return a
    if is_python_number(x) and is_python_number(y):
        return None if bool in (type(x), type(y)) else dtypes.promote(a, b)
    for number, other, dtype in ((x, y, b), (y, x, a)):
        if is_python_number(number) and not isinstance(other, Undefined) and _fits(number, dtype):
            return dtype
    return None


def _fits(number: Any, dtype: np.dtype) -> bool:
    """Whether a Python number can become a tensor of this type unharmed."""
    kind = python_dtype(number).kind
    if kind == "b" or dtype.kind == "b":
        return kind == dtype.kind == "b"
    return kind in "iu" or dtypes.is_float(dtype) or dtype.kind == "c"


# while, for
class Range:
    """The numbers of a `range` on tensors, which may be looped over without being made."""

    def __init__(self, start: Any, limit: Any, delta: Any):
        self.start, self.limit, self.delta = start, limit, delta
        self.known = not any(traced(each) for each in (start, limit, delta))

    @classmethod
    def of(cls, *args: Any, **kwargs: Any) -> "Range":
        names = ("start", "limit", "delta")
        given = dict(zip(names if len(args) > 1 else ("limit",), args))
        given.update({{"stop": "limit", "step": "delta"}.get(name, name): value for name, value in kwargs.items()})
        dtype = given.pop("dtype", None)
        given.pop("name", None)
        if given.get("limit") is None:
            given["limit"] = given.pop("start")
        values = [given.get("start"), given["limit"], given.get("delta")]
        values = [default if value is None else value for value, default in zip(values, (0, None, 1))]
        if dtype is None:
            of_tensors = [as_tensor(each).dtype for each in values if is_tensor(each)]
            floats = any(isinstance(each, float) for each in values)
            dtype = of_tensors[0] if of_tensors else "float32" if floats else "int32"
        return cls(*[cast(as_tensor(each), dtype) for each in values])

    def count(self) -> int | Tensor:
        if self.known:
            start, limit, delta = (np.asarray(each) for each in (self.start, self.limit, self.delta))
            return max(0, int(np.ceil((limit - start) / delta)))
        return control.range_length(self.start, self.limit, self.delta)

    def at(self, i: Tensor) -> Tensor:
        return add(self.start, multiply(cast(i, self.delta.dtype), self.delta))

    def tensors(self) -> list[Tensor]:
        start, delta = np.asarray(self.start), np.asarray(self.delta)
        return [as_tensor(np.asarray(start + i * delta, start.dtype)) for i in range(int(self.count()))]


def loop(test: Callable[[], Any], body: Callable[[], Any], state: State, broken: str | None, limit: int | None = None) -> None:
    """A `while` whose condition the program knows, and which takes no more than `limit` steps."""

    def holds(values: dict[str, Any]) -> Any:
        with state.holding(values):
            found = test()
            if broken:
                stopped = state.read(broken)
                found = logical_and(logical_not(stopped), found) if traced(stopped) or traced(found) else (not stopped and found)
            return reshape(cast(as_tensor(found), "bool"), ())

    plan = _Loop(state, lambda _: body(), None, broken)
    given = plan.initial()
    if not given:
        raise UntraceableError("A `while` on a tensor whose body changes no variable of the function cannot be compiled.")
    limit = None if limit is None else int(limit)
    out = control.while_loop(lambda *carry: holds(plan.values(carry)), lambda *carry: plan.step(carry, None), tuple(given), limit)
    state.set(plan.final(out))


def loop_over(items: Any, body: Callable[[Any], Any], state: State, broken: str | None) -> None:
    """A `for` over the rows of a tensor, or over the numbers of a range."""
    if isinstance(items, Range):
        count, item = items.count(), items.at
        first: Any = _Traced((), items.start._value.dtype)
    else:
        if not items.ndim:
            raise DtypeError("A scalar tensor cannot be looped over: `for i in tf.range(n)` counts to n.")
        count, item = items.shape[0], lambda i: items[i]
        first = _Traced(tuple(items._value.shape[1:]), items._value.dtype)
    if not isinstance(count, Tensor) and not count:
        return
    plan = _Loop(state, body, first, broken)
    given = plan.initial()
    limit = None if isinstance(count, Tensor) else int(count)
    if limit is not None and broken is None:
        xs = as_tensor(np.arange(limit, dtype=np.int32)) if isinstance(items, Range) else items
        pick = item if isinstance(items, Range) else (lambda x: x)
        out = control.scan(lambda carry, x: (tuple(plan.step(carry, pick(x))), None), tuple(given), xs)[0]
    else:

        def going(i: Tensor, *carry: Tensor) -> Tensor:
            more = less(i, count)
            stopped = plan.values(carry)[broken] if broken else False
            return logical_and(more, logical_not(stopped)) if is_tensor(stopped) else more

        start = wrap(np.zeros((), np.int32))
        out = control.while_loop(going, lambda i, *carry: (add(i, 1), *plan.step(carry, item(i))), (start, *given), limit)[1:]
    state.set(plan.final(out))


class _Loop:
    """Which leaves of which variables a loop carries, found by running its body abstractly until nothing new varies.

    Args:
        state: the variables that body (and test) share.
        body: one step, called with the item.
        item: the kind of item, or None for `while`.
        broken: the flag that `break` sets.
    """

    def __init__(self, state: State, body: Callable[[Any], Any], item: Any, broken: str | None):
        self.state, self.body, self.broken = state, body, broken
        self._printed = False  # whether users have seen what the body's Python prints
        self.start = state.get()
        self.trees: dict[str, Leaves] = {}
        self.carried: dict[str, list[Any]] = {}  # by variable, by leaf: (shape, dtype) of what is carried, or None
        self.temporary: set[str] = set()  # variables without a value before the loop
        self.lost: dict[str, Undefined] = {}
        for name, value in self.start.items():
            if isinstance(value, Tensor) and value._value.dtype == np.dtype(object):
                raise HostOnly(f"The loop's variable '{name}' holds strings, which programs cannot.")
            if not isinstance(value, Undefined):
                self.trees[name] = Leaves(value)
                self.carried[name] = [_form(leaf) if is_tensor(leaf) else None for leaf in self.trees[name].leaves]
        for _ in range(12):
            if not self._changed(self._abstract_step(item)):
                return
        raise Unstageable("The variables of a loop on tensors take new kinds of values in every step.")

    def _abstract_step(self, item: Any) -> dict[str, Any]:
        found: list[dict[str, Any]] = []
        carried = [self.carried[name] for name in self.start if name in self.carried]
        specs = [jax.ShapeDtypeStruct(*form) for forms in carried for form in forms if form is not None]
        if item is not None:
            specs.append(jax.ShapeDtypeStruct(item.shape, item.dtype))

        def run(tensors: list[Tensor]) -> None:
            tensors = list(tensors)
            given = tensors.pop() if item is not None else None
            end = self._run(self.values(tensors), given)
            leaves = Leaves(end)
            found[:] = [leaves.rebuild([_spec(leaf) for leaf in leaves.leaves])]

        lifted = Lifted(run)
        with jax.enable_x64(True):
            jax.eval_shape(lambda *values: lifted([], [], (list(values),)), *specs)
        return found[0]

    def _run(self, values: dict[str, Any], item: Any) -> dict[str, Any]:
        with self.state.holding(values), effects.tracing(mute=self._printed):
            self._printed = True
            self.body(item)
            return self.state.get()

    def values(self, carry: Any) -> dict[str, Any]:
        """The variables' values, from the tensors of one step."""
        given = iter(carry)
        values: dict[str, Any] = {}
        for name, value in self.start.items():
            if name in self.trees:
                forms, tree = self.carried[name], self.trees[name]
                values[name] = tree.rebuild([leaf if form is None else next(given) for leaf, form in zip(tree.leaves, forms, strict=True)])
            else:
                values[name] = value
        return values

    def _changed(self, end: dict[str, Any]) -> bool:
        """Take note of what a step leaves behind; whether the loop carries more (or other) than thought."""
        changed = False
        for name, after in end.items():
            if name in self.lost:
                continue
            if name not in self.trees:
                changed |= self._first_value(name, after)
                continue
            tree, forms = self.trees[name], self.carried[name]
            if isinstance(after, Undefined):
                if name in self.temporary or after._hb_reason:
                    self._lose(name, after._hb_reason or "a step of a loop on tensors leaves it without a value")
                    changed = True
                continue
            out = Leaves(after)
            if out.tree != tree.tree:
                begin, after = TensorArray.agree(tree.rebuild(tree.leaves), after)
                if jax.tree.structure(begin) != tree.tree:
                    self.trees[name] = Leaves(begin)
                    self.carried[name] = [_form(leaf) if is_tensor(leaf) else None for leaf in self.trees[name].leaves]
                    changed = True
                    continue
                if name in self.temporary or not any(map(_is_value, (*tree.leaves, *out.leaves))):
                    self._lose(name, "a loop on tensors gives it another structure in each step")
                    changed = True
                    continue
                raise Unstageable(f"'{name}' changes its structure in a loop on tensors: {tree.tree} before a step, {out.tree} after it.")
            for i, (before, leaf) in enumerate(zip(tree.leaves, out.leaves, strict=True)):
                if forms[i] is None:
                    if same(before, leaf):
                        continue
                    if not (_is_value(before) and _is_value(leaf)):
                        if isinstance(before, Undefined) or isinstance(leaf, Undefined) or not self._needed(name):
                            self._lose(name, "a loop on tensors leaves another object in it in each step")
                            changed = True
                            break
                        raise ArgumentError(
                            f"'{name}' is {_words(before)} before a step of a loop on tensors and {_words(leaf)} after it. Make it a "
                            "tensor of one type and shape before the loop."
                        )
                    number = is_python_number(before)
                    forms[i] = _form(leaf) if number and not is_python_number(leaf) and _fits(before, _form(leaf)[1]) else _form(before)
                    if number and forms[i][0] != ():
                        forms[i] = _form(leaf)
                        tree.leaves[i] = np.broadcast_to(np.asarray(before, forms[i][1]), forms[i][0])
                    changed = True
                else:
                    changed |= self._agree(name, tree, forms, i, leaf)
        return changed

    def _needed(self, name: str) -> bool:
        return name not in self.temporary

    def _first_value(self, name: str, after: Any) -> bool:
        """A variable that only the body gives a value: carried too, from zeros that nobody reads."""
        if isinstance(after, Undefined):
            return False
        out = Leaves(after)
        if not all(_is_value(leaf) or leaf is None for leaf in out.leaves):
            self._lose(name, "a loop on tensors gives it an object that is no tensor; give it a value before the loop")
            return True
        self.temporary.add(name)
        self.carried[name] = [None if leaf is None else _form(leaf) for leaf in out.leaves]
        out.leaves = [None if leaf is None else np.zeros(*_form(leaf)) for leaf in out.leaves]
        self.trees[name] = out
        return True

    def _lose(self, name: str, reason: str) -> None:
        self.lost[name] = Undefined(name, reason)
        if name in self.temporary:
            del self.trees[name], self.carried[name]

    def _agree(self, name: str, tree: Leaves, forms: list[Any], i: int, leaf: Any) -> bool:
        if not _is_value(leaf):
            raise ArgumentError(f"'{name}' is a tensor before a step of a loop on tensors and {_words(leaf)} after it.")
        shape, dtype = _form(leaf)
        if dtype != forms[i][1] and not (is_python_number(leaf) and _fits(leaf, forms[i][1])):
            if is_python_number(tree.leaves[i]) and _fits(tree.leaves[i], dtype):
                forms[i] = forms[i][0], dtype
                return True
            raise DtypeError(
                f"'{name}' has type {dtypes.standardize(forms[i][1])} before a step of a loop on tensors and {dtypes.standardize(dtype)} "
                f"after it. Cast it: tf.cast({name}, tf.{dtypes.standardize(forms[i][1])})."
            )
        if shape != forms[i][0]:
            if name in self.temporary:
                raise Unstageable(f"'{name}' has another shape in each step of a loop on tensors.")
            raise Unstageable(
                f"'{name}' has shape {forms[i][0]} before a step of a loop on tensors and {shape} after it; a program needs one shape."
            )
        return False

    def initial(self) -> list[Tensor]:
        return self._tensors(self.start | {name: tree.rebuild(tree.leaves) for name, tree in self.trees.items()})

    def step(self, carry: Any, item: Any) -> list[Tensor]:
        return self._tensors(self._run(self.values(carry), item))

    def _tensors(self, values: dict[str, Any]) -> list[Tensor]:
        made = []
        for name, forms in ((name, self.carried[name]) for name in self.start if name in self.carried):
            value = values[name]
            if isinstance(value, Undefined) or name in self.lost:
                made += [wrap(np.zeros(*form)) for form in forms if form is not None]
                continue
            value = TensorArray.agree(value, self.trees[name].rebuild(self.trees[name].leaves))[0]
            made += [cast(as_tensor(leaf), form[1]) for leaf, form in zip(Leaves(value).leaves, forms, strict=True) if form is not None]
        return made

    def final(self, carry: Any) -> dict[str, Any]:
        return {**self.values(carry), **self.lost}

