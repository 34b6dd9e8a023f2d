"""A sheet of the template put into a workbook that lacks it, where the template has it.

Its styles become the workbook's; its texts stand in its cells already. What counts sheets by their place (names that
belong to one sheet, the tab in front) is counted anew.
"""

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from sync.edges.xlsx import parts
from sync.edges.xlsx.archive import Damaged
from sync.edges.xlsx.dress import Dress
from sync.edges.xlsx.elements import root_inside, siblings, written
from sync.edges.xlsx.model import Model
from sync.edges.xlsx.package import Package, SheetPart
from sync.edges.xlsx.sheetxml import INSIDE
from sync.edges.xlsx.traces import with_name

_TYPES: Final = "[Content_Types].xml"
_TYPE: Final = b"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_WORKSHEET: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"
_STRICT: Final = b"http://purl.oclc.org/ooxml/"
_DECLARATION: Final = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN: Final = b' xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_ID: Final = re.compile(rb"""\s([\w.-]+):id=["']""")
_LOCAL: Final = re.compile(rb'(\slocalSheetId=")([0-9]+)(")')
_VIEW: Final = re.compile(rb'(\s(?:activeTab|firstSheet)=")([0-9]+)(")')


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """A sheet that was put in."""

    title: str
    part: str


def with_tab(
    package: Package, model: Model, tab: SheetPart, dress: Dress, known: Mapping[str, str]
) -> tuple[Tab, Mapping[str, bytes]]:
    """Return the sheet *tab* of the template as it stands in *package*, and the members that change.

    *known*: the template's titles → what these sheets are called in *package*; it tells where the new one
    belongs. Raises Damaged or Entities.
    """
    workbook = parts.content(package.archive, package.workbook)
    if _STRICT in workbook[:2000]:
        raise Damaged("the workbook is written in strict OOXML")
    root = parts.parsed(model.package.archive, tab.part)
    content = _DECLARATION + _dressed(root, dress)
    folder = posixpath.dirname(package.sheets[0].part) if package.sheets else "xl/worksheets"
    part = next(
        name
        for name in (f"{folder}/sheet{number}.xml" for number in range(1, len(package.archive.members) + 2))
        if name.casefold() not in {each.casefold() for each in package.archive.members}
    )
    title = _free(tab.title, package)
    names = [*_names(model, tab)]
    relation, relations = _related(package, part)
    workbook = _listed(workbook, _place(package, model, tab, known), title, relation, _state(model, tab))
    for name, local, refers in names:
        moved = refers.replace(_quoted(tab.title), _quoted(title))
        if local:
            workbook = _with_local(workbook, name, _at(workbook, title), moved)
        else:
            workbook = with_name(workbook, name, moved)
    types = parts.content(package.archive, _TYPES)
    override = b'Override PartName="/%b" ContentType="%b"/>' % (part.encode(), _TYPE)
    changes = {
        package.workbook: workbook,
        **relations,
        _TYPES: _with_entry(types, b"Types", override),
        part: content,
    }
    return Tab(title=title, part=part), changes


def _dressed(root: etree._Element, dress: Dress) -> bytes:
    """Return a sheet of the template with the workbook's styles."""
    for each in root.iter():
        name = parts.local_name(each)
        if name == "c" and each.get("t") == "s":
            raise Damaged("the template shares its texts")
        for attribute, styled in (("s", name in {"c", "row"}), ("style", name == "col")):
            if styled and each.get(attribute) is not None:
                each.set(attribute, str(dress.cell(int(each.get(attribute) or 0))))
        if name == "cfRule" and each.get("dxfId") is not None:
            each.set("dxfId", str(dress.differential(int(each.get("dxfId") or 0))))
    plain = written(root, b"")
    return plain.replace(b"<worksheet", b"<worksheet" + _MAIN, 1)


def _free(title: str, package: Package) -> str:
    root = parts.parsed(package.archive, package.workbook)
    taken = {(each.get("name") or "").casefold() for each in parts.children(root, "sheets", "sheet")}
    if title.casefold() not in taken:
        return title
    return next(
        each
        for each in (f"{title[:28]} {number}" for number in range(2, len(taken) + 3))
        if each.casefold() not in taken
    )


def _names(model: Model, tab: SheetPart) -> Iterator[tuple[str, bool, str]]:
    """Yield the names that the template gives to the sheet and its columns: name, whether it is local, what it says."""
    root = parts.parsed(model.package.archive, model.package.workbook)
    for each in parts.children(root, "definedNames", "definedName"):
        local, refers = each.get("localSheetId"), each.text or ""
        mine = local == str(tab.index) if local is not None else refers.startswith(_quoted(tab.title))
        if mine:
            yield each.get("name") or "", local is not None, refers


def _state(model: Model, tab: SheetPart) -> str:
    root = parts.parsed(model.package.archive, model.package.workbook)
    found = [*parts.children(root, "sheets", "sheet")]
    return found[tab.index].get("state") or "visible"


