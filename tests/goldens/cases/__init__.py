"""One module a family; each holds `CASES` (name -> function of an Oracle) and `TOLERANCE` (rtol, atol)."""

FAMILIES = (
    "activations", "callbacks", "layers_core", "layers_conv", "layers_conv_kinds", "layers_pooling", "layers_norm", "layers_norm_kinds",
    "layers_spectral", "layers_core_kinds", "layers_recurrent", "layers_recurrent_more", "catalogue", "layers_attention", "layers_late",
    "losses", "losses_special", "metrics", "metrics_more", "preprocessing", "image_ops", "image_layers", "audio_layers", "optimizers",
    "optimizers_more", "schedules", "regularizers", "small_parts", "initializers", "initializers_stft", "models", "training", "curves",
    "keras_backend", "keras_preprocessing", "tf_core", "tf_math", "tf_arrays", "tf_linalg", "tf_data", "tf_image", "tf_nn", "tf_signal",
    "tf_strings", "tf_ragged", "tf_raw_ops", "tf_sparse", "tf_io", "tf_feature_columns",
)  # fmt: skip
