"""ExportArchive: functions of models in a folder that `tf.saved_model.load` reads."""

from collections.abc import Callable, Iterable
from typing import Any

import jax

from hornbeam.engine.errors import ArgumentError, StateError
from hornbeam.engine.function import TensorSpec, function
from hornbeam.engine.variable import Variable


class _Served:
    """What is written: an object with the endpoints and collections as its attributes."""


class ExportArchive:
    """Collects functions (endpoints) of models for a SavedModel folder.

        archive = ExportArchive()
        archive.track(model)
        archive.add_endpoint("serve", model.call, [keras.InputSpec(shape=(None, 3), dtype="float32")])
        archive.write_out(folder)  # tf.saved_model.load(folder).serve(inputs)
    """

    def __init__(self, format: str = "tf_saved_model"):
        if format != "tf_saved_model":
            raise ArgumentError(f"ExportArchive writes format='tf_saved_model'; received {format!r}.")
        self._served = _Served()
        self._endpoints: dict[str, Any] = {}
        self._tracked: list[Any] = []

    def track(self, resource: Any) -> None:
        """Let the loaded object have a layer's or model's Variables, as `variables` and its kin."""
        if not getattr(resource, "built", True):
            raise StateError(f"'{resource.name}' has no weights yet: call it on data, or build it, before it is exported.")
        self._tracked.append(resource)
        for name in ("variables", "trainable_variables", "non_trainable_variables"):
            setattr(self._served, name, getattr(self, name))

    def _variables(self, kind: str) -> list[Variable]:
        return list(dict.fromkeys(v for each in self._tracked for v in getattr(each, kind, ())))

    @property
    def variables(self) -> list[Variable]:
        return self._variables("variables")

    @property
    def trainable_variables(self) -> list[Variable]:
        return self._variables("trainable_variables")

    @property
    def non_trainable_variables(self) -> list[Variable]:
        return self._variables("non_trainable_variables")

    def add_endpoint(self, name: str, fn: Callable[..., Any], input_signature: Any = None, **kwargs: Any) -> Any:
        """Add a function under a name; gives it compiled.

        Args:
            input_signature: a list of what each argument is: InputSpecs, TensorSpecs or symbolic tensors, or structures of them. Not
                needed for a `tf.function` that has been called.
        """
        if name in self._endpoints:
            raise ArgumentError(f"ExportArchive has an endpoint {name!r} already.")
        if input_signature is not None:
            given = input_signature if isinstance(input_signature, (list, tuple)) else [input_signature]
            specs = [jax.tree.map(_spec, each, is_leaf=_is_spec) for each in given]
            fn = function(getattr(fn, "python_function", fn), input_signature=specs)
        elif not hasattr(fn, "get_concrete_function"):
            raise ArgumentError(f"The endpoint {name!r} needs an `input_signature`: a list of InputSpecs, one for each argument.")
        self._endpoints[name] = fn
        setattr(self._served, name, fn)
        return fn

    def track_and_add_endpoint(self, name: str, resource: Any, input_signature: Any = None, **kwargs: Any) -> Any:
        """`track`, and an endpoint that calls the layer or model."""
        self.track(resource)
        return self.add_endpoint(name, resource.__call__, input_signature, **kwargs)

    def add_variable_collection(self, name: str, variables: Iterable[Variable]) -> None:
        """Let the loaded object have Variables in an attribute."""
        found = list(variables) if isinstance(variables, (list, tuple, set)) else [variables]
        if wrong := [each for each in found if not isinstance(each, Variable)]:
            raise ArgumentError(f"add_variable_collection takes a list of Variables; received {wrong[0]!r}.")
        setattr(self._served, name, found)

    def write_out(self, filepath: Any, options: Any = None, verbose: bool = True) -> None:
        """Write the folder. The first endpoint is its default signature, unless one has that name."""
        from hornbeam.saving import saved_model

        if not self._endpoints:
            raise StateError("ExportArchive has no endpoints yet: call add_endpoint first.")
        first = next(iter(self._endpoints.values()))
        saved_model.save(self._served, filepath, {"serving_default": first, **self._endpoints}, options)
        if verbose:
            print(f"Saved artifact at '{filepath}'. Endpoints: {', '.join(self._endpoints)}")


def _is_spec(value: Any) -> bool:
    return hasattr(value, "shape") and hasattr(value, "dtype")


def _spec(value: Any) -> TensorSpec:
    if not _is_spec(value):
        raise ArgumentError(f"An input_signature is made of InputSpecs, TensorSpecs or symbolic tensors; received {value!r}.")
    return TensorSpec(value.shape, value.dtype or "float32", getattr(value, "name", None) if not hasattr(value, "_value") else None)
