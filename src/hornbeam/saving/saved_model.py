"""tf.saved_model: a folder that holds an object's Variables and its compiled functions, and that runs without the Python it came from.

Of a Keras model the folder holds the `.keras` file. Of a `tf.Module` it holds `saved_model.json` (what stands where, and each function's
signatures), the Variables as a checkpoint, and each function as the StableHLO that JAX exports: data, which loading never runs as Python.
(TensorFlow's own SavedModels hold TensorFlow programs, which cannot be run; of those of Keras models see `keras_folder`.)

A program's own class, or a function of strings, cannot be made again from a file alone. A program that loads what it saved itself gets
it all the same: a copy of the object as it was saved.
"""

import copy
import json
import os
import re
from collections.abc import Iterator, Sequence
from typing import Any

import jax
import numpy as np

from hornbeam.engine import effects
from hornbeam.engine.callers import ours
from hornbeam.engine.door import Bound, run, supplied
from hornbeam.engine.errors import ArgumentError, DataLossError, MissingExtra, NotFoundError, ShapeError
from hornbeam.engine.function import ConcreteFunction, Function, SignatureError
from hornbeam.engine.module import Module
from hornbeam.engine.program import Program
from hornbeam.engine.spec import TensorSpec
from hornbeam.engine.tensor import as_tensor, is_tensor
from hornbeam.engine.variable import Variable
from hornbeam.layers.layer import Layer
from hornbeam.saving import bundle, files, formats, keras_folder

_FILE, _VARIABLES, _KERAS = "saved_model.json", os.path.join("variables", "variables"), "model.keras"
_FORMAT = "hornbeam saved model 1"


class SaveOptions:
    """Accepted; saving here has no choices to make."""

    def __init__(self, **options: Any):
        self.options = options


class LoadOptions(SaveOptions):
    """Accepted; loading here has no choices to make."""


def contains_saved_model(export_dir: Any) -> bool:
    """Whether a folder holds what `save` wrote."""
    return any(os.path.isfile(os.path.join(os.fspath(export_dir), name)) for name in (_FILE, _KERAS))


# Saving.
def save(obj: Any, export_dir: Any, signatures: Any = None, options: Any = None) -> None:
    """Write a `tf.Module` (or another object with Variables and functions) or a Keras model to a folder.

    Args:
        signatures: a function, or a dict of functions by name, to be found in the loaded object's `signatures`.

    A function is saved for its `input_signature`, or for each signature it has been called with.
    """
    folder = os.fspath(export_dir)
    os.makedirs(folder, exist_ok=True)
    written, is_model = _Writer(folder), isinstance(obj, Layer)
    if is_model and (not hasattr(obj, "get_config") or not hasattr(type(obj), "layers")):
        raise ArgumentError(f"tf.saved_model.save takes a model or a tf.Module; received the layer '{obj.name}'.")
    tree = {"kind": "object", "children": {}} if is_model else written.node(obj, "")
    named = {} if signatures is None else signatures if isinstance(signatures, dict) else {"serving_default": signatures}
    described = {name: written.function(function, f"signatures/{name}", is_model) for name, function in named.items()}
    for name in (_KERAS, _FILE):  # what was in the folder before
        if os.path.exists(os.path.join(folder, name)):
            os.remove(os.path.join(folder, name))
    if is_model:
        formats.save_model(obj, os.path.join(folder, _KERAS))
    if described or not is_model:
        os.makedirs(os.path.join(folder, "variables"), exist_ok=True)
        bundle.write(os.path.join(folder, _VARIABLES), {path: v.__hornbeam_tensor__(raw=True) for path, v in written.paths.items()})
        with files.replacing(os.path.join(folder, _FILE)) as file:
            file.write(json.dumps({"format": _FORMAT, "root": tree, "signatures": described}).encode())
    if is_model or written.left_out:
        keep(obj, folder, named, written.left_out)


_originals: dict[str, tuple[Any, Any]] = {}  # by folder: which file was written, and a copy of what


def keep(obj: Any, folder: str, signatures: dict[str, Any] | None = None, whole: bool = False) -> None:
    """Remember what has been saved, if the file alone does not bring it back: a model with classes of the program's own, or the `whole`."""
    folder = os.path.realpath(folder)
    _originals.pop(folder, None)
    if not whole and isinstance(obj, Layer) and all(ours(type(layer)) for layer in obj._flatten_layers()):
        return
    try:
        _originals[folder] = _written(folder), copy.deepcopy((obj, signatures or {}))
    except TypeError:  # it holds what has no copy, such as an open file
        return


