"""Event files for TensorBoard. They are written by tensorboardX (the extra `tensorboard`), which needs no TensorFlow."""

import os
import time
from collections.abc import Iterable
from typing import Any

import numpy as np

from hornbeam.engine.errors import ArgumentError, MissingExtra
from hornbeam.training.callbacks.base import Callback, Logs


class TensorBoard(Callback):
    """Writes what TensorBoard shows (`tensorboard --logdir=logs`): curves, histograms, the model's graph, a profile.

    Training goes to `log_dir/train`, evaluation to `log_dir/validation`, by the names Keras gives: `epoch_loss` by epoch,
    `batch_loss` by the optimizer's iterations, `evaluation_loss_vs_iterations`, `<weight>/histogram`, `<weight>/image`.

    Args:
        log_dir: the folder, of this run alone.
        histogram_freq: every so many epochs, a histogram of each weight; 0 for none.
        write_graph: the model's layers and what joins them.
        write_images: with each histogram, the weight as a picture, black its least value and white its largest.
        write_steps_per_second: also how fast training is.
        update_freq: 'epoch'; 'batch' or a number of batches to write the running logs that often as well, which makes
            training run a step at a time.
        profile_batch: a batch (counted from 1) or a pair, first and last, to profile; 0 for none.
        embeddings_freq: every so many epochs, the table of each Embedding layer for the projector; 0 for none.
        embeddings_metadata: a file with a label for each row, or a dict of such files by layer.

    Raises: MissingExtra, when tensorboardX is not installed.
    """

    def __init__(
        self,
        log_dir: str | os.PathLike = "logs",
        histogram_freq: int = 0,
        write_graph: bool = True,
        write_images: bool = False,
        write_steps_per_second: bool = False,
        update_freq: int | str = "epoch",
        profile_batch: Any = 0,
        embeddings_freq: int = 0,
        embeddings_metadata: Any = None,
    ):
        super().__init__()
        self.log_dir, self.histogram_freq, self.write_graph = os.fspath(log_dir), histogram_freq, write_graph
        self.write_images, self.write_steps_per_second = write_images, write_steps_per_second
        self.embeddings_freq, self.embeddings_metadata = embeddings_freq, embeddings_metadata
        self.update_freq: Any = 1 if update_freq == "batch" else update_freq
        if self.update_freq != "epoch" and (not isinstance(self.update_freq, int) or self.update_freq < 1):
            raise ArgumentError(f"`update_freq` of TensorBoard is 'epoch', 'batch' or a number of batches; received {update_freq!r}.")
        self._profiled = _batches(profile_batch)
        self._writers: dict[str, Any] = {}
        self._steps, self._training = 0, False  # of this fit
        self._began = (0.0, 0)
        if self.update_freq == "epoch" and not any(self._profiled):
            self.idle_hooks = (TensorBoard.on_train_batch_begin, TensorBoard.on_train_batch_end)

    def _writer(self, which: str) -> Any:
        if which not in self._writers:
            self._writers[which] = _summary_writer()(os.path.join(self.log_dir, which), flush_secs=1)  # its thread writes, and flushes
        return self._writers[which]

    def _scalars(self, which: str, values: dict[str, Any], step: int) -> None:
        writer = self._writer(which)
        for name, value in values.items():
            if np.ndim(value) == 0:
                writer.add_scalar(name, float(value), step)

    @property
    def _iterations(self) -> int:
        optimizer = getattr(self.model, "optimizer", None)
        return int(np.asarray(optimizer.iterations)) if optimizer is not None else self._steps

    # Training.
    def on_train_begin(self, logs: Logs | None = None) -> None:
        _summary_writer()  # if it is missing, that is said before the first epoch, not after
        self._steps, self._training = 0, True
        if self.write_graph and (nodes := list(_nodes(self.model))):
            self._writer("train").file_writer.add_event(_graph_event(nodes))

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self._began = (time.perf_counter(), self._iterations)

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        self._steps += 1
        if self._steps == self._profiled[0]:
            self._begin_profile()
        self._batch_began = time.perf_counter()

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        if self._steps == self._profiled[1] > 0:
            self._end_profile()
        if self.update_freq != "epoch" and self._steps % self.update_freq == 0:
            values = {f"batch_{name}": value for name, value in (logs or {}).items()}
            if self.write_steps_per_second:
                values["batch_steps_per_second"] = 1 / max(time.perf_counter() - self._batch_began, 1e-9)
            self._scalars("train", values, self._iterations)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        logs = logs or {}
        validation = {f"epoch_{name[4:]}": value for name, value in logs.items() if name.startswith("val_")}
        values = {f"epoch_{name}": value for name, value in logs.items() if not name.startswith("val_")}
        if (rate := getattr(getattr(self.model, "optimizer", None), "learning_rate", None)) is not None:
            values["epoch_learning_rate"] = np.asarray(rate)
        if self.write_steps_per_second:
            began, steps = self._began
            values["epoch_steps_per_second"] = (self._iterations - steps) / max(time.perf_counter() - began, 1e-9)
        self._scalars("train", values, epoch)
        if validation:
            self._scalars("validation", validation, epoch)
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            self._histograms(epoch)
        if self.embeddings_freq and epoch % self.embeddings_freq == 0:
            self._embeddings(epoch)

    def on_test_end(self, logs: Logs | None = None) -> None:
        self._scalars("validation", {f"evaluation_{name}_vs_iterations": value for name, value in (logs or {}).items()}, self._iterations)

        if not self._training:
            self._close()

    def on_train_end(self, logs: Logs | None = None) -> None:
        self._end_profile()
        self._training = False
        self._close()

    def _close(self) -> None:
        for writer in self._writers.values():
            writer.close()
        self._writers = {}

    # What is written.
    def _histograms(self, epoch: int) -> None:
        writer = self._writer("train")
        for variable in self.model.weights:
            value = np.asarray(variable.numpy(), np.float32)
            if not np.isfinite(value).all():
                continue  # neither has a place for the others
            writer.add_histogram(f"{variable.path}/histogram", value, epoch)
            if self.write_images and value.size > 1:
                flat = value.reshape(-1, value.shape[-1] if value.ndim > 1 else 1)
                least, most = float(flat.min()), float(flat.max())
                picture = np.uint8(255 * (flat - least) / max(most - least, 1e-12))
                writer.add_image(f"{variable.path}/image", picture, epoch, dataformats="HW")

    def _embeddings(self, epoch: int) -> None:
        for layer in self.model._flatten_layers():
            if hasattr(layer, "embeddings") and layer.built:
                labels = self.embeddings_metadata
                labels = labels.get(layer.name) if isinstance(labels, dict) else labels
                if labels is not None:
                    with open(labels, encoding="utf-8") as file:
                        labels = file.read().splitlines()
                self._writer("train").add_embedding(layer.embeddings.numpy(), metadata=labels, global_step=epoch, tag=layer.name)

    # JAX has one profiler. A run that was interrupted leaves it on.
    _profiling: "TensorBoard | None" = None

    def _begin_profile(self) -> None:
        import jax

        if TensorBoard._profiling is not None:
            TensorBoard._profiling._end_profile()
        jax.profiler.start_trace(self.log_dir)
        TensorBoard._profiling = self

    def _end_profile(self) -> None:
        if TensorBoard._profiling is self:
            import jax

            TensorBoard._profiling = None
            jax.profiler.stop_trace()


