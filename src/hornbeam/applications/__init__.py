"""Published image networks, with Keras's layer names, and their published weights. Names only."""

from hornbeam.engine.missing import lazily

_MODELS = {
    "convnext": tuple(f"ConvNeXt{size}" for size in ("Tiny", "Small", "Base", "Large", "XLarge")),
    "densenet": ("DenseNet121", "DenseNet169", "DenseNet201"),
    "efficientnet": tuple(f"EfficientNetB{number}" for number in range(8)),
    "efficientnet_v2": tuple(f"EfficientNetV2{size}" for size in ("B0", "B1", "B2", "B3", "S", "M", "L")),
    "inception_resnet_v2": ("InceptionResNetV2",),
    "inception_v3": ("InceptionV3",),
    "mobilenet": ("MobileNet",),
    "mobilenet_v2": ("MobileNetV2",),
    "mobilenet_v3": ("MobileNetV3Small", "MobileNetV3Large"),
    "nasnet": ("NASNetMobile", "NASNetLarge"),
    "resnet": ("ResNet50", "ResNet101", "ResNet152"),
    "resnet_v2": ("ResNet50V2", "ResNet101V2", "ResNet152V2"),
    "vgg": ("VGG16", "VGG19"),
    "xception": ("Xception",),
}
_NAMES = {name: f"{__name__}.{module}" for module, names in _MODELS.items() for name in names}
# Keras has a module for each of these; here some share one.
_NAMES |= {"resnet50": f"{__name__}:resnet", "vgg16": f"{__name__}:vgg", "vgg19": f"{__name__}:vgg"}
__all__ = [name for names in _MODELS.values() for name in names]
__getattr__, __dir__ = lazily(__name__, _NAMES, (*_MODELS, "imagenet_utils"))
