"""A training program that the tests kill: `python interrupted.py FOLDER SEED KILLS`, see `test_backup.py`.

KILLS is how many steps (counted over the whole process) to do before killing itself, 'write' to die while the second backup of
this process is being written, or '-' to finish, which writes the weights and the last epoch's logs to FOLDER/end.npz.
"""

import os
import signal
import sys

import numpy as np

import hornbeam as hb
from hornbeam.training import state

folder, seed, kill = sys.argv[1], int(sys.argv[2]), sys.argv[3]


def die(*args):
    os.kill(os.getpid(), signal.SIGKILL)


class Kill(hb.callbacks.Callback):
    """Kills the process after so many steps."""

    left = int(kill) if kill.isdigit() else -1

    def on_train_batch_end(self, batch, logs=None):
        self.left -= 1
        if self.left == 0:
            die()


if kill == "write":
    sync, calls = os.fsync, []

    def counted(descriptor):
        calls.append(1)
        return die() if len(calls) == 3 else sync(descriptor)  # a backup syncs its file, then its folder

    state.os.fsync = counted

hb.set_random_seed(seed)
model = hb.Sequential(
    [
        hb.Input((4,)),
        hb.layers.Dense(8, activation="relu"),
        hb.layers.BatchNormalization(),
        hb.layers.Dropout(0.5),
        hb.layers.Dense(3, activation="softmax"),
    ]
)
model.compile(hb.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
draw = np.random.default_rng(0)
x, y = draw.normal(size=(60, 4)), draw.integers(0, 3, 60)
backup = hb.callbacks.BackupAndRestore(os.path.join(folder, "backup"), save_freq=2)
history = model.fit(x, y, batch_size=8, epochs=3, validation_split=0.2, callbacks=[Kill(), backup], verbose=0)
logs = {name: values[-1] for name, values in history.history.items()}
np.savez(
    os.path.join(folder, "end.npz"),
    **{str(i): w for i, w in enumerate(model.get_weights())},
    **{f"optimizer{i}": v.numpy() for i, v in enumerate(model.optimizer.variables)},
    **logs,
)
