"""A desk as somebody has made himself at home in it: everything that a load and save by a library would lose."""

import io

from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.drawing.image import Image
from openpyxl.formatting.rule import ColorScaleRule
from openpyxl.styles import PatternFill
from openpyxl.workbook import Workbook
from PIL import Image as Picture

from tests.support.packages import filled, in_openpyxl, part_of, rezipped, swap

SPARKLINES = (
    b'<extLst><ext xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main" uri="{05C60535-1F16-4fd2-B633-F4F36F0B64E0}">'
    b'<x14:sparklineGroups xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main"><x14:sparklineGroup><x14:colorSeries rgb="FF376092"/>'
    b"<x14:sparklines><x14:sparkline><xm:f>order!G3:G4</xm:f><xm:sqref>Z3</xm:sqref></x14:sparkline></x14:sparklines>"
    b"</x14:sparklineGroup></x14:sparklineGroups></ext></extLst></worksheet>"
)
RICH = (
    b'<c r="Y3" t="inlineStr"><is><r><rPr><b/><color rgb="FFFF0000"/></rPr><t>urgent</t></r>'
    b'<r><t xml:space="preserve"> call back</t></r></is></c></row>'
)
PICTURE_IN_CELL = b'<c r="Y4" t="str"><f>_xlfn.DISPIMG("ID_1",1)</f><v>=DISPIMG("ID_1",1)</v></c></row>'
CELL_IMAGES = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<etc:cellImages xmlns:etc="http://www.wps.cn/officeDocument/2017/etCustomData"/>'


def decorate(book: Workbook) -> None:
    order = book["order"]
    chart = BarChart()
    chart.add_data(Reference(order, min_col=7, min_row=2, max_row=4), titles_from_data=True)
    order.add_chart(chart, "N8")
    out = io.BytesIO()
    Picture.new("RGB", (8, 8), "teal").save(out, "PNG")
    order.add_image(Image(io.BytesIO(out.getvalue())), "N2")
    order["F3"].comment = Comment("called on Monday", "Wang")
    order["F3"].fill = PatternFill("solid", fgColor="FFFFFF00")
    order.conditional_formatting.add(
        "G3:G100", ColorScaleRule(start_type="min", start_color="FFFFFF", end_type="max", end_color="0F766E")
    )
    order.column_dimensions["G"].width = 33
    order.row_dimensions[4].hidden = True
    order["Z2"], order["Z3"] = "my own column", "my own words"
    own = book.create_sheet("Mine")
    own["A1"], own["A2"] = "=SUM(order!G3:G4)", "notes"


def decorated() -> bytes:
    """Return the desk of `filled`, decorated."""
    raw = in_openpyxl(filled(), decorate)
    part = part_of(raw, "order")

    def edit(xml: bytes) -> bytes:
        third = xml.index(b"</row>", xml.index(b'<row r="3"'))
        at = xml.index(b'<c r="Z3"')
        assert at < third
        xml = xml[:at] + RICH.removesuffix(b"</row>") + xml[at:]
        fourth = xml.index(b"</row>", xml.index(b'<row r="4"'))
        xml = xml[:fourth] + PICTURE_IN_CELL + xml[fourth + len(b"</row>") :]
        return swap(b"</worksheet>", SPARKLINES)(xml)

    return rezipped(
        raw, {part: edit, "xl/cellimages.xml": CELL_IMAGES, "xl/vbaProject.bin": bytes(range(256)) * 9}
    )
