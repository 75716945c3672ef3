"""XLA compiler options that suit whole training loops, filtered to those the installed jaxlib knows."""

import functools

import jax

# YNNPACK fusions lose to XLA's Eigen kernels on small steps and on every convolution; the empty list switches them off.
WANTED: dict[str, dict[str, str | bool | int]] = {
    "cpu": {"xla_cpu_experimental_ynn_fusion_type": ""},
}

# A function that meets data of many shapes has a program for each. After some, programs are compiled in a hurry: in a quarter of the time,
# to run two to four times as long; one that is called often all the same is then compiled anew.
HURRIED: dict[str, dict[str, str | bool | int]] = {
    "cpu": {"xla_backend_optimization_level": 0, "xla_cpu_use_fusion_emitters": False},
}
SHAPES, CALLS = 4, 32  # programs that are compiled well at once; calls after which one of the others is

# What releases of jaxlib are known to take. Others are asked, which costs 20 ms a process.
TRIED = {"0.10.": {"xla_cpu_experimental_ynn_fusion_type", "xla_backend_optimization_level", "xla_cpu_use_fusion_emitters"}}


@functools.cache
def _accepted(name: str, value: str | bool | int) -> bool:
    if any(jax.lib.__version__.startswith(release) and name in known for release, known in TRIED.items()):
        return True
    try:
        jax.jit(lambda: 0, compiler_options={name: value}).lower().compile()
    except Exception:  # jaxlib has no public error type for an option it does not know
        return False
    return True


def compiler_options(platform: str, hurried: bool = False) -> dict[str, str | bool | int]:
    """The options to compile a program for `platform` ('cpu', 'gpu', ...) with, for `compile(compiler_options=...)`.

    An option that the installed jaxlib does not know is left out silently: they change speed, and of results the last bit at most.
    `hurried`: for a program that is not likely to run often (`HURRIED`).
    A program for a platform other than the default backend is given none, because they cannot be tried there.
    """
    if platform != jax.default_backend():
        return {}
    wanted = WANTED.get(platform, {}) | (HURRIED.get(platform, {}) if hurried else {})
    return {name: value for name, value in wanted.items() if _accepted(name, value)}
