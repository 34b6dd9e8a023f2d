"""What office programs put into workbooks beside values, one kind after the other: each stays to the byte."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

import pytest

from tests.support.packages import (
    cell,
    filled,
    members,
    orders,
    part_of,
    readable,
    rezipped,
    row,
    swap,
    write,
)
from tests.support.workbooks_contract import patch, puts

RAW = filled()
SHEET = part_of(RAW, "order")
RELATIONS = f"xl/worksheets/_rels/{SHEET.rpartition('/')[2]}.rels"
CHANGED = {SHEET, part_of(RAW, "_deskbook"), "xl/workbook.xml", "docProps/custom.xml"}
CHANGE = patch(
    "r2", *puts(3, amount=Decimal("99.5"), buyer="Neu"), *puts(6, _id="eeeeeeeeeeee", amount=Decimal(3))
)
R = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MICROSOFT = b"http://schemas.microsoft.com/office"


def relations(*found: tuple[bytes, bytes]) -> bytes:
    """Return a part of relations: (the end of its type, its target)."""
    listed = b"".join(
        b'<Relationship Id="rId%d" Type="%b" Target="%b"/>'
        % (n, kind if b":" in kind else R + b"/" + kind, target)
        for n, (kind, target) in enumerate(found, start=1)
    )
    return (
        b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Relationships xmlns='
        b'"http://schemas.openxmlformats.org/package/2006/relationships">%b</Relationships>' % listed
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Hazard:
    """Something that a program adds to a workbook."""

    parts: Mapping[str, bytes] = field(default_factory=dict)
    tail: bytes = b""
    """What it adds to the sheet behind the rows."""
    root: bytes = b""
    """What it adds to the sheet's own attributes."""
    related: tuple[tuple[bytes, bytes], ...] = ()
    """How the sheet refers to its parts."""


HAZARDS = {
    "threaded comments": Hazard(
        parts={
            "xl/threadedComments/threadedComment1.xml": b'<ThreadedComments xmlns="%b/spreadsheetml/2018/threadedcomments">'
            b'<threadedComment ref="F3" dT="2026-01-02T03:04:05.67" personId="{1}" id="{2}"><text>call back</text>'
            b"</threadedComment></ThreadedComments>" % MICROSOFT,
            "xl/persons/person.xml": b'<personList xmlns="%b/spreadsheetml/2018/threadedcomments">'
            b'<person displayName="Wang" id="{1}" userId="w" providerId="None"/></personList>' % MICROSOFT,
        },
        related=(
            (
                MICROSOFT + b"/2017/10/relationships/threadedComment",
                b"../threadedComments/threadedComment1.xml",
            ),
        ),
    ),
    "slicers": Hazard(
        parts={
            "xl/slicers/slicer1.xml": b'<slicers xmlns="%b/spreadsheetml/2009/9/main"><slicer name="Buyer" cache="Slicer_Buyer"'
            b' caption="Buyer" rowHeight="241300"/></slicers>' % MICROSOFT,
            "xl/slicerCaches/slicerCache1.xml": b'<slicerCacheDefinition xmlns="%b/spreadsheetml/2009/9/main" name="Slicer_Buyer"/>'
            % MICROSOFT,
        },
        tail=b'<extLst><ext uri="{A8765BA9-456A-4dab-B4F3-ACF838C121DE}" xmlns:x14="%b/spreadsheetml/2009/9/main">'
        b'<x14:slicerList><x14:slicer xmlns:r="%b" r:id="rId1"/></x14:slicerList></ext></extLst>'
        % (MICROSOFT, R),
        related=((MICROSOFT + b"/2007/relationships/slicer", b"../slicers/slicer1.xml"),),
    ),
    "a pivot table": Hazard(
        parts={
            "xl/pivotTables/pivotTable1.xml": b'<pivotTableDefinition xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
            b' name="p" cacheId="1"><location ref="R3:S9" firstHeaderRow="1"/></pivotTableDefinition>',
            "xl/pivotCache/pivotCacheDefinition1.xml": b"<pivotCacheDefinition/>",
            "xl/pivotCache/pivotCacheRecords1.xml": b"<pivotCacheRecords/>",
        },
        related=((b"pivotTable", b"../pivotTables/pivotTable1.xml"),),
    ),
    "printer settings": Hazard(
        parts={"xl/printerSettings/printerSettings1.bin": bytes(range(256))},
        related=((b"printerSettings", b"../printerSettings/printerSettings1.bin"),),
    ),
    "form controls": Hazard(
        parts={
            "xl/ctrlProps/ctrlProp1.xml": b"<formControlPr/>",
            "xl/drawings/vmlDrawing9.vml": b"<xml><v:shape/></xml>",
        },
        tail=b'<mc:AlternateContent><mc:Choice Requires="x14"><controls><control shapeId="1025" r:id="rId1" name="Button 1"/>'
        b"</controls></mc:Choice></mc:AlternateContent>",
        root=b' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" xmlns:r="%b"'
        b' xmlns:x14ac="%b/spreadsheetml/2009/9/ac" mc:Ignorable="x14ac"' % (R, MICROSOFT),
        related=((b"ctrlProp", b"../ctrlProps/ctrlProp1.xml"),),
    ),
    "custom XML": Hazard(
        parts={"customXml/item1.xml": b"<a:b xmlns:a='urn:x'>1</a:b>", "customXml/itemProps1.xml": b"<p/>"}
    ),
    "macros": Hazard(parts={"xl/vbaProject.bin": bytes(range(255, -1, -1)) * 3}),
    "pictures in cells of WPS": Hazard(
        parts={
            "xl/cellimages.xml": b'<etc:cellImages xmlns:etc="http://www.wps.cn/officeDocument/2017/etCustomData"/>',
            "xl/media/image9.png": b"\x89PNG\r\n\x1a\n\0\0",
        }
    ),
    "pictures in cells of Excel": Hazard(
        parts={"xl/richData/rdrichvalue.xml": b"<rvData/>", "xl/metadata.xml": b"<metadata/>"}
    ),
    "rules of newer programs": Hazard(
        tail=b'<extLst><ext uri="{78C0D931-6437-407d-A8EE-F0AAD7539E65}" xmlns:x14="%b/spreadsheetml/2009/9/main">'
        b'<x14:conditionalFormattings><x14:conditionalFormatting xmlns:xm="%b/excel/2006/main"><x14:cfRule type="dataBar" id="{1}"/>'
        b"<xm:sqref>Z1:Z2</xm:sqref></x14:conditionalFormatting></x14:conditionalFormattings></ext></extLst>"
        % (MICROSOFT, MICROSOFT)
    ),
    "parts that nobody knows": Hazard(parts={"xl/odd/thing.bin": b"\0<&>", "odd.txt": b"kept"}),
}


