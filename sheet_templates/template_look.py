"""How a desk's workbook looks: fonts, colours, number formats. Everything that has a colour has it from here."""

from collections.abc import Callable, Hashable, Mapping
from copy import copy
from dataclasses import dataclass, field
from typing import Final

from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.styles.cell_style import StyleArray
from openpyxl.styles.differential import DifferentialStyle, DifferentialStyleList
from openpyxl.styles.styleable import StyleableObject

from sheet_templates.form import CHECK, Field, FieldType, Lang

TEXT_FORMAT: Final = "@"

FORMATS: Final[Mapping[FieldType, str]] = {
    FieldType.TEXT: TEXT_FORMAT,
    FieldType.LONG_TEXT: TEXT_FORMAT,
    FieldType.NUMBER: "General",
    FieldType.MONEY: "#,##0.00",
    FieldType.PERCENT: "0.0%",
    FieldType.DATE: "yyyy-mm-dd",
    FieldType.TIME: "hh:mm",
    FieldType.CHOICE: TEXT_FORMAT,
    FieldType.YES_NO: TEXT_FORMAT,
    FieldType.PHONE: TEXT_FORMAT,
    FieldType.EMAIL: TEXT_FORMAT,
    FieldType.LINK: TEXT_FORMAT,
    FieldType.PERSON: TEXT_FORMAT,
    FieldType.FILE: TEXT_FORMAT,
}

INTEGER_FORMAT: Final = "#,##0"

_RIGHT: Final = frozenset({FieldType.NUMBER, FieldType.MONEY, FieldType.PERCENT})
_CENTRED: Final = frozenset({FieldType.DATE, FieldType.TIME, FieldType.YES_NO})

FONTS: Final[Mapping[Lang, str]] = {
    Lang.ZH_HANT: "Microsoft JhengHei",
    Lang.ZH_HANS: "Microsoft YaHei",
    Lang.EN: "Calibri",
}
SIZE: Final = 10

MINE: Final = "FF0F766E"
OTHERS: Final = "FF64748B"
SYSTEM: Final = "FF334155"
GREY: Final = "FFF1F5F9"
GREY_TEXT: Final = "FF475569"
LINE: Final = "FFCBD5E1"
RED: Final = "FFFECACA"
RED_TEXT: Final = "FF991B1B"
WAITING: Final = "FFFEF3C7"
WAITING_TEXT: Final = "FF92400E"
APPROVED: Final = "FFDCFCE7"
APPROVED_TEXT: Final = "FF166534"
RETURNED: Final = "FFFFEDD5"
RETURNED_TEXT: Final = "FF9A3412"
ENDED: Final = "FFE2E8F0"
ENDED_TEXT: Final = "FF64748B"

TAB_TODO: Final = "FFF59E0B"
TAB_FORM: Final = "FF0F766E"
TAB_READ: Final = "FF94A3B8"
TAB_SETTINGS: Final = "FF7C3AED"
TAB_GUIDE: Final = "FFCBD5E1"

_WHITE: Final = "FFFFFFFF"
_INK: Final = "FF0F172A"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The styles of one workbook."""

    lang: Lang
    conditional: DifferentialStyleList
    """The workbook's styles of conditional formats."""
    dressed: dict[Hashable, StyleArray] = field(default_factory=dict)
    """What was dressed before, by how: openpyxl compares each new style with all others, which takes long."""
    tints: dict[tuple[str, str], int] = field(default_factory=dict)
    """The styles of conditional formats that were added before: a workbook has thousands of such formats."""

    def dress(self, place: StyleableObject, how: Hashable, make: Callable[[], Mapping[str, object]]) -> None:
        """Give *place* (a cell, a column) the styles that *make* returns; equal *how* means equal styles."""
        known = self.dressed.get(how)
        if known is None:
            for name, style in make().items():
                setattr(place, name, style)
            self.dressed[how] = copy(place._style)  # type: ignore[attr-defined]  # noqa: SLF001 - no public way
        else:
            place._style = copy(known)  # type: ignore[attr-defined]  # noqa: SLF001 - no public way

    def tinted(self, colour: str, ink: str) -> int:
        """Return where the workbook keeps the style of a conditional format that colours cells so."""
        known = self.tints.get((colour, ink))
        if known is None:
            made = DifferentialStyle(font=Font(color=ink), fill=tint(colour))
            known = self.tints[colour, ink] = self.conditional.add(made)
        return known

    def font(self, colour: str = _INK, *, size: float = SIZE, bold: bool = False) -> Font:
        """Return the language's font."""
        return Font(name=FONTS[self.lang], size=size, bold=bold, color=colour)

    def header_font(self) -> Font:
        """Return the font of a header."""
        return self.font(_WHITE, bold=True)


def fill(colour: str) -> PatternFill:
    """Return a plain fill."""
    return PatternFill("solid", start_color=colour, end_color=colour)


def tint(colour: str) -> PatternFill:
    """Return a plain fill for a conditional format, which takes the other colour of the two."""
    return PatternFill(bgColor=colour)


def header_border() -> Border:
    """Return the line under a header and between two of them."""
    side = Side(style="thin", color=_WHITE)
    return Border(left=side, right=side)


def line_below() -> Border:
    """Return a thin line under a cell."""
    return Border(bottom=Side(style="thin", color=LINE))


def number_format(declared: Field) -> str:
    """Return the number format of a field's column."""
    if declared.type is FieldType.NUMBER and declared.integer:
        return INTEGER_FORMAT
    return FORMATS[declared.type]


def alignment(declared: Field) -> Alignment:
    """Return how a field's cells are set: numbers stand right, long text that people write wraps.

    The check column does not wrap: what is written into a closed file does not make its row higher.
    """
    across = "right" if declared.type in _RIGHT else "center" if declared.type in _CENTRED else "left"
    wraps = declared.type is FieldType.LONG_TEXT and declared.key != CHECK
    return Alignment(horizontal=across, vertical="center", wrap_text=wraps)


def display_width(text: str) -> int:
    """Return how wide *text* is in narrow characters: Chinese ones take two."""
    if text.isascii():
        return len(text)
    return sum(2 if each > "\u2e7f" else 1 for each in text)  # CJK begins there
