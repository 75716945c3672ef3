"""Image files in memory: JPEG, PNG, GIF and BMP to arrays of bytes and back, by Pillow (the extra `image`). On the host only."""

import io
import types
from typing import Any

import numpy as np

from hornbeam.engine import dtypes
from hornbeam.engine.errors import ArgumentError, DtypeError, InvalidArgumentError, MissingExtra, ShapeError, UntraceableError
from hornbeam.engine.tensor import Tensor, as_tensor, place, wrap
from hornbeam.ops.image._both import converted, optional

_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}
_KINDS = ((b"\xff\xd8\xff", "JPEG"), (b"\x89PNG", "PNG"), (b"GIF8", "GIF"), (b"BM", "BMP"), (b"RIFF", "WEBP"))


def _pillow(name: str) -> types.ModuleType:
    try:
        import PIL.Image
    except ImportError:
        raise MissingExtra(name, "image", "pillow") from None
    return PIL.Image


def contents_bytes(name: str, contents: Any) -> bytes:
    """The bytes of a string tensor (or of a Python one). Raises `UntraceableError` inside a compiled function."""
    if isinstance(contents, bytes):
        return contents
    tensor = as_tensor(contents)
    if tensor.is_traced or tensor.is_symbolic:
        raise UntraceableError(f"{name} reads bytes on the host; it cannot be part of a compiled function.")
    if tensor.dtype != "string":
        raise DtypeError(f"{name} takes the bytes of a file, a string tensor; received {tensor.dtype}.")
    if tensor.ndim:
        raise ShapeError(f"{name} takes one file's bytes, a scalar string; received shape {tensor.shape}. Use map_fn for several.")
    found = np.asarray(tensor).item()
    return found if isinstance(found, bytes) else str(found).encode()


def _opened(name: str, data: bytes, kinds: tuple[str, ...]) -> Any:
    found = next((kind for head, kind in _KINDS if data.startswith(head)), None)
    if found not in kinds:
        what = f"{len(data)} bytes that begin with {data[:8]!r}" if found is None else f"a {found} file"
        raise InvalidArgumentError(f"{name} reads {', '.join(kinds)} files; received {what}. (Unknown image file format.)")
    try:
        return _pillow(name).open(io.BytesIO(data))
    except OSError as error:
        raise InvalidArgumentError(f"{name}: the file cannot be read: {error}.") from None


def _channels(name: str, channels: Any, allowed: tuple[int, ...]) -> int:
    channels = int(channels or 0)
    if channels not in allowed:
        raise ArgumentError(f"{name}: channels is one of {', '.join(map(str, allowed))} (0: as in the file); received {channels}.")
    return channels


def _pixels(name: str, picture: Any, channels: int) -> np.ndarray:
    """Bytes (height, width, channels)."""
    if picture.mode.startswith("I"):  # 16 bits of brightness
        picture = _pillow(name).fromarray((np.asarray(picture).astype(np.uint16) >> 8).astype(np.uint8))
    mode = _MODES.get(channels)
    if mode is None:
        if picture.mode in ("1", "L"):
            mode = "L"
        elif picture.mode == "P":
            mode = "RGBA" if "transparency" in picture.info else "RGB"
        else:
            mode = picture.mode if picture.mode in _MODES.values() else "RGB"
    if picture.format == "JPEG" and mode == "L":
        picture.draft("L", picture.size)  # the file's own brightness, as other decoders give it
    try:
        if picture.mode != mode:
            picture = picture.convert(mode)
        pixels = np.asarray(picture)
    except (OSError, SyntaxError, ValueError) as error:
        raise InvalidArgumentError(f"{name}: the file is damaged: {error}.") from None
    return pixels[:, :, None] if pixels.ndim == 2 else pixels


def _jpeg(data: bytes, channels: int, accurate: bool = False) -> np.ndarray | None:
    """A JPEG file's pixels by simplejpeg, None where Pillow must do.

    Both are libjpeg-turbo, but simplejpeg takes two thirds of the time and has the quick cosine transform, TensorFlow's default: the
    pixels are TensorFlow's to the bit, where Pillow's are up to 4 of 255 away.
    """
    if not data.startswith(b"\xff\xd8\xff") or (simplejpeg := optional("simplejpeg")) is None:
        return None
    try:
        kind = {0: simplejpeg.decode_jpeg_header(data)[2], 1: "GRAY", 3: "RGB"}[channels]
        if kind not in ("YCbCr", "RGB", "Gray", "GRAY"):
            return None
        return simplejpeg.decode_jpeg(data, "GRAY" if kind in ("Gray", "GRAY") else "RGB", fastdct=not accurate)
    except ValueError:  # damaged: Pillow says how
        return None


def _tensor(pixels: np.ndarray) -> Tensor:
    """Without a copy when the array is ours alone already: a photograph goes on to be resized on the host."""
    pixels = np.array(pixels) if pixels.base is not None or not pixels.flags.owndata else pixels
    pixels.flags.writeable = False
    return wrap(pixels)


