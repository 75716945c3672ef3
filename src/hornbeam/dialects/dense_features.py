"""DenseFeatures: the feature columns of `tf.feature_column` as a layer.

What needs a vocabulary or a hash runs on the host, before data is fed (`models.host_prefix`): the layer says itself what it takes then.
"""

import itertools
from dataclasses import fields
from typing import Any

import jax
import numpy as np

from hornbeam import initializers, ops
from hornbeam.dialects import feature_columns
from hornbeam.dialects.feature_columns import Categorical, Column, Dense, EmbeddingColumn, WeightedCategoricalColumn
from hornbeam.engine import dtypes, graph, registry
from hornbeam.engine.errors import ArgumentError
from hornbeam.engine.tensor import Spec, Tensor, as_tensor, wrap
from hornbeam.kernels.host_call import host_call
from hornbeam.layers import Layer
from hornbeam.models.host_prefix import PREPARED, is_prepared
from hornbeam.ops.composite.sparse import SparseTensor
from hornbeam.ops.composite.sparse_functions import to_dense


@registry.register("layer")
class DenseFeatures(Layer):
    """Feature columns side by side, in the order of their names: {name: (batch,) or (batch, n)} -> (batch, width).

    Args:
        feature_columns: dense columns: numeric, bucketized, indicator and embedding ones.
        partitioner: has no effect.

    Weights: `<column>/embedding_weights` (categories, dimension) for each embedding.
    """

    today = "keras.utils.FeatureSpace, or preprocessing layers"
    takes_structure = takes_strings = True

    def __init__(self, feature_columns: Any, trainable: bool = True, name: str | None = None, partitioner: Any = None, **kwargs: Any):
        super().__init__(name=name, trainable=trainable, **kwargs)
        given: list[Any] = [feature_columns] if isinstance(feature_columns, Column) else [*feature_columns]
        given = [_column(each) if isinstance(each, dict) else each for each in given]
        for column in given:
            if not isinstance(column, Dense):
                raise ArgumentError(f"DenseFeatures takes dense columns; wrap a categorical one in an embedding_column or an "
                                    f"indicator_column. Received {column!r}.")
        self._columns = tuple(sorted(given, key=lambda column: column.name))
        for one, other in itertools.pairwise(self._columns):
            if one.name == other.name:
                raise ArgumentError(f"DenseFeatures: two of the columns are called '{one.name}': {one!r} and {other!r}.")
        leaves = [_leaf(column) for column in self._columns]
        self._hosts = tuple({leaf: None for leaf in leaves if isinstance(leaf, Categorical) and leaf.on_host})
        weights = [leaf.weight_feature_key for column in self._columns if isinstance(leaf := _inner(column), WeightedCategoricalColumn)]
        self._read = {*weights, *(key for leaf in leaves if leaf not in self._hosts for key in leaf.keys_used)}  # in the program
        self._used = self._read.union(*(leaf.keys_used for leaf in self._hosts))

    def build(self, input_shape: Any = None) -> None:
        self._tables: dict[str, Any] = {}
        for column in self._columns:
            if isinstance(column, EmbeddingColumn) and column.table not in self._tables:
                shape = (column.categorical_column.num_buckets, column.dimension)
                self._tables[column.table] = self.add_weight(shape, column.initializer, trainable=column.trainable, name=column.table)

    def call(self, features: Any, cols_to_output_tensors: dict | None = None) -> Tensor:
        prepared = (features if is_prepared(features) else self._prepared(features))[PREPARED]
        given = {name: as_tensor(value) for name, value in prepared["features"].items()}
        made = {leaf: as_tensor(prepared["ids"][i]) for i, leaf in enumerate(self._hosts)}
        ids = lambda leaf: made[leaf] if leaf in made else leaf.ids(given)
        outputs = [column.dense(given, ids, self._tables.get(getattr(column, "table", ""))) for column in self._columns]
        if cols_to_output_tensors is not None:
            cols_to_output_tensors.update(zip(self._columns, outputs, strict=True))
        return ops.concatenate(outputs, axis=-1)

    def _prepared(self, features: Any) -> dict[str, Any]:
        """The features, with ids in place of those that only the host reads."""
        if not isinstance(features, dict):
            raise ArgumentError(f"DenseFeatures takes a dict of features by name; received a {type(features).__name__}.")
        if missing := sorted(self._used - set(features)):
            listed = lambda names: ", ".join(map(repr, sorted(names)))
            raise ArgumentError(f"The feature columns are made of the features {listed(self._used)}. Of these {listed(missing)} is not "
                                f"among those given: {listed(features)}.")
        given = {key: _matrix(features[key]) for key in self._used}
        ids = [_ids(leaf, [given[key] for key in leaf.keys_used]) for leaf in self._hosts]
        return {PREPARED: {"features": {key: given[key] for key in self._read}, "ids": ids}}

    def _call_symbolically(self, args: tuple, kwargs: dict[str, Any]) -> Tensor:
        if not self.built:
            self._build_once(None)
        node = graph.Node(self, args, {})
        batch = next((tensor.shape[0] for tensor in node.parents), None)
        outputs = node.finish(Spec((batch, sum(column.size for column in self._columns)), np.dtype(np.float32)))
        self.__dict__.setdefault("_inbound_nodes", []).append(node)
        return outputs

    # What `models.host_prefix` asks of what runs partly on the host.
    @property
    def host_prefix(self) -> "DenseFeatures":
        return self

    possible = regular = True

    def row_bytes(self) -> int:
        return 8 * len(self._columns)

    def apply(self, features: Any) -> dict[str, Any]:
        """What the layer takes in a compiled program in place of the features."""
        return graph.map_tensors(np.asarray, self._prepared(features))

    def _convert(self, args: tuple, kwargs: dict[str, Any]) -> tuple[tuple, dict[str, Any]]:
        """Features stay as they are: numbers are not cast before `normalizer_fn` has seen them."""
        features = args[0] if args else kwargs.pop("features", kwargs.pop("inputs", None))
        if isinstance(features, dict) and not is_prepared(features):
            features = {key: _matrix(features[key], expand=False) for key in features if key in self._used}
        return (features, *args[1:]), kwargs

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "feature_columns": [_config(column) for column in self._columns]}


