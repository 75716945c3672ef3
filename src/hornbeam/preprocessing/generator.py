"""ImageDataGenerator: pictures augmented on the host, batch by batch, Keras 2's way.

Today's way is layers (`RandomFlip`, `RandomRotation`, ...) in the model or in a pipeline, which run in the compiled program.
"""

import warnings
from typing import Any

import numpy as np

from hornbeam.engine import dtypes
from hornbeam.engine.errors import ArgumentError, ShapeError, unknown
from hornbeam.engine.layout import checked_format
from hornbeam.preprocessing.affine import apply_affine_transform, apply_brightness_shift, apply_channel_shift
from hornbeam.preprocessing.iterators import DataFrameIterator, DirectoryIterator, NumpyArrayIterator

FILL_MODES = ("constant", "nearest", "reflect", "wrap")


class ImageDataGenerator:
    """Draws how each picture is changed, each time it is used.

    Args:
        featurewise_center, featurewise_std_normalization: bring the data's mean to 0 and standard deviation to 1; call `fit` first.
        samplewise_center, samplewise_std_normalization: the same for each picture by itself.
        zca_whitening, zca_epsilon: remove what pixels say of one another; call `fit` first.
        rotation_range: degrees, either way.
        width_shift_range, height_shift_range: how far to move: a share of the size (below 1), pixels (1 and more; an int n draws a whole
            number below n), or a list of distances to choose from.
        brightness_range: two factors. shear_range: degrees, either way.
        zoom_range: a number z for 1 - z to 1 + z, or two factors; above 1 things get smaller.
        channel_shift_range: how much to add to all values, either way.
        fill_mode, cval: what is outside of the picture: 'nearest', 'constant' (`cval`), 'reflect' or 'wrap'.
        horizontal_flip, vertical_flip: turn every second picture, by chance.
        rescale: a factor for all values, such as 1/255, after everything else but `preprocessing_function`.
        preprocessing_function: a function from one picture to one of the same shape, after the random changes.
        data_format: where the channels are. validation_split: what share of the data `subset="validation"` gives.
        interpolation_order: 0 nearest, 1 linear, up to 5. dtype: of what comes out.
    """

    def __init__(
        self, featurewise_center: bool = False, samplewise_center: bool = False, featurewise_std_normalization: bool = False,
        samplewise_std_normalization: bool = False, zca_whitening: bool = False, zca_epsilon: float = 1e-6, rotation_range: float = 0,
        width_shift_range: Any = 0.0, height_shift_range: Any = 0.0, brightness_range: Any = None, shear_range: float = 0.0,
        zoom_range: Any = 0.0, channel_shift_range: float = 0.0, fill_mode: str = "nearest", cval: float = 0.0,
        horizontal_flip: bool = False, vertical_flip: bool = False, rescale: float | None = None, preprocessing_function: Any = None,
        data_format: str | None = None, validation_split: float = 0.0, interpolation_order: int = 1, dtype: Any = None,
    ):
        if fill_mode not in FILL_MODES:
            raise unknown("fill_mode", fill_mode, FILL_MODES)
        self.featurewise_center, self.featurewise_std_normalization = featurewise_center, featurewise_std_normalization
        self.samplewise_center, self.samplewise_std_normalization = samplewise_center, samplewise_std_normalization
        self.zca_whitening, self.zca_epsilon = zca_whitening, zca_epsilon
        self.rotation_range, self.shear_range, self.channel_shift_range = rotation_range, shear_range, channel_shift_range
        self.width_shift_range, self.height_shift_range = width_shift_range, height_shift_range
        self.fill_mode, self.cval, self.interpolation_order = fill_mode, cval, interpolation_order
        self.horizontal_flip, self.vertical_flip = horizontal_flip, vertical_flip
        self.rescale, self.preprocessing_function = rescale, preprocessing_function
        self.data_format = checked_format("ImageDataGenerator", data_format)
        self.dtype = dtypes.standardize(dtype).numpy
        first = self.data_format == "channels_first"
        self.channel_axis, self.row_axis, self.col_axis = (1, 2, 3) if first else (3, 1, 2)
        if validation_split and not 0 < validation_split < 1:
            raise ArgumentError(f"ImageDataGenerator: validation_split is between 0 and 1; received {validation_split}.")
        self._validation_split = validation_split
        if isinstance(zoom_range, (int, float)):
            self.zoom_range: Any = [1 - zoom_range, 1 + zoom_range]
        elif len(zoom_range) == 2:
            self.zoom_range = [zoom_range[0], zoom_range[1]]
        else:
            raise ArgumentError(f"ImageDataGenerator: zoom_range is a number or two factors; received {zoom_range!r}.")
        if brightness_range is not None and (not isinstance(brightness_range, (tuple, list)) or len(brightness_range) != 2):
            raise ArgumentError(f"ImageDataGenerator: brightness_range is two factors; received {brightness_range!r}.")
        self.brightness_range = brightness_range
        for wanted, needed in (
            ("zca_whitening", "featurewise_center"), ("featurewise_std_normalization", "featurewise_center"),
            ("samplewise_std_normalization", "samplewise_center"),
        ):  # fmt: skip
            if getattr(self, wanted) and not getattr(self, needed):
                setattr(self, needed, True)
                warnings.warn(f"ImageDataGenerator: {wanted} needs {needed}, which is set too.", stacklevel=2)
        if zca_whitening and featurewise_std_normalization:
            self.featurewise_std_normalization = False
            warnings.warn("ImageDataGenerator: zca_whitening takes the place of featurewise_std_normalization.", stacklevel=2)
        self.mean: Any = None
        self.std: Any = None
        self.zca_whitening_matrix: Any = None

    # Where pictures come from.
    def flow(
        self, x: Any, y: Any = None, batch_size: int = 32, shuffle: bool = True, sample_weight: Any = None, seed: int | None = None,
        save_to_dir: str | None = None, save_prefix: str = "", save_format: str = "png", ignore_class_split: bool = False,
        subset: str | None = None,
    ) -> NumpyArrayIterator:
        """Batches of pictures in memory.

        Args:
            x: an array (pictures, height, width, channels), or (that array, another one or a list of them, handed on as they are).
            y, sample_weight: one entry a picture.
            shuffle, seed: an order of its own for each pass; the seed of the orders and of the changes.
            save_to_dir, save_prefix, save_format: a folder where the changed pictures are kept to be looked at.
            subset: 'training' or 'validation', with validation_split: the last or the first part of the data.
            ignore_class_split: do not check that both parts have the same classes.
        """
        return NumpyArrayIterator(
            x, y, self, batch_size, shuffle, sample_weight, seed, self.data_format, save_to_dir, save_prefix, save_format, subset,
            ignore_class_split, self.dtype,
        )  # fmt: skip

    def flow_from_directory(
        self, directory: Any, target_size: Any = (256, 256), color_mode: str = "rgb", classes: Any = None,
        class_mode: str | None = "categorical", batch_size: int = 32, shuffle: bool = True, seed: int | None = None,
        save_to_dir: str | None = None, save_prefix: str = "", save_format: str = "png", follow_links: bool = False,
        subset: str | None = None, interpolation: str = "nearest", keep_aspect_ratio: bool = False,
    ) -> DirectoryIterator:
        """Batches of the picture files of a folder that has one folder for each class.

        Args:
            target_size, interpolation, keep_aspect_ratio, color_mode: see `load_img`.
            classes: the folders to use, in this order; by default all, sorted.
            class_mode: what the labels are: 'categorical' (one-hot), 'binary' or 'sparse' (numbers), 'input' (the pictures), or None.
            The others: see `flow`. Each class is split by itself.
        """
        return DirectoryIterator(
            directory, self, target_size, color_mode, classes, class_mode, batch_size, shuffle, seed, self.data_format, save_to_dir,
            save_prefix, save_format, follow_links, subset, interpolation, keep_aspect_ratio, self.dtype,
        )  # fmt: skip

    def flow_from_dataframe(
        self, dataframe: Any, directory: Any = None, x_col: str = "filename", y_col: Any = "class", weight_col: str | None = None,
        target_size: Any = (256, 256), color_mode: str = "rgb", classes: Any = None, class_mode: str | None = "categorical",
        batch_size: int = 32, shuffle: bool = True, seed: int | None = None, save_to_dir: str | None = None, save_prefix: str = "",
        save_format: str = "png", subset: str | None = None, interpolation: str = "nearest", validate_filenames: bool = True,
        keep_aspect_ratio: bool = False, **kwargs: Any,
    ) -> DataFrameIterator:
        """Batches of the picture files that a pandas DataFrame names.

        Args:
            directory: where the files are, unless their names are whole paths.
            x_col, y_col, weight_col: the columns of file names, of labels (or several) and of weights.
            class_mode: as in `flow_from_directory`, where a label may also be a list of classes ('categorical'); 'raw' gives the column's
                numbers as they are, 'multi_output' a tuple of several columns'.
            validate_filenames: leave out rows whose file is not there.
            The others: see `flow` and `flow_from_directory`.
        """
        return DataFrameIterator(
            dataframe, directory, self, x_col, y_col, weight_col, target_size, color_mode, classes, class_mode, batch_size, shuffle, seed,
            self.data_format, save_to_dir, save_prefix, save_format, subset, interpolation, keep_aspect_ratio, self.dtype,
            validate_filenames,
        )  # fmt: skip

    # One picture.
    def standardize(self, x: np.ndarray) -> np.ndarray:
        """What is the same for every picture: the function, the scale, and the normalizations. Works in place on float arrays."""
        if self.preprocessing_function:
            x = self.preprocessing_function(x)
        if self.rescale:
            x = np.multiply(x, self.rescale, out=x if x.dtype.kind == "f" else None)
        if self.samplewise_center:
            x = x - np.mean(x, keepdims=True)
        if self.samplewise_std_normalization:
            x = x / (np.std(x, keepdims=True) + 1e-6)
        if self.featurewise_center and self._known(self.mean, "featurewise_center"):
            x = x - self.mean
        if self.featurewise_std_normalization and self._known(self.std, "featurewise_std_normalization"):
            x = x / (self.std + 1e-6)
        if self.zca_whitening and self._known(self.zca_whitening_matrix, "zca_whitening"):
            x = (x.reshape(-1) @ self.zca_whitening_matrix).reshape(x.shape)
        return x

    @staticmethod
    def _known(value: Any, name: str) -> bool:
        if value is None:
            warnings.warn(f"ImageDataGenerator: {name} does nothing before `fit(x)` has seen the data.", stacklevel=3)
        return value is not None

    def get_random_transform(self, img_shape: Any, seed: int | None = None) -> dict[str, Any]:
        """Draw how a picture of a shape is changed, as the dict that `apply_transform` takes."""
        if seed is not None:
            np.random.seed(seed)
        theta = np.random.uniform(-self.rotation_range, self.rotation_range) if self.rotation_range else 0
        tx = self._shift(self.height_shift_range, img_shape[self.row_axis - 1])
        ty = self._shift(self.width_shift_range, img_shape[self.col_axis - 1])
        shear = np.random.uniform(-self.shear_range, self.shear_range) if self.shear_range else 0
        zx, zy = (1, 1) if self.zoom_range[0] == 1 and self.zoom_range[1] == 1 else np.random.uniform(*self.zoom_range, 2)
        flips = [(np.random.random() < 0.5) * flip for flip in (self.horizontal_flip, self.vertical_flip)]
        intensity = np.random.uniform(-self.channel_shift_range, self.channel_shift_range) if self.channel_shift_range else None
        brightness = None if self.brightness_range is None else np.random.uniform(*self.brightness_range)
        return {
            "theta": theta, "tx": tx, "ty": ty, "shear": shear, "zx": zx, "zy": zy, "flip_horizontal": flips[0], "flip_vertical": flips[1],
            "channel_shift_intensity": intensity, "brightness": brightness,
        }  # fmt: skip

    @staticmethod
    def _shift(how: Any, size: int) -> float:
        """How many pixels to move by."""
        if isinstance(how, (int, np.integer)) and not how:
            return 0
        if isinstance(how, (list, tuple, np.ndarray, int, np.integer)):  # of these, either way
            distance = np.random.choice(how) * np.random.choice([-1, 1])
        elif how:
            distance = np.random.uniform(-how, how)
        else:
            return 0
        return distance * size if np.max(how) < 1 else distance

    def apply_transform(self, x: np.ndarray, transform_parameters: dict[str, Any]) -> np.ndarray:
        """One picture changed as a dict with any of the keys says that `get_random_transform` gives."""
        get = transform_parameters.get
        rows, columns, channels = self.row_axis - 1, self.col_axis - 1, self.channel_axis - 1
        x = apply_affine_transform(
            x, get("theta", 0), get("tx", 0), get("ty", 0), get("shear", 0), get("zx", 1), get("zy", 1), rows, columns, channels,
            self.fill_mode, self.cval, self.interpolation_order,
        )  # fmt: skip
        if get("channel_shift_intensity") is not None:
            x = apply_channel_shift(x, get("channel_shift_intensity"), channels)
        if get("flip_horizontal", False):
            x = np.flip(x, columns)
        if get("flip_vertical", False):
            x = np.flip(x, rows)
        if get("brightness") is not None:
            x = apply_brightness_shift(x, get("brightness"), False)
        return x

    def random_transform(self, x: np.ndarray, seed: int | None = None) -> np.ndarray:
        """One picture changed by chance."""
        return self.apply_transform(x, self.get_random_transform(x.shape, seed))

    def fit(self, x: Any, augment: bool = False, rounds: int = 1, seed: int | None = None) -> None:
        """Learn from some of the data what the featurewise settings and `zca_whitening` need.

        Args:
            x: pictures (pictures, height, width, channels). augment, rounds: learn from that many changed copies of it instead.
        """
        x = np.array(x, self.dtype)
        if x.ndim != 4:
            raise ShapeError(f"fit takes pictures as an array of four axes (pictures, height, width, channels); its shape is {x.shape}.")
        if seed is not None:
            np.random.seed(seed)
        if self.rescale:
            x *= self.rescale
        if augment:
            x = np.concatenate([np.stack([self.random_transform(each) for each in x]) for _ in range(rounds)])
        over = (0, self.row_axis, self.col_axis)
        if self.featurewise_center:
            self.mean = np.mean(x, over, keepdims=True)[0]
            x = x - self.mean
        if self.featurewise_std_normalization:
            self.std = np.std(x, over, keepdims=True)[0]
            x = x / (self.std + 1e-6)
        if self.zca_whitening:
            flat = x.reshape(len(x), -1)
            u, s, _ = np.linalg.svd(flat.T @ flat / len(flat))
            self.zca_whitening_matrix = (u / np.sqrt(s + self.zca_epsilon)) @ u.T
