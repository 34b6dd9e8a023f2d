"""The XML parts of a package, parsed without following anything that they name."""

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Final

from lxml import etree

from sync.edges.xlsx.archive import Archive, Damaged, Excessive

_TAIL: Final = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_ENCODING: Final = re.compile(rb"""(?:\xef\xbb\xbf)?<\?xml[^<>]{0,99}\sencoding\s*=\s*["']([^"'<>]{0,99})""")
_UTF8: Final = frozenset({b"utf-8", b"utf8", b"us-ascii", b"ascii"})
_WITH_ASCII: Final = re.compile(
    rb"iso-8859-\d+|latin-?1|windows-\d+|gb(?:k|2312|18030)|big5|shift_jis|euc-\w+"
)
"""Encodings in which ASCII is ASCII."""
_LARGEST_TREE: Final = 32 << 20
"""Bytes of a part that is taken in as a tree of elements, which takes many times as much room."""


class Entities(Exception):  # noqa: N818 — a state of the file, said in words elsewhere
    """A part declares a document type: no office program writes one, attacks do."""


def content(archive: Archive, name: str) -> bytes:
    """Return the bytes of a part. Raises Entities, and Damaged if it is missing, broken or not UTF-8."""
    try:
        raw = archive.read(name)
    except KeyError:
        raise Damaged(f"{name} is missing") from None
    if not _is_utf8(raw):
        raise Damaged(f"{name} is not written in UTF-8")
    # One byte is found many times faster than two, and most parts do not have it.
    if b"!" in raw and _TAIL.search(raw):
        raise Entities(name)
    return raw


def _is_utf8(raw: bytes) -> bool:
    """Return whether a part is what its bytes look like: in UTF-7 or UTF-16 markup looks like something else."""
    if raw[:2] in {b"\xff\xfe", b"\xfe\xff"} or b"\0" in raw[:4]:
        return False
    found = _ENCODING.match(raw)
    said = found[1].lower() if found else b"utf-8"
    return said in _UTF8 or (_WITH_ASCII.fullmatch(said) is not None and raw.isascii())


def parsed(archive: Archive, name: str) -> etree._Element:
    """Return the root of a part. Raises Entities or Damaged."""
    if name in archive and archive.members[name].size > _LARGEST_TREE:
        raise Excessive(f"{name} is too long")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    try:
        return etree.fromstring(content(archive, name), parser)
    except etree.XMLSyntaxError as error:
        raise Damaged(f"{name} is not well-formed: {error}") from error


def local_name(element: etree._Element) -> str:
    """Return the element's name without its namespace (strict and transitional files differ in it)."""
    return etree.QName(element).localname


def children(element: etree._Element, *names: str) -> Iterator[etree._Element]:
    """Yield the elements below *element* along the path *names*, whatever their namespace."""
    first, *rest = names
    # Compared in C: a workbook has a defined name for each column.
    for each in element.iterchildren(f"{{*}}{first}"):
        if rest:
            yield from children(each, *rest)
        else:
            yield each


def attribute(element: etree._Element, name: str) -> str | None:
    """Return an attribute by its name without namespace."""
    for key, value in element.attrib.items():
        if str(key).rpartition("}")[2] == name:
            return str(value)
    return None


def relations_part(part: str) -> str:
    """Return the name of the part that holds *part*'s relations ('' is the package itself)."""
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def relations(archive: Archive, part: str) -> Mapping[str, tuple[str, str]]:
    """Return a part's inner relations: id → (the last word of its type, the part it leads to)."""
    name = relations_part(part)
    if name not in archive:
        return {}
    found: dict[str, tuple[str, str]] = {}
    for each in children(parsed(archive, name), "Relationship"):
        if each.get("TargetMode") == "External":
            continue
        target = (each.get("Target") or "").replace("\\", "/")
        path = posixpath.normpath(posixpath.join("/", posixpath.dirname(part), target)).lstrip("/")
        found[each.get("Id") or ""] = ((each.get("Type") or "").rpartition("/")[2], path)
    return found