def _inner(column: Dense) -> Any:
    """The column that a dense one is made of; itself when it is of none."""
    return getattr(column, "categorical_column", column)


def _leaf(column: Dense) -> Any:
    """The same, without weights."""
    return getattr(_inner(column), "categorical_column", _inner(column))


def _ids(column: Categorical, tensors: list[Tensor]) -> Tensor:
    """A host column's ids of its features; in a compiled program by a call back."""

    def compute(*arrays: np.ndarray) -> np.ndarray:
        return np.asarray(column.ids(dict(zip(column.keys_used, arrays, strict=True))), np.int32)

    if not any(tensor.is_traced for tensor in tensors):
        return as_tensor(compute(*map(np.asarray, tensors)))
    width = column.width({key: tensor.shape[1] for key, tensor in zip(column.keys_used, tensors, strict=True)})
    spec = jax.ShapeDtypeStruct((tensors[0].shape[0], width), np.int32)
    return wrap(host_call(compute, spec, *(tensor._value for tensor in tensors)))


def _matrix(value: Any, expand: bool = True) -> Tensor:
    """A feature as a tensor with an axis for its values."""
    if isinstance(value, SparseTensor):
        value = to_dense(value, default_value={"O": "", "i": -1}.get(value.values._value.dtype.kind, 0), validate_indices=False)
    elif hasattr(value, "to_tensor"):  # ragged
        value = value.to_tensor(default_value={"string": "", "float32": 0.0, "float64": 0.0}.get(str(value.dtype), -1))
    elif hasattr(value, "to_numpy"):  # a column of a DataFrame
        value = value.to_numpy()
    tensor = as_tensor(value)
    return ops.expand_dims(tensor, -1) if expand and tensor.ndim == 1 else tensor


def _config(value: Any) -> Any:
    """A column, or what it holds, as plain data."""
    if isinstance(value, Column):
        config = {each.name: _config(getattr(value, each.name)) for each in fields(value)}
        return {"column": type(value).__name__, "config": config}
    if isinstance(value, dtypes.DType):
        return value.name
    if isinstance(value, tuple):
        return [*map(_config, value)]
    if isinstance(value, bytes):
        return value.decode()
    return value if value is None or isinstance(value, (str, int, float, bool)) else registry.to_config(value)


def _column(value: Any) -> Any:
    """What `_config` described."""
    if isinstance(value, list):
        return tuple(map(_column, value))
    if not isinstance(value, dict) or not str(value.get("column")).endswith("Column"):
        return value
    config = {name: _column(each) for name, each in value["config"].items()}
    if config.get("dtype") is not None:
        config["dtype"] = dtypes.standardize(config["dtype"])
    start = config.get("initializer")
    if isinstance(start, dict):  # TensorFlow's own has a dtype too
        start = {**start, "config": {name: each for name, each in start["config"].items() if name != "dtype"}}
    if start is not None:
        config["initializer"] = initializers.get(start)
    if isinstance(config.get("normalizer_fn"), str):
        name = config["normalizer_fn"]
        config["normalizer_fn"] = registry.find(name)
        if config["normalizer_fn"] is None:
            raise ArgumentError(f"The numeric_column '{config['key']}' has the normalizer_fn '{name}': pass it in custom_objects.")
    return getattr(feature_columns, value["column"])(**config)
