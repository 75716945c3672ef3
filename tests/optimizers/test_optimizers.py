"""Optimizers: state, hyperparameters, compiled and eager alike, Optax, errors (the numbers are held by the goldens)."""

import copy
import warnings

import numpy as np
import optax
import pytest

from hornbeam import Variable, constraints, function, ops, optimizers
from hornbeam.engine.errors import ArgumentError, ShapeError, StateError

RNG = np.random.default_rng(0)
NAMES = ["sgd", "adam", "rmsprop", "adamw", "adagrad", "adadelta", "adamax", "nadam", "lion", "ftrl"]
NAMES += ["lamb", "adafactor", "muon", "schedulefreeadamw"]


def some_variables(dtype="float32"):
    rng = np.random.default_rng(1)
    return [Variable(rng.normal(size=s).astype(dtype), name=n) for s, n in (((2, 3), "kernel"), ((3,), "bias"))]


def some_gradients(steps, dtype="float32"):
    rng = np.random.default_rng(2)
    return [[rng.normal(size=s).astype(dtype) for s in ((2, 3), (3,))] for _ in range(steps)]


def values(variables):
    return np.concatenate([np.asarray(v, "float64").ravel() for v in variables])


@pytest.mark.parametrize("name", NAMES)
def test_a_compiled_step_is_the_eager_step(name):
    eager, compiled = some_variables(), some_variables()
    one, other = optimizers.get(name), optimizers.get(name)
    other.build(compiled)
    step = function(lambda a, b: other.apply([a, b], compiled))
    for a, b in some_gradients(4):
        one.apply([a, b], eager)
        step(a, b)
    np.testing.assert_allclose(values(compiled), values(eager), rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(values(other.variables), values(one.variables), rtol=1e-5, atol=1e-7)
    assert step.experimental_get_tracing_count() == 1


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", ["bfloat16", "float64"])
def test_state_and_variables_keep_their_types(name, dtype):
    optimizer = optimizers.get(name)
    variables = [Variable(np.ones(3), dtype=dtype)]
    optimizer.apply([ops.ones(3, dtype)], variables)
    assert variables[0].dtype == dtype
    assert {str(v.dtype) for v in optimizer.variables} <= {dtype, "int64", "float32"}


def test_hyperparameters_are_operands_not_constants():
    """A changed beta_1 reaches a program that is already compiled, without a second trace."""
    variables = some_variables()
    optimizer = optimizers.Adam(0.1)
    optimizer.build(variables)
    step = function(lambda a, b: optimizer.apply([a, b], variables))
    reference_variables, reference = some_variables(), optimizers.Adam(0.1)
    for i, (a, b) in enumerate(some_gradients(4)):
        if i == 2:
            for each in (optimizer, reference):
                each.beta_1, each.learning_rate = 0.2, 0.5
        step(a, b)
        reference.apply([a, b], reference_variables)
    assert step.experimental_get_tracing_count() == 1
    assert optimizer.beta_1 == 0.2 and type(optimizer.beta_1) is float
    np.testing.assert_allclose(values(variables), values(reference_variables), rtol=1e-6)
    momentum = np.zeros((2, 3))
    for i, (a, _) in enumerate(some_gradients(4)):
        beta = 0.9 if i < 2 else 0.2
        momentum = momentum * beta + a * (1 - beta)
    slot = next(v for v in optimizer.variables if v.name == "kernel_momentum")
    np.testing.assert_allclose(slot.numpy(), momentum, rtol=1e-5)


def test_what_cannot_change_after_build_says_so():
    optimizer = optimizers.SGD(0.1)
    optimizer.build(some_variables())
    with pytest.raises(StateError, match="weight_decay was None"):
        optimizer.weight_decay = 0.1
    assert optimizer.weight_decay is None


def test_the_state_of_a_subset_of_the_variables():
    variables, alone = some_variables(), some_variables()
    optimizer, reference = optimizers.Adam(0.1), optimizers.Adam(0.1)
    optimizer.build(variables)
    kernel = variables[0].numpy()
    gradient = np.ones(3, "float32")
    optimizer.apply([gradient], [variables[1]])
    reference.apply([gradient], [alone[1]])
    np.testing.assert_array_equal(variables[0].numpy(), kernel)
    np.testing.assert_allclose(variables[1].numpy(), alone[1].numpy(), rtol=1e-6)


def test_absent_gradients():
    variables = some_variables()
    optimizer = optimizers.SGD(0.1)
    before = variables[1].numpy()
    with pytest.warns(UserWarning, match="bias"):
        optimizer.apply_gradients([(np.ones((2, 3), "float32"), variables[0]), (None, variables[1])])
    np.testing.assert_array_equal(variables[1].numpy(), before)
    with pytest.raises(ArgumentError, match="No gradient was given for any variable"):
        optimizer.apply([None, None], variables)
    with pytest.warns(UserWarning, match="no gradients at all"):
        optimizer.apply_gradients([])


@pytest.mark.parametrize("make", [optimizers.Adam, lambda rate: optimizers.Nadam(rate, use_ema=True)])
def test_one_optimizer_for_two_models_makes_slots_as_they_come(make):
    ours, theirs = some_variables(), some_variables()
    shared, twin = make(0.1), make(0.1)
    gradients = [np.ones(v.shape, "float32") for v in ours]
    shared.apply(gradients[:1], ours[:1])
    twin.build(theirs)
    twin.apply(gradients[:1], theirs[:1])
    shared.apply(gradients, ours)
    twin.apply(gradients, theirs)
    assert len(shared.variables) == len(twin.variables)
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one.numpy(), other.numpy(), rtol=1e-6)