def _summary_writer() -> Any:
    try:
        from tensorboardX import SummaryWriter
    except ImportError as error:
        raise MissingExtra("callbacks.TensorBoard", "tensorboard", "tensorboardX") from error
    return SummaryWriter


def _batches(profile_batch: Any) -> tuple[int, int]:
    """The first and the last batch to profile."""
    pair = (profile_batch, profile_batch) if isinstance(profile_batch, int) else tuple(profile_batch)
    if len(pair) != 2 or not all(isinstance(each, int) and each >= 0 for each in pair) or pair[0] > pair[1]:
        raise ArgumentError(f"`profile_batch` of TensorBoard is a batch (counted from 1), (first, last), or 0; received {profile_batch!r}.")
    return pair


# The graph.
def _nodes(model: Any) -> Iterable[tuple[str, str, list[str], Any]]:
    """(name, kind, names of what goes in, outputs) for each call of a layer or operation; a model without a graph has none."""
    graph = getattr(model, "_graph", None)
    if graph is None:
        return
    names: dict[int, str] = {}
    taken: set[str] = set()
    for node in [*(tensor._node for tensor in graph.inputs), *graph.nodes]:
        name, i = node.operation.name, 0
        while name in taken:  # a layer called again
            i += 1
            name = f"{node.operation.name}_{i}"
        taken.add(name)
        names[id(node)] = name
        kind = getattr(getattr(node.operation, "op", None), "name", None) or type(node.operation).__name__
        yield name, kind, [names[id(parent._node)] for parent in node.parents], node.outputs


def _graph_event(nodes: Iterable[tuple[str, str, list[str], Any]]) -> Any:
    """A GraphDef, which TensorBoard draws, as an event: a node for each layer, with the shapes of its outputs."""
    from tensorboardX.proto.attr_value_pb2 import AttrValue
    from tensorboardX.proto.event_pb2 import Event
    from tensorboardX.proto.graph_pb2 import GraphDef
    from tensorboardX.proto.node_def_pb2 import NodeDef
    from tensorboardX.proto.tensor_shape_pb2 import TensorShapeProto

    from hornbeam.engine.graph import tensors_in

    def shape(tensor: Any) -> Any:
        return TensorShapeProto(dim=[TensorShapeProto.Dim(size=-1 if size is None else size) for size in tensor.shape])

    def entry(name: str, kind: str, parents: list[str], outputs: Any) -> Any:
        shapes = AttrValue(list=AttrValue.ListValue(shape=[shape(tensor) for tensor in tensors_in(outputs)]))
        return NodeDef(name=name, op=kind, input=parents, attr={"_output_shapes": shapes})

    return Event(graph_def=GraphDef(node=[entry(*node) for node in nodes]).SerializeToString())