def _place(package: Package, model: Model, tab: SheetPart, known: Mapping[str, str]) -> int:
    """Return before which sheet the new one belongs: after the last of those that the template has before it."""
    titles = _titles(package)
    before = [each.title for each in model.tabs()[: tab.index]]
    places = [titles.index(known[each]) + 1 for each in before if known.get(each) in titles]
    if places:
        return max(places)
    after = [each.title for each in model.tabs()[tab.index + 1 :]]
    following = [titles.index(known[each]) for each in after if known.get(each) in titles]
    return min(following, default=len(titles))


def _titles(package: Package) -> Sequence[str]:
    """Return the titles of all tabs, also of those that are no sheets of cells."""
    root = parts.parsed(package.archive, package.workbook)
    return [each.get("name") or "" for each in parts.children(root, "sheets", "sheet")]


def _listed(workbook: bytes, at: int, title: str, relation: str, state: str) -> bytes:
    """Return the workbook part with the sheet in its list, and what counts sheets counted anew."""
    prefix, inside = root_inside(workbook, b"workbook")
    listed = next((each for each in siblings(workbook, inside) if each.name == "sheets"), None)
    if listed is None or listed.empty:
        raise Damaged("the workbook lists no sheets")
    sheets = [*siblings(workbook, listed.inside)]
    number = max((int(each.attributes.get(b"sheetId", b"0")) for each in sheets), default=0) + 1
    found = _ID.search(workbook, listed.inside, listed.end)
    if found is None:
        raise Damaged("the workbook's sheets lead nowhere")
    space = re.search(rb"\sxmlns:" + found[1] + rb"=(\"[^\"]*\"|'[^']*')", workbook)
    # A prefix that each sheet declares for itself is declared here as well.
    declared = b"" if space is None or space.start() < inside else b" xmlns:%b=%b" % (found[1], space[1])
    entry = b'<%bsheet%b name=%b sheetId="%d" state="%b" %b:id=%b/>' % (
        prefix,
        declared,
        quoteattr(title).encode(),
        number,
        state.encode(),
        found[1],
        quoteattr(relation).encode(),
    )
    place = sheets[at].start if at < len(sheets) else workbook.rindex(b"</", listed.inside, listed.end)
    workbook = workbook[:place] + entry + workbook[place:]

    def shifted(found: re.Match[bytes]) -> bytes:
        index = int(found[2])
        return found[1] + b"%d" % (index + (index >= at)) + found[3]

    tags = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?(?:definedName|workbookView)\s" + INSIDE + rb">")
    return tags.sub(lambda tag: _VIEW.sub(shifted, _LOCAL.sub(shifted, tag.group())), workbook)


def _at(workbook: bytes, title: str) -> int:
    """Return the place of the sheet called *title*."""
    _, inside = root_inside(workbook, b"workbook")
    listed = next(each for each in siblings(workbook, inside) if each.name == "sheets")
    wanted = quoteattr(title).encode()[1:-1]
    names = [each.attributes.get(b"name") for each in siblings(workbook, listed.inside)]
    return names.index(wanted)


def _with_local(workbook: bytes, name: str, index: int, refers: str) -> bytes:
    """Return the workbook part with a name that belongs to one sheet."""
    found = re.search(rb"</((?:[A-Za-z_][\w.-]*:)?)definedNames\s*>", workbook)
    if found is None:
        raise Damaged("the workbook has no names")
    hidden = b' hidden="1"' if name == "_xlnm._FilterDatabase" else b""
    entry = b'<%bdefinedName name=%b localSheetId="%d"%b>%b</%bdefinedName>' % (
        found[1], quoteattr(name).encode(), index, hidden, escape(refers).encode(), found[1],
    )  # fmt: skip
    return workbook[: found.start()] + entry + workbook[found.start() :]


def _related(package: Package, part: str) -> tuple[str, Mapping[str, bytes]]:
    """Return the id of a new relation from the workbook to *part*, and the member that changes."""
    name = parts.relations_part(package.workbook)
    raw = parts.content(package.archive, name)
    root = parts.parsed(package.archive, name)
    taken = {each.get("Id") for each in parts.children(root, "Relationship")}
    free = next(
        each for each in (f"rIdDesk{number}" for number in range(len(taken) + 1)) if each not in taken
    )
    entry = 'Relationship Id="{}" Type="{}" Target={}/>'.format(free, _WORKSHEET, quoteattr(f"/{part}"))
    return free, {name: _with_entry(raw, b"Relationships", entry.encode())}


def _with_entry(raw: bytes, root: bytes, entry: bytes) -> bytes:
    found = re.search(rb"</((?:[A-Za-z_][\w.-]*:)?)" + root + rb"\s*>", raw)
    if found is None:
        raise Damaged("a list of the package does not end")
    return raw[: found.start()] + b"<" + found[1] + entry + raw[found.start() :]


def _quoted(title: str) -> str:
    """Return how openpyxl's names call a sheet."""
    return "'" + title.replace("'", "''") + "'!"