def with_hazard(hazard: Hazard) -> bytes:
    changes: dict[str, object] = {**hazard.parts}
    if hazard.related:
        changes[RELATIONS] = relations(*hazard.related)

    def edit(xml: bytes) -> bytes:
        xml = swap(b"</worksheet>", hazard.tail + b"</worksheet>")(xml)
        return swap(b"<worksheet ", b"<worksheet" + hazard.root + b" ")(xml)

    return rezipped(RAW, {**changes, SHEET: edit})  # type: ignore[dict-item]  # bytes, all but one


@pytest.mark.parametrize("hazard", HAZARDS.values(), ids=HAZARDS.keys())
def test_what_programs_add_stays_to_the_byte_beside_a_change(hazard: Hazard):
    raw = with_hazard(hazard)
    made = write(raw, CHANGE)
    before, after = members(raw), members(made)

    assert {name for name in before if before[name] != after.get(name)} == CHANGED
    assert [*before] == [*after]
    assert hazard.tail in after[SHEET]
    assert hazard.root in after[SHEET]
    assert (cell(made, 3, "buyer"), cell(made, 3, "amount"), row(made, 6).id) == ("Neu", 99.5, "eeeeeeeeeeee")
    assert row(made, 4) == row(raw, 4)


def test_texts_that_cells_share_stay_while_a_cell_shows_them_and_none_is_added():
    shared = (
        b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" count="1" uniqueCount="1">'
        b"<si><r><rPr><b/></rPr><t>AC</t></r><r><t>ME</t></r></si></sst>"
    )
    raw = rezipped(
        RAW,
        {
            "xl/sharedStrings.xml": shared,
            SHEET: swap(
                b'<c r="F3" s="2" t="inlineStr"><is><t>ACME</t></is></c>',
                b'<c r="F3" s="2" t="s"><v>0</v></c>',
            ),
            "[Content_Types].xml": swap(
                b"</Types>",
                b'<Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>',
            ),
            "xl/_rels/workbook.xml.rels": swap(
                b"</Relationships>",
                b'<Relationship Id="rIdT" Type="%b/sharedStrings" Target="sharedStrings.xml"/></Relationships>'
                % R,
            ),
        },
    )
    other = write(raw, patch("r2", *puts(4, buyer="B")))
    over = write(raw, patch("r2", *puts(3, buyer="B")))

    assert [cell(each, 3, "buyer") for each in (raw, other, over)] == ["ACME", "ACME", "B"]
    assert members(other)["xl/sharedStrings.xml"] == shared
    gone = members(over)["xl/sharedStrings.xml"]
    assert gone == shared[: shared.index(b"<r>")] + b"<t/></si></sst>", (
        "nobody reads what was put out of a cell"
    )
    assert b'<c r="F3" s="2" t="s"><v>0</v></c>' in members(other)[SHEET]