def test_strangers_and_misfits():
    variables = some_variables()
    optimizer = optimizers.SGD(0.1)
    optimizer.build(variables)
    with pytest.raises(ShapeError, match=r"'bias' \(3,\) has shape \(4,\)"):
        optimizer.apply([np.ones(4, "float32")], [variables[1]])
    with pytest.raises(ArgumentError, match="2 gradients for 1"):
        optimizer.apply([1.0, 2.0], [variables[1]])
    with pytest.raises(StateError, match="not been built"):
        optimizers.SGD(0.1).apply([1.0])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"momentun": 0.9}, "Did you mean 'momentum'"),
        ({"learning_rate": "fast"}, "'fast'"),
        ({"clipnorm": 1.0, "clipvalue": 1.0}, "at most one"),
        ({"gradient_accumulation_steps": 1}, "2 or more"),
        ({"use_ema": True, "ema_momentum": 2}, "between 0 and 1"),
        ({"momentum": 2}, "between 0 and 1"),
    ],
)
def test_arguments_that_cannot_be(arguments, words):
    with pytest.raises(ArgumentError, match=words):
        optimizers.SGD(**arguments)


def test_names():
    assert type(optimizers.get("ADAM")) is optimizers.Adam
    assert type(optimizers.get("RMSprop")) is optimizers.RMSprop
    with pytest.raises(ArgumentError, match="Did you mean 'adam'"):
        optimizers.get("adamm")


@pytest.mark.parametrize("name", NAMES)
def test_configs_round_trip(name):
    one = optimizers.get(name)
    again = optimizers.deserialize(optimizers.serialize(one))
    assert type(again) is type(one) and again.get_config() == one.get_config()


def test_a_schedule_survives_a_config_and_can_be_set():
    optimizer = optimizers.SGD(optimizers.schedules.CosineDecay(0.1, 10))
    again = optimizers.deserialize(optimizers.serialize(optimizer))
    assert again.get_config() == optimizer.get_config()
    assert "learning_rate" not in [v.name for v in optimizer.variables]
    plain = optimizers.SGD(0.1)
    plain.learning_rate = optimizers.schedules.PiecewiseConstantDecay([0], [1.0, 0.0])
    variable = Variable(np.float32(1.0))
    for _ in range(3):
        plain.apply([np.float32(0.25)], [variable])
    assert variable.numpy() == 0.75


