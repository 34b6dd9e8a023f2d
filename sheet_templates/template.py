"""The workbook of a desk: one sheet for each form, made once from the forms and from then on people's own.

Layout of a form's sheet (the reader, `sync/edges/xlsx/layout.py`, relies on it): row 1 hidden, with the fields'
keys; row 2 the labels; records from row 3. Columns A (`_id`) and B (`_mark`) are hidden. A defined name for each
column. The hidden sheet `_deskbook` holds the render's id in A1, the desk's key in A2, the format's version in
A3, and lists that are too long for a drop-down of its own.
"""

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from openpyxl import Workbook
from openpyxl.packaging.custom import StringProperty
from openpyxl.styles import Alignment, NamedStyle
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from sheet_templates import template_look as look
from sheet_templates.cell import cut
from sheet_templates.choices import choices_of, fits_inline
from sheet_templates.form import (
    CHECK,
    ID,
    MARK,
    NUMBER,
    STATE,
    Desk,
    Field,
    FieldKey,
    Form,
    FormKey,
    Labels,
    Role,
    Source,
    Stage,
)
from sheet_templates.record import RecordId, State, text
from sheet_templates.sheets import TODO
from sheet_templates.template_guide import Guide
from sheet_templates.template_look import Look, display_width
from sheet_templates.template_rules import (
    FIRST_ROW,
    LAST_ROW,
    add_formats,
    validation,
)
from sheet_templates.words import Words

Lists = Mapping[tuple[FormKey, FieldKey], Sequence[str]]
"""What the drop-downs of links offer: titles or numbers that this desk's people may see."""

HIDDEN_SHEET: Final = "_deskbook"
FORMAT_VERSION: Final = "1"

_KEY_ROW: Final = 1
_HEADER_ROW: Final = 2
_FIRST_LIST: Final = 3
"""The first column of the hidden sheet that holds a list."""
_TITLE: Final = 31
_NOT_IN_TITLES: Final = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_A4: Final = 9
_CM: Final = 1 / 2.54
_ROW_HEIGHT: Final = 18
_HEADER_LINE: Final = 14.5
_WIDEST: Final = 60
_CHECK_WIDTH: Final = 32
_PRINTED_WIDTH: Final = 230
"""Characters that one landscape page shows legibly: wider sheets are printed on several pages side by side."""


