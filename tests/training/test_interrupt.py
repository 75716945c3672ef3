"""Ctrl-C during training: the weights are those of the last finished step, and the model goes on."""

import os
import signal
import threading
import time

import numpy as np
import pytest

import hornbeam as hb
from hornbeam.training.interrupt import Shield
from training.fixtures_of_fit import TARGET, L, X, Y, batches

QUIET = {"batch_size": 8, "verbose": 0}


def make():
    hb.set_random_seed(3)
    model = hb.Sequential([hb.Input((4,)), L.Dense(8, activation="relu"), L.BatchNormalization(), L.Dropout(0.3), L.Dense(2)])
    model.compile(hb.optimizers.Adam(0.01), hb.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    return model


def interrupt():
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(0.05)  # Python's handler runs between two lines of Python


def training_program(model):
    (found,) = [program for key, program in model._trainer.programs.items() if key[0] == "fit"]
    return found


@pytest.mark.parametrize("donates", [False, True])
@pytest.mark.parametrize("data", ["arrays", "a stream"])
def test_between_dispatch_and_rebind(donates, data):
    model = make()
    arguments = {"x": X, "y": Y, **QUIET} if data == "arrays" else {"x": batches(forever=True), "steps_per_epoch": 5, "verbose": 0}
    model.fit(**arguments)
    program = training_program(model)
    program._donates = donates
    real, calls, wanted = program._compiled, [], []

    def interrupted(*args):
        out = real(*args)
        calls.append(1)
        if len(calls) == 3:
            interrupt()
            wanted.extend(np.array(value) for value in out[0].values())
        return out

    program._compiled = interrupted
    each = hb.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: None)
    with pytest.raises(KeyboardInterrupt):
        model.fit(**arguments, epochs=5, callbacks=[each])
    program._compiled = real
    assert len(calls) == 3 and int(model.optimizer.iterations) == 5 + 3
    held = [program.lifted.variables[i] for i in program.lifted.assigned]
    for variable, value in zip(held, wanted, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value)
    assert all(np.isfinite(weight).all() for weight in model.get_weights())
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    history = model.fit(**arguments)
    assert np.isfinite(history.history["loss"]).all() and model.predict(X, verbose=0).shape == (40, 2)


def test_in_a_callback():
    model = make()
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y, epochs=9, callbacks=[hb.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: interrupt())], **QUIET)
    assert int(model.optimizer.iterations) == 5
    model.fit(X, Y, **QUIET)
    assert int(model.optimizer.iterations) == 10


def test_interrupted_and_continued_ends_as_if_never_interrupted():
    """The three steps before the interrupt are done once, the fourth not at all."""
    whole, cut = make(), make()
    seen = []
    each = hb.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(whole.get_weights()))
    whole.fit(X, Y, shuffle=False, callbacks=[each], **QUIET)
    stop = hb.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: interrupt() if batch == 2 else None)
    with pytest.raises(KeyboardInterrupt):
        cut.fit(X, Y, shuffle=False, callbacks=[stop], **QUIET)
    for a, b in zip(seen[2], cut.get_weights(), strict=True):
        assert a.tobytes() == b.tobytes()


def test_while_a_long_chunk_runs():
    """From another thread, without callbacks that break the chunks up."""
    model = make()
    model.fit(X, Y, **QUIET)
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    began = time.perf_counter()
    with pytest.raises(KeyboardInterrupt):
        model.fit(np.tile(X, (1000, 1)), np.tile(Y, 1000), epochs=1000, **QUIET)
    assert time.perf_counter() - began < 5
    assert all(np.isfinite(weight).all() for weight in model.get_weights())


def test_eager_steps_are_shielded_too():
    model = hb.Sequential([hb.Input((4,)), L.Dense(1)])
    model.compile(hb.optimizers.SGD(0.1), "mse", run_eagerly=True)
    apply = model.optimizer.apply_gradients
    model.optimizer.apply_gradients = lambda pairs: (interrupt(), apply(pairs))
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, TARGET, **QUIET)
    assert int(model.optimizer.iterations) == 1  # the step under way was finished


def test_a_handler_of_the_program_itself_is_left_alone():
    heard = []
    before = signal.signal(signal.SIGINT, lambda number, frame: heard.append(number))
    try:
        make().fit(X, Y, callbacks=[hb.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: interrupt())], **QUIET)
    finally:
        signal.signal(signal.SIGINT, before)
    assert heard == [signal.SIGINT]


def test_an_error_inside_is_not_hidden_by_an_interrupt():
    shield = Shield()
    with shield.installed(), pytest.raises(KeyboardInterrupt) as caught, shield:
        interrupt()
        raise ValueError("the step failed")
    assert isinstance(caught.value.__context__, ValueError)


def test_training_in_a_thread():
    errors = []

    def run():
        try:
            make().fit(X, Y, **QUIET)
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert errors == []
