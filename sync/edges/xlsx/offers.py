"""What the drop-downs of a desk offer, brought up to date where they lie.

Short lists stand in the rule itself, long ones in columns of the hidden sheet. Only rules of ours are touched:
those that offer a list of the hidden sheet, and those with words of ours for who types there.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as made
from html import unescape
from typing import Final
from xml.sax.saxutils import escape

from sheet_templates.choices import fits_inline
from sheet_templates.form import FieldKey
from sync.edges.xlsx import parts
from sync.edges.xlsx.a1 import LAST_COLUMN, Area, letters
from sync.edges.xlsx.columns import record_rows, with_validation
from sync.edges.xlsx.elements import Element, siblings
from sync.edges.xlsx.grid import Grid
from sync.edges.xlsx.layout import HIDDEN_SHEET, SheetLayout
from sync.edges.xlsx.model import ModelSheet
from sync.edges.xlsx.package import Package
from sync.edges.xlsx.room import after_rows
from sync.edges.xlsx.sheetxml import SheetXml
from sync.ports import Shown

_HIDDEN: Final = re.compile(rf"'?{HIDDEN_SHEET}'?!(\S+)")
_FIRST: Final = 3
"""The first column of the hidden sheet that holds lists."""


@dataclass(slots=True, kw_only=True)
class Lists:
    """The long lists on the hidden sheet, and what is to be written there."""

    there: bool
    """The workbook has the hidden sheet."""
    grid: Grid
    puts: dict[tuple[int, int], Shown] = made(default_factory=dict)
    columns: int = 0
    """So many columns are taken."""

    def __post_init__(self) -> None:
        self.columns = max((_FIRST - 1, *map(len, self.grid)))

    def held(self, area: Area) -> tuple[str, ...]:
        """Return the list that an area of the hidden sheet holds."""
        rows = self.grid[area.top - 1 : area.bottom]
        cells = (row[area.left - 1] if area.left <= len(row) else None for row in rows)
        return tuple(str(each) for each in cells if each is not None)

    def put(self, choices: Sequence[str], area: Area | None) -> str:
        """Have a list written, in the place of another or in a column of its own; return where it lies then."""
        if area is None:
            self.columns += 1
        column = self.columns if area is None else area.left
        rows = max(len(choices), 0 if area is None else min(area.bottom, len(self.grid)))
        for row in range(1, rows + 1):
            self.puts[row, column] = choices[row - 1] if row <= len(choices) else None
        letter = letters(column)
        return f"{HIDDEN_SHEET}!${letter}$1:${letter}${len(choices)}"


def offering(
    package: Package,
    sheet: SheetLayout,
    choices: Mapping[FieldKey, Sequence[str]],
    lists: Lists,
    model: Callable[[], ModelSheet | None],
) -> bytes | None:
    """Return *sheet* with drop-downs that offer *choices*; None if they do already.

    *model*: the sheet as the template makes it, asked for where a rule is missing. Raises Damaged or Entities.
    """
    before = raw = parts.content(package.archive, sheet.part)
    offer = _Offer(sheet=sheet, lists=lists, model=model)
    rules = tuple(_rules(raw))
    for field, wanted in choices.items():
        if field in sheet.columns and wanted:
            made = offer.made(raw, field, tuple(wanted), rules)
            # Rules are where they are said to be only until the first is changed.
            rules, raw = rules if made is raw else tuple(_rules(made)), made
    return None if raw == before else raw


@dataclass(frozen=True, slots=True, kw_only=True)
class _Offer:
    """What the drop-downs of one sheet are to offer."""

    sheet: SheetLayout
    lists: Lists
    model: Callable[[], ModelSheet | None]

    def made(self, raw: bytes, field: FieldKey, wanted: tuple[str, ...], stand: Sequence["_Rule"]) -> bytes:
        """Return the sheet with a drop-down that offers *wanted*, unless there is another rule than ours."""
        column = self.sheet.columns[field]
        rules = [each for each in stand if each.covers(self.sheet.header + 1, column)]
        if not rules:
            return self._added(raw, field, wanted)
        rule = rules[0]
        if len(rules) > 1 or not rule.ours or not rule.only(column):
            return raw
        if rule.kind != "list":
            # It only says what belongs in the column: when it was made there was nothing to offer.
            plain = rule.kind == ""
            return self._added(raw[: rule.start] + raw[rule.end :], field, wanted) if plain else raw
        area = rule.area
        if (rule.inline if area is None else self.lists.held(area)) == wanted:
            return raw
        source = self._source(area, wanted)
        return raw if source is None else b"".join((raw[: rule.said], _said(source), raw[rule.said_end :]))

    def _source(self, area: Area | None, wanted: tuple[str, ...]) -> str | None:
        """Return what a rule says that offers *wanted*; None if there is no room for a list."""
        if area is None and fits_inline(wanted):
            return '"' + ",".join(wanted) + '"'
        if area is not None and area.left == area.right and area.left >= _FIRST and area.top == 1:
            return self.lists.put(wanted, area)
        if self.lists.there and self.lists.columns < LAST_COLUMN:
            return self.lists.put(wanted, None)
        return None

    def _added(self, raw: bytes, field: FieldKey, wanted: tuple[str, ...]) -> bytes:
        """Return the sheet with a drop-down that it does not have."""
        model = self.model()
        rule = None if model is None or field not in model.layout.columns else model.validation(field)
        source = None if rule is None or rule.get("type") != "list" else self._source(None, wanted)
        if rule is None or source is None:
            return raw
        for each in parts.children(rule, "formula1"):
            each.text = source
        ref = record_rows(self.sheet, SheetXml.of(raw), self.sheet.columns[field])
        return with_validation(raw, rule, ref)


def _said(source: str) -> bytes:
    return escape(source).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    """One validation of a sheet."""

    start: int
    end: int
    kind: str
    refs: tuple[Area, ...]
    source: str
    said: int
    """Where its source stands."""
    said_end: int
    worded: bool

    @property
    def area(self) -> Area | None:
        found = _HIDDEN.fullmatch(self.source)
        return None if found is None else Area.parse(found[1])

    @property
    def inline(self) -> tuple[str, ...]:
        return tuple(self.source.strip('"').split(",")) if self.source.startswith('"') else ()

    @property
    def ours(self) -> bool:
        lost = "#REF!" in self.source and self.worded
        return self.area is not None or lost or (self.worded and (self.source[:1] in {'"', ""}))

    def covers(self, row: int, column: int) -> bool:
        return any(each.holds(row, column) for each in self.refs)

    def only(self, column: int) -> bool:
        return all(each.left == each.right == column for each in self.refs)


def _rules(raw: bytes) -> Iterator[_Rule]:
    for each in siblings(raw, after_rows(SheetXml.of(raw))):
        if each.name == "dataValidations":
            for one in siblings(raw, each.inside):
                yield _rule(raw, one, one.attributes.get(b"sqref", b""), b"formula1")
        elif each.name == "extLst":
            yield from _extended(raw, each)


def _extended(raw: bytes, listed: Element) -> Iterator[_Rule]:
    """Yield the validations that name cells of other sheets, as newer programs write them."""
    tag = re.compile(rb"<([\w.-]+:)dataValidation(?=\s)[^<>]*>")
    for found in tag.finditer(raw, listed.inside, listed.end):
        one = next(siblings(raw, found.start()))
        refs = re.search(rb"<[\w.-]+:sqref>([^<]*)<", raw[one.start : one.end])
        yield _rule(raw, one, refs[1] if refs else b"", b"f")


def _rule(raw: bytes, one: Element, refs: bytes, name: bytes) -> _Rule:
    found = re.compile(rb"<(?:[\w.-]+:)?" + name + rb">([^<]*)</").search(raw, one.start, one.end)
    areas = (Area.parse(each.decode()) for each in refs.split())
    return _Rule(
        start=one.start,
        end=one.end,
        kind=one.attributes.get(b"type", b"").decode().removesuffix("none"),
        refs=tuple(each for each in areas if each is not None),
        source="" if found is None else unescape(found[1].decode()),
        said=one.end if found is None else found.start(1),
        said_end=one.end if found is None else found.end(1),
        worded=b"errorTitle" in one.attributes or b"promptTitle" in one.attributes,
    )
