"""Regular expressions as TensorFlow has them, RE2's, run by Python's `re`.

The differences are translated: character classes `[[:alpha:]]` and `\\p{L}`, `\\Q...\\E`, `\\z`, flags in the middle of a pattern, `$`
that is only the very end, escapes that know ASCII alone. What RE2 refuses (looking ahead and behind, back references) is refused.
"""

import functools
import re
import sys
import unicodedata
from typing import Any

import numpy as np

from hornbeam.engine.errors import InvalidArgumentError
from hornbeam.ops.strings.base import each, text

_POSIX = {
    "alnum": "0-9A-Za-z", "alpha": "A-Za-z", "ascii": "\\x00-\\x7F", "blank": "\\t ", "cntrl": "\\x00-\\x1F\\x7F", "digit": "0-9",
    "graph": "!-~", "lower": "a-z", "print": " -~", "punct": "!-/:-@\\[-`{-~", "space": "\\t\\n\\v\\f\\r ", "upper": "A-Z",
    "word": "0-9A-Za-z_", "xdigit": "0-9A-Fa-f",
}  # fmt: skip
_SHORT = {"d": "digit", "s": "space", "w": "word"}
_SCRIPTS = {"Han": "CJK", "Latin": "LATIN", "Greek": "GREEK", "Cyrillic": "CYRILLIC", "Hiragana": "HIRAGANA", "Katakana": "KATAKANA",
            "Hangul": "HANGUL", "Arabic": "ARABIC", "Hebrew": "HEBREW", "Thai": "THAI", "Devanagari": "DEVANAGARI"}  # fmt: skip


def regex_replace(input: Any, pattern: Any, rewrite: Any, replace_global: bool = True, name: str | None = None) -> Any:
    """Each string with what the pattern matches replaced.

    Args:
        pattern: in RE2's syntax.
        rewrite: what takes its place; `\\1` to `\\9` stand for the groups, `\\0` for the whole match.
        replace_global: replace all matches, or the first alone.
    """
    compiled, empty = _compiled(text(pattern, "pattern"))
    parts = _rewrite(text(rewrite, "rewrite"))
    count = 0 if replace_global else 1
    if any(isinstance(part, int) and part > compiled.groups for part in parts):
        return each(input, "strings.regex_replace", lambda found: found)  # RE2 leaves the text as it is
    literal = parts[0] if len(parts) == 1 and isinstance(parts[0], str) else "" if not parts else None

    def replaced(value: bytes) -> bytes:
        if literal is not None and not empty:
            out = compiled.sub(lambda _: literal, value.decode("utf-8", "surrogateescape"), count=count)
        else:
            out = _substituted(compiled, parts, value.decode("utf-8", "surrogateescape"), count)
        return out.encode("utf-8", "surrogateescape")

    return each(input, "strings.regex_replace", replaced)


def _substituted(compiled: re.Pattern, parts: list[str | int], value: str, count: int) -> str:
    """As `re.sub`, but an empty match right after another match does not count."""
    out: list[str] = []
    at = done = 0
    for match in compiled.finditer(value):
        if match.end() == match.start() == at and done:
            continue
        out.append(value[at : match.start()])
        out += [part if isinstance(part, str) else match.group(part) or "" for part in parts]
        at, done = match.end(), done + 1
        if done == count:
            break
    return "".join(out) + value[at:]


def regex_full_match(input: Any, pattern: Any, name: str | None = None) -> Any:
    """Whether the pattern (in RE2's syntax) matches the whole of each string: bool."""
    compiled, _ = _compiled(text(pattern, "pattern"))
    return each(
        input, "strings.regex_full_match", lambda found: compiled.fullmatch(found.decode("utf-8", "surrogateescape")) is not None, np.bool_
    )