def test_state_is_saved_and_restored_in_order():
    one, other = optimizers.Adam(0.1, use_ema=True), optimizers.Adam(0.7, use_ema=True)
    first, second = some_variables(), some_variables()
    gradients = some_gradients(4)
    for pair in gradients[:2]:
        one.apply(pair, first)
    store = {}
    one.save_own_variables(store)
    other.build(second)
    other.load_own_variables(store)
    for variable, value in zip(second, first, strict=True):
        variable.assign(value)
    for pair in gradients[2:]:
        one.apply(pair, first)
        other.apply(pair, second)
    np.testing.assert_array_equal(values(first), values(second))
    with pytest.raises(StateError, match="Build it"):
        optimizers.SGD(0.1).load_own_variables(store)


def test_a_constraint_holds_after_the_step():
    variable = Variable(np.ones(3, "float32"), constraint=constraints.NonNeg())
    optimizers.SGD(1.0).apply([np.array([0.5, 2.0, 3.0], "float32")], [variable])
    np.testing.assert_array_equal(variable.numpy(), [0.5, 0, 0])


def test_loss_scaling_skips_bad_steps_and_adapts():
    expected = [(0.0, 8, 1), (-2.0, 16, 2), (-2.0, 8, 2), (-2.5, 8, 3), (-3.0, 16, 4), (-3.25, 16, 5)]  # Keras's own
    for compiled in (False, True):
        variable = Variable(np.float32(1.0))
        optimizer = optimizers.LossScaleOptimizer(optimizers.SGD(1.0), initial_scale=8.0, dynamic_growth_steps=2)
        optimizer.build([variable])
        apply = lambda g, o=optimizer, v=variable: o.apply([g], [v])
        step = function(apply) if compiled else apply
        for gradient, (value, scale, count) in zip((8, 16, np.inf, 4, 4, 4), expected, strict=True):
            step(np.float32(gradient))
            assert (variable.numpy(), optimizer.dynamic_scale.numpy(), int(optimizer.iterations)) == (value, scale, count)
        assert float(optimizer.scale_loss(2.0)) == 32
        assert optimizer.learning_rate is optimizer.inner_optimizer.learning_rate


@pytest.mark.parametrize("make", [lambda: optax.adabelief(0.1), lambda: optax.chain(optax.clip(0.5), optax.yogi(0.1))])
def test_any_optax_transformation(make):
    variables, gradients = some_variables(), some_gradients(3)
    params = [v.numpy() for v in variables]
    transformation = make()
    state = transformation.init(params)
    optimizer = optimizers.get(make())
    for pair in gradients:
        optimizer.apply(pair, variables)
        updates, state = transformation.update(pair, state, params)
        params = optax.apply_updates(params, updates)
    np.testing.assert_allclose(values(variables), values(params), rtol=1e-5, atol=1e-6)
    assert int(optimizer.iterations) == 3


def test_an_injected_learning_rate_can_be_set():
    variable = Variable(np.float32(1.0))
    optimizer = optimizers.OptaxOptimizer(optax.inject_hyperparams(optax.sgd)(learning_rate=0.5))
    optimizer.apply([np.float32(1.0)], [variable])
    optimizer.learning_rate = 0.25
    optimizer.apply([np.float32(1.0)], [variable])
    assert variable.numpy() == 0.25 and float(optimizer.learning_rate) == 0.25
    with pytest.raises(AttributeError, match="inject_hyperparams"):
        getattr(optimizers.OptaxOptimizer(optax.sgd(0.1)), "learning_rate")  # noqa: B009