STRICT = {
    b"http://schemas.openxmlformats.org/spreadsheetml/2006/main": b"http://purl.oclc.org/ooxml/spreadsheetml/main",
    R: b"http://purl.oclc.org/ooxml/officeDocument/relationships",
    b"http://schemas.openxmlformats.org/officeDocument/2006/custom-properties": b"http://purl.oclc.org/ooxml/officeDocument/customProperties",
    b"http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes": b"http://purl.oclc.org/ooxml/officeDocument/docPropsVTypes",
}


def strict(part: bytes) -> bytes:
    for old, new in STRICT.items():
        part = part.replace(old, new)
    return part


def test_a_strict_workbook_is_read_and_patched_as_one():
    wanted = [name for name in members(RAW) if name.endswith((".xml", ".rels"))]
    raw = rezipped(RAW, dict.fromkeys(wanted, strict))
    made = write(raw, CHANGE)

    assert readable(made).render == "r2"
    assert (cell(made, 3, "amount"), row(made, 6).id) == (99.5, "eeeeeeeeeeee")
    assert {name for name in members(raw) if members(raw)[name] != members(made).get(name)} == CHANGED
    assert b"schemas.openxmlformats.org/spreadsheetml" not in members(made)[SHEET]


def test_parts_that_are_named_from_the_root_are_found():
    raw = rezipped(
        RAW,
        {
            "_rels/.rels": lambda part: re.sub(rb'Target="(?!/)', b'Target="/', part),
            "xl/_rels/workbook.xml.rels": lambda part: re.sub(rb'Target="/?(?:xl/)?', b'Target="/xl/', part),
        },
    )
    made = write(raw, CHANGE)

    assert b'Target="/xl/worksheets/' in members(made)["xl/_rels/workbook.xml.rels"]
    assert {name for name in members(raw) if members(raw)[name] != members(made)[name]} == CHANGED
    assert (readable(made).render, cell(made, 3, "amount")) == ("r2", 99.5)


def test_sheets_in_another_order_keep_it_and_their_filters():
    def turned(book: bytes) -> bytes:
        sheets = re.findall(rb"<sheet [^>]*/>", book)
        assert len(sheets) > 2
        places = {at: len(sheets) - 1 - at for at in range(len(sheets))}
        book = re.sub(rb"<sheets>.*</sheets>", b"<sheets>" + b"".join(reversed(sheets)) + b"</sheets>", book)
        book = re.sub(rb'(?<=localSheetId=")\d+', lambda found: b"%d" % places[int(found[0])], book)
        return re.sub(rb' (?:activeTab|firstSheet)="\d+"', b"", book)

    raw = rezipped(RAW, {"xl/workbook.xml": turned})
    made = write(raw, CHANGE)
    names = re.compile(rb"<sheet [^>]*/>")

    assert names.findall(members(made)["xl/workbook.xml"]) == names.findall(members(raw)["xl/workbook.xml"])
    assert {name for name in members(raw) if members(raw)[name] != members(made)[name]} == CHANGED
    assert (cell(made, 3, "amount"), row(made, 6).id) == (99.5, "eeeeeeeeeeee")


def test_rows_that_a_filter_hides_stay_hidden_and_the_appended_one_shows():
    raw = rezipped(
        RAW,
        {
            SHEET: lambda xml: swap(b'<row r="4">', b'<row r="4" hidden="1">')(
                re.sub(
                    rb'<autoFilter ref="[^"]*"/>',
                    b'<autoFilter ref="A2:M5"><filterColumn colId="5"><filters><filter val="ACME"/></filters></filterColumn></autoFilter>',
                    xml,
                )
            )
        },
    )
    made = members(write(raw, CHANGE))[SHEET]

    assert b'<row r="4" hidden="1">' in made
    assert b'<row r="6">' in made
    assert b'<autoFilter ref="A2:M6"><filterColumn colId="5"><filters><filter val="ACME"/></filters>' in made