def _rewrite(rewrite: bytes) -> list[str | int]:
    """A rewrite's literal parts and group numbers."""
    parts: list[str | int] = []
    source = rewrite.decode("utf-8", "surrogateescape")
    for piece in re.findall(r"\\.?|[^\\]+", source, re.DOTALL):
        if piece[0] != "\\":
            parts.append(piece)
        elif piece[1:].isdigit():
            parts.append(int(piece[1:]))
        elif piece == "\\\\":
            parts.append("\\")
        else:
            raise InvalidArgumentError(f"The rewrite {source!r} has {piece!r}: a backslash is followed by a digit or by a backslash.")
    return parts


@functools.lru_cache(256)
def _compiled(pattern: bytes) -> tuple[re.Pattern, bool]:
    """A pattern for `re`, and whether it may match the empty string."""
    source = pattern.decode("utf-8", "surrogateescape")
    try:
        translated, asserts = _Translation(source).result()
        compiled = re.compile(translated)
    except (re.error, OverflowError, RecursionError) as error:
        raise InvalidArgumentError(f"Invalid pattern: {source}, error: {error}") from None
    return compiled, asserts or compiled.fullmatch("") is not None


class _Translation:
    """One pattern on its way from RE2's syntax to Python's."""

    def __init__(self, source: str):
        self.source, self.at, self.out = source, 0, []  # type: tuple[str, int, list[str]]
        self.asserts = False
        self.open: list[int] = [0]  # for each open group, how many groups of flags end with it
        self.multiline: list[bool] = [False]

    def result(self) -> tuple[str, bool]:
        while self.at < len(self.source):
            self._step()
        self.out.append(")" * self.open[0])
        return "".join(self.out), self.asserts

    def _refused(self, what: str) -> InvalidArgumentError:
        return InvalidArgumentError(
            f"Invalid pattern: {self.source}, error: {what}. TensorFlow's patterns are RE2's, which have no such thing."
        )

    def _take(self, expression: str) -> re.Match | None:
        found = re.compile(expression, re.DOTALL).match(self.source, self.at)
        if found:
            self.at = found.end()
        return found

    def _step(self) -> None:
        if found := self._take(r"\(\?([imsU]*)(-?)([imsU]*)([:)])"):
            self._flags(*found.groups())
        elif found := self._take(r"\(\?(?=<?[=!])"):
            raise self._refused("invalid perl operator: " + self.source[found.start() : found.end() + 1])
        elif found := self._take(r"\(\?P?<(\w+)>"):
            self._push(f"(?P<{found[1]}>")
        elif found := self._take(r"\((?!\?)"):
            self._push("(")
        elif self._take(r"\)"):
            flags = self.open.pop() if len(self.open) > 1 else 0
            if len(self.multiline) > 1:
                self.multiline.pop()
            self.out.append(")" * (flags + 1))
        elif self._take(r"\$"):
            self.asserts = True
            self.out.append("$" if self.multiline[-1] else r"\Z")
        elif self._take(r"\^"):
            self.asserts = True
            self.out.append("^")
        elif found := self._take(r"\[(\^?)(\]?)"):
            self._set(found[1], found[2])
        elif self.source[self.at] == "\\":
            self.out.append(self._escape(False))
        elif found := self._take(r"[*+?][+*]|\}\+"):
            raise self._refused(f"bad repetition operator: {found[0]}")
        else:
            self.out.append(self.source[self.at])
            self.at += 1

    def _push(self, opening: str) -> None:
        self.open.append(0)
        self.multiline.append(self.multiline[-1])
        self.out.append(opening)

    def _flags(self, on: str, dash: str, off: str, end: str) -> None:
        """Flags hold to the end of the group they stand in, or for a group of their own."""
        if end == ":":
            self._push("(?:" if not on + off else "(?" + on.replace("U", "") + (f"-{off}" if off else "") + ":")
        else:
            self.open[-1] += 1
            self.out.append("(?" + on.replace("U", "") + (f"-{off}" if off else "") + ":")
        if "m" in on:
            self.multiline[-1] = True

    def _escape(self, inside: bool) -> str:
        """What a backslash and what follows mean; `inside` a set."""
        if found := self._take(r"\\Q(.*?)(?:\\E|$)"):
            return re.escape(found[1])
        if found := self._take(r"\\([pP])(?:\{(\^?)(\w+)\}|(\w))"):
            negated = (found[1] == "P") != bool(found[2])
            ranges = _category(found[3] or found[4])
            if inside and negated:
                ranges = _complement(found[3] or found[4])
            return ranges if inside else f"[{'^' if negated else ''}{ranges}]"
        if found := self._take(r"\\x\{([0-9A-Fa-f]+)\}"):
            return re.escape(chr(int(found[1], 16)))
        if not inside and (found := self._take(r"\\([1-9])")):
            raise self._refused(f"invalid escape sequence: \\{found[1]}")
        if found := self._take(r"\\([AzbB])") if not inside else None:
            self.asserts = True
            return {"z": r"\Z", "A": r"\A"}.get(found[1]) or f"(?a:\\{found[1]})"
        if found := self._take(r"\\([dDsSwW])"):  # of ASCII alone
            inside_set = _POSIX[_SHORT[found[1].lower()]].replace("\\v", "")
            if found[1].islower():
                return inside_set if inside else f"[{inside_set}]"
            return _without(inside_set) if inside else f"[^{inside_set}]"
        if found := self._take(r"\\(.)"):
            if found[1] == "Z" or found[1].isalpha() and found[1] not in "afnrtvxC":
                raise self._refused(f"invalid escape sequence: {found[0]}")
            return "." if found[1] == "C" else found[0] if found[1].isascii() else found[1]
        raise self._refused("trailing \\")

    def _set(self, negated: str, first: str) -> None:
        """`[...]`, whose characters Python warns of are escaped."""
        self.out.append("[" + negated + ("\\]" if first else ""))
        while not self._take(r"\]"):
            if self.at >= len(self.source):
                raise self._refused("missing ]")
            if found := self._take(r"\[:(\^?)(\w+):\]"):
                if found[2] not in _POSIX:
                    raise self._refused(f"invalid character class range: {found[0]}")
                self.out.append(_POSIX[found[2]] if not found[1] else _without(_POSIX[found[2]]))
            elif self.source[self.at] == "\\":
                self.out.append(self._escape(True))
            else:
                character = self.source[self.at]
                self.out.append("\\" + character if character in "[&|~" else character)
                self.at += 1
        self.out.append("]")


