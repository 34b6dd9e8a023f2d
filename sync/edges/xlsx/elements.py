"""The elements of a part as bytes, one after the other: where each stands, without parsing what is in it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

from lxml import etree

from sync.edges.xlsx.archive import Damaged
from sync.edges.xlsx.sheetxml import INSIDE, attributes

_TAG: Final = re.compile(rb"<(/?)([A-Za-z_][\w:.-]*+)" + INSIDE + rb">")
_COUNT: Final = re.compile(rb'(\scount=")[0-9]*(")')
_SPACE: Final = "{http://www.w3.org/XML/1998/namespace}space"


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """Where one element stands in its part's bytes."""

    name: str
    """Without its prefix."""
    start: int
    inside: int
    """Where its content begins; its end if it is empty."""
    end: int
    attributes: Mapping[bytes, bytes]

    @property
    def empty(self) -> bool:
        """Whether it is written as one tag."""
        return self.inside == self.end


def siblings(raw: bytes, start: int) -> Iterator[Element]:
    """Yield the elements from *start* on, until their parent ends. Raises Damaged if one does not end."""
    depth = 0
    opened: tuple[str, int, int, Mapping[bytes, bytes]] | None = None
    for found in _TAG.finditer(raw, start):
        if found[1]:
            if depth == 0:
                return
            depth -= 1
            if depth == 0 and opened is not None:
                name, begin, inside, own = opened
                yield Element(name=name, start=begin, inside=inside, end=found.end(), attributes=own)
        elif found.group().endswith(b"/>"):
            if depth == 0:
                yield Element(
                    name=_local(found[2]),
                    start=found.start(),
                    inside=found.end(),
                    end=found.end(),
                    attributes=attributes(found.group()),
                )
        else:
            if depth == 0:
                opened = (_local(found[2]), found.start(), found.end(), attributes(found.group()))
            depth += 1
    if depth:
        raise Damaged("an element does not end")


def root_inside(raw: bytes, name: bytes) -> tuple[bytes, int]:
    """Return the prefix of a part's root element with its colon, and where its content begins. Raises Damaged."""
    found = re.compile(rb"<((?:[A-Za-z_][\w.-]*:)?)" + name + rb"(?=[\s/>])" + INSIDE + rb">").search(raw)
    if found is None or found.group().endswith(b"/>"):
        raise Damaged(f"a part has no {name.decode()} element, or an empty one")
    return found[1], found.end()


def spot(raw: bytes, start: int, name: str, order: Sequence[str]) -> int:
    """Return where among the siblings from *start* on a new element *name* belongs, after others of its name.

    *order*: the names in their order; what is not among them comes last.
    """
    rank = {each: at for at, each in enumerate(order)}
    at = start
    for each in siblings(raw, start):
        if rank.get(each.name, len(order)) > rank[name]:
            return each.start
        at = each.end
    return at


def counted(raw: bytes, element: Element, more: int) -> bytes:
    """Return the start tag of a list with its count raised by *more*; without one it stays so."""
    tag = raw[element.start : element.inside]
    had = element.attributes.get(b"count", b"")
    return (
        _COUNT.sub(lambda found: found[1] + b"%d" % (int(had) + more) + found[2], tag, count=1)
        if had
        else tag
    )


def with_more(raw: bytes, element: Element, entries: Sequence[bytes], prefix: bytes) -> bytes:
    """Return the part with *entries* at the end of the list *element*."""
    tag, inner = counted(raw, element, len(entries)), b"".join(entries)
    if element.empty:
        closing = b"</%b%b>" % (prefix, element.name.encode())
        return raw[: element.start] + tag[:-2].rstrip() + b">" + inner + closing + raw[element.end :]
    end = raw.rindex(b"</", element.inside, element.end)
    return b"".join((raw[: element.start], tag, raw[element.inside : end], inner, raw[end:]))


def written(element: etree._Element, prefix: bytes, **changed: str | None) -> bytes:
    """Return an element of one of our own parts as bytes, for a part whose elements carry *prefix*.

    *changed*: attributes of its own that are otherwise; None: left out. Raises Damaged for attributes of other
    namespaces, which we never write.
    """
    name = prefix + etree.QName(element).localname.encode()
    own: dict[str, str | None] = {str(key): str(value) for key, value in element.attrib.items()}
    own.update(changed)
    said = b""
    for key, value in own.items():
        if value is None:
            continue
        if key.startswith("{") and key != _SPACE:
            raise Damaged(f"the template says {key}")
        plain = "xml:space" if key == _SPACE else key
        quoted = escape(value, {'"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})
        said += f' {plain}="{quoted}"'.encode()
    inner = escape(element.text or "").encode() + b"".join(written(each, prefix) for each in element)
    return b"<%b%b/>" % (name, said) if not inner else b"<%b%b>%b</%b>" % (name, said, inner, name)


def _local(name: bytes) -> str:
    return name.rpartition(b":")[2].decode()
