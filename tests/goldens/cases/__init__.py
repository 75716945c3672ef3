"""One module a family; each holds `CASES` (name -> function of an Oracle) and `TOLERANCE` (rtol, atol)."""

FAMILIES = (
    "activations", "callbacks", "layers_core", "layers_conv", "layers_conv_kinds", "layers_pooling", "layers_norm", "layers_recurrent", "losses",
    "losses_special", "metrics", "metrics_more", "preprocessing", "optimizers", "schedules", "regularizers", "initializers", "models", "training", "curves",
)  # fmt: skip
