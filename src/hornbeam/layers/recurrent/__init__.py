"""Recurrent layers."""

from hornbeam.layers.recurrent.base import RNN, StackedRNNCells
from hornbeam.layers.recurrent.conv_lstm import ConvLSTM1D, ConvLSTM2D, ConvLSTM3D
from hornbeam.layers.recurrent.gru import GRU, GRUCell
from hornbeam.layers.recurrent.lstm import LSTM, LSTMCell
from hornbeam.layers.recurrent.simple import SimpleRNN, SimpleRNNCell
from hornbeam.layers.recurrent.wrappers import Bidirectional, TimeDistributed

__all__ = [
    "GRU", "LSTM", "RNN", "Bidirectional", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D", "GRUCell", "LSTMCell", "SimpleRNN", "SimpleRNNCell",
    "StackedRNNCells", "TimeDistributed",
]  # fmt: skip