def original(folder: str) -> Any:
    """A copy of what this program saved in a folder, or None; its `signatures` are those it was saved with."""
    written, kept = _originals.get(os.path.realpath(folder), (None, None))
    if kept is None or written != _written(os.path.realpath(folder)):
        return None
    found, named = copy.deepcopy(kept)
    named = {name: lambda *args, call=call, **kwargs: _by_name(call(*args, **kwargs)) for name, call in named.items()}
    if isinstance(found, Layer):
        return _served(found, named)
    object.__setattr__(found, "signatures", named)
    return found


def _written(folder: str) -> list[tuple[int, int]]:
    paths = [os.path.join(folder, name) for name in (_KERAS, _FILE)]
    return [(os.stat(path).st_ino, os.stat(path).st_mtime_ns) for path in paths if os.path.isfile(path)]


class _Writer:
    """Walks an object, collecting Variables by path and writing its functions."""

    def __init__(self, folder: str):
        self.folder = folder
        self.paths: dict[str, Variable] = {}
        self.known: dict[Variable, str] = {}
        self.seen: set[int] = set()
        self.count = 0
        self.left_out = False  # whether a function could not be written

    def node(self, value: Any, path: str) -> dict[str, Any] | None:
        if isinstance(value, Variable):
            return {"kind": "variable", "path": self.path_of(value, path), "trainable": bool(value.trainable), "name": value.path}
        if isinstance(value, (list, tuple)):
            return self._children("list", list(enumerate(value)), path)
        if isinstance(value, dict):
            return self._children("dict", list(value.items()), path)
        if isinstance(value, Function):
            return self.function(value, path)
        if isinstance(value, Layer):
            return self._children("object", [(str(i), v) for i, v in enumerate(value.variables)], path)
        if isinstance(value, (str, int, float, bool)):
            return {"kind": "constant", "value": value}
        if is_tensor(value):
            return self.node(Variable(np.asarray(as_tensor(value)), trainable=False), path)
        if not hasattr(value, "__dict__") or isinstance(value, type) or id(value) in self.seen:
            return None
        self.seen.add(id(value))
        attributes = {n: v for n, v in vars(value).items() if not n.startswith("_function_") and n not in ("_name", "_name_scope")}
        for name in dir(type(value)):
            if isinstance(getattr(type(value), name, None), Function):
                attributes[name] = getattr(value, name)
        return self._children("object", sorted(attributes.items()), path)

    def _children(self, kind: str, pairs: Sequence[tuple[Any, Any]], path: str) -> dict[str, Any]:
        found = {str(name): self.node(each, f"{path}/{name}" if path else str(name)) for name, each in pairs}
        return {"kind": kind, "children": {name: each for name, each in found.items() if each is not None}}

    def path_of(self, variable: Variable, path: str = "") -> str:
        if variable not in self.known:
            path = path or f"hidden/{len(self.known)}"
            self.known[variable], self.paths[path] = path, variable
        return self.known[variable]

    def function(self, function: Any, path: str, of_layers: bool = False) -> dict[str, Any]:
        """Write each signature of a function; gives what describes them.

        Layers choose kernels by their sizes: a function `of_layers` may not be one for open sizes, and is left out then.
        """
        forms: list[dict[str, Any]] = []
        try:
            exports = [(*each, *_export(each[2], [each[1][i] for i in each[3]])) for each in _signatures(function)]
        except (ShapeError, AttributeError, jax.errors.InconclusiveDimensionOperation):
            if not of_layers:
                raise
            exports = []
        for tree, leaves, program, places, exported, symbolic in exports:
            name = f"function_{self.count}.bin"
            self.count += 1
            with files.replacing(os.path.join(self.folder, name)) as file:
                file.write(exported)
            forms.append(
                {
                    "file": name,
                    "arguments": _described(tree, leaves, places),
                    "variables": [self.path_of(variable) for variable in program.lifted.variables],
                    "assigned": list(program.lifted.assigned),
                    "needed": program._needed,
                    "result": _described_result(program),
                    "any_size": symbolic,
                }
            )
        self.left_out = self.left_out or not forms
        return {"kind": "function", "name": getattr(function, "__name__", "function"), "forms": forms}


