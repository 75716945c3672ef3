"""`keras.dtype_policies`: which type a layer stores its weights in and which it computes in. Names only."""

from hornbeam.keras.mirror import mirror

_DTYPES = "hornbeam.engine.dtypes"
__getattr__, __dir__ = mirror(__name__, more={"DTypePolicy": _DTYPES, "get": f"{_DTYPES}:as_policy"})
