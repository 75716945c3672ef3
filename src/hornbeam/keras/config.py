"""`keras.config`: settings. Names only."""

from hornbeam.keras.mirror import mirror

_LOGGING = ("disable_interactive_logging", "enable_interactive_logging", "is_interactive_logging_enabled")
_MORE = {**dict.fromkeys(_LOGGING, "hornbeam.utils"), "backend": "hornbeam.utils.backend"}
__getattr__, __dir__ = mirror(__name__, "hornbeam.config", more=_MORE)
