"""Control flow inside programs: branches, loops, scans. Each is one operation to tapes, whatever its bodies do.

Bodies are ordinary stateful Python: they may read and assign Variables, draw random numbers, and use tensors from around them.
`_Bodies` lifts them together (`engine.pure.Lifted`): the Variables they touch become operands, those they assign are carried
through the loop and come back as extra results. A branch whose condition is already known is simply called.
"""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam.engine import conversion, graph
from hornbeam.engine.door import Bound, cast, run, supplied
from hornbeam.engine.effects import note_unbounded_loop
from hornbeam.engine.errors import ArgumentError, DtypeError, ShapeError
from hornbeam.engine.pure import Lifted, local
from hornbeam.engine.tensor import Tensor, as_tensor, is_tensor
from hornbeam.ops.elementwise import add, floor_divide, maximum, negative, subtract
from hornbeam.ops.indexing import where
from hornbeam.ops.shaping import reshape


def _tensors(tree: Any) -> Any:
    """A structure with every leaf a Tensor."""
    return jax.tree.map(as_tensor, tree, is_leaf=is_tensor)


def _specs(tree: Any) -> Any:
    return jax.tree.map(lambda t: jax.ShapeDtypeStruct(t._value.shape, t._value.dtype), tree, is_leaf=is_tensor)


def _known(tensor: Tensor) -> bool:
    return not (tensor.is_traced or tensor.is_symbolic)


class _Bodies:
    """Python functions that share Variables, lifted together.

    Args:
        name: the operation's, for messages.
        functions: each takes Tensors (in structures) and returns a structure of Tensors or numbers.
        specs: for each function the shapes and types of its arguments.
    """

    def __init__(self, name: str, functions: Sequence[Callable], specs: Sequence[tuple]):
        self.op = supplied(name)
        self.lifted = [Lifted(lambda *args, f=f: _checked(name, _tensors(f(*args)))) for f in functions]
        first = self.lifted[0]
        for each in self.lifted[1:]:
            each.variables, each.captures, each.assigned = first.variables, first.captures, first.assigned
        self.variables, self.captures, self.assigned = first.variables, first.captures, first.assigned
        self.programs: list[Any] = [None] * len(functions)
        traced_with = [-1] * len(functions)  # how much state was known when each was traced
        while traced_with != [self._state_size()] * len(functions):
            for i, (each, spec) in enumerate(zip(self.lifted, specs, strict=True)):
                if traced_with[i] != self._state_size():
                    self.programs[i] = self._settle(each, spec)
                    traced_with[i] = self._state_size()
        self.outputs = [result[0] for _, result in self.programs]

    def _state_size(self) -> int:
        return len(self.variables) + len(self.captures) + len(self.assigned)

    def _settle(self, lifted: Lifted, spec: tuple) -> Any:
        """The body as a program, and the shapes of what it gives."""

        def trace() -> Any:
            with jax.enable_x64(True):
                values = [_specs(t) for t in lifted.operands()]
                return jax.make_jaxpr(lambda values, args: lifted.flat(values, args), return_shape=True)(values, spec)

        return lifted.settle(trace)

    def call(self, which: int, operands: list[Any], args: tuple) -> Any:
        """Body number `which` on arrays. It is the program that was traced already, so that loops in loops are not traced over and over.

        Python is run again for a body with effects, which may be left out this time, and for operands it was not traced for.
        """
        program, result = self.programs[which]
        leaves = jax.tree.leaves((operands, args))
        fits = all(a.shape == v.aval.shape and a.dtype == v.aval.dtype for a, v in zip(leaves, program.jaxpr.invars, strict=True))
        if program.effects or not fits:
            return self.lifted[which].flat(operands, args)
        return jax.tree.unflatten(jax.tree.structure(result), jax.core.eval_jaxpr(program.jaxpr, program.consts, *leaves))

    def run(self, function: Callable[..., Any], args: Any) -> Any:
        """Apply `function(state, args)`, JAX's form of the operation, to Tensors; assign what the bodies assigned.

        `state.now` holds the values of the assigned variables; `function` returns its result and their new values.
        """
        leaves, tree = jax.tree.flatten(args, is_leaf=is_tensor)
        lifted = [*self.lifted[0].operands()]
        count = len(lifted)

        def flat(*operands: Any) -> Any:
            return function(_State(self, list(operands[:count])), jax.tree.unflatten(tree, operands[count:]))

        out, new = run(Bound(self.op, flat, None, ()), [*lifted, *leaves])
        for i, tensor in zip(self.assigned, new, strict=True):
            self.variables[i]._set(tensor)
        return out


