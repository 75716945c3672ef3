"""Layers that came late: bounding boxes, local contrast, ReversibleEmbedding, LoRA."""

from __future__ import annotations

from typing import Any

import numpy as np

from goldens.oracle import Oracle
from goldens.recording import layer_case, normal, plain, rng

TOLERANCE = (2e-5, 1e-4)

TOKENS = np.array([[3, 1, 0, 0], [2, 2, 4, 0]], "int32")
PIXELS = np.random.default_rng(5).integers(0, 256, (2, 20, 30, 1)).astype("float32")
BOXES = np.array([[[2, 3, 10, 12], [20, 5, 29, 19], [0, 0, 0, 0]], [[0, 0, 30, 20], [5, 5, 9, 8], [25, 15, 40, 30]]], "float32")
LABELS = np.array([[1, 2, -1], [0, 3, 4]])


def _boxes(make: Any, training: bool, source: str = "xyxy") -> Any:
    """What becomes of boxes where Keras moves them exactly as it moves pixels."""

    def case(oracle: Oracle) -> dict[str, Any]:
        layer = make(oracle.keras.layers, source)
        boxes = oracle.keras.utils.bounding_boxes.convert_format(oracle.tensor(BOXES), "xyxy", source, 20, 30)
        given = {"images": oracle.tensor(PIXELS), "bounding_boxes": {"boxes": boxes, "labels": oracle.tensor(LABELS)}}
        found = layer(given, training=training)["bounding_boxes"]
        return {"boxes": oracle.numpy(found["boxes"]), "labels": oracle.numpy(found["labels"])}

    return case


def _box_functions(oracle: Oracle) -> dict[str, Any]:
    boxes = oracle.keras.utils.bounding_boxes
    formats = ("xyxy", "yxyx", "xywh", "center_xywh", "center_yxhw", "rel_xyxy", "rel_yxyx", "rel_xywh", "rel_center_xywh")
    a, b = oracle.tensor(BOXES), oracle.tensor(np.array([[4, 5, 12, 11], [19, 2, 25, 15], [-1, -1, -1, -1]], "float32"))
    one = lambda value: oracle.tensor(np.array([value, value], "float32"))
    found = {name: boxes.convert_format(a, "xyxy", name, 20, 30) for name in formats}
    found |= {f"from {name}": boxes.convert_format(found[name], name, "xyxy", 20, 30) for name in formats}
    found["iou"], found["masked iou"] = boxes.compute_iou(a, b, "xyxy"), boxes.compute_iou(a[0], b, "xyxy", use_masking=True)
    found["relative iou"] = boxes.compute_iou(found["rel_yxyx"], found["rel_yxyx"], "rel_yxyx", image_shape=(20, 30, 3))
    found["ciou"] = boxes.compute_ciou(a[:, :2], b[None, :2], "xyxy")
    found["clipped"] = boxes.clip_to_image_size({"boxes": a, "labels": oracle.tensor(LABELS)}, 20, 30)["boxes"]
    found["clipped labels"] = boxes.clip_to_image_size({"boxes": a, "labels": oracle.tensor(LABELS)}, 20, 30)["labels"]
    found["crop"], found["pad"] = boxes.crop(a, 2, 3, 10, 12), boxes.pad(a, 2, 3)
    zero = one(0.0)
    moves = {"turned": (one(30.0), zero, zero, one(1.0), zero, zero), "shifted": (zero, one(0.1), one(0.2), one(1.0), zero, zero),
             "scaled": (zero, zero, zero, one(1.5), zero, zero), "slanted": (zero, zero, zero, one(1.0), one(10.0), zero),
             "slanted down": (zero, zero, zero, one(1.0), zero, one(10.0))}
    for name, arguments in moves.items():
        found[name] = boxes.affine_transform(a, *arguments, height=20, width=30)
    for variance in (None, [0.1, 0.1, 0.2, 0.2]):
        deltas = boxes.encode_box_to_deltas(b[:2], a[0, :2], "xyxy", "xyxy", variance=variance)
        found[f"deltas {variance}"] = deltas
        found[f"decoded {variance}"] = boxes.decode_deltas_to_boxes(b[:2], deltas, "xyxy", "yxyx", variance=variance)
    return {name: oracle.numpy(value) for name, value in found.items()}


