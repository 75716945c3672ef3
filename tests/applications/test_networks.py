"""The networks are Keras's: names, classes, shapes and weights of every layer, in order. What real Keras 3.15 has is in `KERAS`."""

import hashlib
import json

import numpy as np
import pytest

import hornbeam as hb
from hornbeam import applications
from hornbeam.applications import _frame, imagenet_utils
from hornbeam.datasets._fetch import DatasetError

# For images of 96x96, without the top, pooled: the model's name, its number of weights and layers, and a digest of the layers.
KERAS = {
    "MobileNetV2": ("mobilenetv2_1.00_96", 2257984, 155, "96f27bbfb39e65ff"),
    "MobileNet": ("mobilenet_1.00_96", 3228864, 87, "ee682f90ddfb37bb"),
    "VGG16": ("vgg16", 14714688, 20, "b2b45163016845f0"),
    "VGG19": ("vgg19", 20024384, 23, "89aeccd4dd6c1104"),
    "ResNet50": ("resnet50", 23587712, 176, "3b999b94e2e1d9bb"),
    "ResNet101": ("resnet101", 42658176, 346, "fb9d828613179c75"),
    "ResNet152": ("resnet152", 58370944, 516, "d0e7e871887e2e23"),
    "ResNet50V2": ("resnet50v2", 23564800, 191, "3e1afab3c76ec5fc"),
    "ResNet101V2": ("resnet101v2", 42626560, 378, "2ad8a2cdd1eec460"),
    "ResNet152V2": ("resnet152v2", 58331648, 565, "f77b6c11f1822561"),
    "Xception": ("xception", 20861480, 133, "0f0480496be3712b"),
    "InceptionV3": ("inception_v3", 21802784, 312, "96c4bbfee4395e33"),
    "InceptionResNetV2": ("inception_resnet_v2", 54336736, 781, "10b63da08ab7ec69"),
    "NASNetMobile": ("nasnet_mobile", 4269716, 770, "f32ef737f83a733e"),
    "NASNetLarge": ("nasnet_large", 84916818, 1040, "fb0152afc970c7aa"),
    "ConvNeXtTiny": ("convnext_tiny", 27820128, 134, "3e980533425f34f9"),
    "ConvNeXtSmall": ("convnext_small", 49454688, 260, "e97f22a87598ad3f"),
    "DenseNet121": ("densenet121", 7037504, 428, "56690dbf1e852a0a"),
    "DenseNet169": ("densenet169", 12642880, 596, "d9bb6cc384acb860"),
    "DenseNet201": ("densenet201", 18321984, 708, "01ca5520e645cbc3"),
    "EfficientNetB0": ("efficientnetb0", 4049571, 238, "bb060a6b2b756760"),
    "EfficientNetB1": ("efficientnetb1", 6575239, 340, "3846c6555a8c42a8"),
    "EfficientNetB3": ("efficientnetb3", 10783535, 385, "55fd803db2d76590"),
    "MobileNetV3Small": ("MobileNetV3Small", 939120, 158, "404339d5f949c3d2"),
    "MobileNetV3Large": ("MobileNetV3Large", 2996352, 188, "01aaee0a0e038c15"),
    "EfficientNetV2B0": ("efficientnetv2-b0", 5919312, 271, "83bde57823ca17a9"),
    "EfficientNetB7": ("efficientnetb7", 64097687, 814, "a28d7be299448626"),
}
QUICK = ("MobileNetV2", "VGG16", "ResNet50")


@pytest.mark.parametrize("name", [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in KERAS])
def test_architecture(name):
    model = getattr(applications, name)(weights=None, include_top=False, input_shape=(96, 96, 3), pooling="avg")
    lines = [
        f"{layer.name} {type(layer).__name__} {tuple(layer.output.shape)} {[tuple(w.shape) for w in layer.weights]}"
        for layer in model.layers[1:]
    ]
    digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]
    assert (model.name, model.count_params(), len(model.layers), digest) == KERAS[name], "\n".join(lines)


