"""Optimizers and learning-rate schedules."""

from hornbeam.optimizers import schedules
from hornbeam.optimizers.algorithms import SGD, Adadelta, Adagrad, Adam, Adamax, AdamW, Ftrl, Lion, Nadam, RMSprop, ScheduleFreeAdamW
from hornbeam.optimizers.base import Optimizer
from hornbeam.optimizers.layerwise import Adafactor, Lamb, Muon
from hornbeam.optimizers.lookup import deserialize, get, serialize
from hornbeam.optimizers.loss_scale import LossScaleOptimizer
from hornbeam.optimizers.several import MultiOptimizer, OptimizerMap
from hornbeam.optimizers.wrapped import OptaxOptimizer