def _signatures(function: Any) -> Iterator[tuple[Any, list[Any], Program, list[int]]]:
    """Each signature that a function can be saved for: its arguments' structure, leaves (specs and constants), program, and places."""
    if isinstance(function, ConcreteFunction):
        wanted = [(function._tree, function._leaves)]
        function = function.function
    elif function.input_signature is not None:
        leaves, tree = jax.tree.flatten((tuple(function.input_signature), {}), is_leaf=lambda v: isinstance(v, TensorSpec))
        wanted = [(tree, leaves)]
    else:
        wanted = [(tree, leaves) for tree, leaves in function.traced()]
    for tree, leaves in wanted:
        leaves = [TensorSpec.from_tensor(leaf) if is_tensor(leaf) or isinstance(leaf, np.ndarray) else leaf for leaf in leaves]
        places = [i for i, leaf in enumerate(leaves) if isinstance(leaf, TensorSpec)]
        if any(not isinstance(leaf, (TensorSpec, bool, int, float, str)) and leaf is not None for leaf in leaves):
            continue  # an argument that is no tensor and no plain value cannot be named in a file
        if any(spec.dtype == "string" for spec in leaves if isinstance(spec, TensorSpec)):
            continue
        program = _traced(function, leaves, tree, places)
        if program is not None:
            yield tree, leaves, program, places


def _traced(function: Any, leaves: list[Any], tree: Any, places: list[int]) -> Program | None:
    """A function's program for open sizes. What a reshape asks of them ("divisible by 784") is a condition of the saved program."""
    conditions: list[str] = []
    while True:
        try:
            return function._trace(leaves, tree, places, _symbolic([leaves[i] for i in places], conditions))
        except jax.errors.InconclusiveDimensionOperation as error:
            asked = re.search(r"The remainder (mod\(.*\)) should be 0", str(error))
            if asked is None or len(conditions) == 8:
                raise ShapeError(
                    f"The function '{function.__name__}' cannot be saved for sizes that its signature leaves open: "
                    f"{str(error).splitlines()[0]} Give these sizes numbers, as in tf.TensorSpec([None, 28, 28])."
                ) from None
            conditions.append(f"{asked[1]} == 0")


def _symbolic(specs: Sequence[TensorSpec], conditions: Sequence[str] = ()) -> list[Any]:
    """The specs with a symbol for each size that is left open: the first axis's is one and the same in all of them."""
    from jax import export

    scope, made = export.SymbolicScope(conditions), []
    for number, spec in enumerate(specs):
        open_size = lambda i, number=number: "batch" if i == 0 else f"size_{number}_{i}"
        sizes = [open_size(i) if size is None else str(size) for i, size in enumerate(spec.shape or ())]
        text = ", ".join(sizes) + ("," if len(sizes) == 1 else "")
        shape = export.symbolic_shape(text, scope=scope) if None in (spec.shape or ()) else spec.shape or ()
        made.append(jax.ShapeDtypeStruct(tuple(shape), spec.dtype.numpy))
    return made


def _export(program: Program, specs: Sequence[TensorSpec]) -> tuple[bytes, bool]:
    from jax import export

    state = [program.lifted.variables[i] for i in program._needed]
    avals = [jax.ShapeDtypeStruct(tuple(v.shape), v._numpy_dtype) for v in state] + program.specs

    def flat(*operands: Any) -> tuple[list[Any], list[Any]]:
        out, new = program.bound.function(*operands)
        return list(out), [new[i] for i in program.lifted.assigned]

    with jax.enable_x64(True), effects.silently():
        made = export.export(jax.jit(flat), platforms=("cpu", "cuda"))(*avals)
        try:
            return made.serialize(vjp_order=1), any(None in (spec.shape or ()) for spec in specs)
        except ImportError:
            raise MissingExtra("tf.saved_model.save of a tf.Module's functions", "export", "flatbuffers") from None


def _described(tree: Any, leaves: Sequence[Any], places: Sequence[int]) -> Any:
    """A function's arguments as JSON."""
    spec = lambda leaf: {"spec": [None if leaf.shape is None else list(leaf.shape), str(leaf.dtype), leaf.name]}
    marked = [_Mark(spec(leaf) if i in places else {"constant": leaf}) for i, leaf in enumerate(leaves)]
    return _plain(jax.tree.unflatten(tree, marked))


def _described_result(program: Program) -> Any:
    marks = [_Mark({"tensor": True} if fixed else {"constant": value}) for fixed, value in program.kinds()]
    return _plain(jax.tree.unflatten(program._tree, marks))


