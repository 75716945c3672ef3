"""Worker: `tf.data` pipelines over rows in memory, JPEG files, and lines of text."""

from __future__ import annotations

import importlib
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.workers import CACHE, QUICK, arguments, fashion_mnist, report

PICTURES, LINES, WORDS = (400, 2_000, 1_000) if QUICK else (10_000, 50_000, 10_000)
EPOCHS = 2 if QUICK else 4


def rows(tf: Any) -> Any:
    """60,000 images and labels in memory, shuffled and batched."""
    images, labels = fashion_mnist()
    data = tf.data.Dataset.from_tensor_slices((images, labels))
    return data.shuffle(len(images)).batch(32).prefetch(tf.data.AUTOTUNE)


def pictures(tf: Any) -> Any:
    """JPEG files of many sizes, decoded, resized to 160x160 and augmented."""
    names = sorted(map(str, _jpegs(tf).glob("*.jpg")))

    def load(path: Any, label: Any) -> Any:
        picture = tf.io.decode_jpeg(tf.io.read_file(path), channels=3)
        return tf.image.resize(picture, [160, 160]), label

    def augment(picture: Any, label: Any) -> Any:
        picture = tf.image.random_flip_left_right(picture / 255.0)
        picture = tf.image.random_brightness(picture, 0.2)
        picture = tf.image.random_contrast(picture, 0.8, 1.2)
        return tf.clip_by_value(picture, 0.0, 1.0), label

    data = tf.data.Dataset.from_tensor_slices((names, np.arange(len(names)) % 10)).shuffle(len(names))
    data = data.map(load, num_parallel_calls=tf.data.AUTOTUNE).map(augment, num_parallel_calls=tf.data.AUTOTUNE)
    return data.batch(32).prefetch(tf.data.AUTOTUNE)


def _jpegs(tf: Any) -> Path:
    """A folder of files, made on the first use: smooth colours with some noise, 240 to 500 pixels a side, as photographs are."""
    folder = CACHE / f"jpegs-{PICTURES}"
    if not folder.exists():
        part = CACHE / f"jpegs-{PICTURES}.part"
        part.mkdir(parents=True, exist_ok=True)
        random = np.random.default_rng(0)
        for i in range(PICTURES):
            height, width = random.integers(240, 501, 2)
            coarse = random.integers(0, 256, (9, 9, 3)).astype(np.float32)
            y, x = np.linspace(0, 7.99, height), np.linspace(0, 7.99, width)
            by, bx = (y % 1)[:, None, None], (x % 1)[None, :, None]
            y, x = y.astype(int), x.astype(int)
            top = coarse[y][:, x] * (1 - bx) + coarse[y][:, x + 1] * bx
            low = coarse[y + 1][:, x] * (1 - bx) + coarse[y + 1][:, x + 1] * bx
            picture = top * (1 - by) + low * by + random.normal(0, 6, (height, width, 1))
            pixels = np.clip(picture, 0, 255).astype(np.uint8)
            (part / f"{i:05d}.jpg").write_bytes(tf.io.encode_jpeg(pixels, quality=90).numpy())
        part.rename(folder)
    return folder


def text(tf: Any) -> Any:
    """Lines `label <tab> words`, split, and the words made numbers by TextVectorization."""
    path = CACHE / f"lines-{LINES}.txt"
    random = np.random.default_rng(0)
    vocabulary = [f"word{i}" for i in range(WORDS)]
    if not path.exists():
        drawn = iter(np.minimum(random.zipf(1.3, 60 * LINES) - 1, WORDS - 1).tolist())
        lines = [f"{i % 2}\t" + " ".join(vocabulary[next(drawn)] for _ in range(20 + i % 40)) for i in range(LINES)]
        part = path.with_suffix(".part")
        part.write_text("\n".join(lines) + "\n")
        part.rename(path)
    layer = tf.keras.layers.TextVectorization(output_sequence_length=50, vocabulary=vocabulary)

    def parse(line: Any) -> Any:
        parts = tf.strings.split(line, "\t")
        return parts[1], tf.strings.to_number(parts[0], tf.int32)

    data = tf.data.TextLineDataset(str(path)).map(parse, num_parallel_calls=tf.data.AUTOTUNE).batch(128)
    return data.map(lambda words, label: (layer(words), label), num_parallel_calls=tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)


def main() -> None:
    _, entrant = arguments()
    tf = importlib.import_module("hornbeam.tensorflow" if entrant == "hornbeam" else "tensorflow")
    measures = {}
    for name, make, expected in (("rows", rows, 60_000), ("pictures", pictures, PICTURES), ("text", text, LINES)):
        data, took = make(tf), []
        for _ in range(EPOCHS):
            began, count = time.perf_counter(), 0
            for batch, _ in data:
                count += int(batch.shape[0])
            took.append(time.perf_counter() - began)
            if count != expected:
                raise SystemExit(f"{name}: {count} examples came, {expected} were expected")
        measures[name] = took
    report(measures)


if __name__ == "__main__":
    main()
