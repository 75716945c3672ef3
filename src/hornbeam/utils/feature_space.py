"""FeatureSpace: the columns of a table as one vector, or one for each column."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from hornbeam import ops
from hornbeam.engine import dtypes, registry
from hornbeam.engine.errors import ArgumentError, DataError
from hornbeam.engine.tensor import Tensor, as_tensor, is_tensor
from hornbeam.layers.core import Identity
from hornbeam.layers.input import Input
from hornbeam.layers.layer import Layer
from hornbeam.layers.preprocessing.category import CategoryEncoding, HashedCrossing, Hashing
from hornbeam.layers.preprocessing.encoding import check_mode
from hornbeam.layers.preprocessing.lookup import IndexLookup, IntegerLookup, StringLookup
from hornbeam.layers.preprocessing.numeric import Discretization, Normalization, Rescaling
from hornbeam.saving import save_model

_CODES = ("int", "one_hot")


class Feature:
    """How a column is prepared: its type, the layer that prepares it, and what becomes of the result.

    Args:
        output_mode: 'float' (nothing more), 'int' (nothing more: it is a number of a category) or 'one_hot'.
    """

    def __init__(self, dtype: str, preprocessor: Any, output_mode: str):
        self.dtype = str(dtypes.standardize(dtype))
        self.preprocessor = registry.from_config("layer", preprocessor) if isinstance(preprocessor, dict) else preprocessor
        self.output_mode = check_mode("Feature", output_mode, ("float", *_CODES))

    def get_config(self) -> dict[str, Any]:
        return {"dtype": self.dtype, "preprocessor": registry.to_config(self.preprocessor), "output_mode": self.output_mode}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Feature":
        return cls(**config)


class Cross:
    """Columns whose combinations of values are categories, hashed into `crossing_dim` of them."""

    def __init__(self, feature_names: Sequence[str], crossing_dim: int, output_mode: str = "one_hot"):
        self.feature_names, self.crossing_dim = tuple(feature_names), crossing_dim
        self.output_mode = check_mode("FeatureSpace.cross", output_mode, _CODES)

    @property
    def name(self) -> str:
        return "_X_".join(self.feature_names)

    def get_config(self) -> dict[str, Any]:
        return {"feature_names": self.feature_names, "crossing_dim": self.crossing_dim, "output_mode": self.output_mode}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Cross":
        return cls(**config)


@registry.register("layer")
class FeatureSpace(Layer):
    """Prepares and encodes the columns of a table, given as a dict: one value, or an array of them, for each name.

    Args:
        features: by name `FeatureSpace.float()`, `float_normalized()`, `float_rescaled()`, `float_discretized()`, `integer_categorical()`,
            `integer_hashed()`, `string_categorical()`, `string_hashed()` or `feature(dtype, preprocessor, output_mode)`; or their names.
        output_mode: 'concat': one vector, the features by name and then the crosses; 'dict': a vector for each.
        crosses: pairs (or more) of names whose combinations are categories of their own, or `FeatureSpace.cross(...)`.
        crossing_dim, hashing_dim, num_discretization_bins: sizes where only a name was given.

    `adapt` learns vocabularies, means and bins of a Dataset of dicts. Then it can be called, mapped over a Dataset, and built into a model
    between `get_inputs()` and `get_encoded_features()`.
    """

    def __init__(
        self, features: Mapping[str, Any], output_mode: str = "concat", crosses: Sequence[Any] | None = None, crossing_dim: int = 32,
        hashing_dim: int = 32, num_discretization_bins: int = 32, name: str | None = None, **kwargs: Any,
    ):
        super().__init__(name=name, **kwargs)
        if not features:
            raise ArgumentError("FeatureSpace: `features` holds at least one feature.")
        if output_mode not in ("concat", "dict"):
            raise ArgumentError(f"FeatureSpace: output_mode is 'concat' or 'dict'; received {output_mode!r}.")
        self.crossing_dim, self.hashing_dim, self.num_discretization_bins = crossing_dim, hashing_dim, num_discretization_bins
        self.output_mode = output_mode
        self.features: dict[str, Feature] = {each: self._feature(each, given) for each, given in features.items()}
        self.crosses = [self._cross(each) for each in crosses or ()]
        self.preprocessors = {each: feature.preprocessor for each, feature in self.features.items()}
        self.crossers = {cross.name: HashedCrossing(cross.crossing_dim, cross.output_mode) for cross in self.crosses}
        self.encoders: dict[str, Layer] = {}
        self._symbolic: tuple[dict[str, Tensor], Any] | None = None
        needs = [layer for layer in self.preprocessors.values() if _to_adapt(layer)]
        if not needs:
            self._ready()

    def _feature(self, name: str, given: Any) -> Feature:
        if isinstance(given, dict):
            given = Feature.from_config(given["config"])
        if isinstance(given, Feature):
            return given
        kinds: dict[str, Any] = {
            "float": self.float, "float_normalized": self.float_normalized, "float_rescaled": self.float_rescaled,
            "float_discretized": lambda: self.float_discretized(self.num_discretization_bins),
            "integer_categorical": self.integer_categorical, "string_categorical": self.string_categorical,
            "integer_hashed": lambda: self.integer_hashed(self.hashing_dim), "string_hashed": lambda: self.string_hashed(self.hashing_dim),
        }
        if given not in kinds:
            raise ArgumentError(f"FeatureSpace: the feature '{name}' is one of {', '.join(kinds)}, or made by a method of that name; "
                                f"received {given!r}.")  # fmt: skip
        return kinds[given]()

    def _cross(self, given: Any) -> Cross:
        if isinstance(given, dict):
            given = Cross.from_config(given["config"])
        cross = given if isinstance(given, Cross) else Cross(given, self.crossing_dim)
        for name in cross.feature_names:
            if name not in self.features:
                raise ArgumentError(f"FeatureSpace: the cross of {cross.feature_names} names '{name}', which is not among the features.")
            if dtypes.standardize(self.features[name].dtype).is_floating:
                raise ArgumentError(f"FeatureSpace: crosses are of strings and integers; '{name}' is {self.features[name].dtype}.")
        return cross

    # Kinds of features.
    @classmethod
    def cross(cls, feature_names: Sequence[str], crossing_dim: int, output_mode: str = "one_hot") -> Cross:
        """Columns whose combinations are hashed into `crossing_dim` categories."""
        return Cross(feature_names, crossing_dim, output_mode)

    @classmethod
    def feature(cls, dtype: str, preprocessor: Any, output_mode: str) -> Feature:
        """A column that a layer of your own prepares."""
        return Feature(dtype, preprocessor, output_mode)

    @classmethod
    def float(cls, name: str | None = None) -> Feature:
        """A number as it is."""
        return Feature("float32", Identity(dtype="float32", name=name), "float")

    @classmethod
    def float_rescaled(cls, scale: Any = 1.0, offset: Any = 0.0, name: str | None = None) -> Feature:
        """A number times `scale`, plus `offset`."""
        return Feature("float32", Rescaling(scale, offset, name=name), "float")

    @classmethod
    def float_normalized(cls, name: str | None = None) -> Feature:
        """A number brought to mean 0 and variance 1 over the data."""
        return Feature("float32", Normalization(axis=-1, name=name), "float")

    @classmethod
    def float_discretized(
        cls, num_bins: int, bin_boundaries: Any = None, output_mode: str = "one_hot", name: str | None = None
    ) -> Feature:
        """The bin that a number falls in: of `num_bins` with about as many values each, or between `bin_boundaries`."""
        bins = Discretization(bin_boundaries, None if bin_boundaries is not None else num_bins, name=name)
        return Feature("float32", bins, output_mode)

    @classmethod
    def integer_categorical(
        cls, max_tokens: int | None = None, num_oov_indices: int = 1, output_mode: str = "one_hot", name: str | None = None
    ) -> Feature:
        """A whole number that stands for a category, looked up in a vocabulary."""
        return Feature("int32", IntegerLookup(max_tokens, num_oov_indices, name=name), output_mode)

    @classmethod
    def string_categorical(
        cls, max_tokens: int | None = None, num_oov_indices: int = 1, output_mode: str = "one_hot", name: str | None = None
    ) -> Feature:
        """A string that stands for a category, looked up in a vocabulary."""
        return Feature("string", StringLookup(max_tokens, num_oov_indices, name=name), output_mode)

    @classmethod
    def integer_hashed(cls, num_bins: int, output_mode: str = "one_hot", name: str | None = None) -> Feature:
        """A whole number that stands for a category, hashed."""
        return Feature("int32", Hashing(num_bins, name=name), output_mode)

    @classmethod
    def string_hashed(cls, num_bins: int, output_mode: str = "one_hot", name: str | None = None) -> Feature:
        """A string that stands for a category, hashed."""
        return Feature("string", Hashing(num_bins, name=name), output_mode)

    # Learning.
    def adapt(self, dataset: Iterable[Any]) -> None:
        """Learn what the features need of a Dataset (or another iterable) of dicts, single ones or batches."""
        learners = {name: layer for name, layer in self.preprocessors.items() if _to_adapt(layer)}
        columns: dict[str, list[np.ndarray]] = {name: [] for name in learners}
        if not isinstance(dataset, Iterable) or isinstance(dataset, (Mapping, str)):
            raise DataError(f"FeatureSpace: adapt takes a Dataset of dicts; received a {type(dataset).__name__}. "
                            "tf.data.Dataset.from_tensor_slices(dict(table)) makes one.")
        for row in dataset if learners else ():
            if not isinstance(row, Mapping):
                raise DataError("FeatureSpace: adapt takes a Dataset of dicts without labels: dataset.map(lambda x, y: x) leaves them out.")
            for name, parts in columns.items():
                if name not in row:
                    raise DataError(f"FeatureSpace: the Dataset has no feature '{name}'; it has {', '.join(map(repr, row))}.")
                parts.append(np.asarray(as_tensor(row[name])).reshape(-1, 1))
        for name, layer in learners.items():
            if not columns[name]:
                raise DataError("FeatureSpace: adapt was given no data.")
            layer.adapt(np.concatenate(columns[name]))
        self._ready()

    def _ready(self) -> None:
        """Make what encodes the features, now that their sizes are known."""
        for name, feature in self.features.items():
            if not feature.preprocessor.built:
                feature.preprocessor._build_once((None, 1))
            if feature.output_mode == "one_hot":
                self.encoders[name] = CategoryEncoding(_categories(name, feature.preprocessor))
            elif self.output_mode == "concat" and feature.output_mode == "int":
                raise _not_encoded(name)
        for cross in self.crosses:
            if self.output_mode == "concat" and cross.output_mode == "int":
                raise _not_encoded(cross.name)
        self.built = True

    def build(self, input_shape: Any = None) -> None:
        self._ready()

    def get_build_config(self) -> dict[str, Any] | None:
        return {"input_shape": dict.fromkeys(self.features, (None, 1))} if self.built else None

    def build_from_config(self, config: dict[str, Any]) -> None:
        self._ready()

    # The work.
    def get_inputs(self) -> dict[str, Tensor]:
        """An Input for each feature, by name."""
        if self._symbolic is None:
            self._symbolic = ({name: Input((1,), dtype=feature.dtype, name=name) for name, feature in self.features.items()}, None)
        return self._symbolic[0]

    def get_encoded_features(self) -> Any:
        """What becomes of `get_inputs()`: where the model behind begins."""
        self._check_ready()
        inputs = self.get_inputs()
        if self._symbolic[1] is None:  # type: ignore[index]
            self._symbolic = (inputs, self._encoded(inputs))
        return self._symbolic[1]  # type: ignore[index]

    def _check_ready(self) -> None:
        if not self.built:
            raise _unready()

    def __call__(self, data: Any) -> Any:  # type: ignore[override] # it runs in the graph of whoever calls it
        """The encoding of a dict of values: single ones, or arrays (batch,) or (batch, 1)."""
        self._check_ready()
        if not isinstance(data, Mapping) or set(data) != set(self.features):
            given = ", ".join(map(repr, data)) if isinstance(data, Mapping) else f"a {type(data).__name__}"
            wanted = ", ".join(map(repr, self.features))
            raise ArgumentError(f"FeatureSpace '{self.name}' is called on a dict with {wanted}; received {given}.")
        tensors = {name: self._column(data[name], self.features[name].dtype) for name in self.features}
        single = all(tensor.ndim == 0 for tensor in tensors.values())
        columns = {name: tensor if tensor.ndim == 2 else ops.reshape(tensor, (-1, 1)) for name, tensor in tensors.items()}
        found = self._encoded(columns)
        if not single:
            return found
        return {name: ops.squeeze(each, 0) for name, each in found.items()} if isinstance(found, dict) else ops.squeeze(found, 0)

    def call(self, data: Any) -> Any:
        return self(data)

    def _column(self, value: Any, dtype: str) -> Tensor:
        tensor = as_tensor(value if is_tensor(value) else np.asarray(value))
        if dtype == "string" or tensor.dtype == "string" or tensor.dtype == dtype:
            return tensor
        return ops.cast(tensor, dtype) if dtypes.standardize(dtype).is_floating else tensor

    def _encoded(self, columns: dict[str, Tensor]) -> Any:
        found: dict[str, Tensor] = {}
        made = {name: self.preprocessors[name](columns[name]) for name in sorted(self.features)}
        for name, value in made.items():
            found[name] = self.encoders[name](value) if name in self.encoders else value
        for cross in self.crosses:
            found[cross.name] = self.crossers[cross.name]([made[name] for name in cross.feature_names])
        if self.output_mode == "dict":
            return found
        return ops.concatenate([each if each.dtype == "float32" else ops.cast(each, "float32") for each in found.values()], axis=-1)

    def save(self, filepath: Any) -> None:
        """Write the whole into a '.keras' file."""
        save_model(self, filepath)

    def get_config(self) -> dict[str, Any]:
        write = lambda each: {"module": "builtins", "class_name": type(each).__name__, "config": each.get_config(), "registered_name": None}
        return {
            "features": {name: write(feature) for name, feature in self.features.items()}, "output_mode": self.output_mode,
            "crosses": [write(cross) for cross in self.crosses], "crossing_dim": self.crossing_dim, "hashing_dim": self.hashing_dim,
            "num_discretization_bins": self.num_discretization_bins, "name": self.name,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "FeatureSpace":
        build = config.get("build_config")
        made = cls(**{key: value for key, value in config.items() if key != "build_config"})
        if build:
            made._ready()
        return made


def _to_adapt(layer: Any) -> bool:
    """Whether a layer must see data first."""
    if isinstance(layer, IndexLookup):
        return layer._terms is None
    if isinstance(layer, Discretization):
        return layer.bin_boundaries is None
    return hasattr(layer, "adapt") and not layer.built


def _categories(name: str, layer: Any) -> int:
    """How many numbers a layer gives."""
    if isinstance(layer, Discretization):
        return len(layer.bin_boundaries or ()) + 1
    for size in ("vocabulary_size", "num_bins", "num_tokens"):
        found = getattr(layer, size, None)
        if found is not None:
            return found() if callable(found) else found
    raise ArgumentError(f"FeatureSpace: how many categories the feature '{name}' has is not to be seen from a {type(layer).__name__}: "
                        "give it output_mode='int' or 'float', and encode in the layer.")  # fmt: skip


def _not_encoded(name: str) -> Exception:
    return ArgumentError(f"FeatureSpace: '{name}' is a number of a category (output_mode='int'), which cannot stand in one vector with the "
                         "others: let it be 'one_hot', or make the FeatureSpace with output_mode='dict'.")  # fmt: skip


def _unready() -> Exception:
    return ArgumentError("A FeatureSpace learns from data before it is used: call its `adapt(dataset)` first.")