class _State:
    """The values of lifted variables and captured tensors while a control-flow operation is traced."""

    def __init__(self, bodies: _Bodies, operands: list[Any]):
        self.bodies, self.operands = bodies, operands

    @property
    def now(self) -> list[Any]:
        return [self.operands[i] for i in self.bodies.assigned]

    def call(self, which: int, now: Sequence[Any], *args: Any) -> tuple[Any, list[Any]]:
        """Body number `which` on arrays, with the assigned variables at `now`: its result and their new values."""
        operands = list(self.operands)
        for i, value in zip(self.bodies.assigned, now, strict=True):
            operands[i] = value
        out, new = self.bodies.call(which, operands, args)
        return out, [new[i] for i in self.bodies.assigned]


def _checked(name: str, out: Any) -> Any:
    if graph.any_symbolic(out):
        raise ArgumentError(
            f"A body of `{name}` uses a symbolic tensor from outside. Hand it to `{name}` with the tensors it works on "
            "(among the loop variables, the initial values or the operands)."
        )
    return out


def _symbolically(function: Callable, args: tuple) -> Any:
    """Note one graph node that runs `function`, bodies and all, each time the graph is called."""
    node = graph.Node(function, args, {})
    return node.finish(graph.infer(function, args, {}))


def _same_structure(name: str, first: Any, second: Any, what: str) -> None:
    """Two results that must agree do: the same structure, shapes and types."""
    a, b = jax.tree.structure(first), jax.tree.structure(second)
    if a != b:
        raise ArgumentError(f"`{name}`: {what} must have one structure; received {a} and {b}.")
    for x, y in zip(jax.tree.leaves(first), jax.tree.leaves(second), strict=True):
        if x.shape != y.shape:
            raise ShapeError(f"`{name}`: {what} must have one shape; received {tuple(x.shape)} and {tuple(y.shape)}.")
        if x.dtype != y.dtype:
            raise DtypeError(f"`{name}`: {what} must have one type; received {x.dtype} and {y.dtype}: cast one of them.")


# Branches.
def cond(pred: Any, true_fn: Callable, false_fn: Callable) -> Any:
    """`true_fn()` if `pred` holds, else `false_fn()`.

    `pred` is a scalar. When its value is known the branch is called at once; inside a program both branches are compiled, one
    runs, and their results must have the same structure, shapes and types. In a functional model's graph both run.
    """
    pred = as_tensor(pred)
    if pred.size != 1:
        raise ShapeError(f"`cond`: `pred` is a scalar; its shape is {pred.shape}. Reduce it with `any` or `all`.")
    if _known(pred):
        return _tensors(true_fn() if bool(np.asarray(pred).reshape(())) else false_fn())
    pred = reshape(cast(pred, "bool"), ())
    if pred.is_symbolic:
        return jax.tree.map(lambda a, b: where(pred, a, b), _tensors(true_fn()), _tensors(false_fn()), is_leaf=is_tensor)
    bodies = _Bodies("cond", [true_fn, false_fn], [(), ()])
    _same_structure("cond", bodies.outputs[0], bodies.outputs[1], "the results of the two branches")
    return bodies.run(
        lambda state, pred: jax.lax.cond(pred, lambda: state.call(0, state.now), lambda: state.call(1, state.now)), pred
    )


def switch(index: Any, branches: Sequence[Callable], *operands: Any) -> Any:
    """`branches[index](*operands)`; an index outside is brought to the nearest branch."""
    if not branches:
        raise ArgumentError("`switch` needs at least one branch.")
    index, operands = as_tensor(index), _tensors(operands)
    if _known(index):
        return _tensors(branches[min(max(int(index), 0), len(branches) - 1)](*operands))
    if index.is_symbolic or graph.any_symbolic(operands):
        return _symbolically(lambda index, *operands: switch(index, branches, *operands), (index, *operands))
    bodies = _Bodies("switch", branches, [_specs(operands)] * len(branches))
    for each in bodies.outputs[1:]:
        _same_structure("switch", bodies.outputs[0], each, "the results of the branches")

    def choose(state: _State, args: Any) -> Any:
        index, operands = args
        calls = [lambda *operands, i=i: state.call(i, state.now, *operands) for i in range(len(branches))]
        return jax.lax.switch(index.astype(jnp.int32), calls, *operands)

    return bodies.run(choose, (index, operands))


