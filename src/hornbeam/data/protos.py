"""`tf.train.Example` and its kin: messages that TFRecord files hold.

They are protocol buffers, written and read by a small codec of our own (`hornbeam.ops.wire`): nine messages of four kinds of fields
need no further package, no generated code, and cannot clash with the classes of the same name that other packages register. The manners
are those of Google's Python classes: keyword arguments, attributes that make sub-messages, lists that check what is put into them,
`SerializeToString`, `ParseFromString`, `FromString`, `WhichOneof`, the text form when printed.
"""

import operator
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

import numpy as np

from hornbeam.engine.errors import ArgumentError, DtypeError
from hornbeam.ops import wire


class Repeated(list):
    """The values of a list field; each is checked when it comes in."""

    __slots__ = ("_check",)
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, check: Any, values: Iterable[Any] = ()):
        self._check = check
        super().__init__(map(check, values))

    def append(self, value: Any) -> None:
        super().append(self._check(value))

    def extend(self, values: Iterable[Any]) -> None:
        super().extend([self._check(value) for value in values])

    MergeFrom = extend

    def insert(self, index: Any, value: Any) -> None:
        super().insert(index, self._check(value))

    def __setitem__(self, index: Any, value: Any) -> None:
        super().__setitem__(index, [self._check(v) for v in value] if isinstance(index, slice) else self._check(value))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        kind = dtype or next((row.dtype for row in _LISTS.values() if row.check is self._check), None)
        return np.array(list(self), kind)

    def __reduce__(self):
        return Repeated, (self._check, list(self))


class RepeatedMessage(list):
    """The messages of a list field: `add` makes one."""

    __slots__ = ("_kind",)

    def __init__(self, kind: Any, values: Iterable[Any] = ()):
        self._kind = kind
        super().__init__(values)

    def add(self, **fields: Any) -> Any:
        made = self._kind(**fields)
        self.append(made)
        return made

    def __reduce__(self):
        return RepeatedMessage, (self._kind, list(self))


class MessageMap(dict):
    """Messages by name: reaching for one that is not there makes it."""

    __slots__ = ("_kind",)

    def __init__(self, kind: Any, values: Any = ()):
        self._kind = kind
        super().__init__(values)

    def __missing__(self, name: str) -> Any:
        made = self[name] = self._kind()
        return made

    def get_or_create(self, name: str) -> Any:
        return self[name]

    def __setitem__(self, name: str, value: Any) -> None:
        if not isinstance(name, str) or not isinstance(value, self._kind):
            raise DtypeError(f"Here names stand with {self._kind.__name__} messages; received {name!r} with a {type(value).__name__}.")
        super().__setitem__(name, value)

    def __reduce__(self):
        return MessageMap, (self._kind, dict(self))