def test_an_optimizer_of_ones_own_as_keras_documents_it():
    class Heavy(optimizers.Optimizer):
        def build(self, variables):
            super().build(variables)  # asked for once
            self.velocities = self.add_optimizer_variables(variables, "velocity")

        def update_step(self, gradient, variable, learning_rate):
            velocity = self.velocities[self._get_variable_index(variable)]
            self.assign(velocity, 0.5 * velocity + gradient)
            self.assign_sub(variable, learning_rate * velocity)

    variable = Variable(np.float32(1.0), name="w")
    optimizer = Heavy(0.1, weight_decay=1.0)
    for _ in range(2):
        optimizer.apply([np.float32(1.0)], [variable])
    assert float(variable.numpy()) == pytest.approx((0.9 - 0.1) * 0.9 - 0.15, rel=1e-6)
    assert [v.path.split("/")[-1] for v in optimizer.variables] == ["iteration", "learning_rate", "w_velocity"]
    assert int(optimizer.iterations) == 2


def test_a_copy_goes_its_own_way():
    variables = some_variables()
    optimizer = optimizers.Adam(0.1)
    optimizer.apply(some_gradients(1)[0], variables)
    twin = copy.deepcopy(optimizer)
    twin.learning_rate = 0.9
    assert float(optimizer.learning_rate) == pytest.approx(0.1)
    assert int(twin.iterations) == 1


def test_nothing_is_warned_of_in_an_ordinary_step():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        optimizers.RMSprop(0.1, momentum=0.5, centered=True).apply(some_gradients(1)[0], some_variables())


class OwnMomentum(optimizers.Optimizer):
    """As users write them: `build` and `update_step`."""

    def __init__(self, learning_rate=0.1, **kwargs):
        super().__init__(learning_rate, **kwargs)

    def build(self, variables):
        if not self.built:
            self.moments = self.add_optimizer_variables(variables, "momentum")
        super().build(variables)

    def update_step(self, gradient, variable, learning_rate):
        moment = self.moments[self._places[variable]]
        self.assign(moment, 0.9 * moment - learning_rate * gradient)
        self.assign_add(variable, moment)


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"use_ema": True, "ema_momentum": 0.7},
        {"use_ema": True, "ema_momentum": 0.7, "ema_overwrite_frequency": 2},
        {"gradient_accumulation_steps": 2, "weight_decay": 0.1, "clipnorm": 0.5},
        {"gradient_accumulation_steps": 3, "use_ema": True, "ema_momentum": 0.5},
    ],
)
@pytest.mark.parametrize("compiled", [False, True])
def test_an_update_step_is_as_a_transformation(arguments, compiled):
    mine, theirs = some_variables(), some_variables()
    own, reference = OwnMomentum(0.1, **arguments), optimizers.SGD(0.1, momentum=0.9, **arguments)
    own.build(mine)
    step = function(lambda a, b: own.apply([a, b], mine)) if compiled else lambda a, b: own.apply([a, b], mine)
    for a, b in some_gradients(7):
        step(a, b)
        reference.apply([a, b], theirs)
        np.testing.assert_allclose(values(mine), values(theirs), rtol=1e-5, atol=1e-6)
    own.finalize_variable_values(mine)
    reference.finalize_variable_values(theirs)
    np.testing.assert_allclose(values(mine), values(theirs), rtol=1e-5, atol=1e-6)
    assert int(own.iterations) == int(reference.iterations)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("jitted", [False, True])
