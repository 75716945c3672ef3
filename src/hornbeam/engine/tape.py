"""GradientTape: records operations as they run, and plays them back for gradients.

What is recorded is a list of (bound operation, inputs, outputs). Its gradient is found in one of two ways:

* operation by operation, with each operation's own compiled vector-Jacobian product (a recording seen for the first time);
* as one `jax.vjp` of the replay: inside a trace always, in eager code compiled once the same recording has come again.

A gradient is itself an operation behind the door, so outer tapes differentiate it again.
"""

import functools
import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam.engine import dtypes, effects
from hornbeam.engine.door import NEW_ELEMENTS, Bound, _device_is_host, run, supplied
from hornbeam.engine.errors import ArgumentError, StateError
from hornbeam.engine.pure import local
from hornbeam.engine.tensor import Tensor, Tracer, as_tensor, place, wrap


class Entry:
    """One recorded operation."""

    __slots__ = ("bound", "inputs", "outputs", "tree")

    def __init__(self, bound: Bound, inputs: list[Tensor | None], outputs: list[Tensor], tree: Any):
        self.bound, self.inputs, self.outputs, self.tree = bound, inputs, outputs, tree


class GradientTape:
    """Records operations on watched tensors, for automatic differentiation.

    Args:
        persistent: whether `gradient` may be called more than once.
        watch_accessed_variables: whether Variables made trainable are watched when they are read, those of frozen layers with them.

    Example::

        with GradientTape() as tape:
            loss = ops.mean((w * x + b - y) ** 2)
        dw, db = tape.gradient(loss, [w, b])
    """

    def __init__(self, persistent: bool = False, watch_accessed_variables: bool = True):
        self._persistent = persistent
        self._watch_accessed = watch_accessed_variables
        self._entries: list[Entry] = []
        self._tracked: dict[int, Tensor] = {}
        self._reads: dict[Any, list[Tensor]] = {}
        self._open = False
        self._used = False

    # The block.
    def __enter__(self) -> "GradientTape":
        if self._open:
            raise StateError("This GradientTape is already recording.")
        self._open = True
        local.tapes = (*local.tapes, self)
        return self

    def __exit__(self, *exc: Any) -> None:
        self._close()

    def _close(self) -> None:
        if self._open:
            self._open = False
            local.tapes = tuple(tape for tape in local.tapes if tape is not self)
            local.outer_tapes = tuple(tape for tape in local.outer_tapes if tape is not self)

    def stop_recording(self) -> "_Paused":
        """A block in which nothing is recorded."""
        return _Paused(self)

    def reset(self) -> None:
        """Forget everything recorded."""
        self._entries, self._tracked, self._reads, self._used = [], {}, {}, False

    # What is followed.
    def watch(self, tensor: Any) -> None:
        """Follow a tensor, a Variable, or a structure of them, so that gradients with respect to it can be asked for."""
        for each in jax.tree.leaves(tensor, is_leaf=_is_source):
            if hasattr(each, "__hornbeam_tensor__"):
                read = each.__hornbeam_tensor__()
                self._reads.setdefault(each, [])
                if not any(read is known for known in self._reads[each]):
                    self._reads[each].append(read)
                self._tracked[id(read)] = read
            elif isinstance(each, Tensor):
                if not differentiable(each):
                    continue
                self._tracked[id(each)] = each
            else:
                raise ArgumentError(f"Only tensors and Variables can be watched; received {type(each).__name__}: make it a tensor first.")

    def watched_variables(self) -> tuple[Any, ...]:
        return tuple(self._reads)

    def tracks(self, tensor: Tensor) -> bool:
        return id(tensor) in self._tracked

    def accessed(self, variable: Any, tensor: Tensor) -> None:
        """Called when a trainable Variable is read."""
        if not self._watch_accessed or id(tensor) in self._tracked:
            return
        self._reads.setdefault(variable, []).append(tensor)
        self._tracked[id(tensor)] = tensor

    def record(self, bound: Bound, inputs: Sequence[Tensor | None], result: Any) -> None:
        """Called by the door after each operation inside the block."""
        tracked = self._tracked
        for tensor in inputs:
            if tensor is not None and id(tensor) in tracked:
                break
        else:
            return
        if type(result) is Tensor:
            outputs, tree = [result], None
        else:
            outputs, tree = jax.tree.flatten(result, is_leaf=_is_tensor)
        followed = [out for out in outputs if differentiable(out)]
        if not followed:
            return
        for out in followed:
            tracked[id(out)] = out
        self._entries.append(Entry(bound, list(inputs), outputs, tree))

    # Gradients.
    def gradient(
        self, target: Any, sources: Any, output_gradients: Any = None, unconnected_gradients: Any = "none"
    ) -> Any:
        """The gradient of `target` (summed over its elements) with respect to `sources`, in their structure.

        Args:
            target: a Tensor or a structure of them.
            sources: Tensors or Variables, in any structure.
            output_gradients: weights of the target's elements, in its structure; ones by default.
            unconnected_gradients: 'none' answers None where no path leads, 'zero' zeros.

        Raises `StateError` when a tape that is not persistent is asked twice.
        """
        self._use()
        unconnected = str(getattr(unconnected_gradients, "value", unconnected_gradients))
        if unconnected not in ("none", "zero"):
            raise ArgumentError(f"unconnected_gradients is 'none' or 'zero'; received {unconnected!r}.")
        targets = [self._target(each) for each in jax.tree.leaves(target, is_leaf=_is_source)]
        leaves, tree = jax.tree.flatten(sources, is_leaf=_is_source)
        if output_gradients is None:
            seeds: list[Tensor | None] = [None] * len(targets)
        else:
            seeds = [as_tensor(each) for each in jax.tree.leaves(output_gradients, is_leaf=_is_source)]
        wanted, spans = self._sources(leaves)
        found = self._gradients(targets, wanted, seeds)
        gradients = []
        for leaf, (start, stop) in zip(leaves, spans, strict=True):
            parts = [each for each in found[start:stop] if each is not None]
            total = parts[0] if parts else None
            for part in parts[1:]:
                total = total + part
            if total is None and unconnected == "zero":
                like = as_tensor(leaf)
                total = wrap(np.zeros(like.shape, like._value.dtype))
            gradients.append(total)
        return jax.tree.unflatten(tree, gradients)

    def _target(self, target: Any) -> Tensor:
        """A target as a tensor; a Variable that is one itself counts as read, so that its gradient by itself is 1."""
        tensor = as_tensor(target)
        if getattr(target, "_born_trainable", False):
            self.accessed(target, tensor)
        return tensor

    def jacobian(
        self, target: Any, sources: Any, unconnected_gradients: Any = "none", parallel_iterations: Any = None,
        experimental_use_pfor: bool = True,
    ) -> Any:
        """The derivative of each element of `target` by each element of `sources`: shape `target.shape + source.shape`."""
        return self._jacobian(target, sources, unconnected_gradients, batch=False)

    def batch_jacobian(
        self, target: Any, source: Any, unconnected_gradients: Any = "none", parallel_iterations: Any = None,
        experimental_use_pfor: bool = True,
    ) -> Any:
        """As `jacobian`, row by row: shape `[batch, *target.shape[1:], *source.shape[1:]]`. Rows must not depend on each other."""
        return self._jacobian(target, source, unconnected_gradients, batch=True)

    def _jacobian(self, target: Any, sources: Any, unconnected_gradients: Any, batch: bool) -> Any:
        self._use()
        if isinstance(target, (list, tuple, dict)):
            raise ArgumentError("jacobian takes one target tensor.")
        target = as_tensor(target)
        leaves, tree = jax.tree.flatten(sources, is_leaf=_is_source)
        wanted, spans = self._sources(leaves)
        recording = Recording(self._entries, [target], wanted)
        results: list[Tensor | None] = []
        if recording.entries or recording.identity:
            kind = "batch_jacobian" if batch else "jacobian"
            found = run(recording.bound(kind), recording.leaves)
            results = [out if used else None for out, used in zip(found, recording.connected, strict=True)]
        else:
            results = [None] * len(wanted)
        answers = []
        for leaf, (start, _) in zip(leaves, spans, strict=True):
            result = results[start] if start < len(results) else None
            if result is None and str(getattr(unconnected_gradients, "value", unconnected_gradients)) == "zero":
                like = as_tensor(leaf)
                rest = like.shape[1:] if batch else like.shape
                result = wrap(np.zeros((*target.shape, *rest), like._value.dtype))
            answers.append(result)
        return jax.tree.unflatten(tree, answers)

    def _use(self) -> None:
        if self._used and not self._persistent:
            raise StateError(
                "A GradientTape that is not persistent gives one gradient. Make it with GradientTape(persistent=True) to ask again."
            )
        self._used = True
        if self._open and not self._persistent:
            self._close()

    def _sources(self, leaves: list[Any]) -> tuple[list[Tensor], list[tuple[int, int]]]:
        """The tensors that stand for each source (a Variable's every read), and where each source's lie among them."""
        wanted: list[Tensor] = []
        spans = []
        for leaf in leaves:
            start = len(wanted)
            if hasattr(leaf, "__hornbeam_tensor__"):
                wanted += self._reads.get(leaf, [])
            elif isinstance(leaf, Tensor):
                wanted.append(leaf)
            else:
                raise ArgumentError(f"Gradients are taken with respect to tensors and Variables; received {type(leaf).__name__}.")
            spans.append((start, len(wanted)))
        return wanted, spans

    def _gradients(self, targets: list[Tensor], wanted: list[Tensor], seeds: list[Tensor | None]) -> list[Tensor | None]:
        followed = [i for i, target in enumerate(targets) if self.tracks(target)]
        targets, seeds = [targets[i] for i in followed], [seeds[i] for i in followed]
        recording = Recording(self._entries, targets, wanted)
        if not any(recording.connected):
            return [None] * len(wanted)
        seeds = [_ones(t) if s is None else s for t, s in zip(targets, seeds, strict=True)]
        recorded = bool(local.tapes or local.outer_tapes)
        traced = any(t.is_traced for t in recording.leaves) or any(s.is_traced for s in seeds)
        if not (traced or recorded) and recording.is_seldom():
            small = recording.interpreted(seeds)
            if small is not None:
                return small
        if traced or recorded or recording.worth_compiling():
            found = run(recording.bound("gradient"), [*recording.leaves, *seeds])
            return [g if used else None for g, used in zip(found, recording.connected, strict=True)]
        return recording.walk(seeds)