def _ranges(characters: list[int]) -> str:
    """Code points as the inside of a set."""
    out, start = [], None
    for i, code in enumerate(characters):
        if start is None:
            start = code
        if i + 1 == len(characters) or characters[i + 1] != code + 1:
            out.append(f"\\U{start:08x}-\\U{code:08x}")
            start = None
    return "".join(out)


@functools.cache
def _members(name: str) -> tuple[int, ...]:
    """The code points of a general category ('L', 'Lu', ...) or a script."""
    codes = range(sys.maxunicode + 1)
    if name == "Any":
        return tuple(codes)
    if name in _SCRIPTS:
        return tuple(code for code in codes if unicodedata.name(chr(code), "").startswith(_SCRIPTS[name]))
    found = tuple(code for code in codes if unicodedata.category(chr(code)).startswith(name))
    if not found:
        raise InvalidArgumentError(f"Invalid pattern: there is no character class \\p{{{name}}}.")
    return found


@functools.cache
def _category(name: str) -> str:
    return _ranges(list(_members(name)))


@functools.cache
def _complement(name: str) -> str:
    inside = set(_members(name))
    return _ranges([code for code in range(sys.maxunicode + 1) if code not in inside])


def _without(inside: str) -> str:
    """A set of ASCII characters' complement."""
    pattern = re.compile(f"[{inside}]")
    return _ranges([code for code in range(sys.maxunicode + 1) if not pattern.match(chr(code))])
