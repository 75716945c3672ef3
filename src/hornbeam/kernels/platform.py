"""Which lowering a kernel takes: decided once, while a program is traced."""

import jax


def on_cpu() -> bool:
    """Whether programs traced now run on a CPU (JAX's default device if one is set, else its default backend)."""
    device = jax.config.jax_default_device
    if device is None:
        return jax.default_backend() == "cpu"
    return (device if isinstance(device, str) else device.platform) == "cpu"