def test_stateless_apply(name, jitted):
    import jax

    variables, same = some_variables(), some_variables()
    optimizer, reference = optimizers.get(name), optimizers.get(name)
    optimizer.build(variables)
    before = values([*variables, *optimizer.variables])
    own, trained = [v.numpy() for v in optimizer.variables], [v.numpy() for v in variables]
    call = jax.jit(optimizer.stateless_apply) if jitted else optimizer.stateless_apply
    for gradients in some_gradients(3):
        trained, own = call(own, gradients, trained)
        reference.apply(gradients, same)
    np.testing.assert_array_equal(values([*variables, *optimizer.variables]), before)  # nothing was assigned
    np.testing.assert_allclose(values(trained), values(same), rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(values(own), values(reference.variables), rtol=1e-5, atol=1e-7)


def test_stateless_apply_says_what_is_missing():
    optimizer = optimizers.Adam()
    with pytest.raises(StateError, match="build"):
        optimizer.stateless_apply([], [], [])
    optimizer.build(some_variables())
    with pytest.raises(ArgumentError, match="values for 1 and 0"):
        optimizer.stateless_apply([1], [], [])


@pytest.mark.parametrize("name", NAMES)
def test_learning_with_everything_on(name):
    import hornbeam as hb

    rng = np.random.default_rng(0)
    x = rng.normal(size=(96, 4)).astype("float32")
    y = x @ rng.normal(size=(4, 1)).astype("float32")
    hb.utils.set_random_seed(0)
    model = hb.Sequential([hb.layers.Dense(8, activation="relu"), hb.layers.Dense(1)])
    rate = {"adadelta": 1.0, "adagrad": 0.5, "ftrl": 0.5}.get(name, 0.01)
    kind = type(optimizers.get(name))
    model.compile(kind(rate, weight_decay=1e-4, global_clipnorm=5.0, use_ema=True, gradient_accumulation_steps=2), "mse")
    history = model.fit(x, y, batch_size=16, epochs=6, verbose=0).history["loss"]
    assert history[-1] < history[0]


def test_several_optimizers_in_training():
    import hornbeam as hb

    hb.utils.set_random_seed(0)
    x = np.random.default_rng(0).normal(size=(64, 3)).astype("float32")
    model = hb.Sequential([hb.layers.Dense(4, name="encoder"), hb.layers.Dense(1, name="head")])
    frozen, moving = optimizers.SGD(0.0), optimizers.Adam(0.05)
    model.compile(optimizers.MultiOptimizer(optimizers.OptimizerMap(moving, {".*encoder/.*": frozen})), "mse")
    model.build((None, 3))
    before = model.get_weights()
    history = model.fit(x, x[:, :1], epochs=4, batch_size=16, verbose=0).history["loss"]
    assert history[-1] < history[0]
    np.testing.assert_array_equal(model.get_weights()[0], before[0])
    assert not np.array_equal(model.get_weights()[2], before[2])
    assert int(model.optimizer.iterations) == int(moving.iterations) == 16


def test_mistakes_with_several_optimizers():
    chosen = optimizers.OptimizerMap(optimizers.SGD(), {"a.*": optimizers.Adam()})
    with pytest.raises(ArgumentError, match="already"):
        chosen["a.*"] = optimizers.SGD()
    with pytest.raises(ArgumentError, match="3"):
        chosen[3] = optimizers.SGD()
    chosen[".*b"] = optimizers.SGD()
    with pytest.raises(ArgumentError, match="several keys"):
        chosen["ab"]
    with pytest.raises(TypeError, match="OptimizerMap"):
        optimizers.MultiOptimizer("adam")
    both = optimizers.MultiOptimizer(chosen)
    with pytest.raises(AttributeError, match="optimizers"):
        _ = both.learning_rate
    with pytest.raises(StateError, match="optimizers"):
        both.learning_rate = 1.0
    with pytest.raises(StateError, match="OptimizerMap"):
        optimizers.MultiOptimizer(lambda variable: optimizers.SGD()).get_config()


def test_weights_of_an_optimizer():
    variables = some_variables()
    optimizer, other = optimizers.Adam(0.1), optimizers.Adam(0.1)
    optimizer.apply(some_gradients(1)[0], variables)
    other.build(some_variables())
    other.set_weights([v.numpy() for v in optimizer.variables])
    np.testing.assert_array_equal(values(other.variables), values(optimizer.variables))
    with pytest.raises(ArgumentError, match="6 variables.*1 values"):
        other.set_weights([1])
    with pytest.raises(ShapeError, match="kernel_momentum"):
        other.set_weights([0, 0.1, np.zeros(3), *[v.numpy() for v in optimizer.variables[3:]]])
    counter = optimizer.add_variable((2,), "ones", name="counter")
    assert optimizer.variables[-1] is counter
    np.testing.assert_array_equal(counter.numpy(), [1, 1])