# Loops.
def while_loop(cond: Callable, body: Callable, loop_vars: Any, maximum_iterations: int | None = None) -> Any:
    """`while cond(*loop_vars): loop_vars = body(*loop_vars)`, at most `maximum_iterations` times; the final loop variables.

    Gradients need a bound on the number of steps: with `maximum_iterations` the loop can be run backwards.
    """
    single = not isinstance(loop_vars, (list, tuple))
    kind = tuple if single else type(loop_vars)
    args = tuple(_tensors((loop_vars,) if single else tuple(loop_vars)))
    if graph.any_symbolic(args):
        out = _symbolically(lambda *args: while_loop(cond, body, args, maximum_iterations), args)
        return out[0] if single else kind(out)

    def step(*args: Any) -> tuple:
        out = body(*args)
        return tuple(out) if isinstance(out, (list, tuple)) else (out,)

    bodies = _Bodies("while_loop", [cond, step], [_specs(args)] * 2)
    _same_structure("while_loop", _specs(args), bodies.outputs[1], "the loop variables and what `body` returns")
    holds = lambda state, now, args: jnp.reshape(state.call(0, now, *args)[0], ()).astype(bool)

    if maximum_iterations is None:
        note_unbounded_loop()

        def loop(state: _State, args: tuple) -> Any:
            now, args = jax.lax.while_loop(
                lambda carry: holds(state, *carry), lambda carry: state.call(1, carry[0], *carry[1])[::-1], (state.now, args)
            )
            return args, now

    elif not (local.tapes or local.outer_tapes or local.scope):

        def loop(state: _State, args: tuple) -> Any:
            def further(carry: Any) -> Any:
                return (carry[0] < maximum_iterations) & holds(state, *carry[1:])

            def once(carry: Any) -> Any:
                out, now = state.call(1, carry[1], *carry[2])
                return carry[0] + np.int32(1), now, out

            _, now, args = jax.lax.while_loop(further, once, (np.int32(0), state.now, args))
            return args, now

    else:  # something may ask for the gradient: a loop of known length, whose steps after the end do nothing

        def loop(state: _State, args: tuple) -> Any:
            def once(carry: Any, _: None) -> Any:
                going, now, args = carry
                going = going & holds(state, now, args)
                advance = lambda now, args: state.call(1, now, *args)[::-1]
                now, args = jax.lax.cond(going, advance, lambda now, args: (now, args), now, args)
                return (going, now, args), None

            (_, now, args), _ = jax.lax.scan(once, (np.bool_(True), state.now, args), None, int(maximum_iterations))
            return args, now

    out = bodies.run(loop, args)
    return out[0] if single else kind(out)


def range_length(start: Any, limit: Any, delta: Any) -> Tensor:
    """How many numbers start, start + delta, ... lie before `limit`: int32, at least 0."""
    return cast(maximum(negative(floor_divide(subtract(start, limit), delta)), 0), "int32")


def fori_loop(lower: Any, upper: Any, body_fun: Callable, init_val: Any) -> Any:
    """`for i in range(lower, upper): val = body_fun(i, val)`; the last `val`. Bounds that are known allow gradients."""
    lower, upper = (as_tensor(each, "int32") for each in (lower, upper))
    if _known(lower) and _known(upper):
        first, count = int(lower), max(0, int(upper) - int(lower))
        steps = as_tensor(np.arange(first, first + count, dtype=np.int32))
        return scan(lambda val, i: (body_fun(i, val), None), init_val, steps)[0]
    leaves, tree = jax.tree.flatten(init_val, is_leaf=is_tensor)

    def step(i: Tensor, *leaves: Tensor) -> tuple:
        return add(i, 1), *jax.tree.leaves(body_fun(i, jax.tree.unflatten(tree, leaves)), is_leaf=is_tensor)

    return jax.tree.unflatten(tree, while_loop(lambda i, *_: i < upper, step, (lower, *leaves))[1:])


