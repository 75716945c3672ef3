"""`tf.test`. Names only."""

from hornbeam.engine.missing import lazily

_NAMES = {
    "TestCase": "hornbeam.utils.test_case",
    "gpu_device_name": "hornbeam.engine.placement",
    "is_built_with_cuda": "hornbeam.engine.placement",
    "is_built_with_gpu_support": "hornbeam.engine.placement:is_built_with_cuda",
    "is_built_with_rocm": "hornbeam.engine.surroundings:never",
    "is_built_with_xla": "hornbeam.engine.surroundings:always",
    "is_cpu_target_available": "hornbeam.engine.surroundings:always",
    "is_gpu_available": "hornbeam.engine.placement",
    "main": "hornbeam.utils.test_case",
}

__getattr__, __dir__ = lazily(__name__, _NAMES)