class _Mark(dict):
    """A leaf's description (no pytree node, unlike a dict)."""


def _plain(value: Any) -> Any:
    if isinstance(value, _Mark):
        return dict(value)
    if value is None:
        return {"constant": None}
    if isinstance(value, (list, tuple)):
        return {"list" if isinstance(value, list) else "tuple": [_plain(each) for each in value]}
    if isinstance(value, dict):
        return {"dict": {str(name): _plain(each) for name, each in value.items()}}
    raise ArgumentError(f"A saved function's arguments and results are tensors in lists, tuples and dicts; found a {type(value).__name__}.")


# Loading.
def load(export_dir: Any, tags: Any = None, options: Any = None) -> Any:
    """What `save` wrote: of a Keras model the model, of a `tf.Module` an object with its Variables and functions as attributes."""
    folder = os.fspath(export_dir)
    if (kept := original(folder)) is not None:
        return kept
    model = formats.load_model(os.path.join(folder, _KERAS)) if os.path.isfile(os.path.join(folder, _KERAS)) else None
    if not os.path.isfile(os.path.join(folder, _FILE)):
        if model is not None:
            return _served(model)
        if keras_folder.is_one(folder):
            return _served(keras_folder.load(folder))
        raise NotFoundError(f"The folder '{folder}' holds no saved model.")
    with open(os.path.join(folder, _FILE), "rb") as file:
        described = json.loads(file.read())
    if described.get("format") != _FORMAT:
        raise DataLossError(f"'{os.path.join(folder, _FILE)}' is not of the form '{_FORMAT}'.")
    values = bundle.Bundle(os.path.join(folder, _VARIABLES)) if os.path.isfile(os.path.join(folder, _VARIABLES + bundle.INDEX)) else None
    variables = {path: Variable(values.array(path), name=path) for path in values or ()}  # type: ignore[union-attr]
    named = {name: _Signature(_built(each, variables, folder)) for name, each in described["signatures"].items()}
    if model is not None:
        return _served(model, named)
    found = _built(described["root"], variables, folder)
    found.signatures = named
    return found


def _served(model: Any, signatures: dict[str, Any] | None = None) -> Any:
    """A model with the endpoints of one that was exported: `serve`, and `signatures["serving_default"]`, which gives a dict."""

    def default(*args: Any, **kwargs: Any) -> dict[str, Any]:
        out = model(*(args or [list(kwargs.values())[0] if len(kwargs) == 1 else kwargs]))
        return _by_name(out, getattr(model, "output_names", None))

    def serve(*inputs: Any) -> Any:
        return model(inputs[0] if len(inputs) == 1 else list(inputs))

    vars(model).update(signatures=signatures or {"serving_default": default}, serve=serve)
    return model


def _by_name(out: Any, names: Any = None) -> dict[str, Any]:
    if isinstance(out, dict):
        return out
    outs = list(out) if isinstance(out, (list, tuple)) else [out]
    names = names if names and len(names) == len(outs) else [f"output_{i}" for i in range(len(outs))]
    return dict(zip(names, outs, strict=True))


class _Loaded(Module):
    """An object as it was loaded: Variables, functions and objects are its attributes."""

    signatures: dict[str, Any]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        function = vars(self).get("__call__")
        if function is None:
            raise ArgumentError("The object was saved without a compiled `__call__`: decorate it with @tf.function, and call it first.")
        return function(*args, **kwargs)


def _built(described: dict[str, Any], variables: dict[str, Variable], folder: str) -> Any:
    kind = described["kind"]
    if kind == "variable":
        variable = variables[described["path"]]
        variable.trainable, variable.name, variable.path = described["trainable"], described["name"], described["name"]
        return variable
    if kind == "constant":
        return described["value"]
    if kind == "function":
        return _LoadedFunction(described, variables, folder)
    children = {name: _built(each, variables, folder) for name, each in described["children"].items()}
    if kind == "list":
        return list(children.values())
    if kind == "dict":
        return children
    loaded = _Loaded()
    vars(loaded).update(children)
    return loaded


_CALL = supplied("saved_function")


