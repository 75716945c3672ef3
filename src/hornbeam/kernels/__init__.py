"""How heavy ops are lowered where XLA's own lowering is slow: pure functions on JAX arrays, one choice per device."""
