"""A saved model as a layer."""

import os
from collections.abc import Callable
from typing import Any

from hornbeam.engine import registry
from hornbeam.engine.errors import ArgumentError, listing
from hornbeam.layers import Layer
from hornbeam.saving.saved_model import load


@registry.register("layer")
class TFSMLayer(Layer):
    """What a folder that `model.export` or `tf.saved_model.save` wrote computes.

    Args:
        filepath: the folder.
        call_endpoint: the function to call: 'serve' of an exported model, or a signature such as 'serving_default', which gives a dict.
        call_training_endpoint: the function to call in training, by default the same.
    """

    def __init__(
        self, filepath: Any, call_endpoint: str = "serve", call_training_endpoint: str | None = None, trainable: bool = True,
        name: str | None = None, dtype: Any = None,
    ):  # fmt: skip
        super().__init__(trainable=trainable, name=name, dtype=dtype)
        self.filepath, self.call_endpoint, self.call_training_endpoint = os.fspath(filepath), call_endpoint, call_training_endpoint
        self._reloaded = load(filepath)
        if not isinstance(self._reloaded, Layer):
            self._own += [variable for variable in getattr(self._reloaded, "variables", ()) if variable not in self._own]
        self._function = self._endpoint(call_endpoint)
        self._in_training = self._endpoint(call_training_endpoint) if call_training_endpoint else self._function
        self.built = True

    def _endpoint(self, name: str) -> Callable[..., Any]:
        signatures = getattr(self._reloaded, "signatures", {})
        found = getattr(self._reloaded, name, None) or signatures.get(name)
        if found is None:
            offered = listing(signatures) if signatures else "none: the model was saved before it was built, or without signatures"
            raise ArgumentError(f"TFSMLayer: '{self.filepath}' has no endpoint {name!r}. Its signatures are {offered}.")
        return found

    def call(self, inputs: Any, training: bool | None = False, **kwargs: Any) -> Any:
        return (self._in_training if training else self._function)(inputs, **kwargs)

    def get_config(self) -> dict[str, Any]:
        own = {"filepath": self.filepath, "call_endpoint": self.call_endpoint, "call_training_endpoint": self.call_training_endpoint}
        return {**super().get_config(), **own}