def test_merged_cells_widths_and_heights_stay():
    raw = rezipped(
        RAW,
        {
            SHEET: lambda xml: re.sub(
                rb"(</sheetData>(?:<autoFilter[^>]*/>)?)",
                rb'\1<mergeCells count="1"><mergeCell ref="P2:Q3"/></mergeCells>',
                xml,
            ).replace(b'<row r="3">', b'<row r="3" ht="41.5" customHeight="1">')
        },
    )
    made = members(write(raw, CHANGE))[SHEET]

    assert b'<mergeCells count="1"><mergeCell ref="P2:Q3"/></mergeCells>' in made
    assert b'<row r="3" ht="41.5" customHeight="1">' in made
    assert re.findall(rb"<cols>.*</cols>", made) == re.findall(rb"<cols>.*</cols>", members(raw)[SHEET])


def test_names_that_people_defined_stay_and_so_do_the_documents_properties():
    raw = rezipped(
        RAW,
        {
            "xl/workbook.xml": swap(
                b"<definedNames>",
                b'<definedNames><definedName name="Mine" comment="a &gt; b">OFFSET(\'order\'!$F$3,0,0,5)</definedName>',
            ),
            "docProps/app.xml": swap(b"</Properties>", b"<Company>Wang &amp; Zhou</Company></Properties>"),
        },
    )
    made = members(write(raw, CHANGE))

    assert (
        b'<definedName name="Mine" comment="a &gt; b">OFFSET(\'order\'!$F$3,0,0,5)</definedName>'
        in made["xl/workbook.xml"]
    )
    assert made["docProps/app.xml"] == members(raw)["docProps/app.xml"]
    assert made["docProps/core.xml"] == members(raw)["docProps/core.xml"]
    assert orders(write(raw, CHANGE)).last == 6


@pytest.mark.parametrize("used", [b"1:5", b"A:M", b"#REF!", b"A1:M5"])
def test_a_used_area_of_whole_rows_or_columns_hinders_nobody(used: bytes):
    raw = rezipped(
        RAW, {SHEET: lambda xml: re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="' + used + b'"', xml)}
    )
    made = write(raw, CHANGE)

    assert (cell(made, 3, "amount"), row(made, 6).id) == (99.5, "eeeeeeeeeeee")
    assert b'<dimension ref="%b"' % used.replace(b"M5", b"M6") in members(made)[SHEET]


@pytest.mark.parametrize(
    ("sheet", "relation"),
    [
        (
            b'<sheet name="Macro1" sheetId="77" r:id="rIdM"/>',
            b"http://schemas.microsoft.com/office/2006/relationships/xlMacrosheet",
        ),
        (b'<sheet name="Dialog1" sheetId="77" r:id="rIdM"/>', R + b"/dialogsheet"),
        (b'<sheet name="Gone" sheetId="77" r:id="rIdGone"/>', b""),
        (b'<sheet name="Gone" sheetId="77"/>', b""),
        (b'<sheet name="Mine" sheetId="77" state="show" r:id="rIdM"/>', R + b"/worksheet"),
    ],
)
def test_a_tab_that_is_no_sheet_of_cells_hinders_nobody(sheet: bytes, relation: bytes):
    """python-calamine refuses the whole file."""
    target = b'<Relationship Id="rIdM" Type="%b" Target="odd/sheet9.xml"/>' % relation if relation else b""
    empty = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData/></worksheet>'
    raw = rezipped(
        RAW,
        {
            "xl/workbook.xml": lambda book: swap(b"<sheets>", b'<sheets xmlns:r="%b">' % R + sheet)(
                re.sub(rb'(?<=localSheetId=")\d+', lambda found: b"%d" % (int(found[0]) + 1), book)
            ),
            "xl/_rels/workbook.xml.rels": swap(b"</Relationships>", target + b"</Relationships>"),
            "xl/odd/sheet9.xml": empty,
        },
    )
    made = write(raw, CHANGE)

    assert (readable(made).render, cell(made, 3, "amount"), row(made, 6).id) == ("r2", 99.5, "eeeeeeeeeeee")
    assert {name for name in members(raw) if members(raw)[name] != members(made)[name]} == CHANGED
    assert sheet in members(made)["xl/workbook.xml"]
