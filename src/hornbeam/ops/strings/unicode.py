"""`tf.strings.unicode_*`: byte strings and code points."""

import codecs
import unicodedata
from typing import Any

import numpy as np

from hornbeam.engine.errors import ArgumentError, InvalidArgumentError, unknown
from hornbeam.engine.tensor import Tensor, as_tensor
from hornbeam.ops.composite.ragged import RaggedTensor
from hornbeam.ops.strings.base import concrete, each, objects, rows

_ERRORS = ("strict", "replace", "ignore")
_OUTPUTS = {"UTF-8": "utf-8", "UTF-16-BE": "utf-16-be", "UTF-32-BE": "utf-32-be"}
# The scripts by the number that ICU gives them, each by the first word of its characters' names.
_SCRIPT_NAMES = """
    COMMON COMBINING ARABIC ARMENIAN BENGALI BOPOMOFO CHEROKEE COPTIC CYRILLIC DESERET DEVANAGARI ETHIOPIC GEORGIAN GOTHIC
    GREEK GUJARATI GURMUKHI CJK HANGUL HEBREW HIRAGANA KANNADA KATAKANA KHMER LAO LATIN MALAYALAM MONGOLIAN MYANMAR OGHAM
    ITALIC ORIYA RUNIC SINHALA SYRIAC TAMIL TELUGU THAANA THAI TIBETAN
"""
_SCRIPTS = {word: number for number, word in enumerate(_SCRIPT_NAMES.split())}


def _codec(encoding: str) -> str:
    try:
        return codecs.lookup(encoding if encoding.upper() != "UTF-16" else "utf-16-be").name
    except LookupError:
        raise InvalidArgumentError(f"Could not create converter for input encoding: {encoding}.") from None


def _checked(errors: str) -> str:
    if errors not in _ERRORS:
        raise unknown("way with invalid characters (errors=)", errors, _ERRORS)
    return errors


def code_points(value: bytes, codec: str, errors: str, replacement: int, controls: bool = False) -> list[tuple[int, int]]:
    """(code point, offset in bytes) of each character."""
    found: list[tuple[int, int]] = []
    at = 0
    while at <= len(value):
        try:
            good, bad = value[at:].decode(codec), None
        except UnicodeDecodeError as error:
            good, bad = value[at : at + error.start].decode(codec), error
        if bad is not None and errors == "strict":
            raise InvalidArgumentError(f"Invalid formatting on input string {value!r}: byte {at + bad.start} is not {codec}.")
        place = at
        for character in good:
            found.append((ord(character), place))
            place += len(character.encode(codec))
        if bad is None:
            break
        if errors == "replace":
            found.append((replacement, place))
        at += bad.end
    if controls:
        found = [(replacement if code < 32 or code == 127 else code, place) for code, place in found]
    return found


def _written(codes: list[int], codec: str, errors: str, replacement: int) -> bytes:
    out = []
    for code in codes:
        valid = 0 <= code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF
        if not valid and errors == "strict":
            raise InvalidArgumentError(f"Code point {code} is outside the range of Unicode (or a surrogate).")
        if valid or errors == "replace":
            out.append(chr(code if valid else replacement))
    return "".join(out).encode(codec)


def unicode_decode(
    input: Any, input_encoding: str, errors: str = "replace", replacement_char: int = 65533, replace_control_characters: bool = False,
    name: str | None = None,
) -> Any:  # fmt: skip
    """The code points of each string, int32: one more dimension, ragged unless a scalar was given."""
    codec, kind = _codec(input_encoding), _checked(errors)
    return rows(
        input, "strings.unicode_decode",
        lambda value: [code for code, _ in code_points(value, codec, kind, replacement_char, replace_control_characters)], np.int32,
    )  # fmt: skip


def unicode_decode_with_offsets(
    input: Any, input_encoding: str, errors: str = "replace", replacement_char: int = 65533, replace_control_characters: bool = False,
    name: str | None = None,
) -> tuple[Any, Any]:  # fmt: skip
    """As `unicode_decode`, and where in its string each character begins, in bytes (int64)."""
    return (
        unicode_decode(input, input_encoding, errors, replacement_char, replace_control_characters),
        _offsets(input, input_encoding, errors, replacement_char),
    )


def _offsets(input: Any, encoding: str, errors: str, replacement: int) -> Any:
    codec = _codec(encoding)
    return rows(
        input, "strings.unicode_decode_with_offsets",
        lambda value: [at for _, at in code_points(value, codec, errors, replacement)], np.int64,
    )  # fmt: skip


