"""The zip container as bytes: members are read within limits, and one member changes without the others.

Only what office programs write is accepted: one disk, stored or deflated members, no encryption, no member
twice. Source: PKWARE APPNOTE 6.3.10; ECMA-376 part 2 (a part name is unique regardless of case).
"""

import itertools
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Self

from isal import isal_zlib

_END: Final = struct.Struct("<4s4H2LH")
_CENTRAL: Final = struct.Struct("<4s6H3L5H2L")
_LOCAL: Final = struct.Struct("<4s5H3L2H")
_LONGEST_COMMENT: Final = 0xFFFF
_ZIP64: Final = 0xFFFFFFFF
_ENCRYPTED: Final = 0x1
_UTF8: Final = 0x800
_STORED: Final = 0
_DEFLATED: Final = 8
_RAW: Final = -15
_LEVEL: Final = 1
"""isal's level 1 is some ten times as fast as zlib's level 6, for about a sixth more bytes."""


class Damaged(Exception):  # noqa: N818 — a state of the file, said in words elsewhere
    """The bytes are not a sound zip."""


class Excessive(Damaged):
    """Opening it would take more memory than a workbook may."""


class Doubled(Exception):  # noqa: N818
    """A member stands in it twice: two programs would read different contents."""


class Locked(Exception):  # noqa: N818
    """Members are encrypted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much a workbook may be, so that a hostile one stops only itself."""

    file: int = 128 << 20
    """Bytes of the file."""
    members: int = 5000
    member: int = 256 << 20
    """Bytes of one member, inflated."""
    total: int = 512 << 20
    """Bytes of all members, inflated."""
    ratio: int = 300
    """Inflated size of a member against its compressed size, where it is large."""
    ratio_from: int = 16 << 20
    rows: int = 200_000
    """The last used row of a form's sheet."""
    cells: int = 10_000_000
    """Rows times columns of a form's sheet up to its last used cell."""
    head_cells: int = 4_000_000
    """The same of the first rows of all sheets together."""
    texts: int = 256 << 20
    """Bytes of the texts in one sheet's cells, each as often as it stands there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One entry of the central directory."""

    name: str
    entry: bytes
    """Its bytes in the central directory, as they are."""
    method: int
    crc: int
    packed: int
    size: int
    offset: int
    end: int
    """Where the next member, or the directory, begins."""
    body: int
    """Where its compressed bytes begin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """A zip whose directory has been checked."""

    raw: bytes
    members: Mapping[str, Member]
    """In the directory's order."""
    comment: bytes

    @classmethod
    def open(cls, raw: bytes, limits: Limits) -> Self:
        """Check the directory of *raw*. Raises Damaged, Excessive, Doubled or Locked."""
        if len(raw) > limits.file:
            raise Excessive(f"{len(raw)} bytes")
        try:
            at, count, comment = _find_end(raw)
            members = list(_members(raw, at, count, limits))
        except (struct.error, IndexError) as error:
            raise Damaged("the directory is cut off") from error
        _check(members, limits)
        return cls(raw=raw, members={each.name: each for each in members}, comment=comment)

    def __contains__(self, name: object) -> bool:
        return name in self.members

    def read(self, name: str) -> bytes:
        """Return the content of a member. Raises KeyError if it is not there, Damaged if it is broken."""
        member = self.members[name]
        content = self._inflate(member, member.size + 1)
        if len(content) != member.size or isal_zlib.crc32(content) != member.crc:
            raise Damaged(f"{name} is damaged")
        return content

    def head(self, name: str, size: int) -> bytes:
        """Return at most the first *size* bytes of a member, unchecked. Raises KeyError, Damaged."""
        return self._inflate(self.members[name], size)

    def rebuilt(self, changes: Mapping[str, bytes | None], level: int = _LEVEL) -> bytes:
        """Return the zip with members replaced, added, or (None) left out; all others byte for byte.

        A *level* of 0 stores the changed members uncompressed.
        """
        pieces: list[bytes] = []
        offsets: dict[str, int] = {}
        entries: dict[str, bytes] = {}
        written = 0
        for member in sorted(self.members.values(), key=lambda each: each.offset):
            content = changes.get(member.name, b"")
            if content is None:
                continue
            offsets[member.name] = written
            if member.name in changes:
                piece, entries[member.name] = _packed(member.entry, content, level)
            else:
                piece, entries[member.name] = self.raw[member.offset : member.end], member.entry
            pieces.append(piece)
            written += len(piece)
        order = [name for name in self.members if name in offsets]
        for name, content in changes.items():
            if name not in self.members and content is not None:
                offsets[name] = written
                piece, entries[name] = _packed(_fresh_entry(name), content, level)
                pieces.append(piece)
                written += len(piece)
                order.append(name)
        directory = b"".join(_moved(entries[name], offsets[name]) for name in order)
        count = len(order)
        end = _END.pack(b"PK\5\6", 0, 0, count, count, len(directory), written, len(self.comment))
        return b"".join((*pieces, directory, end, self.comment))

    def _inflate(self, member: Member, most: int) -> bytes:
        packed = self.raw[member.body : member.body + member.packed]
        if member.method == _STORED:
            return packed[:most]
        try:
            return isal_zlib.decompressobj(_RAW).decompress(packed, most)
        except isal_zlib.error as error:  # type: ignore[misc]  # its stub calls the class an instance
            raise Damaged(f"{member.name} is damaged") from error