def _clahe(values: np.ndarray = PIXELS, **arguments: Any) -> Any:
    def case(oracle: Oracle) -> dict[str, Any]:
        layer = oracle.keras.layers.ContrastLimitedAdaptiveHistogramEqualization(**arguments)
        return {"output": oracle.numpy(layer(oracle.tensor(values))), "config": plain(layer.get_config())}

    return case


def _lora(make: Any, *shape: int, tokens: bool = False) -> Any:
    """A layer with LoRA: its weights, its work, and what a file would hold."""

    def case(oracle: Oracle) -> dict[str, Any]:
        generator = rng("lora")
        layer = make(oracle.keras.layers)
        x = oracle.tensor(TOKENS if tokens else normal(generator, *shape))
        layer(x)
        if not layer.lora_enabled:
            layer.enable_lora(2, lora_alpha=6.0)  # Keras's Dense(lora_alpha=6.0) forgets the 6 when it is built
        names = [[w.name, list(w.shape), bool(w.trainable)] for w in layer.weights]
        layer.set_weights([normal(generator, *w.shape) for w in layer.weights])
        store: dict[str, Any] = {}
        layer.save_own_variables(store)
        return {"output": oracle.numpy(layer(x)), "weights": names, "config": plain(layer.get_config()),
                **{f"stored {key}": np.asarray(oracle.numpy(value)) for key, value in store.items()}}

    return case


def _quantized(make: Any, *shape: int, tokens: bool = False, back: bool = False, adapted: bool = True) -> Any:
    """A layer in int8: its weights, its work, its gradient by the inputs, what a file holds; then with LoRA."""

    def case(oracle: Oracle) -> dict[str, Any]:
        generator = rng("quantized")
        layer = make(oracle.keras.layers)
        x = TOKENS if tokens else normal(generator, *shape)
        layer(oracle.tensor(x))
        layer.set_weights([normal(generator, *w.shape) for w in layer.weights])
        layer.quantize("int8")
        found: dict[str, Any] = {"weights": [[w.name, list(w.shape), bool(w.trainable)] for w in layer.weights],
                                 "config": plain(layer.get_config()), "mode": layer.quantization_mode}
        found["output"] = oracle.numpy(layer(oracle.tensor(x)))
        if back:
            found["back"] = oracle.numpy(layer(oracle.tensor(normal(generator, 2, 4)), reverse=True))
        if not tokens:
            square = lambda x: oracle.keras.ops.sum(layer(x) ** 2)
            found["gradient"] = oracle.gradients(square, [x], [])[1][0]
        if adapted:
            layer.enable_lora(2, b_initializer="ones", a_initializer="ones")
            found["adapted"] = oracle.numpy(layer(oracle.tensor(x)))
        store: dict[str, Any] = {}
        layer.save_own_variables(store)
        return {**found, **{f"stored {key}": np.asarray(oracle.numpy(value)) for key, value in store.items()}}

    return case


def _masked_step(make: Any, gates: int) -> Any:
    """A step of a cell in training, with recurrent dropout's masks given."""

    def case(oracle: Oracle) -> dict[str, Any]:
        generator = rng(f"masked step {gates}")
        cell = make(oracle.keras.layers)
        cell.build((None, 2))
        cell.set_weights([normal(generator, *w.shape) for w in cell.weights])
        drawn = [oracle.tensor(((generator.random((4, 3)) < 0.5) * 2.0).astype("float32")) for _ in range(gates)]
        if hasattr(cell, "get_recurrent_dropout_mask"):
            cell._recurrent_dropout_mask = drawn if gates > 1 else drawn[0]
        else:
            together = oracle.keras.ops.stack(drawn) if gates > 1 else drawn[0]
            cell.dropout_mask = lambda like, rate, training: together if rate else None
        states = [oracle.tensor(normal(generator, 4, 3)) for _ in range(2 if "LSTM" in type(cell).__name__ else 1)]
        output, _ = cell(oracle.tensor(normal(generator, 4, 2)), states, training=True)
        return {"output": oracle.numpy(output)}

    return case