def unicode_split(input: Any, input_encoding: str, errors: str = "replace", replacement_char: int = 65533, name: str | None = None) -> Any:
    """The characters of each string, in its encoding: one more dimension, ragged unless a scalar was given."""
    codec, kind = _codec(input_encoding), _checked(errors)
    return rows(
        input, "strings.unicode_split",
        lambda value: [chr(code).encode(codec) for code, _ in code_points(value, codec, kind, replacement_char)],
    )  # fmt: skip


def unicode_split_with_offsets(
    input: Any, input_encoding: str, errors: str = "replace", replacement_char: int = 65533, name: str | None = None
) -> tuple[Any, Any]:
    """As `unicode_split`, and where in its string each character begins, in bytes (int64)."""
    return (
        unicode_split(input, input_encoding, errors, replacement_char),
        _offsets(input, input_encoding, errors, replacement_char),
    )


def unicode_encode(
    input: Any, output_encoding: str, errors: str = "replace", replacement_char: int = 65533, name: str | None = None
) -> Tensor:
    """Strings of code points: the innermost dimension becomes one string. `output_encoding`: 'UTF-8', 'UTF-16-BE' or 'UTF-32-BE'."""
    if output_encoding not in _OUTPUTS:
        raise unknown("output encoding", output_encoding, _OUTPUTS)
    codec, kind = _OUTPUTS[output_encoding], _checked(errors)
    if isinstance(input, RaggedTensor):
        if isinstance(input.values, RaggedTensor) or input.values.ndim > 1:
            return input.with_values(unicode_encode(input.values, output_encoding, errors, replacement_char))  # type: ignore[return-value]
        return objects((_written(row, codec, kind, replacement_char) for row in input.to_list()), (input._nrows,))
    array = concrete(input, "strings.unicode_encode")
    if not array.ndim:
        raise ArgumentError("tf.strings.unicode_encode: input_tensor's rank must be at least 1; received a scalar.")
    flat = array.reshape(-1, array.shape[-1]).tolist() if array.size else [[]] * int(np.prod(array.shape[:-1]))
    return objects((_written(row, codec, kind, replacement_char) for row in flat), array.shape[:-1])


def unicode_transcode(
    input: Any, input_encoding: str, output_encoding: str, errors: str = "replace", replacement_char: int = 65533,
    replace_control_characters: bool = False, name: str | None = None,
) -> Any:  # fmt: skip
    """Each string in another encoding: 'UTF-8', 'UTF-16-BE' or 'UTF-32-BE'."""
    if output_encoding not in _OUTPUTS:
        raise unknown("output encoding", output_encoding, _OUTPUTS)
    codec, kind = _codec(input_encoding), _checked(errors)

    def transcoded(value: bytes) -> bytes:
        codes = [code for code, _ in code_points(value, codec, kind, replacement_char, replace_control_characters)]
        return _written(codes, _OUTPUTS[output_encoding], kind, replacement_char)

    return each(input, "strings.unicode_transcode", transcoded)


def unicode_script(input: Any, name: str | None = None) -> Any:
    """The script of each code point by ICU's number, int32: 25 is Latin, 8 Cyrillic, 17 Han, 0 common to several."""
    if isinstance(input, RaggedTensor):
        return input.with_flat_values(unicode_script(input.flat_values))
    codes = concrete(input, "strings.unicode_script")
    return as_tensor(np.array([_script(code) for code in codes.ravel().tolist()], np.int32).reshape(codes.shape))


def _script(code: int) -> int:
    if not 0 <= code <= 0x10FFFF:
        return -1
    character = chr(code)
    word, _, rest = unicodedata.name(character, "").partition(" ")
    if word == "OLD" and rest.startswith("ITALIC"):
        return _SCRIPTS["ITALIC"]
    if word in ("FEMININE", "MASCULINE") and "ORDINAL" in rest or word == "FULLWIDTH" and rest.startswith("LATIN"):
        return _SCRIPTS["LATIN"]
    if word == "HALFWIDTH":
        word = rest.split(" ")[0]
    category = unicodedata.category(character)
    if word in ("CJK", "KANGXI"):
        return 0 if category in ("Ps", "Pe", "Po", "Sk") else _SCRIPTS["CJK"]
    if category[0] in "PZCS" and word not in ("HANGUL",) and word in ("ARABIC", "LATIN", "GREEK", "HEBREW", "KATAKANA", "DEVANAGARI"):
        return 0 if category[0] in "PZ" and word in ("ARABIC", "KATAKANA", "DEVANAGARI") else _SCRIPTS[word]
    return _SCRIPTS.get(word, 0)
