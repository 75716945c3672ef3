"""Callbacks: objects whose hooks `fit`, `evaluate` and `predict` call along the way."""

from hornbeam.training.callbacks.backup import BackupAndRestore
from hornbeam.training.callbacks.base import Callback, CallbackList
from hornbeam.training.callbacks.checkpoint import ModelCheckpoint
from hornbeam.training.callbacks.early_stopping import EarlyStopping
from hornbeam.training.callbacks.ema import SwapEMAWeights
from hornbeam.training.callbacks.learning_rate import LearningRateScheduler, ReduceLROnPlateau
from hornbeam.training.callbacks.logs import CSVLogger, History, LambdaCallback, ProgbarLogger, TerminateOnNaN
from hornbeam.training.callbacks.orbax import OrbaxCheckpoint
from hornbeam.training.callbacks.remote import RemoteMonitor
from hornbeam.training.callbacks.tensorboard import TensorBoard
