"""Models written in JAX, and in Flax, as layers."""

import inspect
from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from hornbeam.engine import registry
from hornbeam.engine.door import Bound, run, supplied
from hornbeam.engine.errors import ArgumentError, MissingExtra, StateError
from hornbeam.engine.rng import SeedGenerator, next_key
from hornbeam.engine.tensor import as_tensor, is_tensor
from hornbeam.engine.variable import Variable
from hornbeam.layers.layer import Layer, _map_shapes

_JAX = supplied("jax_layer")
_CALL, _INIT = ("params", "state", "rng", "inputs", "training"), ("rng", "inputs", "training")


@registry.register("layer")
class JaxLayer(Layer):
    """A function of JAX arrays with parameters of its own, as a layer.

    Args:
        call_fn: a function whose arguments have these names, in any choice that has `inputs`: `params` (a tree of arrays that train),
            `state` (a tree that does not), `rng` (a key of `jax.random`), `inputs` (an array or a tree) and `training` (a bool). It
            returns the outputs, or, when it takes `state`, the outputs and the new state.
        init_fn: of `rng`, `inputs` (zeros of the inputs' shape) and, if it likes, `training`, which is True. It returns the params, or
            the params and the state. Called when the layer is built, unless `params` and `state` are given.
        params, state: trees of arrays to begin with.
        seed: of the keys.

    Weights: the leaves of params, then those of state.
    """

    def __init__(
        self, call_fn: Callable, init_fn: Callable | None = None, params: Any = None, state: Any = None, seed: int | None = None,
        native_serialization_platforms: Any = None, **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.call_fn, self.init_fn = _function(call_fn), _function(init_fn)
        self._wants = _names("call_fn", self.call_fn, _CALL)
        self._init_wants = _names("init_fn", self.init_fn, _INIT) if self.init_fn is not None else []
        given = params is not None or state is not None
        if not given and self.init_fn is None and {"params", "state"} & set(self._wants):
            raise ArgumentError("JaxLayer: call_fn takes params or state, so give init_fn, or params (and state) to begin with.")
        self.seed, self.generator = seed, SeedGenerator(seed)
        self._bounds: dict[Any, Bound] = {}
        self._params: Any = None
        self._state: Any = None
        if given:
            self._keep(params, state)

    def build(self, input_shape: Any) -> None:
        if self._params is not None or self._state is not None or self.init_fn is None:
            return
        inputs = _map_shapes(lambda shape: np.zeros([1 if size is None else size for size in shape], self.compute_dtype), input_shape)
        with jax.ensure_compile_time_eval(), jax.enable_x64(False):
            given = {"rng": np.asarray(next_key(self.generator)), "inputs": jax.tree.map(jax.numpy.asarray, inputs), "training": True}
            made = self.init_fn(**{name: given[name] for name in self._init_wants})
        self._keep(*made) if "state" in self._wants else self._keep(made, None)

    def _keep(self, params: Any, state: Any) -> None:
        """Make Variables of trees of arrays."""
        self._params, self._state = self._variables(params, True), self._variables(state, False)

    def _variables(self, tree: Any, trainable: bool) -> Any:
        def variable(path: Any, leaf: Any) -> Variable:
            value = leaf.numpy() if is_tensor(leaf) else np.asarray(leaf)
            name = "_".join(str(getattr(key, "key", getattr(key, "idx", getattr(key, "name", key)))) for key in path) or "variable"
            trains = trainable and jax.numpy.issubdtype(value.dtype, np.floating)
            start = lambda shape, dtype=None: value
            return self.add_weight(value.shape, start, dtype=value.dtype, trainable=trains, autocast=False, name=name)

        return jax.tree_util.tree_map_with_path(variable, tree, is_leaf=is_tensor)

    def call(self, inputs: Any, training: bool = False) -> Any:
        given = {"params": self._params, "state": self._state, "inputs": inputs}
        if "rng" in self._wants:
            given["rng"] = next_key(self.generator)
        arguments = {name: given[name] for name in self._wants if name in given}
        leaves, tree = jax.tree.flatten(arguments, is_leaf=is_tensor)
        bound = self._bounds.get((tree, bool(training)))
        if bound is None:
            bound = self._bounds[tree, bool(training)] = Bound(_JAX, self._program(tree, bool(training)), None, ())
        found = run(bound, [as_tensor(leaf) for leaf in leaves])
        if "state" not in self._wants:
            return found
        outputs, state = found
        for variable, value in zip(jax.tree.leaves(self._state, is_leaf=is_tensor), jax.tree.leaves(state, is_leaf=is_tensor), strict=True):
            variable.assign(value)
        return outputs

    def _program(self, tree: Any, training: bool) -> Callable:
        flag = {"training": training} if "training" in self._wants else {}

        def program(*leaves: Any) -> Any:
            with jax.enable_x64(False):  # what the function makes of Python's numbers is 32 bits wide, as its writer expects
                out = self.call_fn(**jax.tree.unflatten(tree, leaves), **flag)
            if "state" in self._wants and not (isinstance(out, tuple) and len(out) == 2):
                raise ArgumentError("JaxLayer: a call_fn that takes `state` returns a pair: the outputs and the new state.")
            return out

        return program

    def get_config(self) -> dict[str, Any]:
        written = lambda function: None if function is None else registry.to_config(function)
        return {**super().get_config(), "call_fn": written(self.call_fn), "init_fn": written(self.init_fn), "seed": self.seed}


@registry.register("layer")
class FlaxLayer(JaxLayer):
    """A `flax.linen.Module` as a layer.

    Args:
        module: it is called with `inputs` (an array or a tree) and, if it takes it, `training`.
        method: what to call instead of `__call__`: a method's name, or a function of the module and these arguments.
        variables: what `module.init` gave: a dict with 'params' and collections that do not train. By default they are made when the
            layer is built.
    """

    def __init__(self, module: Any, method: Any = None, variables: dict[str, Any] | None = None, **kwargs: Any):
        try:
            from flax.core import DenyList
        except ImportError:
            raise MissingExtra("FlaxLayer", "flax", "flax") from None
        self.__dict__.update(module=module, method=method)
        function = getattr(type(module), method) if isinstance(method, str) else method or type(module).__call__
        takes = "training" in inspect.signature(function).parameters

        def call_fn(params: Any, state: Any, rng: Any, inputs: Any, training: bool) -> Any:
            held = {**({} if params is None else {"params": params}), **(state or {})}
            flag = {"training": training} if takes else {}
            return module.apply(held, inputs, rngs=_streams(rng), method=method, mutable=DenyList(["params"]), **flag)

        def init_fn(rng: Any, inputs: Any) -> Any:
            return self._split(module.init(_streams(rng), inputs, method=method, **({"training": True} if takes else {})))

        params, state = self._split(variables) if variables is not None else (None, None)
        super().__init__(call_fn, init_fn, params, state, **kwargs)

    def _split(self, variables: Any) -> tuple[Any, Any]:
        held = dict(variables)
        return held.pop("params", None), held

    def get_config(self) -> dict[str, Any]:
        raise ArgumentError("A FlaxLayer holds a module, which is code: keep its weights (`save_weights`), or write your own `get_config`.")


def _streams(rng: Any) -> dict[str, Any]:
    """A key for each of the streams that modules usually ask for."""
    return dict(zip(("params", "dropout", "default"), jax.random.split(rng, 3), strict=True))


def _function(value: Any) -> Any:
    """A function that a configuration names."""
    if isinstance(value, (str, dict)):
        name = value if isinstance(value, str) else value.get("registered_name") or value["config"]
        found = registry.find(name)
        if found is None:
            raise ArgumentError(f"JaxLayer: the function {name!r} is not known: register it, or hand it over in custom_objects.")
        return found
    return value


def _names(what: str, function: Any, allowed: tuple[str, ...]) -> list[str]:
    """The arguments that a function takes, all of them allowed."""
    if not callable(function):
        raise ArgumentError(f"JaxLayer: {what} is a function; received {function!r}.")
    parameters = inspect.signature(function).parameters.values()
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    names = [each.name for each in parameters if each.kind not in kinds]
    wrong = [name for name in names if name not in allowed]
    if wrong or "inputs" not in names or len(names) < len(parameters):
        listed = ", ".join(allowed)
        raise ArgumentError(f"JaxLayer: the arguments of {what} are among {listed}, with `inputs`; it takes ({', '.join(names)}).")
    return names


@registry.register("layer")
class TorchModuleWrapper(Layer):
    """A `torch.nn.Module` as a layer: Keras has it on its PyTorch backend alone, and refuses it on JAX, as here."""

    def __init__(self, module: Any, name: str | None = None, output_shape: Any = None, **kwargs: Any):
        raise StateError(
            "TorchModuleWrapper runs on Keras's PyTorch backend only: JAX's gradients do not pass through a torch module. Write the module "
            "in Keras's layers, or in JAX or Flax (JaxLayer, FlaxLayer)."
        )