def _find_end(raw: bytes) -> tuple[int, int, bytes]:
    """Return where the directory begins, how many entries it has, and the zip's comment."""
    at = raw.rfind(b"PK\5\6", max(0, len(raw) - _LONGEST_COMMENT - _END.size))
    if at < 0:
        raise Damaged("the directory at the end is missing")
    _, disk, start_disk, here, count, size, offset, length = _END.unpack_from(raw, at)
    if disk or start_disk or here != count or at + _END.size + length != len(raw) or offset + size != at:
        raise Damaged("the directory at the end does not fit the file")
    return offset, count, raw[at + _END.size :]


def _members(raw: bytes, at: int, count: int, limits: Limits) -> Iterator[Member]:
    if count > limits.members:
        raise Excessive(f"{count} members")
    directory, listed = at, []
    for _ in range(count):
        fields = _CENTRAL.unpack_from(raw, at)
        if fields[0] != b"PK\1\2":
            raise Damaged("the directory is damaged")
        size = _CENTRAL.size + fields[10] + fields[11] + fields[12]
        listed.append((fields, raw[at : at + size]))
        at += size
    starts = sorted({fields[16] for fields, _ in listed} | {directory})
    following = dict(itertools.pairwise(starts))
    for fields, entry in listed:
        yield _member(raw, fields, entry, following.get(fields[16], -1))


def _member(raw: bytes, fields: tuple[int, ...], entry: bytes, end: int) -> Member:
    _, _, _, flags, method, _, _, crc, packed, size, length, *_, offset = fields
    written = entry[_CENTRAL.size : _CENTRAL.size + length]
    name = written.decode("utf-8" if flags & _UTF8 else "cp437", "replace").replace("\\", "/")
    if flags & _ENCRYPTED:
        raise Locked(name)
    if method not in {_STORED, _DEFLATED} or _ZIP64 in {packed, size, offset}:
        raise Damaged(f"{name} is packed in a way that workbooks do not use")
    if name.startswith("/") or "\0" in name or ".." in name.split("/"):
        raise Damaged(f"{name!r} is not the name of a part")
    local = _LOCAL.unpack_from(raw, offset)
    body = offset + _LOCAL.size + local[9] + local[10]
    own = raw[offset + _LOCAL.size : offset + _LOCAL.size + local[9]]
    if local[0] != b"PK\3\4" or own != written or body + packed > end:
        raise Damaged(f"{name} does not lie where the directory says")
    return Member(
        name=name,
        entry=entry,
        method=method,
        crc=crc,
        packed=packed,
        size=size,
        offset=offset,
        end=end,
        body=body,
    )


def _check(members: list[Member], limits: Limits) -> None:
    seen: set[str] = set()
    for each in members:
        if each.name.casefold() in seen:
            raise Doubled(each.name)
        seen.add(each.name.casefold())
        large = each.size > limits.ratio_from and each.size > limits.ratio * max(each.packed, 1)
        if each.size > limits.member or large:
            raise Excessive(f"{each.name}: {each.size} bytes")
    if sum(each.size for each in members) > limits.total:
        raise Excessive("all members together")


def _packed(entry: bytes, content: bytes, level: int) -> tuple[bytes, bytes]:
    """Return local header with compressed content, and the directory entry to it (its offset still open)."""
    fields = list(_CENTRAL.unpack_from(entry))
    name = entry[_CENTRAL.size : _CENTRAL.size + fields[10]]
    if level:
        pack = isal_zlib.compressobj(level, isal_zlib.DEFLATED, _RAW)
        body = pack.compress(content) + pack.flush()
    else:
        body = content
    flags, method, crc = fields[3] & _UTF8, _DEFLATED if level else _STORED, isal_zlib.crc32(content)
    local = _LOCAL.pack(
        b"PK\3\4", 20, flags, method, fields[5], fields[6], crc, len(body), len(content), len(name), 0
    )
    fields[3], fields[4], fields[7], fields[8], fields[9] = flags, method, crc, len(body), len(content)
    comment = entry[_CENTRAL.size + fields[10] + fields[11] :]
    fields[11] = 0
    return local + name + body, _CENTRAL.pack(*fields) + name + comment


def _fresh_entry(name: str) -> bytes:
    """Return a directory entry for a member that is new; 1 January 1980 is the zero of zip's time."""
    encoded = name.encode()
    return _CENTRAL.pack(
        b"PK\1\2", 20, 20, _UTF8, _DEFLATED, 0, 0x21, 0, 0, 0, len(encoded), 0, 0, 0, 0, 0, 0
    ) + encoded  # fmt: skip


def _moved(entry: bytes, offset: int) -> bytes:
    return entry[:42] + struct.pack("<L", offset) + entry[46:]
