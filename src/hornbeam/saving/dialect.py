"""Configurations as the versions of Keras write them, turned into the form Hornbeam reads.

Three differences matter: functions named by a dict, arguments that are written though nobody set them, and Keras 2's way of
writing which layer feeds which.
"""

from typing import Any

from hornbeam.engine.errors import DataError

_DEEPEST = 150  # a model inside a model takes about five
# Arguments that Keras writes whether or not anyone set them, with the values at which they mean nothing here.
_IDLE: dict[str, tuple[Any, ...]] = {
    "quantization_config": (None,),
    "rms_scaling": (False,),
    # Keras 2:
    "time_major": (False,),
    "implementation": (1, 2),
    "input_length": (None,),
    "experimental_autocast": (True,),
    "is_legacy_optimizer": (False, True),
    "decay": (0, 0.0),
}


def modern(config: Any, depth: int = 0) -> Any:
    """A configuration of any age in today's form.

    Raises: DataError, for one so deeply nested that nothing could be made of it.
    """
    if depth > _DEEPEST:
        raise DataError(f"The configuration is nested more than {_DEEPEST} deep.")
    if isinstance(config, list):
        return [modern(each, depth + 1) for each in config]
    if not isinstance(config, dict):
        return config
    name, inner = config.get("class_name"), config.get("config")
    if name == "function" and isinstance(inner, str):
        registered = config.get("registered_name")
        return inner if registered in (None, "function") else registered
    if isinstance(name, str) and isinstance(inner, dict):
        if name == "MeanMetricWrapper" and isinstance(inner.get("fn"), str):
            return inner["fn"] if inner.get("name") in (None, inner["fn"]) else inner["name"]
        config = {**config, "config": _arguments(name, inner)}
    return {key: modern(each, depth + 1) for key, each in config.items()}


def _arguments(name: str, inner: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in inner.items() if key not in _IDLE or value not in _IDLE[key]}
    if _is_usual_rounding(kept.get("quantization_config")):
        del kept["quantization_config"]
    if name == "BatchNormalization" and isinstance(kept.get("axis"), list) and len(kept["axis"]) == 1:
        kept["axis"] = kept["axis"][0]
    if kept.get("reduction") == "auto":
        kept["reduction"] = "sum_over_batch_size"
    if "optimizer" not in kept and "learning_rate" in kept:
        kept.pop("jit_compile", None)
    if name in ("Functional", "Model") and any(_is_old(layer) for layer in kept.get("layers", [])):
        kept = _graph(kept)
    return kept


def _is_usual_rounding(config: Any) -> bool:
    """Whether it says of a quantized layer what its dtype says already: weights and inputs in int8."""
    if not isinstance(config, dict) or config.get("class_name") != "Int8QuantizationConfig":
        return False
    of_weights, of_inputs = (config.get("config", {}).get(f"{part}_quantizer") for part in ("weight", "activation"))
    usual = isinstance(of_inputs, dict) and of_inputs.get("class_name") == "AbsMaxQuantizer"
    return of_weights is None and usual and list(of_inputs["config"].get("value_range", ())) == [-127, 127]


# Keras 2's graphs: `[[["dense", 0, 0, {}]]]` is one call, on output 0 of the call 0 of 'dense'.
def _is_old(layer: Any) -> bool:
    calls = layer.get("inbound_nodes") if isinstance(layer, dict) else None
    return isinstance(calls, list) and any(isinstance(call, list) for call in calls)


def _graph(config: dict[str, Any]) -> dict[str, Any]:
    calls = {layer["name"]: layer["inbound_nodes"] for layer in config["layers"]}
    ends = [config["input_layers"], config["output_layers"]]
    # A model inside the model counts its calls from 1, as it was called once when it was made.
    first = {name: int([name, len(nodes)] in _references([list(calls.values()), ends])) for name, nodes in calls.items() if nodes}

    def tensor(entry: list[Any]) -> dict[str, Any]:
        return {"class_name": "__keras_tensor__", "config": {"keras_history": history(entry)}}

    def history(entry: list[Any]) -> list[Any]:
        name, call, output = entry[:3]
        return [name, call - first.get(name, 0), output]

    def call(entries: list[Any]) -> dict[str, Any]:
        tensors = [tensor(entry) for entry in entries]
        kwargs = {key: keyword(value) for entry in entries if len(entry) > 3 for key, value in entry[3].items()}
        return {"args": [tensors if len(tensors) > 1 else tensors[0]], "kwargs": kwargs}

    def keyword(value: Any) -> Any:
        if isinstance(value, list):
            return tensor(value) if _is_reference(value) and value[0] in calls else [keyword(each) for each in value]
        return value

    def end(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: end(each) for key, each in value.items()}
        if _is_reference(value):
            return history(value)
        return end(value[0]) if len(value) == 1 else [end(each) for each in value]  # one stands in a list all the same

    layers = [{**layer, "inbound_nodes": [call(node) if isinstance(node, list) else node for node in layer["inbound_nodes"]]}
              for layer in config["layers"]]
    return {**config, "layers": layers, "input_layers": end(ends[0]), "output_layers": end(ends[1])}


def _is_reference(value: Any) -> bool:
    return isinstance(value, list) and len(value) >= 3 and isinstance(value[0], str) and all(isinstance(each, int) for each in value[1:3])


def _references(value: Any) -> list[list[Any]]:
    """The `[layer, call]` pairs that occur anywhere in a structure."""
    if _is_reference(value):
        return [value[:2], *_references(value[3:])]
    if isinstance(value, (list, dict)):
        return [found for each in (value.values() if isinstance(value, dict) else value) for found in _references(each)]
    return []