class Message:
    """A message with fields: (name, number, kind), the kind being a message class, [class], {str: class} or one of `_LISTS`."""

    FIELDS: ClassVar[tuple[tuple[str, int, Any], ...]] = ()
    ONEOF: ClassVar[str | None] = None

    def __init__(self, **given: Any):
        kinds = {name: kind for name, _, kind in self.FIELDS}
        for name, value in given.items():
            if name not in kinds:
                raise ArgumentError(f'Protocol message {type(self).__name__} has no "{name}" field. It has {", ".join(kinds)}.')
            if value is not None:
                self.__dict__[name] = self._checked(name, kinds[name], value)

    def _checked(self, name: str, kind: Any, value: Any) -> Any:
        if isinstance(kind, str):
            try:
                return _LISTS[kind].made(value)
            except (DtypeError, ArgumentError) as error:
                raise type(error)(f"{type(self).__name__}.{name}: {error}") from None
        if isinstance(kind, dict):
            return MessageMap(kind[str], {key: self._one(name, kind[str], each) for key, each in dict(value).items()})
        if isinstance(kind, list):
            return RepeatedMessage(kind[0], [self._one(name, kind[0], each) for each in value])
        return self._one(name, kind, value)

    def _one(self, name: str, kind: Any, value: Any) -> Any:
        if isinstance(value, dict):
            return kind(**value)
        if not isinstance(value, kind):
            raise DtypeError(
                f"{type(self).__name__}.{name} holds {kind.__name__} messages; received a {type(value).__name__}: "
                f"tf.train.{kind.__name__}(...) makes one."
            )
        return value

    # Fields that are set stand in the instance's __dict__ under their names. A message that was only looked at stands there too and is
    # noted in `_looked`: it counts as set once something is in it.
    def __getattr__(self, name: str) -> Any:
        for known, _, kind in self.FIELDS:
            if known == name:
                made = self.__dict__[name] = _empty(kind)
                if isinstance(made, Message):
                    self.__dict__.setdefault("_looked", set()).add(name)
                return made
        raise AttributeError(f'Protocol message {type(self).__name__} has no "{name}" field.')

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f'Assignment not allowed to field "{name}" of {type(self).__name__}: use CopyFrom, or extend of its value.')

    def _set(self) -> dict[str, Any]:
        """The fields that are set."""
        looked = self.__dict__.get("_looked", set())
        for name in [name for name in looked if self.__dict__[name]._set()]:
            looked.discard(name)
            if self.ONEOF:
                self._leave(name)
        return {
            name: self.__dict__[name] for name, _, kind in self.FIELDS
            if name in self.__dict__ and name not in looked and (self.__dict__[name] or isinstance(self.__dict__[name], Message))
        }  # fmt: skip

    def _leave(self, kept: str) -> None:
        """Drop the fields of the group that are not this one."""
        for name, _, _ in self.FIELDS:
            if name != kept and name not in self.__dict__.get("_looked", ()):
                self.__dict__.pop(name, None)

    # Asking.
    def WhichOneof(self, oneof_group: str) -> str | None:
        """The name of the one field of the group that is set."""
        if oneof_group != self.ONEOF:
            raise ArgumentError(f'Protocol message {type(self).__name__} has no oneof "{oneof_group}" field.')
        return next(iter(self._set()), None)

    def HasField(self, field_name: str) -> bool:
        """Whether a field is set."""
        if field_name not in {name for name, _, _ in self.FIELDS}:
            raise ArgumentError(f'Protocol message {type(self).__name__} has no "{field_name}" field.')
        return field_name in self._set()

    def ListFields(self) -> list[tuple[str, Any]]:
        """The fields that are set, with their values."""
        return list(self._set().items())

    def IsInitialized(self) -> bool:
        return True

    def ByteSize(self) -> int:
        return len(self.SerializeToString())

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self._set() == other._set()  # type: ignore[attr-defined]

    __hash__ = None  # type: ignore[assignment]

    # Changing.
    def Clear(self) -> None:
        self.__dict__.clear()

    def ClearField(self, field_name: str) -> None:
        self.__dict__.pop(field_name, None)
        self.__dict__.get("_looked", set()).discard(field_name)

    def SetInParent(self) -> None:
        """Nothing: a message is there as soon as it is reached for."""

    def CopyFrom(self, other: Any) -> None:
        """Become equal to another message."""
        self.Clear()
        self.MergeFromString(other.SerializeToString())

    def MergeFrom(self, other: Any) -> None:
        self.MergeFromString(other.SerializeToString())

    # The wire.
    def SerializeToString(self, deterministic: bool = False) -> bytes:
        """The message as bytes. deterministic: names in order."""
        out = []
        values = self._set()
        for name, number, kind in self.FIELDS:
            value = values.get(name)
            if value is None:
                continue
            if isinstance(kind, str):
                out.append(_LISTS[kind].written(number, value))
            elif isinstance(kind, dict):
                for key in sorted(value) if deterministic else value:
                    entry = wire.field(1, key.encode()) + wire.field(2, value[key].SerializeToString(deterministic))
                    out.append(wire.field(number, entry))
            elif isinstance(kind, list):
                out += [wire.field(number, each.SerializeToString(deterministic)) for each in value]
            else:
                out.append(wire.field(number, value.SerializeToString(deterministic)))
        return b"".join(out)

    SerializePartialToString = SerializeToString

    def ParseFromString(self, serialized: Any) -> int:
        """Become the message that these bytes are; how many bytes there were."""
        self.Clear()
        return self.MergeFromString(serialized)

    def MergeFromString(self, serialized: Any) -> int:
        if not isinstance(serialized, (bytes, bytearray, memoryview)):
            hint = " Take its numpy()." if hasattr(serialized, "numpy") else ""
            raise DtypeError(f"A message is parsed from bytes; received a {type(serialized).__name__}.{hint}")
        data = bytes(serialized)
        known = {number: (name, kind) for name, number, kind in self.FIELDS}
        for number, sort, value in wire.fields(data):
            if number not in known:
                continue
            name, kind = known[number]
            if name not in self.__dict__:
                self.__dict__[name] = _empty(kind)
            here = self.__dict__[name]
            if isinstance(kind, str):
                list.extend(here, _LISTS[kind].read(sort, value))
            elif sort != wire.BYTES:
                raise wire.corrupt()
            elif isinstance(kind, dict):
                entry = {n: v for n, s, v in wire.fields(value) if s == wire.BYTES}
                here[entry.get(1, b"").decode()] = kind[str].FromString(entry.get(2, b""))
            elif isinstance(kind, list):
                here.append(kind[0].FromString(value))
            else:
                here.MergeFromString(value)
                self.__dict__.get("_looked", set()).discard(name)
                if self.ONEOF:
                    self._leave(name)
        return len(data)

    @classmethod
    def FromString(cls, s: bytes) -> Any:
        """The message that these bytes are. Raises DataError."""
        made = cls()
        made.MergeFromString(s)
        return made

    # The text form.
    def __str__(self) -> str:
        return "".join(line + "\n" for line in self._lines())

    __repr__ = __str__

    def _lines(self) -> Iterator[str]:
        values = self._set()
        for name, _, kind in self.FIELDS:
            value = values.get(name)
            if value is None:
                continue
            if isinstance(kind, str):
                yield from (f"{name}: {_LISTS[kind].text(each)}" for each in value)
            elif isinstance(kind, dict):
                for key, each in value.items():
                    yield f"{name} {{"
                    yield f'  key: "{_escaped(key.encode())}"'
                    yield from _block("value", each, "  ")
                    yield "}"
            else:
                for each in value if isinstance(kind, list) else [value]:
                    yield from _block(name, each, "")

    def __reduce__(self):
        return type(self).FromString, (self.SerializeToString(),)

    def __deepcopy__(self, memo: dict) -> Any:
        return type(self).FromString(self.SerializeToString())


