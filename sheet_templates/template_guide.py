"""The 說明 sheet: how to use the desk, what the colours mean, what belongs in each column."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from openpyxl.cell import Cell as SheetCell
from openpyxl.styles import Alignment
from openpyxl.worksheet.worksheet import Worksheet

from sheet_templates import template_look as look
from sheet_templates.form import (
    CHECK,
    ID,
    MARK,
    NUMBER,
    STATE,
    Desk,
    Field,
    FieldType,
    Form,
    Labels,
    Lang,
    Role,
    Source,
    Stage,
)
from sheet_templates.record import text
from sheet_templates.template_look import Look, display_width
from sheet_templates.words import Words

_STEPS: Final = ("type", "new", "grey", "red", "sign", "yours", "keep", "close", "away")
_COLOURS: Final = (
    ("mine", look.MINE, "FFFFFFFF"),
    ("others", look.OTHERS, "FFFFFFFF"),
    ("itself", look.SYSTEM, "FFFFFFFF"),
    ("red", look.RED, look.RED_TEXT),
    ("waiting", look.WAITING, look.WAITING_TEXT),
    ("approved", look.APPROVED, look.APPROVED_TEXT),
    ("returned", look.RETURNED, look.RETURNED_TEXT),
    ("ended", look.ENDED, look.ENDED_TEXT),
)
_WIDTHS: Final = {"A": 3, "B": 24, "C": 26, "D": 74}
_TEXT_WIDTH: Final = 132
"""Narrow characters that fit into one line over the columns B to D."""
_LINE: Final = 16.5
_SYSTEM: Final = frozenset({ID, MARK, NUMBER, STATE, CHECK})


class Guide:
    """Writes the guide of one desk, from the top down."""

    def __init__(
        self, sheet: Worksheet, desk: Desk, words: Words, roles: Mapping[Role, Labels], dress: Look
    ) -> None:
        self._sheet = sheet
        self._desk = desk
        self._words = words
        self._roles = roles
        self._look = dress
        self._row = 1

    def write(self, forms: Sequence[Form]) -> None:
        """Write the whole sheet."""
        self._sheet.sheet_view.showGridLines = False
        for letter, width in _WIDTHS.items():
            self._sheet.column_dimensions[letter].width = width
        self._row = 2
        self._line(self._say("guide.title"), size=18, bold=True, colour=look.MINE, height=30)
        self._line(self._say("guide.for", desk=self._desk.name), colour=look.GREY_TEXT)
        self._heading("guide.steps")
        steps = ("todo", *_STEPS) if any(form.key == "todo" for form in forms) else _STEPS
        for number, step in enumerate(steps, start=1):
            self._line(f"{number}.  {self._say(f'guide.{step}')}")
        self._heading("guide.colours")
        for name, colour, ink in _COLOURS:
            self._colour(self._say(f"guide.colour.{name}"), colour, ink)
        self._heading("guide.forms")
        for form in forms:
            self._form(form)

    def _say(self, key: str, **blanks: str) -> str:
        return self._words.say(text(key, **blanks), self._desk.lang)

    def _heading(self, key: str) -> None:
        self._row += 1
        self._line(self._say(key), size=13, bold=True, colour=look.SYSTEM, height=24)
        for letter in "BCD":
            self._sheet[f"{letter}{self._row - 1}"].border = look.line_below()

    def _line(
        self,
        said: str,
        *,
        size: float = look.SIZE,
        bold: bool = False,
        colour: str = look.SYSTEM,
        height: float | None = None,
    ) -> None:
        cell = self._cell("B", said)
        self._look.dress(
            cell,
            ("line", size, bold, colour),
            lambda: {
                "font": self._look.font(colour, size=size, bold=bold),
                "alignment": Alignment(wrap_text=True, vertical="top"),
            },
        )
        self._sheet.merge_cells(f"B{self._row}:D{self._row}")
        self._sheet.row_dimensions[self._row].height = height or _height(said, _TEXT_WIDTH)
        self._row += 1

    def _colour(self, said: str, colour: str, ink: str) -> None:
        swatch = self._cell("B", "Aa 123")
        swatch.fill, swatch.font = look.fill(colour), self._look.font(ink, bold=True)
        swatch.alignment = Alignment(horizontal="center", vertical="center")
        meaning = self._cell("C", said)
        meaning.font = self._look.font(look.SYSTEM)
        meaning.alignment = Alignment(vertical="center", indent=1)
        self._sheet.merge_cells(f"C{self._row}:D{self._row}")
        self._sheet.row_dimensions[self._row].height = 19
        self._row += 1

    def _form(self, form: Form) -> None:
        self._row += 1
        lang = self._desk.lang
        self._line(form.labels.in_(lang), size=12, bold=True, colour=look.MINE, height=22)
        self._line(form.help.in_(lang), colour=look.GREY_TEXT)
        if not any(self._desk.role in field.owners for field in form.fields):
            return
        self._table_row([self._say(f"guide.{each}") for each in ("column", "who", "meaning")], header=True)
        for field in form.columns(self._desk.role):
            if field.key not in _SYSTEM:
                self._table_row([_label(field, lang), self._who(field), " ".join(self._meaning(field))])

    def _table_row(self, said: Sequence[str], *, header: bool = False) -> None:
        for letter, each in zip("BCD", said, strict=True):
            cell = self._cell(letter, each)
            how = ("row", letter != "B", header)
            self._look.dress(cell, how, lambda: self._row_style(first=letter == "B", header=header))  # noqa: B023 - called at once
        lines = max(_height(each, width) for each, width in zip(said, (22, 23, 70), strict=True))
        self._sheet.row_dimensions[self._row].height = lines
        self._row += 1

    def _row_style(self, *, first: bool, header: bool) -> Mapping[str, object]:
        return {
            "alignment": Alignment(wrap_text=True, vertical="top", indent=0 if first else 1),
            "border": look.line_below(),
            "font": self._look.font(look.SYSTEM, bold=header),
            **({"fill": look.fill(look.GREY)} if header else {}),
        }

    def _who(self, field: Field) -> str:
        if self._desk.role in field.owners:
            return self._say("guide.you")
        if not field.owners:
            return self._say("guide.itself")
        lang = self._desk.lang
        named = sorted(self._roles[role].in_(lang) for role in field.owners if role in self._roles)
        return ("、" if lang.value.startswith("zh") else ", ").join(named) or self._say("guide.others")

    def _meaning(self, field: Field) -> Iterator[str]:
        lang = self._desk.lang
        if field.help is not None:
            yield field.help.in_(lang)
        if field.type is FieldType.CHOICE and field.source is not Source.DECISION and not field.columns:
            comma = "、" if lang.value.startswith("zh") else ", "
            yield self._say(
                "guide.choices", choices=comma.join(each.labels.in_(lang) for each in field.choices)
            )
        if self._desk.role in field.owners and field.required is Stage.SAVE:
            yield self._say("workbook.required")
        if self._desk.role in field.owners and field.required is Stage.SUBMIT:
            yield self._say("workbook.required_to_submit")

    def _cell(self, letter: str, said: str) -> SheetCell:
        cell: SheetCell = self._sheet[f"{letter}{self._row}"]
        cell.value = said
        cell.data_type = "s"
        return cell


def _label(field: Field, lang: Lang) -> str:
    return field.labels.in_(lang)


def _height(said: str, width: int) -> float:
    lines = sum(max(1, -(-display_width(each) // width)) for each in said.split("\n"))
    return _LINE * lines + 2
