"""What the case modules share: seeded draws, plain forms of configs, and the standard record of a layer."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from goldens.oracle import Oracle

Case = Callable[[Oracle], dict[str, Any]]

#: Keys that only Keras's newest releases write and that no argument of the covered API sets.
NOT_COMPARED = {"quantization_config", "build_config", "renorm", "renorm_clipping", "renorm_momentum", "synchronized",
                "rms_scaling", "input_axes", "output_axes", "module", "registered_name", "sparse", "ragged", "optional"}


def rng(name: str) -> np.random.Generator:
    """A generator that depends on `name` alone, so that cases can be added without moving the others."""
    return np.random.default_rng(zlib.crc32(name.encode()))


def normal(generator: np.random.Generator, *shape: int, scale: float = 1.0) -> np.ndarray:
    return (scale * generator.standard_normal(shape)).astype("float32")


def plain(config: Any) -> Any:
    """A config without module paths and counters: nested objects become [class name, config], 'dense_3' 'dense'."""
    if isinstance(config, dict):
        if {"class_name", "config"} <= set(config):
            if config["class_name"] == "DTypePolicy":
                return config["config"]["name"]
            return [config["class_name"], plain(config["config"])]
        kept = {key: plain(value) for key, value in config.items() if key not in NOT_COMPARED}
        if isinstance(kept.get("name"), str):
            kept["name"] = re.sub(r"_\d+$", "", kept["name"])
        return kept
    if isinstance(config, (list, tuple)):
        return [plain(value) for value in config]
    return np.asarray(config).tolist() if hasattr(config, "__array__") else config


def flat(structure: Any) -> list[Any]:
    """The leaves of nested lists, tuples and dicts (by sorted key)."""
    if isinstance(structure, dict):
        return [leaf for key in sorted(structure) for leaf in flat(structure[key])]
    if isinstance(structure, (list, tuple)):
        return [leaf for item in structure for leaf in flat(item)]
    return [structure]


def record(value: Any, into: dict[str, Any], name: str = "value") -> None:
    """Put a value into a case's results: arrays, also in nests of lists and dicts, as numbers with names, anything else as a fact."""
    if hasattr(value, "dtype"):
        into[name] = np.asarray(value)
    elif isinstance(value, dict):
        record(sorted(value.items()), into, name)
    elif isinstance(value, (list, tuple)) and any(hasattr(each, "dtype") or isinstance(each, (list, tuple, dict)) for each in value):
        into[f"{name} has"] = len(value)
        for i, each in enumerate(value):
            record(each, into, f"{name}_{i}")
    else:
        into[name] = value


_POSITIVE = ("moving_variance", "moving_stddev", "renorm_stddev")


def set_random_weights(layer: Any, generator: np.random.Generator, scale: float = 0.5) -> None:
    """Draw every weight anew; running variances and deviations stay positive."""
    values = []
    for weight in layer.weights:
        value = normal(generator, *weight.shape, scale=scale)
        values.append(np.abs(value) + np.float32(0.5) if weight.name in _POSITIVE else value)
    layer.set_weights(values)


def layer_case(
    name: str,
    make: Callable[[Any], Any],
    *inputs: tuple[int, ...] | np.ndarray,
    merge: bool = False,
    training: bool = False,
    call: Callable[..., Any] | None = None,
    config: bool = True,
    scale: float = 0.5,
    **arguments: Any,
) -> Case:
    """The standard record of a layer.

    Args:
        make: from the namespace to the layer.
        inputs: arrays, or shapes to draw from a normal distribution.
        merge: the layer takes its inputs as one list.
        training: record the training mode too (outputs, gradients, updated weights).
        call: `call(layer, *tensors, **arguments)` where the usual call does not do.
        arguments: further arguments of the call (a mask, say); arrays become tensors.
    """

    def case(oracle: Oracle) -> dict[str, Any]:
        generator = rng(name)
        layer = make(oracle.keras)
        arrays = [normal(generator, *x) if isinstance(x, tuple) else x for x in inputs]
        given = {key: oracle.tensor(v) if isinstance(v, np.ndarray) else v for key, v in arguments.items()}

        def run(*tensors: Any, **mode: Any) -> list[Any]:
            if call is not None:
                return flat(call(layer, *tensors, **given, **mode))
            return flat(layer(list(tensors) if merge else tensors[0], **given, **mode))

        run(*map(oracle.tensor, arrays))  # builds
        set_random_weights(layer, generator, scale)
        result: dict[str, Any] = {
            "weights": [[w.name, list(w.shape), w.dtype if isinstance(w.dtype, str) else np.dtype(w.dtype).name]
                        for w in layer.weights],
            "trainable": [w.name for w in layer.trainable_weights],
            "parameters": layer.count_params(),
        }
        if config:
            result["config"] = plain(layer.get_config())
        if call is None:
            shapes = [x.shape for x in arrays]
            result["output_shape"] = layer.compute_output_shape(shapes if merge else shapes[0])
        modes: list[tuple[str, dict[str, bool]]] = [("", {})]
        if training:
            modes = [("inference/", {"training": False}), ("training/", {"training": True})]
        for prefix, mode in modes:
            outputs = [oracle.numpy(y) for y in run(*map(oracle.tensor, arrays), **mode)]
            for i, y in enumerate(outputs):
                result[f"{prefix}output{i}"] = y
            if training and mode["training"]:
                for i, w in enumerate(layer.non_trainable_weights):
                    result[f"{prefix}updated {i} {w.name}"] = oracle.numpy(w)
            factors = [oracle.tensor(normal(generator, *y.shape)) for y in outputs]

            def scalar(*tensors: Any, mode: Any = mode, factors: Any = factors) -> Any:
                ops = oracle.keras.ops
                terms = [ops.sum(y * factor) for y, factor in zip(run(*tensors, **mode), factors, strict=True)]
                total = terms[0]
                for term in terms[1:]:
                    total = total + term
                return total

            _, by_inputs, by_weights = oracle.gradients(scalar, arrays, layer.trainable_weights)
            for i, g in enumerate(by_inputs):
                result[f"{prefix}gradient of input {i}"] = g
            for i, (g, w) in enumerate(zip(by_weights, layer.trainable_weights, strict=True)):
                result[f"{prefix}gradient of {i} {w.name}"] = g
        return result

    return case


def table(*rows: tuple[Any, ...], **shared: Any) -> dict[str, Case]:
    """Layer cases from rows `(name, make, *inputs, {options})`; the options may be left out."""
    cases = {}
    for name, make, *rest in rows:
        options = rest.pop() if rest and isinstance(rest[-1], dict) else {}
        cases[name] = layer_case(name, make, *rest, **{**shared, **options})
    return cases


def run_all(oracle: Oracle, cases: dict[str, Case], names: Sequence[str] | None = None) -> dict[str, dict[str, Any]]:
    """Results of the named cases (all when None)."""
    return {name: cases[name](oracle) for name in names or cases}