class _LoadedFunction:
    """A function that was saved, with its signatures."""

    def __init__(self, described: dict[str, Any], variables: dict[str, Variable], folder: str):
        self.__name__ = described["name"]
        self._forms, self._variables, self._folder = described["forms"], variables, folder
        self._bound: dict[str, Bound] = {}

    @property
    def variables(self) -> tuple[Variable, ...]:
        return tuple(dict.fromkeys(self._variables[path] for form in self._forms for path in form["variables"]))

    trainable_variables = variables

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        for form in self._forms:
            tensors: list[Any] = []
            if _matches(form["arguments"], (args, kwargs), tensors):
                return self._run(form, tensors)
        raise SignatureError(
            f"The saved function '{self.__name__}' has no signature for these arguments. It was saved for "
            f"{'; '.join(_text(form['arguments']) for form in self._forms) or 'none: give its TensorSpecs sizes in the place of None'}."
        )

    def _run(self, form: dict[str, Any], tensors: list[Any]) -> Any:
        bound = self._bound.get(form["file"])
        if bound is None:
            from jax import export

            try:
                with open(os.path.join(self._folder, os.path.basename(form["file"])), "rb") as file:
                    exported = export.deserialize(bytearray(file.read()))
            except ImportError:
                raise MissingExtra("A saved function", "export", "flatbuffers") from None
            bound = self._bound[form["file"]] = Bound(_CALL, exported.call, None, (self.__name__,))
        owners = [self._variables[path] for path in form["variables"]]
        out, new = run(bound, [*(owners[i].__hornbeam_tensor__() for i in form["needed"]), *tensors])
        for i, tensor in zip(form["assigned"], new, strict=True):
            owners[i]._set(tensor)
        return _filled(form["result"], iter(out))


class _Signature:
    """A function among an object's `signatures`: called with keywords, it gives a dict of tensors."""

    def __init__(self, function: _LoadedFunction):
        self._function = function
        arguments = function._forms[0]["arguments"]["tuple"][0]["tuple"] if function._forms else []
        specs = {each["spec"][2] or f"arg_{i}": _spec(each) for i, each in enumerate(arguments) if "spec" in each}
        self.structured_input_signature: tuple[tuple, dict[str, TensorSpec]] = ((), specs)

    @property
    def structured_outputs(self) -> Any:
        return self._function._forms[0]["result"]

    def __call__(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        names = list(self.structured_input_signature[1])
        positional = [*args, *(kwargs[name] for name in names if name in kwargs)]
        if len(positional) < len(args) + len(kwargs):
            positional = [*args, *kwargs.values()]
        return _by_name(self._function(*positional))


def _spec(described: dict[str, Any]) -> TensorSpec:
    shape, dtype, name = described["spec"]
    return TensorSpec(shape, dtype, name)


def _matches(described: Any, value: Any, tensors: list[Any]) -> bool:
    """Whether arguments fit a signature; their tensors are collected on the way."""
    if "spec" in described:
        spec = _spec(described)
        if not is_tensor(value) and not isinstance(value, (bool, int, float, list, np.ndarray, np.generic)):
            return False
        try:
            tensor = as_tensor(value, spec.dtype if not hasattr(value, "dtype") else None)
        except (TypeError, ValueError):
            return False
        tensors.append(tensor)
        return spec.accepts(tensor)
    if "constant" in described:
        return type(value) is type(described["constant"]) and value == described["constant"]
    if "dict" in described:
        named = described["dict"]
        if not isinstance(value, dict) or set(value) != set(named):
            return False
        return all(_matches(named[name], value[name], tensors) for name in sorted(named))
    inner = described.get("list", described.get("tuple"))
    if not isinstance(value, (list, tuple)) or len(value) != len(inner):
        return False
    return all(_matches(d, v, tensors) for d, v in zip(inner, value, strict=True))


def _filled(described: Any, tensors: Iterator[Any]) -> Any:
    if "tensor" in described:
        return next(tensors)
    if "constant" in described:
        return described["constant"]
    if "dict" in described:
        return {name: _filled(described["dict"][name], tensors) for name in sorted(described["dict"])}
    if "list" in described:
        return [_filled(each, tensors) for each in described["list"]]
    return tuple(_filled(each, tensors) for each in described["tuple"])


def _text(described: Any) -> str:
    if "spec" in described:
        return repr(_spec(described))
    if "constant" in described:
        return repr(described["constant"])
    inner = described["dict"].items() if "dict" in described else enumerate(described.get("list", described.get("tuple")))
    return "(" + ", ".join(f"{name}={_text(each)}" if "dict" in described else _text(each) for name, each in inner) + ")"

