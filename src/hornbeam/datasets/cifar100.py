"""CIFAR-100: 60,000 colour photographs, 32 by 32 pixels, in a hundred classes, which form twenty groups.

Source: Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009, https://www.cs.toronto.edu/~kriz/cifar.html.
"""

from hornbeam.datasets import _cifar
from hornbeam.datasets._arrange import Arrays
from hornbeam.datasets._fetch import Remote
from hornbeam.engine.errors import ArgumentError

FILE = Remote(
    "cifar-100-python.tar.gz",
    ("https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz",),
    169_001_437,
    "85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7",
)
FOLDER = "cifar-100-python"
MEMBERS = {"train": 50_000, "test": 10_000}

_CLASS_NAMES = (
    "apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can castle caterpillar "
    "cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin elephant flatfish forest fox girl "
    "hamster house kangaroo keyboard lamp lawn_mower leopard lion lizard lobster man maple_tree motorcycle mountain mouse mushroom "
    "oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree plain plate poppy porcupine possum rabbit raccoon ray road "
    "rocket rose sea seal shark shrew skunk skyscraper snail snake spider squirrel streetcar sunflower sweet_pepper table tank "
    "telephone television tiger tractor train trout tulip turtle wardrobe whale willow_tree wolf woman worm"
)
class_names = tuple(_CLASS_NAMES.split())
"""What the labels 0 to 99 mean with label_mode='fine'."""

_COARSE_CLASS_NAMES = (
    "aquatic_mammals fish flowers food_containers fruit_and_vegetables household_electrical_devices household_furniture insects "
    "large_carnivores large_man-made_outdoor_things large_natural_outdoor_scenes large_omnivores_and_herbivores "
    "medium_mammals non-insect_invertebrates people reptiles small_mammals trees vehicles_1 vehicles_2"
)
coarse_class_names = tuple(_COARSE_CLASS_NAMES.split())
"""What the labels 0 to 19 mean with label_mode='coarse'."""


def load_data(label_mode: str = "fine") -> Arrays:
    """Loads CIFAR-100, from Keras's cache folder or the network.

    Args:
        label_mode: 'fine' for the hundred classes, 'coarse' for the twenty groups.

    Returns:
        `(x_train, y_train), (x_test, y_test)`, all uint8: images of shape (50000, 32, 32, 3) and (10000, 32, 32, 3) with pixels
        0 to 255, labels of shape (50000, 1) and (10000, 1).

    Raises:
        ArgumentError: another `label_mode`.
        DatasetError: the archive is not on disk and cannot be downloaded, or it holds something it should not.
    """
    if label_mode not in ("fine", "coarse"):
        raise ArgumentError(f"label_mode is 'fine' or 'coarse'; received {label_mode!r}.")
    train, test = _cifar.batches(FILE, FOLDER, MEMBERS, f"{label_mode}_labels".encode())
    return train, test