def scan(
    f: Callable, init: Any, xs: Any = None, length: int | None = None, reverse: bool = False, unroll: int | bool = 1
) -> tuple[Any, Any]:
    """`carry, y = f(carry, x)` for each x along the first axis of `xs`; the last carry, and the ys stacked.

    Args:
        f: the carry it returns must have the structure, shapes and types of `init`.
        xs: a structure of tensors; None with `length` steps.
        reverse: begin at the end.
        unroll: how many steps are laid out in a row (True: all).
    """
    init, xs = _tensors(init), _tensors(xs)
    if graph.any_symbolic((init, xs)):
        return _symbolically(lambda init, xs: scan(f, init, xs, length, reverse, unroll), (init, xs))
    count = _length("scan", xs, length)
    item = jax.tree.map(lambda s: jax.ShapeDtypeStruct(s.shape[1:], s.dtype), _specs(xs))
    bodies = _Bodies("scan", [f], [(_specs(init), item)])
    if not isinstance(bodies.outputs[0], (tuple, list)) or len(bodies.outputs[0]) != 2:
        raise ArgumentError("`scan`: `f` returns a pair: the next carry, and what is stacked (None for nothing).")
    _same_structure("scan", _specs(init), bodies.outputs[0][0], "`init` and the carry that `f` returns")

    def loop(state: _State, args: Any) -> Any:
        def once(carry: Any, x: Any) -> Any:
            (out, y), now = state.call(0, carry[0], carry[1], x)
            return (now, out), y

        (now, carry), ys = jax.lax.scan(once, (state.now, args[0]), args[1], count, reverse, unroll)
        return (carry, ys), now

    return bodies.run(loop, (init, xs))


def _length(name: str, xs: Any, length: int | None) -> int:
    sizes = {leaf._value.shape[0] if leaf.ndim else None for leaf in jax.tree.leaves(xs, is_leaf=is_tensor)}
    if length is not None:
        sizes.add(int(length))
    if len(sizes) != 1 or None in sizes:
        raise ShapeError(f"`{name}` goes along the first axis, which must have one size; received {sorted(str(size) for size in sizes)}.")
    return sizes.pop()


def map(f: Callable, xs: Any) -> Any:
    """`f(x)` for each x along the first axis of `xs`, one after the other, stacked."""
    return scan(lambda _, x: (_, f(x)), np.int32(0), xs)[1]


def vectorized_map(function: Callable, elements: Any) -> Any:
    """`function(x)` for each x along the first axis of `elements`, all at once."""
    elements = _tensors(elements)
    if graph.any_symbolic(elements):
        return _symbolically(lambda elements: vectorized_map(function, elements), (elements,))
    _length("vectorized_map", elements, None)
    item = jax.tree.map(lambda s: jax.ShapeDtypeStruct(s.shape[1:], s.dtype), _specs(elements))
    bodies = _Bodies("vectorized_map", [function], [(item,)])
    return bodies.run(
        lambda state, elements: jax.vmap(lambda x: state.call(0, state.now, x), out_axes=(0, None))(elements), elements
    )


def associative_scan(f: Callable, elems: Any, reverse: bool = False, axis: int = 0) -> Any:
    """Running results of an associative `f(a, b)` along an axis, in parallel (Blelloch 1990)."""
    elems = _tensors(elems)
    if graph.any_symbolic(elems):
        return _symbolically(lambda elems: associative_scan(f, elems, reverse, axis), (elems,))
    bodies = _Bodies("associative_scan", [f], [(_specs(elems), _specs(elems))])
    return bodies.run(
        lambda state, elems: (
            jax.lax.associative_scan(lambda a, b: state.call(0, state.now, a, b)[0], elems, reverse, axis=axis),
            state.now,
        ),
        elems,
    )


