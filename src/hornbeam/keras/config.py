"""`keras.config`: settings. Names only."""

from hornbeam.keras.mirror import mirror

_LOGGING = ("disable_interactive_logging", "enable_interactive_logging", "is_interactive_logging_enabled")
_HERE = "hornbeam.engine.surroundings"
_MORE = {
    **dict.fromkeys(_LOGGING, "hornbeam.utils"), "backend": "hornbeam.utils.backend",
    "set_backend": "hornbeam.utils.backend",
    # Tracebacks are whole, and XLA chooses how attention is computed: there is nothing to switch.
    "disable_traceback_filtering": f"{_HERE}:nothing", "enable_traceback_filtering": f"{_HERE}:nothing",
    "is_traceback_filtering_enabled": f"{_HERE}:never",
    "disable_flash_attention": f"{_HERE}:nothing", "enable_flash_attention": f"{_HERE}:nothing",
    "is_flash_attention_enabled": f"{_HERE}:never", "is_nnx_enabled": f"{_HERE}:never",
}  # fmt: skip
__getattr__, __dir__ = mirror(__name__, "hornbeam.config", more=_MORE)
