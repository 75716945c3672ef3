"""`hornbeam demo`, on the embedded images so that it is the same on every machine."""

import numpy as np
import pytest

import hornbeam as hb
from hornbeam.cli import demo, main
from hornbeam.datasets import DatasetError, fashion_mnist


def test_demo_without_a_network(tmp_path, monkeypatch, capsys):
    def offline():
        raise DatasetError("train-images-idx3-ubyte.gz could not be downloaded.")

    monkeypatch.setattr(fashion_mnist, "load_data", offline)
    assert main(["demo", "--epochs", "2", "--folder", str(tmp_path / "out")]) == 0
    out = capsys.readouterr().out
    assert "train-images-idx3-ubyte.gz could not be downloaded." in out
    assert "10,000 training and 2,000 test images" in out
    assert "subset of the real images" in out
    assert "Ankle boot" in out
    assert "Compile cache:" in out

    path = tmp_path / "out" / "fashion_mnist.keras"
    assert str(path) in out
    (_, _), (images, labels) = fashion_mnist.load_subset()
    guesses = hb.models.load_model(path).predict(images / 255.0, verbose=0).argmax(-1)
    accuracy = np.mean(guesses == labels)
    assert accuracy > 0.7
    assert f"accuracy {accuracy:.4f}" in out


def test_where_the_images_were_is_said(tmp_path, monkeypatch):
    places = [None, tmp_path / "cache"]  # before and after a download
    monkeypatch.setattr(fashion_mnist, "location", lambda: places.pop(0))
    monkeypatch.setattr(fashion_mnist, "load_data", lambda: ("train", "test"))
    assert demo._images() == ("train", "test", str(tmp_path / "cache"))
    places[:] = [tmp_path / "package", tmp_path / "cache"]  # the package's files, then the unpacked copies of them
    assert demo._images() == ("train", "test", str(tmp_path / "package"))


def test_a_folder_that_cannot_be_made_is_said_before_training(tmp_path, monkeypatch, capsys):
    (tmp_path / "taken").touch()
    monkeypatch.setattr(fashion_mnist, "load_data", lambda: pytest.fail("the work had begun"))
    assert main(["demo", "--folder", str(tmp_path / "taken")]) == 1
    said = capsys.readouterr().err
    assert str(tmp_path / "taken") in said
    assert said.count("\n") == 1