# Gradients.
def custom_gradient(f: Callable) -> Callable:
    """Decorator for a function that brings its own gradient: `f(*args)` returns the result and `grad(*upstream)`.

    `grad` takes the gradient of each result and returns that of each argument (one, or a tuple). Variables that `f` reads
    receive none.
    """

    def wrapped(*args: Any) -> Any:
        tensors = _tensors(args)
        if graph.any_symbolic(tensors):
            return _symbolically(wrapped, tensors)

        def backward(args: tuple, upstream: Any) -> tuple:
            found = f(*args)[1](*(upstream if isinstance(upstream, (tuple, list)) else (upstream,)))
            found = found if isinstance(found, (tuple, list)) else (found,)
            if len(found) != len(args):
                raise ArgumentError(f"custom_gradient: `grad` returned {len(found)} gradients for {len(args)} arguments.")
            return tuple(a * 0 if g is None else g for a, g in zip(args, found, strict=True))

        forward = lambda *args: f(*args)[0]
        probe = _Bodies("custom_gradient", [forward], [_specs(tensors)])
        bodies = _Bodies("custom_gradient", [forward, backward], [_specs(tensors), (_specs(tensors), probe.outputs[0])])

        def program(state: _State, args: tuple) -> Any:
            @jax.custom_vjp
            def core(operands: list[Any], args: tuple) -> Any:
                return _State(bodies, operands).call(0, state.now, *args)

            def core_forward(operands: list[Any], args: tuple) -> Any:
                return core(operands, args), (operands, args)

            def core_backward(kept: Any, upstream: Any) -> Any:
                operands, args = kept
                found, _ = _State(bodies, operands).call(1, state.now, args, upstream[0])
                fits = lambda g, a: g.astype(a.dtype) if jnp.issubdtype(a.dtype, jnp.inexact) else _no_gradient(a)
                return jax.tree.map(_no_gradient, operands), jax.tree.map(fits, found, args)

            core.defvjp(core_forward, core_backward)
            return core(state.operands, args)

        return bodies.run(program, tensors)

    wrapped.__name__, wrapped.__doc__ = getattr(f, "__name__", "custom_gradient"), f.__doc__
    return wrapped


def _no_gradient(array: Any) -> Any:
    if jnp.issubdtype(array.dtype, jnp.inexact):
        return jnp.zeros_like(array)
    return np.zeros(array.shape, jax.dtypes.float0)


def jvp(fun: Callable, primals: Any, tangents: Any, has_aux: bool = False) -> Any:
    """`fun(*primals)` and its derivative in the direction `tangents`; with `has_aux` also what `fun` returns beside."""
    primals, tangents = _tensors(tuple(primals)), _tensors(tuple(tangents))
    bodies = _Bodies("jvp", [fun], [_specs(primals)])

    def program(state: _State, args: Any) -> Any:
        def call(*primals: Any) -> Any:
            out, now = state.call(0, state.now, *primals)
            return (out[0], (out[1], now)) if has_aux else (out, (None, now))

        out, tangent, (aux, now) = jax.jvp(call, args[0], args[1], has_aux=True)
        return ((out, tangent, aux) if has_aux else (out, tangent)), now

    return bodies.run(program, (primals, tangents))


def vectorize(pyfunc: Callable, *, excluded: Any = None, signature: str | None = None) -> Callable:
    """`pyfunc` on scalars (or on the core axes that `signature` names) made to work on whole tensors, broadcasting."""
    excluded = frozenset(excluded or ())

    def vectorized(*args: Any) -> Any:
        free = [i for i in range(len(args)) if i not in excluded]

        def on_arrays(*arrays: Any) -> Any:
            full = list(args)
            for i, array in zip(free, arrays, strict=True):
                full[i] = as_tensor(array)
            return jax.tree.map(lambda t: t._value, _tensors(pyfunc(*full)), is_leaf=is_tensor)

        function = jnp.vectorize(on_arrays, signature=signature)
        return run(Bound(_VECTORIZE, function, None, ()), [as_tensor(args[i]) for i in free])

    return vectorized


_VECTORIZE = supplied("vectorize")


def _autograph(function: Any) -> Any:
    """AutoGraph, imported when a function is first compiled."""
    from hornbeam.ops.autograph import converted

    conversion.install(converted)
    return converted(function)


conversion.install(_autograph)


def recomputed(function: Callable[..., Any], tensors: Sequence[Tensor], wanted: Callable[[Any], bool]) -> Any:
    """`function(tensors)` as one operation whose gradient runs it again, if `wanted(the outputs)`; otherwise its plain call."""
    bodies = _Bodies("remat", (lambda *each: function(list(each)),), (tuple(_specs(each) for each in tensors),))
    if not wanted(bodies.outputs[0]):
        return function(list(tensors))
    return bodies.run(lambda state, args: jax.checkpoint(lambda now, args: state.call(0, now, *args))(state.now, args), tuple(tensors))
