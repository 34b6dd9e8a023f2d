"""The styles of one workbook taken over into another: equal ones are found again, others added at the end.

A style is a number in a list of the workbook's styles part; what stood in the lists keeps its number.
Source: ECMA-376 part 1, 18.8.
"""

from collections.abc import Mapping
from typing import Final, TypeAlias

from lxml import etree

from sync.edges.xlsx import parts
from sync.edges.xlsx.archive import Damaged
from sync.edges.xlsx.elements import root_inside, siblings, spot, with_more, written
from sync.edges.xlsx.package import Package

_ORDER: Final = (
    "numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs", "tableStyles",
    "colors", "extLst",
)  # fmt: skip
_OWN_FORMAT: Final = 164
"""Number formats from this number on are the workbook's own."""
_PLAIN: Final = frozenset({("pivotButton", "0"), ("quotePrefix", "0")})
"""What says the same as nothing."""

Seen: TypeAlias = tuple[str, frozenset[tuple[str, str]], tuple["Seen", ...]]


class Dress:
    """Takes styles of *source* over into *target*. Raises Damaged or Entities where they cannot be told."""

    def __init__(self, source: Package, target: Package) -> None:
        self._source = _Lists.of(source)
        self._target = _Lists.of(target)
        self._part = _part(target)
        self._raw = parts.content(target.archive, self._part)
        self._prefix, self._inside = root_inside(self._raw, b"styleSheet")
        self._more: dict[str, list[bytes]] = {}

    def cell(self, style: int) -> int:
        """Return the number that the cell style *style* of the source has in the target."""
        found = self._source.at("cellXfs", style)
        own = {
            "numFmtId": str(self._format(found.get("numFmtId") or "0")),
            "fontId": str(self._listed("fonts", int(found.get("fontId") or 0))),
            "fillId": str(self._listed("fills", int(found.get("fillId") or 0))),
            "borderId": str(self._listed("borders", int(found.get("borderId") or 0))),
            "xfId": "0",
        }
        return self._found("cellXfs", found, own)

    def differential(self, style: int) -> int:
        """Return the number that the style *style* of conditional formats has in the target."""
        return self._listed("dxfs", style)

    def changed(self) -> Mapping[str, bytes]:
        """Return the styles part, if something was added to it."""
        raw = self._raw
        for name, entries in self._more.items():
            found = next((each for each in siblings(raw, self._inside) if each.name == name), None)
            if found is not None:
                raw = with_more(raw, found, entries, self._prefix)
                continue
            at = spot(raw, self._inside, name, _ORDER)
            tag = self._prefix + name.encode()
            whole = b'<%b count="%d">%b</%b>' % (tag, len(entries), b"".join(entries), tag)
            raw = raw[:at] + whole + raw[at:]
        return {} if raw == self._raw else {self._part: raw}

    def _listed(self, name: str, at: int) -> int:
        return self._found(name, self._source.at(name, at), {})

    def _found(self, name: str, element: etree._Element, own: Mapping[str, str]) -> int:
        """Return where an equal element stands in the target's list, where it is added if there is none."""
        look = _seen(element, own)
        known = self._target.looks(name)
        if look not in known:
            self._more.setdefault(name, []).append(written(element, self._prefix, **own))
            known.append(look)
        return known.index(look)

    def _format(self, number: str) -> int:
        if not number.isdigit() or int(number) < _OWN_FORMAT:
            return int(number)
        code = self._source.formats[number]
        found = next((each for each, said in self._target.formats.items() if said == code), None)
        if found is None:
            found = str(max((_OWN_FORMAT - 1, *map(int, self._target.formats))) + 1)
            self._target.formats[found] = code
            entry = etree.Element("numFmt", numFmtId=found, formatCode=code)
            self._more.setdefault("numFmts", []).append(written(entry, self._prefix))
        return int(found)


class _Lists:
    """The lists of a styles part."""

    def __init__(self, root: etree._Element) -> None:
        self._lists = {parts.local_name(each): [*each] for each in root}
        self._looks: dict[str, list[Seen]] = {}
        self.formats = {
            each.get("numFmtId") or "": each.get("formatCode") or ""
            for each in self._lists.get("numFmts", ())
        }

    @classmethod
    def of(cls, package: Package) -> "_Lists":
        return cls(parts.parsed(package.archive, _part(package)))

    def at(self, name: str, index: int) -> etree._Element:
        found = self._lists.get(name, [])
        if index >= len(found):
            raise Damaged(f"there is no style {index} among {name}")
        element: etree._Element = found[index]
        return element

    def looks(self, name: str) -> list[Seen]:
        """Return what the list holds, to be compared; what is added to it is remembered."""
        if name not in self._looks:
            self._looks[name] = [_seen(each, {}) for each in self._lists.get(name, ())]
        return self._looks[name]


def _part(package: Package) -> str:
    found = package.related(package.workbook, "styles")
    if not found:
        raise Damaged("the workbook has no styles")
    return found[0]


def _seen(element: etree._Element, own: Mapping[str, str]) -> Seen:
    said = {**{str(key): str(value) for key, value in element.attrib.items()}, **own}
    return (
        parts.local_name(element),
        frozenset({*said.items()} - _PLAIN),
        tuple(_seen(each, {}) for each in element),
    )
