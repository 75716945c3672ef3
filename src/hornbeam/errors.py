"""What Hornbeam raises. Names only."""

from hornbeam.engine.errors import (
    ArgumentError,
    DataError,
    DeviceMemoryError,
    DtypeError,
    HornbeamError,
    MissingExtra,
    ShapeError,
    StateError,
    UntraceableError,
)

__all__ = [
    "ArgumentError", "DataError", "DeviceMemoryError", "DtypeError", "HornbeamError", "MissingExtra", "ShapeError",
    "StateError", "UntraceableError",
]  # fmt: skip