class _Paused:
    def __init__(self, tape: GradientTape):
        self.tape = tape

    def __enter__(self) -> None:
        self.tape._close()

    def __exit__(self, *exc: Any) -> None:
        self.tape.__enter__()


class Recording:
    """The part of a tape that leads from `sources` to `targets`, as a function of its leaves.

    Tensors are numbered: the leaves first (the sources, then everything else that enters from outside), then each entry's
    outputs in order. `key` describes the whole without naming a tensor, so the same recording made again has the same key.
    """

    def __init__(self, entries: list[Entry], targets: list[Tensor], sources: list[Tensor]):
        self.targets, self.sources = targets, sources
        source_ids = {id(tensor) for tensor in sources}
        reached = set(source_ids)  # what the sources lead to
        forward = []
        for entry in entries:
            if any(t is not None and id(t) in reached for t in entry.inputs):
                forward.append(entry)
                reached.update(id(out) for out in entry.outputs if differentiable(out))
        needed = {id(target) for target in targets}  # what leads to the targets
        self.entries: list[Entry] = []
        for entry in reversed(forward):
            if any(id(out) in needed and id(out) not in source_ids for out in entry.outputs):
                self.entries.append(entry)
                needed.update(id(t) for t in entry.inputs if t is not None)
        self.entries.reverse()
        self.connected = [id(source) in needed for source in sources]
        self.identity = any(id(target) in source_ids for target in targets)

        numbers: dict[int, int] = {}
        self.leaves: list[Tensor] = []
        for source in sources:
            if id(source) not in numbers:
                numbers[id(source)] = len(self.leaves)
                self.leaves.append(source)
        made = {id(out) for entry in self.entries for out in entry.outputs} - source_ids
        for tensor in [t for entry in self.entries for t in entry.inputs] + targets:
            if tensor is not None and id(tensor) not in numbers and id(tensor) not in made:
                numbers[id(tensor)] = len(self.leaves)
                self.leaves.append(tensor)
        count = len(self.leaves)
        steps = []
        for entry in self.entries:
            ins = tuple(-1 if t is None else numbers[id(t)] for t in entry.inputs)
            outs = []
            for out in entry.outputs:
                if id(out) in source_ids:
                    outs.append(-1)  # replaced by the source itself
                else:
                    numbers[id(out)] = count
                    outs.append(count)
                    count += 1
            steps.append((entry.bound, ins, tuple(outs), entry.tree))
        self.steps = tuple(steps)
        self.source_numbers = tuple(numbers[id(source)] for source in sources)
        self.target_numbers = tuple(numbers[id(target)] for target in targets)

    @functools.cached_property
    def key(self) -> tuple:
        avals = tuple((tuple(leaf._value.shape), leaf._value.dtype) for leaf in self.leaves)
        return (self.steps, self.source_numbers, self.target_numbers, avals)

    _seen: "OrderedDict[tuple, Bound | None]" = OrderedDict()
    _hoped: "set[tuple]" = set()  # recordings compiled whole at first sight that have not come again yet
    _lock = threading.Lock()
    _interpreted: "OrderedDict[tuple, int]" = OrderedDict()  # how often NumPy gave a recording's gradients; -1: it cannot

    def is_seldom(self) -> bool:
        """Whether NumPy is to be tried: at first, and for a long recording, whose program takes seconds to compile, sixteen times."""
        key = ("gradient", self.key)
        with Recording._lock:
            if key in self._seen:
                return False
            times = self._interpreted.get(key)
            if times is None:
                self._interpreted[key] = 0
                while len(self._interpreted) > 1024:
                    self._interpreted.popitem(last=False)
        return times is None or 0 < times < (16 if len(self.steps) > 64 else 1)

    def interpreted(self, seeds: list[Tensor]) -> list[Tensor | None] | None:
        """The gradients by NumPy, without compiling; None if the recording is too large or has more in it than NumPy does."""
        key = ("gradient", self.key)
        small = _device_is_host() and all(
            each._value.dtype != object and each._value.size <= NEW_ELEMENTS for each in (*self.leaves, *seeds)
        )
        found = self.walk(seeds, host=True) if small else None
        self._interpreted[key] = -1 if found is None else self._interpreted.get(key, 0) + 1
        return found

    def worth_compiling(self) -> bool:
        """Whether compiling this recording whole will pay: it has come before, or those compiled at first sight did come again.

        A loop that makes the same recording each time has it compiled at once; one whose recordings grow is told apart after four.
        """
        key = ("gradient", self.key)
        with Recording._lock:
            if key in self._seen:
                self._hoped.discard(key)
                self._seen.move_to_end(key)
                return True
            if self._interpreted.get(key, 0) > 0:
                return True
            self._remember(key, None)
            if len(self._hoped) < 4:
                self._hoped.add(key)
                return True
        return False

    @classmethod
    def _remember(cls, key: tuple, bound: Bound | None) -> None:
        cls._seen[key] = bound
        cls._seen.move_to_end(key)
        while len(cls._seen) > 256:
            cls._hoped.discard(cls._seen.popitem(last=False)[0])

    def bound(self, kind: str) -> Bound:
        """The gradient (or Jacobian) as a bound operation on the leaves, the same object for the same recording."""
        key = (kind, self.key)
        with Recording._lock:
            found = self._seen.get(key)
            if found is None:
                make = {"gradient": self._gradient_function, "jacobian": self._jacobian_function}.get(kind)
                function = make() if make else self._jacobian_function(batch=True)
                found = Bound(_TAPE_OPS[kind], function, None, ())
                self._remember(key, found)
        return found

    def _replay(self):
        steps, sources, targets, count = self.steps, self.source_numbers, self.target_numbers, len(self.leaves)

        def replay(values: Sequence[Any], leaves: Sequence[Any]) -> list[Any]:
            env = dict(enumerate(leaves))
            env.update(zip(sources, values, strict=True))
            for bound, ins, outs, _ in steps:
                out = bound.function(*[None if i < 0 else env[i] for i in ins])
                env.update((n, o) for n, o in zip(outs, jax.tree.leaves(out), strict=True) if n >= 0)
            return [env[n] for n in targets]

        return replay, sources, count

    def _gradient_function(self):
        replay, sources, count = self._replay()

        def gradient(*operands: Any) -> tuple[Any, ...]:
            leaves, seeds = operands[:count], list(operands[count:])
            values = [leaves[n] for n in sources]
            with effects.silently():
                out, pullback = jax.vjp(lambda values: replay(values, leaves), values)
            seeds = [jnp.broadcast_to(s.astype(o.dtype), o.shape) for s, o in zip(seeds, out, strict=True)]
            return tuple(pullback(seeds)[0])

        return gradient

    def _jacobian_function(self, batch: bool = False):
        replay, sources, _ = self._replay()

        def rows(values: list[Any], leaves: Sequence[Any]) -> tuple[Any, ...]:
            with effects.silently():
                out, pullback = jax.vjp(lambda values: replay(values, leaves)[0], values)
            if batch:  # one row of the basis for each element of an example, the same for all examples
                basis = jnp.eye(int(np.prod(out.shape[1:])), dtype=out.dtype).reshape(-1, 1, *out.shape[1:])
                basis = jnp.broadcast_to(basis, (basis.shape[0], *out.shape))
                found = jax.vmap(pullback)(basis)[0]
                return tuple(jnp.moveaxis(g, 0, 1).reshape(*out.shape, *g.shape[2:]) for g in found)
            basis = jnp.eye(out.size, dtype=out.dtype).reshape(out.size, *out.shape)
            found = jax.vmap(pullback)(basis)[0]
            return tuple(g.reshape(*out.shape, *g.shape[1:]) for g in found)

        return lambda *leaves: rows([leaves[n] for n in sources], leaves)

    def walk(self, seeds: list[Tensor], host: bool = False) -> Any:
        """Gradients operation by operation, with each operation's own pullback: compiled, or by NumPy (None where that cannot be)."""
        totals: dict[int, Any] = {}
        for target, seed in zip(self.targets, seeds, strict=True):
            value = np.broadcast_to(np.asarray(seed._value), target.shape) if isinstance(seed._value, np.ndarray) else seed._value
            totals[id(target)] = value if id(target) not in totals else totals[id(target)] + value
        sources = {id(source) for source in self.sources}
        with jax.enable_x64(True), np.errstate(all="ignore" if host else None):
            for entry in reversed(self.entries):
                outs = [totals.get(id(out)) if id(out) in sources else totals.pop(id(out), None) for out in entry.outputs]
                outs = [None if id(out) in sources else each for out, each in zip(entry.outputs, outs, strict=True)]
                if all(each is None for each in outs):
                    continue
                cotangents = [
                    _zero_cotangent(out) if each is None else each for out, each in zip(entry.outputs, outs, strict=True)
                ]
                packed = cotangents[0] if entry.tree is None else jax.tree.unflatten(entry.tree, cotangents)
                primals = tuple(None if t is None else t._value for t in entry.inputs)
                parts = (entry.bound.vjp_by_numpy if host else entry.bound.vjp)(primals, packed)
                if parts is NotImplemented:
                    return None
                for tensor, part in zip(entry.inputs, parts, strict=True):
                    if tensor is not None and part is not None:
                        totals[id(tensor)] = totals[id(tensor)] + part if id(tensor) in totals else part
        if host:
            totals = {number: place(np.asarray(total)) for number, total in totals.items()}
        return [wrap(totals[id(s)]) if used and id(s) in totals else None for s, used in zip(self.sources, self.connected, strict=True)]


def _zero_cotangent(out: Tensor) -> Any:
    value = out._value
    dtype = value.dtype if differentiable(out) else jax.dtypes.float0
    return np.zeros(value.shape, dtype)


def _ones(tensor: Tensor) -> Tensor:
    return wrap(np.ones((), tensor._value.dtype))


def differentiable(tensor: Tensor) -> bool:
    dtype = tensor._value.dtype
    return dtypes.is_float(dtype) or dtype.kind == "c"


def _is_tensor(value: Any) -> bool:
    return isinstance(value, Tensor)


def _is_source(value: Any) -> bool:
    return value is None or isinstance(value, Tensor) or hasattr(value, "__hornbeam_tensor__")


_TAPE_OPS = {kind: supplied(kind) for kind in ("gradient", "jacobian", "batch_jacobian")}

__all__ = ["Entry", "GradientTape", "Recording", "Tracer"]