def render_template(
    desk: Desk,
    forms: Sequence[Form],
    words: Words,
    *,
    lists: Lists | None = None,
    blanks: Mapping[FormKey, Sequence[RecordId]] | None = None,
    roles: Mapping[Role, Labels] | None = None,
) -> bytes:
    """Return the empty workbook of *desk* with the sheets of *forms*, in their order, and the guide last.

    *blanks*: ids that are stamped into empty rows at once; the engine stamps its own. *roles*: what the guide
    calls those who own other columns. The sheets are not protected: that would forbid to sort and insert.
    """
    book = Workbook()
    conditional = book._differential_styles  # type: ignore[attr-defined]  # noqa: SLF001 — no public way
    made = _Made(desk=desk, words=words, book=book, look=Look(lang=desk.lang, conditional=conditional))
    made.prepare()
    for form in forms:
        made.sheet(form, lists or {}, (blanks or {}).get(form.key, ()))
    guide = made.book.create_sheet(made.title(words.say(text("workbook.guide"), desk.lang)))
    Guide(guide, desk, words, roles or {}, made.look).write(forms)
    guide.sheet_properties.tabColor = look.TAB_GUIDE
    made.set_print(guide, landscape=False)
    made.finish()
    out = io.BytesIO()
    made.book.save(out)
    return out.getvalue()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """A workbook in the making."""

    desk: Desk
    words: Words
    book: Workbook
    look: Look

    def prepare(self) -> None:
        """Set what holds for the whole workbook, and make the hidden sheet."""
        hidden = self.book.active
        assert isinstance(hidden, Worksheet)
        hidden.title = HIDDEN_SHEET
        for row, said in enumerate(("", str(self.desk.key), FORMAT_VERSION), start=1):
            hidden.cell(row=row, column=1).number_format = look.TEXT_FORMAT
            _say(hidden, row, 1, said)
        normal = self.book._named_styles["Normal"]  # type: ignore[attr-defined]  # noqa: SLF001 — no public way
        assert isinstance(normal, NamedStyle)
        normal.font = self.look.font()
        self.book.properties.creator = "Deskbook"
        self.book.properties.title = self.words.say(
            text("workbook.title", desk=self.desk.name), self.desk.lang
        )
        self.book.properties.language = self.desk.lang.value

    def sheet(self, form: Form, lists: Lists, blanks: Sequence[RecordId]) -> None:
        """Add the sheet of *form*."""
        sheet = self.book.create_sheet(self.title(form.labels.in_(self.desk.lang)))
        fields = form.columns(self.desk.role)
        columns = {field.key: at for at, field in enumerate(fields, start=1)}
        for field in fields:
            self._column(sheet, form, field, columns[field.key], lists.get((form.key, field.key), ()))
        for at, record in enumerate(blanks, start=FIRST_ROW):
            _say(sheet, at, columns[ID], record)
        add_formats(sheet, columns, self._states(form), self.look.tinted)
        last = get_column_letter(len(fields))
        # From A on: a sort by the filter must take the hidden ids along.
        sheet.auto_filter.ref = f"A{_HEADER_ROW}:{last}{LAST_ROW}"
        sheet.freeze_panes = f"{get_column_letter(columns[NUMBER] + 1)}{FIRST_ROW}"
        sheet.row_dimensions[_KEY_ROW].hidden = True
        sheet.row_dimensions[_HEADER_ROW].height = self._header_height(fields)
        sheet.sheet_format.defaultRowHeight = _ROW_HEIGHT
        # Without it LibreOffice takes the height for a guess, and makes all rows lower when it saves.
        sheet.sheet_format.customHeight = True
        sheet.sheet_properties.tabColor = self._tab(form)
        sheet.print_title_rows = f"{_HEADER_ROW}:{_HEADER_ROW}"
        number = get_column_letter(columns[NUMBER])
        sheet.print_title_cols = f"{number}:{number}"
        shown = (each for each in sheet.column_dimensions.values() if not each.hidden)
        self.set_print(
            sheet, landscape=True, pages=-(-int(sum(each.width for each in shown)) // _PRINTED_WIDTH)
        )

    def _column(self, sheet: Worksheet, form: Form, field: Field, at: int, listed: Sequence[str]) -> None:
        letter = get_column_letter(at)
        mine = self._mine(field)
        _say(sheet, _KEY_ROW, at, field.key)
        _say(sheet, _HEADER_ROW, at, self._header(field, mine=mine))
        self._style_header(sheet, field, at, mine=mine)
        column = sheet.column_dimensions[letter]
        column.width = _width(field, field.labels.in_(self.desk.lang))
        column.hidden = field.key in self._unneeded(form)
        how = ("column", field.type, field.integer, field.key == CHECK, mine)
        self.look.dress(column, how, lambda: self._column_style(field, mine=mine))
        name = f"_db_{form.key}_{field.key}"
        place = f"{quote_sheetname(sheet.title)}!${letter}:${letter}"
        self.book.defined_names.add(DefinedName(name, attr_text=place, hidden=True))
        if mine:
            self._add_validation(sheet, field, letter, listed)

    def _column_style(self, field: Field, *, mine: bool) -> Mapping[str, object]:
        return {
            "number_format": look.number_format(field),
            "alignment": look.alignment(field),
            "font": self.look.font() if mine else self.look.font(look.GREY_TEXT),
            **({} if mine else {"fill": look.fill(look.GREY)}),
        }

    def _unneeded(self, form: Form) -> frozenset[FieldKey]:
        """Return the columns that nobody needs to look at: they would stay empty."""
        signed = any(field.source is Source.DECISION for field in form.fields)
        # What is wrong with a choice in the list of to-dos stands where the line says what to do.
        typed = any(self._mine(field) for field in form.fields) and form.key != TODO
        # Nor has such a line a number: that is the record's that it tells of.
        numbered = form.key != TODO
        unneeded = ((NUMBER, numbered), (STATE, signed), (CHECK, typed))
        return frozenset({ID, MARK, *(key for key, needed in unneeded if not needed)})

    def _add_validation(self, sheet: Worksheet, field: Field, letter: str, listed: Sequence[str]) -> None:
        choices = choices_of(field, self.desk.lang, listed)
        source = self._listed(choices) if choices and not fits_inline(choices) else None
        rule = validation(
            field, self.desk.role, choices=choices, source=source, words=self.words, lang=self.desk.lang
        )
        if rule is not None:
            rule.add(f"{letter}{FIRST_ROW}:{letter}{LAST_ROW}")
            sheet.add_data_validation(rule)

    def _listed(self, choices: Sequence[str]) -> str:
        """Put a long list on the hidden sheet; return the range that holds it."""
        hidden = self.book[HIDDEN_SHEET]
        at = max(hidden.max_column + 1, _FIRST_LIST)
        for row, choice in enumerate(choices, start=1):
            _say(hidden, row, at, choice)
        letter = get_column_letter(at)
        return f"{HIDDEN_SHEET}!${letter}$1:${letter}${len(choices)}"

    def _mine(self, field: Field) -> bool:
        return self.desk.role in field.owners

    def _header(self, field: Field, *, mine: bool) -> str:
        needed = mine and field.required is not Stage.NEVER
        label = field.labels.in_(self.desk.lang)
        return f"{label} *" if needed else label

    def _style_header(self, sheet: Worksheet, field: Field, at: int, *, mine: bool) -> None:
        cell = sheet.cell(row=_HEADER_ROW, column=at)
        colour = look.MINE if mine else look.OTHERS if field.owners else look.SYSTEM
        self.look.dress(
            cell,
            ("header", colour),
            lambda: {
                "fill": look.fill(colour),
                "font": self.look.header_font(),
                "border": look.header_border(),
                "alignment": Alignment(horizontal="center", vertical="center", wrap_text=True),
            },
        )

    def _header_height(self, fields: Sequence[Field]) -> float:
        lang = self.desk.lang
        lines = max(
            -(
                -display_width(self._header(field, mine=True))
                // max(_width(field, field.labels.in_(lang)) - 3, 1)
            )
            for field in fields
        )
        return _HEADER_LINE * max(2, min(lines, 3)) + 4

    def _states(self, form: Form) -> Mapping[State, str]:
        """Return how the states are said; nothing for a form without approval, whose column stays empty."""
        if not any(field.source is Source.DECISION for field in form.fields):
            return {}
        return {each: self.words.say(text(f"state.{each.value}"), self.desk.lang) for each in State}

    def _tab(self, form: Form) -> str:
        if form.key == TODO:
            return look.TAB_TODO
        if form.settings:
            return look.TAB_SETTINGS
        mine = any(self._mine(field) for field in form.fields)
        return look.TAB_FORM if mine else look.TAB_READ

    def title(self, label: str) -> str:
        """Return *label* as the title of a sheet that the workbook does not have yet."""
        plain = _NOT_IN_TITLES.sub(" ", label).strip(" '") or "-"
        taken = {each.casefold() for each in self.book.sheetnames}
        return next(each for each in _titles(plain) if each.casefold() not in taken)

    def set_print(self, sheet: Worksheet, *, landscape: bool, pages: int = 1) -> None:
        """Set A4, fitted to the width of so many *pages*, with a footer that says what and which page."""
        sheet.page_setup.orientation = "landscape" if landscape else "portrait"
        sheet.page_setup.paperSize = _A4
        sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = pages, 0
        sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
        sheet.page_margins.left = sheet.page_margins.right = 1.2 * _CM
        sheet.page_margins.top, sheet.page_margins.bottom = 1.3 * _CM, 1.6 * _CM
        sheet.print_options.horizontalCentered = not landscape
        sheet.print_options.gridLines = landscape
        page = self.words.say(text("workbook.page", page="&P", pages="&N"), self.desk.lang)
        footer = sheet.oddFooter
        assert footer is not None
        for part, said in (
            (footer.left, self._mark()),
            (footer.center, "&A"),
            (footer.right, page),
        ):
            assert part is not None
            part.text, part.size = said, 8

    def _mark(self) -> str:
        """Return what each printed page says of whom the workbook is for, and when it was printed."""
        return self.words.say(
            text("workbook.made_for", desk=_printed(self.desk.name), day="&D"), self.desk.lang
        )

    def finish(self) -> None:
        """Put the hidden sheet last and out of sight, and write the other traces of render and desk."""
        hidden = self.book[HIDDEN_SHEET]
        self.book.move_sheet(hidden, len(self.book.sheetnames))
        hidden.sheet_state = "hidden"
        self.book.active = 0
        self.book.defined_names.add(DefinedName("_deskbook_render", attr_text='""', hidden=True))
        properties = self.book.custom_doc_props  # type: ignore[attr-defined]  # the stubs lack it
        properties.append(StringProperty(name="deskbook_render", value=""))
        properties.append(StringProperty(name="deskbook_desk", value=str(self.desk.key)))
        properties.append(StringProperty(name="deskbook_made_for", value=self.desk.name))


def _titles(plain: str) -> Iterator[str]:
    yield cut(plain, _TITLE).rstrip(" '")
    for number in range(2, 1000):
        ending = f" {number}"
        yield cut(plain, _TITLE - len(ending)).rstrip(" '") + ending


def _width(field: Field, label: str) -> float:
    """Return a column's width: the form's, but room for the label in two lines with the filter's button."""
    needed = -(-display_width(label) // 2) + 4
    return min(max(_CHECK_WIDTH if field.key == CHECK else field.width, needed, 8), _WIDEST)


def _say(sheet: Worksheet, row: int, column: int, said: str) -> None:
    """Write text as text, whatever it begins with."""
    cell = sheet.cell(row=row, column=column)
    cell.value = said or None
    if said:
        cell.data_type = "s"


def _printed(said: str) -> str:
    return said.replace("&", "&&")