def _empty(kind: Any) -> Any:
    """What a field of this kind holds before anything is put into it."""
    if isinstance(kind, str):
        return _LISTS[kind].made(())
    return MessageMap(kind[str]) if isinstance(kind, dict) else RepeatedMessage(kind[0]) if isinstance(kind, list) else kind()


def _block(name: str, message: Message, indent: str) -> Iterator[str]:
    yield f"{indent}{name} {{"
    for line in message._lines():
        yield f"{indent}  {line}"
    yield f"{indent}}}"


_ESCAPES = {10: "\\n", 13: "\\r", 9: "\\t", 34: '\\"', 39: "\\'", 92: "\\\\"}


def _escaped(value: bytes) -> str:
    return "".join(_ESCAPES.get(byte) or (chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}") for byte in value)


# The lists of values.
class _Bytes:
    dtype: Any = None

    @staticmethod
    def check(value: Any) -> bytes:
        if not isinstance(value, bytes):
            hint = ": encode it first, as in b'text' or text.encode()" if isinstance(value, str) else ""
            hint = hint or (": take its numpy()" if hasattr(value, "numpy") else "")
            raise DtypeError(f"expected bytes, {type(value).__name__} found{hint}.")
        return bytes(value)

    @classmethod
    def made(cls, values: Any) -> Repeated:
        return Repeated(cls.check, _iterable(values))

    @staticmethod
    def written(number: int, values: list[bytes]) -> bytes:
        return b"".join(wire.field(number, value) for value in values)

    @staticmethod
    def read(sort: int, value: Any) -> list[bytes]:
        if sort != wire.BYTES:
            raise wire.corrupt()
        return [value]

    @staticmethod
    def text(value: bytes) -> str:
        return f'"{_escaped(value)}"'


class _Ints:
    dtype = np.int64

    @staticmethod
    def check(value: Any) -> int:
        try:
            found = int(value) if getattr(value, "dtype", None) in (np.bool_, bool) else operator.index(value)  # one truth, of any kind
        except TypeError:
            raise DtypeError(f"{value!r} ({type(value).__name__}) cannot be interpreted as an integer.") from None
        if not -(1 << 63) <= found < 1 << 63:
            raise ArgumentError(f"Value out of range: {found} does not fit in 64 bits.")
        return found

    @classmethod
    def made(cls, values: Any) -> Repeated:
        if isinstance(values, np.ndarray) and values.ndim == 1 and values.dtype.kind in "iu":
            values = values.tolist()
        return Repeated(cls.check, _iterable(values))

    @staticmethod
    def written(number: int, values: list[int]) -> bytes:
        return wire.field(number, wire.pack_ints(values)) if values else b""

    @staticmethod
    def read(sort: int, value: Any) -> list[int]:
        if sort == wire.VARINT:
            return [wire.signed(value)]
        if sort != wire.BYTES:
            raise wire.corrupt()
        return wire.packed_ints(value).tolist()

    text = staticmethod(str)


class _Floats:
    dtype = np.float32

    @staticmethod
    def check(value: Any) -> float:
        if isinstance(value, (str, bytes)) or np.ndim(value):
            raise DtypeError(f"must be real number, not {type(value).__name__}: {value!r:.60}. Flatten arrays first: array.ravel().")
        try:
            return float(np.float32(value))
        except (TypeError, ValueError):
            raise DtypeError(f"must be real number, not {type(value).__name__}.") from None

    @classmethod
    def made(cls, values: Any) -> Repeated:
        if isinstance(values, np.ndarray) and values.ndim == 1 and values.dtype.kind in "fiu":
            made = Repeated(cls.check)
            list.extend(made, values.astype(np.float32).tolist())
            return made
        return Repeated(cls.check, _iterable(values))

    @staticmethod
    def written(number: int, values: list[float]) -> bytes:
        return wire.field(number, np.array(values, "<f4").tobytes()) if values else b""

    @staticmethod
    def read(sort: int, value: Any) -> list[float]:
        if sort not in (wire.BYTES, wire.FIXED32) or len(value) % 4:
            raise wire.corrupt()
        return np.frombuffer(value, "<f4").tolist()

    @staticmethod
    def text(value: float) -> str:
        single = np.float32(value)
        shown = f"{value:.6g}"
        return shown if np.float32(shown) == single or value != value else f"{value:.9g}"


def _iterable(values: Any) -> Iterable[Any]:
    try:
        return iter(values)
    except TypeError:
        kind = type(values).__name__
        raise DtypeError(f"takes a list of values; received {values!r:.60} ({kind}): put it into a list, [value].") from None


_LISTS: dict[str, Any] = {"bytes": _Bytes, "ints": _Ints, "floats": _Floats}


class BytesList(Message):
    """A list of byte strings: BytesList(value=[b'...'])."""

    FIELDS = (("value", 1, "bytes"),)


class FloatList(Message):
    """A list of 32-bit floats: FloatList(value=[...])."""

    FIELDS = (("value", 1, "floats"),)


class Int64List(Message):
    """A list of 64-bit integers: Int64List(value=[...])."""

    FIELDS = (("value", 1, "ints"),)


class Feature(Message):
    """One of a bytes_list, a float_list and an int64_list, or nothing."""

    FIELDS = (("bytes_list", 1, BytesList), ("float_list", 2, FloatList), ("int64_list", 3, Int64List))
    ONEOF = "kind"


class Features(Message):
    """Features by name: Features(feature={'name': Feature(...)})."""

    FIELDS = (("feature", 1, {str: Feature}),)


class Example(Message):
    """One example: Example(features=Features(...)), what a record of a TFRecord file usually holds."""

    FIELDS = (("features", 1, Features),)


class FeatureList(Message):
    """Features one after another: FeatureList(feature=[...])."""

    FIELDS = (("feature", 1, [Feature]),)


class FeatureLists(Message):
    """Lists of features by name."""

    FIELDS = (("feature_list", 1, {str: FeatureList}),)


class SequenceExample(Message):
    """An example with features of the whole (`context`) and of each step (`feature_lists`)."""

    FIELDS = (("context", 1, Features), ("feature_lists", 2, FeatureLists))