CASES: dict[str, Any] = {
    "masks_gru": _masked_step(lambda k: k.GRUCell(3, recurrent_dropout=0.5), 3),
    "masks_gru_before": _masked_step(lambda k: k.GRUCell(3, recurrent_dropout=0.5, reset_after=False), 3),
    "masks_lstm": _masked_step(lambda k: k.LSTMCell(3, recurrent_dropout=0.5), 4),
    "masks_simple": _masked_step(lambda k: k.SimpleRNNCell(3, recurrent_dropout=0.5), 1),
    "box_functions": _box_functions,
    "clahe": _clahe(), "clahe_tiles": _clahe(tile_grid_size=(4, 2), clip_limit=1.5), "clahe_odd": _clahe(tile_grid_size=(3, 7)),
    "clahe_unit": _clahe((PIXELS / 255).astype("float32"), value_range=(0, 1), tile_grid_size=(2, 3)),
    "clahe_unlimited": _clahe(tile_grid_size=(1, 1), clip_limit=0.0),
    "reversible": layer_case(
        "reversible", lambda k: k.layers.ReversibleEmbedding(5, 3, logit_soft_cap=2.0), TOKENS,
        call=lambda layer, x, **mode: layer(layer(x), reverse=True),
    ),
    "reversible_untied": layer_case(
        "reversible_untied", lambda k: k.layers.ReversibleEmbedding(5, 3, tie_weights=False), TOKENS,
        call=lambda layer, x, **mode: layer(layer(x), reverse=True),
    ),
    "lora_dense": _lora(lambda k: k.Dense(4), 2, 3),
    "lora_einsum": _lora(lambda k: k.EinsumDense("abc,cde->abde", (None, 2, 3), lora_rank=2, bias_axes="e"), 2, 3, 4),
    "lora_conv": _lora(lambda k: k.Conv2D(2, 2), 2, 3, 4, 2),
    "lora_groups": _lora(lambda k: k.Conv1D(4, 2, groups=2, lora_rank=2), 2, 3, 4),
    "int8_dense": _quantized(lambda k: k.Dense(4, "relu"), 2, 3),
    "int8_einsum": _quantized(lambda k: k.EinsumDense("abc,cde->abed", (None, 5, 2), bias_axes="e"), 2, 3, 4, adapted=False),
    "int8_einsum_two": _quantized(lambda k: k.EinsumDense("abc,bcde->ade", (5, 2)), 2, 3, 4),
    "int8_embedding": _quantized(lambda k: k.Embedding(6, 4), tokens=True),
    "int8_reversible": _quantized(lambda k: k.ReversibleEmbedding(6, 4), tokens=True, back=True, adapted=False),
    "int8_untied": _quantized(lambda k: k.ReversibleEmbedding(6, 4, tie_weights=False), tokens=True, back=True, adapted=False),
    "lora_embedding": _lora(lambda k: k.Embedding(6, 4, lora_rank=2), tokens=True),
}  # fmt: skip
for name, make in {
    "resizing": lambda k, f: k.Resizing(10, 10, bounding_box_format=f),
    "center_crop": lambda k, f: k.CenterCrop(10, 12, bounding_box_format=f),
    "center_crop_small": lambda k, f: k.CenterCrop(40, 40, bounding_box_format=f),
    "most_boxes": lambda k, f: k.MaxNumBoundingBoxes(2, bounding_box_format=f),
    "more_boxes": lambda k, f: k.MaxNumBoundingBoxes(5, bounding_box_format=f),
    "brightness": lambda k, f: k.RandomBrightness(0.0, bounding_box_format=f),
}.items():
    for source in ("xyxy", "rel_xywh") if name == "resizing" else ("xyxy",):
        CASES[f"boxes_{name}_{source}"] = _boxes(make, True, source)
CASES["boxes_flip_still"] = _boxes(lambda k, f: k.RandomFlip(bounding_box_format=f), False)