def decode_jpeg(
    contents: Any, channels: int = 0, ratio: int = 1, fancy_upscaling: bool = True, try_recover_truncated: bool = False,
    acceptable_fraction: float = 1, dct_method: str = "", name: str | None = None,
) -> Tensor:  # fmt: skip
    """A JPEG (or another image) file's pixels, uint8 (height, width, channels).

    Args:
        contents: the file's bytes, a scalar string.
        channels: 0 (as in the file), 1 (brightness) or 3 (red, green, blue).
        ratio: 1, 2, 4 or 8: the picture that many times smaller, read quicker.
    """
    word = "tf.io.decode_jpeg"
    channels = _channels(word, channels, (0, 1, 3))
    if ratio not in (1, 2, 4, 8):
        raise ArgumentError(f"{word}: ratio is 1, 2, 4 or 8; received {ratio!r}.")
    data = contents_bytes(word, contents)
    if ratio == 1 and (found := _jpeg(data, channels, dct_method == "INTEGER_ACCURATE")) is not None:
        return _tensor(found)
    picture = _opened(word, data, ("JPEG", "PNG", "GIF", "BMP"))
    if ratio > 1:
        width, height = picture.size
        picture.draft(None, (-(-width // ratio), -(-height // ratio)))
    return _tensor(_pixels(word, picture, channels or (3 if picture.mode == "CMYK" else 0)))


def decode_and_crop_jpeg(contents: Any, crop_window: Any, channels: int = 0, **options: Any) -> Tensor:
    """The part (top, left, height, width) of a JPEG file's pixels."""
    pixels = np.asarray(decode_jpeg(contents, channels, **options))
    top, left, height, width = (int(each) for each in np.asarray(as_tensor(crop_window)))
    if min(top, left) < 0 or min(height, width) < 1 or top + height > pixels.shape[0] or left + width > pixels.shape[1]:
        raise ArgumentError(f"decode_and_crop_jpeg: the window {(top, left, height, width)} is not inside {pixels.shape[:2]}.")
    return _tensor(pixels[top : top + height, left : left + width])


def decode_png(contents: Any, channels: int = 0, dtype: Any = "uint8", name: str | None = None) -> Tensor:
    """A PNG (or another image) file's pixels, (height, width, channels).

    Args:
        channels: 0 (as in the file), 1 (brightness), 2 (and opacity), 3 (red, green, blue) or 4 (and opacity).
        dtype: 'uint8' or 'uint16'.
    """
    word = "tf.io.decode_png"
    channels, wanted = _channels(word, channels, (0, 1, 2, 3, 4)), dtypes.standardize(dtype)
    if wanted not in ("uint8", "uint16"):
        raise DtypeError(f"{word}: dtype is 'uint8' or 'uint16'; received {dtype!r}.")
    picture = _opened(word, contents_bytes(word, contents), ("PNG", "JPEG", "GIF", "BMP"))
    if wanted == "uint16" and picture.mode.startswith("I") and channels in (0, 1):
        return _tensor(np.asarray(picture).astype(np.uint16)[:, :, None])
    pixels = _pixels(word, picture, channels)  # of 16-bit colours Pillow reads the upper halves
    return _tensor(pixels if wanted == "uint8" else pixels.astype(np.uint16) * np.uint16(257))


def decode_bmp(contents: Any, channels: int = 0, name: str | None = None) -> Tensor:
    """A BMP file's pixels, uint8 (height, width, channels)."""
    word = "tf.io.decode_bmp"
    picture = _opened(word, contents_bytes(word, contents), ("BMP", "JPEG", "PNG", "GIF"))
    return _tensor(_pixels(word, picture, _channels(word, channels, (0, 1, 3, 4))))


def decode_webp(contents: Any, channels: int = 0, dtype: Any = "uint8", name: str | None = None) -> Tensor:
    """A WebP file's pixels, uint8 (height, width, channels)."""
    word = "tf.io.decode_webp"
    picture = _opened(word, contents_bytes(word, contents), ("WEBP",))
    return _tensor(_pixels(word, picture, _channels(word, channels, (0, 3, 4))))


def decode_gif(contents: Any, name: str | None = None) -> Tensor:
    """A GIF file's frames, uint8 (frames, height, width, 3)."""
    word = "tf.io.decode_gif"
    data = contents_bytes(word, contents)
    picture = _opened(word, data, ("GIF", "JPEG", "PNG", "BMP"))
    frames = []
    for i in range(getattr(picture, "n_frames", 1)):
        picture.seek(i)
        frames.append(np.asarray(picture.convert("RGB")))
    return _tensor(np.stack(frames))


def decode_image(
    contents: Any, channels: int | None = None, dtype: Any = "uint8", name: str | None = None, expand_animations: bool = True
) -> Tensor:
    """The pixels of a JPEG, PNG, GIF or BMP file, (height, width, channels); of a GIF all frames, (frames, height, width, 3).

    Args:
        channels: 0 or None (as in the file), 1, 3 or 4.
        dtype: floats are between 0 and 1, integers up to the type's largest.
        expand_animations: False gives a GIF's first frame only, so that every file has three axes.
    """
    word = "tf.io.decode_image"
    channels = _channels(word, channels, (0, 1, 3, 4))
    data = contents_bytes(word, contents)
    if channels != 4 and (found := _jpeg(data, channels)) is not None:
        return _tensor(converted(np, found, dtypes.standardize(dtype).numpy))
    picture = _opened(word, data, ("JPEG", "PNG", "GIF", "BMP", "WEBP"))
    if picture.format == "GIF":
        if channels not in (0, 3):
            raise ArgumentError(f"{word}: a GIF has 3 channels; received channels={channels}.")
        pixels = np.asarray(decode_gif(data))
        pixels = pixels if expand_animations else pixels[0]
    else:
        if picture.mode == "CMYK":
            channels = channels or 3
        webp = picture.format == "WEBP" and expand_animations
        pixels = _pixels(word, picture, channels)
        pixels = pixels[None] if webp else pixels
    return _tensor(converted(np, pixels, dtypes.standardize(dtype).numpy))


def is_jpeg(contents: Any, name: str | None = None) -> Tensor:
    """Whether bytes begin as a JPEG file does."""
    return as_tensor(contents_bytes("tf.io.is_jpeg", contents).startswith(b"\xff\xd8\xff"))


def extract_jpeg_shape(contents: Any, output_type: Any = "int32", name: str | None = None) -> Tensor:
    """(height, width, channels) of a JPEG file, without decoding it."""
    picture = _opened("tf.io.extract_jpeg_shape", contents_bytes("tf.io.extract_jpeg_shape", contents), ("JPEG",))
    return as_tensor([picture.height, picture.width, len(picture.getbands())], output_type)


# Writing.
def _picture(name: str, image: Any, types_: tuple[str, ...], counts: tuple[int, ...]) -> np.ndarray:
    image = as_tensor(image)
    if image.is_traced or image.is_symbolic:
        raise UntraceableError(f"{name} writes bytes on the host; it cannot be part of a compiled function.")
    if image.dtype not in types_:
        raise DtypeError(f"{name} takes {' or '.join(types_)} pixels; received {image.dtype}. Use tf.image.convert_image_dtype first.")
    if image.ndim != 3 or image.shape[-1] not in counts:
        raise ShapeError(f"{name} takes an image (height, width, channels) of {counts} channels; received shape {image.shape}.")
    return np.ascontiguousarray(image)


def _bytes_tensor(data: bytes) -> Tensor:
    return wrap(place(np.array(data, object)))


def encode_jpeg(
    image: Any, format: str = "", quality: int = 95, progressive: bool = False, optimize_size: bool = False,
    chroma_downsampling: bool = True, density_unit: str = "in", x_density: int = 300, y_density: int = 300, xmp_metadata: str = "",
    name: str | None = None,
) -> Tensor:  # fmt: skip
    """A JPEG file's bytes for uint8 pixels (height, width, 1 or 3).

    `quality`: 0 to 100. `chroma_downsampling`: colours at half the resolution of brightness.
    """
    pixels = _picture("tf.io.encode_jpeg", image, ("uint8",), (1, 3))
    if not 0 <= int(quality) <= 100:
        raise ArgumentError(f"tf.io.encode_jpeg: quality is between 0 and 100; received {quality!r}.")
    if format == "grayscale" and pixels.shape[-1] != 1:
        raise ArgumentError(f"tf.io.encode_jpeg: format 'grayscale' takes one channel; received {pixels.shape[-1]}.")
    out = io.BytesIO()
    picture = _pillow("tf.io.encode_jpeg").fromarray(pixels[:, :, 0] if pixels.shape[-1] == 1 else pixels)
    unit = (int(x_density), int(y_density)) if density_unit == "in" else (round(x_density * 2.54), round(y_density * 2.54))
    picture.save(out, "JPEG", quality=int(quality), progressive=progressive, optimize=optimize_size, dpi=unit,
                 subsampling=2 if chroma_downsampling else 0)  # fmt: skip
    return _bytes_tensor(out.getvalue())


def encode_png(image: Any, compression: int = -1, name: str | None = None) -> Tensor:
    """A PNG file's bytes for uint8 or uint16 pixels (height, width, 1 to 4). compression: 0 to 9, -1 the usual."""
    pixels = _picture("tf.io.encode_png", image, ("uint8", "uint16"), (1, 2, 3, 4))
    if pixels.dtype == np.uint16 and pixels.shape[-1] != 1:
        raise ArgumentError("tf.io.encode_png: 16-bit pixels are written with one channel only; convert colours to uint8.")
    out = io.BytesIO()
    picture = _pillow("tf.io.encode_png").fromarray(pixels[:, :, 0] if pixels.shape[-1] == 1 else pixels)
    picture.save(out, "PNG", **({} if compression < 0 else {"compress_level": int(compression)}))
    return _bytes_tensor(out.getvalue())