def test_transfer_learning():
    base = applications.MobileNetV2(weights=None, include_top=False, input_shape=(32, 32, 3), alpha=0.35, pooling="max")
    base.trainable = False
    model = hb.Sequential([base, hb.layers.Dense(2, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    x = imagenet_utils.preprocess_input(np.full((2, 32, 32, 3), 100.0, "float32"), mode="tf")
    assert len(model.trainable_weights) == 2 and model.predict(x, verbose=0).shape == (2, 2)


def test_arguments(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    tensor = hb.Input((40, 40, 3))
    model = applications.VGG16(weights=None, include_top=False, input_tensor=tensor)
    assert model.input is tensor and model.output.shape == (None, 1, 1, 512)
    assert applications.VGG16(weights=None, include_top=False).input.shape == (None, None, None, 3)
    for wrong, what in {
        "classes": ({"classes": 10}, "1000 classes"), "weights": ({"weights": "nowhere.h5"}, "'nowhere.h5'"),
        "small": ({"weights": None, "include_top": False, "input_shape": (20, 20, 3)}, "at least 32x32"),
        "channels": ({"include_top": False, "input_shape": (64, 64, 1)}, "3 channels"),
        "top": ({"input_shape": (96, 96, 3)}, r"\(224, 224, 3\)"),
        "pooling": ({"weights": None, "include_top": False, "pooling": "x"}, "'x'"),
    }.values():  # fmt: skip
        with pytest.raises(ValueError, match=what):
            applications.VGG16(**wrong)


def test_weights_that_are_not_there_are_told_in_one_paragraph(monkeypatch):
    asked = []

    def get_file(*arguments, **options):
        asked.append((*arguments, options))
        raise DatasetError("No network.")

    monkeypatch.setattr(_frame, "get_file", get_file)
    with pytest.raises(DatasetError, match=r"^vgg16's published weights could not be had: No network\. Or pass") as told:
        applications.VGG16(include_top=False)
    assert "\n" not in str(told.value)
    name = "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"
    url = "https://storage.googleapis.com/tensorflow/keras-applications/vgg16/" + name
    assert asked == [(name, url, {"cache_subdir": "models", "file_hash": "6d6bbae143d832006294945121d1f1fc"})]


def test_published_files_are_read(tmp_path):
    """Keras's files of weights hold them by layer, in the older `.h5` layout."""
    h5py = pytest.importorskip("h5py")
    model = applications.MobileNetV2(weights=None, include_top=False, input_shape=(32, 32, 3), alpha=0.35)
    with h5py.File(tmp_path / "weights.h5", "w") as file:
        file.attrs["layer_names"] = [layer.name.encode() for layer in model.layers]
        for layer in model.layers:
            group = file.create_group(layer.name)
            names = [f"{layer.name}/{weight.name}:0".encode() for weight in layer.weights]
            group.attrs["weight_names"] = names
            for name, weight in zip(names, layer.weights, strict=True):
                group.create_dataset(name.decode(), data=weight.numpy() + 1)
    other = applications.MobileNetV2(weights=tmp_path / "weights.h5", include_top=False, input_shape=(32, 32, 3), alpha=0.35)
    for mine, theirs in zip(model.weights, other.weights, strict=True):
        np.testing.assert_array_equal(mine.numpy() + 1, theirs.numpy())


def test_images_are_scaled_as_keras_does():
    image = np.array([[[10.0, 20.0, 30.0], [255.0, 0.0, 127.5]]], "float32")[None]
    expected = {
        "caffe": [[-73.939, -96.779, -113.68], [23.561, -116.779, 131.32]],
        "tf": [[-0.9215686, -0.84313726, -0.7647059], [1.0, -1.0, 0.0]],
        "torch": [[-1.9466565, -1.685574, -1.2815686], [2.2489083, -2.0357141, 0.4177778]],
    }
    for mode, values in expected.items():
        np.testing.assert_allclose(imagenet_utils.preprocess_input(image.copy(), mode=mode)[0, 0], values, rtol=2e-5, atol=2e-5)
        tensor = imagenet_utils.preprocess_input(hb.ops.convert_to_tensor(image), mode=mode)
        np.testing.assert_allclose(tensor[0, 0], values, rtol=2e-5, atol=2e-5)
    same = image.copy()
    assert applications.efficientnet.preprocess_input(same) is same
    with pytest.raises(ValueError, match="'tf'"):
        imagenet_utils.preprocess_input(image, mode="tensorflow")


def test_answers_as_words(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    names = {str(i): [f"n{i:08d}", f"thing_{i}"] for i in range(1000)}
    monkeypatch.setattr(imagenet_utils, "CLASSES_MD5", None)
    monkeypatch.setattr(imagenet_utils, "_classes", {})
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "imagenet_class_index.json").write_text(json.dumps(names))
    scores = np.zeros((1, 1000), "float32")
    scores[0, [7, 3]] = 0.7, 0.2
    best, second = ("n00000007", "thing_7", np.float32(0.7)), ("n00000003", "thing_3", np.float32(0.2))
    assert imagenet_utils.decode_predictions(scores, top=2) == [[best, second]]
    with pytest.raises(ValueError, match=r"\(rows, 1000\).*\(1, 10\)"):
        imagenet_utils.decode_predictions(scores[:, :10])
