"""`keras.dtype_policies`: which type a layer stores its weights in and which it computes in. Names only."""

from hornbeam.keras.mirror import mirror

_DTYPES = "hornbeam.engine.dtypes"
__getattr__, __dir__ = mirror(__name__, more={
    **dict.fromkeys(("AWQDTypePolicy", "GPTQDTypePolicy", "Int4DTypePolicy", "QuantizedFloat8DTypePolicy"), _DTYPES),
    "DTypePolicy": _DTYPES, "DTypePolicyMap": _DTYPES, "FloatDTypePolicy": _DTYPES,
    "QuantizedDTypePolicy": _DTYPES, "deserialize": f"{_DTYPES}:from_config", "get": f"{_DTYPES}:as_policy",
    "serialize": f"{_DTYPES}:config_of",
})  # fmt: skip
