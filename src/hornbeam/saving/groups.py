"""Weights to and from an open HDF5 file in the layout of `.h5` files: `hdf5_format`, which packages with files of their own call."""

from types import SimpleNamespace
from typing import Any

from hornbeam.engine.errors import ShapeError
from hornbeam.saving import h5, legacy_h5, weights_h5


def _model(model: Any) -> Any:
    """A model, or what has layers like one; older Keras was given the layers themselves."""
    if hasattr(model, "layers"):
        return model
    weights = [weight for layer in model for weight in layer.weights]
    return SimpleNamespace(layers=list(model), name="layers", built=True, variables=weights, _ordered=list)


def save_weights_to_hdf5_group(f: Any, model: Any) -> None:
    """Write a model's weights, or those of a list of layers, into a group of h5py's."""
    legacy_h5.write_weights(_model(model), f)


def load_weights_from_hdf5_group(f: Any, model: Any) -> None:
    """Give a model, or a list of layers, the weights in a group of h5py's: by name where all names agree, else in order."""
    legacy_h5.read_weights(_model(model), h5.Group(f, f.file.filename))


def load_weights_from_hdf5_group_by_name(f: Any, model: Any, skip_mismatch: bool = False) -> None:
    """Give each layer the weights that a group of h5py's holds under its name; a layer that it does not name stays as it is."""
    read_by_name(_model(model), h5.Group(f, f.file.filename), skip_mismatch)


def read_by_name(model: Any, root: h5.Group, skip_mismatch: bool) -> None:
    """The same, of a group that is being read."""
    with weights_h5.restored_on_error(model):
        for layer in model.layers:
            group = root / layer.name
            names = group.texts("weight_names") if group is not None else []
            try:
                if names:
                    legacy_h5.fill(layer, legacy_h5.ordered(layer), group, names)
            except ShapeError:
                if not skip_mismatch:
                    raise
