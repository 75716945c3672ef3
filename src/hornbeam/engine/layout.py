"""Where images have their channels, for layers and operations that are not told."""

from typing import Any

import jax

from hornbeam.engine.errors import ArgumentError

FORMATS = ("channels_last", "channels_first")
_settings = {"image_data_format": "channels_last"}


def image_data_format() -> str:
    """Where images have their channels, 'channels_last' unless changed."""
    return _settings["image_data_format"]


def set_image_data_format(data_format: str) -> None:
    """Change where layers made from now on, and operations, look for channels: 'channels_last' or 'channels_first'."""
    found = checked_format("set_image_data_format", data_format or "")
    if found != _settings["image_data_format"]:
        _settings["image_data_format"] = found
        jax.clear_caches()  # programs of operations were made for the other one


def checked_format(who: str, data_format: Any) -> str:
    """A `data_format` as given, or the present setting for None. Raises ArgumentError for any other value."""
    if data_format is None:
        return image_data_format()
    found = data_format.lower() if isinstance(data_format, str) else data_format
    if found not in FORMATS:
        raise ArgumentError(f"{who}: data_format is 'channels_last' or 'channels_first'; received {data_format!r}.")
    return found
