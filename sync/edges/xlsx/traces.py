"""The traces that a render leaves in its file: a document property, a defined name, a cell of a hidden sheet.

Each survives another program's save in its own way; the majority tells which render a copy was taken from.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final
from xml.sax.saxutils import escape

from sheet_templates.form import DeskKey
from sync.edges.xlsx import parts
from sync.edges.xlsx.archive import Damaged
from sync.edges.xlsx.grid import Grid
from sync.edges.xlsx.layout import HIDDEN_SHEET
from sync.edges.xlsx.package import Package
from sync.edges.xlsx.sheetxml import INSIDE
from sync.ports import RenderId

RENDER: Final = "deskbook_render"
DESK: Final = "deskbook_desk"
RENDER_NAME: Final = "_deskbook_render"
RENDER_ROW: Final = 1
DESK_ROW: Final = 2
OFFERS_ROW: Final = 4

_CONTENT_TYPES: Final = "[Content_Types].xml"
_CUSTOM: Final = "docProps/custom.xml"
_CUSTOM_TYPE: Final = b"application/vnd.openxmlformats-officedocument.custom-properties+xml"
_CUSTOM_RELATION: Final = (
    b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/custom-properties"
)
_PROPERTY: Final = (
    b'<property xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties" '
    b'fmtid="{D5CDD505-2E9C-101B-9397-08002B2CF9AE}" pid="%d" name="%b"><vt:lpwstr xmlns:vt='
    b'"http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes">%b</vt:lpwstr></property>'
)
_EMPTY_CUSTOM: Final = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    b'<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"></Properties>'
)
_NAMES_FOLLOW: Final = (
    b"calcPr|oleSize|customWorkbookViews|pivotCaches|smartTagPr|smartTagTypes|webPublishing|fileRecoveryPr|"
    b"webPublishObjects|extLst"
)


def render_of(package: Package, first_rows: Mapping[str, Grid]) -> RenderId | None:
    """Return the render that most traces name; None if there is none, or no majority. Raises Damaged."""
    names = [
        each.refers.strip().removeprefix("=").strip('"')
        for each in package.names
        if each.name == RENDER_NAME and not each.local
    ]
    found = _agreed((*_hidden(first_rows, RENDER_ROW), *names, *_properties(package, RENDER)))
    return None if found is None else RenderId(found)


def desk_of(package: Package, first_rows: Mapping[str, Grid]) -> DeskKey | None:
    """Return the desk whose file it was made as. Raises Damaged."""
    found = _agreed((*_hidden(first_rows, DESK_ROW), *_properties(package, DESK)))
    return None if found is None else DeskKey(found)


def offers_of(first_rows: Mapping[str, Grid]) -> str:
    """Return what its drop-downs were last made to offer, as `Shape.offers` says it; empty: it does not say."""
    return next(iter(_hidden(first_rows, OFFERS_ROW)), "")


def marked(package: Package, render: RenderId) -> Mapping[str, bytes]:
    """Return the parts that change so that property and defined name say *render*. Raises Damaged.

    The hidden sheet's cell is a cell: it is written with the other cells.
    """
    workbook = parts.content(package.archive, package.workbook)
    changes = {package.workbook: with_name(workbook, RENDER_NAME, f'"{render}"')}
    custom = package.related("", "custom-properties")
    if custom:
        changes[custom[0]] = _with_property(parts.content(package.archive, custom[0]), RENDER, render)
    else:
        changes |= _new_custom(package, render)
    return changes


def with_name(workbook: bytes, name: str, refers: str) -> bytes:
    """Return the workbook part with the global defined name set. Raises Damaged."""
    tag = re.compile(
        rb"(<((?:[A-Za-z_][\w.-]*:)?)definedName(?=\s)" + INSIDE + rb'\sname="' + name.encode() + rb'"'
        + INSIDE + rb">)([^<]*)(</\2definedName\s*>)"
    )  # fmt: skip
    written = escape(refers).encode()
    for found in tag.finditer(workbook):
        if b"localSheetId" not in found.group(1):
            return workbook[: found.start(3)] + written + workbook[found.end(3) :]
    return _with_new_name(workbook, b'name="%b" hidden="1"' % name.encode(), written)


def _with_new_name(workbook: bytes, own: bytes, written: bytes) -> bytes:
    workbook = re.sub(rb"<(?:[A-Za-z_][\w.-]*:)?definedNames\s*/>", b"", workbook)
    closing = re.search(rb"</((?:[A-Za-z_][\w.-]*:)?)definedNames\s*>", workbook)
    if closing is not None:
        entry = b"<%bdefinedName %b>%b</%bdefinedName>" % (closing[1], own, written, closing[1])
        return workbook[: closing.start()] + entry + workbook[closing.start() :]
    following = re.search(
        rb"<((?:[A-Za-z_][\w.-]*:)?)(?:"
        + _NAMES_FOLLOW
        + rb")(?=[\s/>])|</((?:[A-Za-z_][\w.-]*:)?)workbook\s*>",
        workbook,
    )
    if following is None:
        raise Damaged("the list of sheets does not end")
    prefix = following[1] if following[1] is not None else following[2]
    entry = b"<%bdefinedNames><%bdefinedName %b>%b</%bdefinedName></%bdefinedNames>" % (
        prefix, prefix, own, written, prefix, prefix,
    )  # fmt: skip
    return workbook[: following.start()] + entry + workbook[following.start() :]


def _with_property(custom: bytes, name: str, value: str) -> bytes:
    tag = re.compile(
        rb"<((?:[A-Za-z_][\w.-]*:)?)property(?=\s)" + INSIDE + rb'\sname="' + name.encode() + rb'"' + INSIDE
        + rb">\s*<([\w:.-]+)" + INSIDE + rb">([^<]*)</\2\s*>"
    )  # fmt: skip
    written = escape(value).encode()
    found = tag.search(custom)
    if found is not None:
        return custom[: found.start(3)] + written + custom[found.end(3) :]
    closing = re.search(rb"</(?:[A-Za-z_][\w.-]*:)?Properties\s*>", custom)
    if closing is None:
        raise Damaged("the document's properties do not end")
    numbers = [int(each) for each in re.findall(rb'\spid="([0-9]{1,9})"', custom)]
    entry = _PROPERTY % (max((1, *numbers)) + 1, name.encode(), written)
    return custom[: closing.start()] + entry + custom[closing.start() :]


def _new_custom(package: Package, render: RenderId) -> dict[str, bytes]:
    """Return the parts that change so that the package has document properties of its own again."""
    types = parts.content(package.archive, _CONTENT_TYPES)
    override = b'<Override PartName="/%b" ContentType="%b"/>' % (_CUSTOM.encode(), _CUSTOM_TYPE)
    relations = parts.content(package.archive, parts.relations_part(""))
    taken = set(re.findall(rb'\sId="([^"]*)"', relations))
    free = next(
        each for each in (b"rIdDesk%d" % number for number in range(len(taken) + 1)) if each not in taken
    )
    relation = b'<Relationship Id="%b" Type="%b" Target="%b"/>' % (free, _CUSTOM_RELATION, _CUSTOM.encode())
    return {
        _CONTENT_TYPES: _before_end(types, b"Types", override),
        parts.relations_part(""): _before_end(relations, b"Relationships", relation),
        _CUSTOM: _with_property(_EMPTY_CUSTOM, RENDER, render),
    }


def _before_end(part: bytes, root: bytes, entry: bytes) -> bytes:
    closing = re.search(rb"</((?:[A-Za-z_][\w.-]*:)?)" + root + rb"\s*>", part)
    if closing is None:
        raise Damaged("a list of the package does not end")
    own = entry if not closing[1] else b"<" + closing[1] + entry[1:]
    return part[: closing.start()] + own + part[closing.start() :]


def _hidden(first_rows: Mapping[str, Grid], row: int) -> tuple[str, ...]:
    rows = first_rows.get(HIDDEN_SHEET, ())
    if len(rows) < row or not rows[row - 1]:
        return ()
    cell = rows[row - 1][0]
    return (str(cell),) if cell is not None else ()


def _properties(package: Package, name: str) -> tuple[str, ...]:
    found = package.related("", "custom-properties")
    if not found:
        return ()
    root = parts.parsed(package.archive, found[0])
    return tuple(
        "".join(str(each) for each in entry.itertext()).strip()
        for entry in parts.children(root, "property")
        if entry.get("name") == name
    )


def _agreed(traces: Iterable[str]) -> str | None:
    ranked = Counter(each for each in traces if each).most_common(2)
    if not ranked or (len(ranked) > 1 and ranked[0][1] == ranked[1][1]):
        return None
    return ranked[0][0]
