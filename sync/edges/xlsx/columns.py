"""New columns in a sheet that people have made their own, as the template would have made them.

They stand right of ours, after everything that others put there; nothing is moved. What covers all our columns (the
filter, a table, the colours of a state) covers them too. Rows below the header stay byte for byte: what the
new columns show is written like any value.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from lxml import etree

from sheet_templates.form import FieldKey
from sync.edges.xlsx import parts
from sync.edges.xlsx.a1 import LAST_ROW, Area, column_number, letters
from sync.edges.xlsx.archive import Damaged
from sync.edges.xlsx.dress import Dress
from sync.edges.xlsx.elements import Element, root_inside, siblings, spot, with_more, written
from sync.edges.xlsx.layout import SheetLayout
from sync.edges.xlsx.model import TAIL, ModelSheet
from sync.edges.xlsx.package import Package
from sync.edges.xlsx.ranges import with_dimension
from sync.edges.xlsx.room import Room, after_rows, room
from sync.edges.xlsx.rowxml import Styles, edited_row
from sync.edges.xlsx.sheetxml import INSIDE, SheetXml
from sync.ports import Shown

_DEEPEST: Final = 5000
"""So far down reach the template's rules."""
_REFERENCE: Final = re.compile(r'("(?:[^"]|"")*")|(\$?)([A-Z]{1,3})(\$?)([0-9]+)')
_TABLE_TAG: Final = re.compile(rb'(<(?:[A-Za-z_][\w.-]*:)?(?:table|autoFilter)\s[^<>]*?\bref=")([^"]*)(")')


@dataclass(frozen=True, slots=True, kw_only=True)
class Widened:
    """A sheet with new columns."""

    xml: bytes
    columns: Mapping[FieldKey, int]
    """The new ones."""
    tables: Mapping[str, bytes]
    filtered: tuple[Area, Area] | None
    """What the sheet's filter covered, and covers now."""


def widened(
    package: Package,
    sheet: SheetLayout,
    model: ModelSheet,
    fields: Sequence[FieldKey],
    *,
    keyed: bool,
    dress: Dress,
) -> Widened:
    """Return *sheet* with the columns of *fields*. *keyed*: it has a row of keys.

    Raises NoRoom, Damaged, Entities or Harm.
    """
    xml = SheetXml.of(parts.content(package.archive, sheet.part))
    place = room(package, sheet, xml, len(fields))
    columns = {field: place.first + at for at, field in enumerate(fields)}
    made = _Widening(
        package=package, sheet=sheet, model=model, columns=columns, room=place, keyed=keyed, dress=dress
    )
    raw = made.with_header(xml)
    raw = made.with_widths(raw)
    raw, filtered = made.with_filter(raw)
    raw = made.with_formats(raw)
    raw = made.with_validations(raw)
    return Widened(xml=raw, columns=columns, tables=made.tables(), filtered=filtered)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Widening:
    """The widening of one sheet."""

    package: Package
    sheet: SheetLayout
    model: ModelSheet
    columns: Mapping[FieldKey, int]
    room: Room
    keyed: bool
    dress: Dress

    @property
    def last(self) -> int:
        return max(self.columns.values())

    @property
    def right(self) -> int:
        """The right end of what was there before."""
        return max(self.sheet.columns.values())

    def with_header(self, xml: SheetXml) -> bytes:
        """Return the sheet with keys and headers, and its used area grown."""
        said = {field: self.model.header(field) for field in self.columns}
        rows: dict[int, dict[int, Shown]] = {}
        if self.keyed:
            rows[self.sheet.top] = {at: str(field) for field, at in self.columns.items()}
        rows.setdefault(self.sheet.header, {}).update(
            {self.columns[field]: text for field, (text, _) in said.items()}
        )
        dressed = {self.columns[field]: b"%d" % self.dress.cell(style) for field, (_, style) in said.items()}
        edited: dict[int, bytes] = {}
        for at, cells in rows.items():
            styles = Styles(
                prefix=xml.prefix,
                columns=dressed if at == self.sheet.header else {},
                dates={},
                date1904=self.package.date1904,
            )
            edited[at], _ = edited_row(xml.row(at), at, cells, styles=styles, above=dict)
        raw = xml.with_rows({at: row for at, row in edited.items() if row})
        top = SheetXml.of(raw).top
        return with_dimension(raw[:top], self.sheet.header, self.last) + raw[top:]

    def with_widths(self, raw: bytes) -> bytes:
        """Return the sheet with the columns' widths and styles; ranges of columns that hold them are split."""
        xml = SheetXml.of(raw)
        prefix, inside = root_inside(raw, b"worksheet")
        new = {at: self._declared(field, at, prefix) for field, at in self.columns.items()}
        found = next((each for each in siblings(raw[: xml.top], inside) if each.name == "cols"), None)
        if found is None:
            at = raw.rindex(b"<", 0, xml.top) if not xml.empty else xml.top
            inner = b"".join(new[each] for each in sorted(new))
            return raw[:at] + b"<%bcols>%b</%bcols>" % (prefix, inner, prefix) + raw[at:]
        entries: list[tuple[int, bytes]] = [*new.items()]
        for each in siblings(raw, found.inside):
            entries += _split(raw, each, prefix, frozenset(new))
        inner = b"".join(entry for _, entry in sorted(entries, key=lambda each: each[0]))
        opening = raw[found.start : found.inside]
        return b"".join((raw[: found.start], opening, inner, b"</%bcols>" % prefix, raw[found.end :]))

    def with_filter(self, raw: bytes) -> tuple[bytes, tuple[Area, Area] | None]:
        """Return the sheet with its filter over the new columns, if it is over the header and all of ours.

        A column that stood outside would be left behind by a sort.
        """
        found = self._first(raw, "autoFilter")
        area = None if found is None else Area.parse(found.attributes.get(b"ref", b"").decode())
        if found is None or area is None or area.top != self.sheet.header or area.right < self.right:
            return raw, None
        grown = replace(area, right=max(area.right, self.last))
        tag = raw[found.start : found.inside]
        tag = re.sub(rb'(\sref=")[^"]*(")', rb"\g<1>" + str(grown).encode() + rb"\g<2>", tag, count=1)
        return raw[: found.start] + tag + raw[found.inside :], (area, grown)

    def with_formats(self, raw: bytes) -> bytes:
        """Return the sheet with the columns' conditional formats."""
        for field, at in self.columns.items():
            for each in self.model.formats(field):
                raw = self._with_format(raw, each, at)
        return raw

    def _with_format(self, raw: bytes, group: etree._Element, column: int) -> bytes:
        """Add what is about this column alone; what is about more columns grows, if it is still there."""
        xml = SheetXml.of(raw)
        formulas = [self._translated(each.text or "") for each in parts.children(group, "cfRule", "formula")]
        if None in formulas:
            return raw
        alone = all(
            (area := Area.parse(ref)) is not None and area.left == area.right
            for ref in (group.get("sqref") or "").split()
        )
        ref = self._rows(xml, column)
        if not alone:
            same = self._same_format(raw, [str(each) for each in formulas])
            return raw if same is None or not self.room.beside else _with_ref(raw, same, ref)
        made = b""
        priority = max((0, *_priorities(raw)))
        for rule in parts.children(group, "cfRule"):
            priority += 1
            made += self._rule(rule, xml.prefix, priority)
        whole = b'<%bconditionalFormatting sqref="%b">%b</%bconditionalFormatting>' % (
            xml.prefix, ref.encode(), made, xml.prefix,
        )  # fmt: skip
        at = spot(raw, after_rows(xml), "conditionalFormatting", TAIL)
        return raw[:at] + whole + raw[at:]

    def _rule(self, rule: etree._Element, prefix: bytes, priority: int) -> bytes:
        copy = etree.fromstring(etree.tostring(rule))
        for each in parts.children(copy, "formula"):
            each.text = self._translated(each.text or "")
        style = rule.get("dxfId")
        dressed = None if style is None else str(self.dress.differential(int(style)))
        return written(copy, prefix, priority=str(priority), dxfId=dressed)

    def _same_format(self, raw: bytes, formulas: Sequence[str]) -> Element | None:
        """Return the conditional format with these formulas."""
        for each in siblings(raw, after_rows(SheetXml.of(raw))):
            if each.name == "conditionalFormatting":
                element = etree.fromstring(_alone(raw, each))
                if [said.text or "" for said in parts.children(element, "cfRule", "formula")] == formulas:
                    return each
        return None

    def with_validations(self, raw: bytes) -> bytes:
        """Return the sheet with what is checked when somebody types; long lists are put in by `offers`."""
        for field, at in self.columns.items():
            found = self.model.validation(field)
            if found is not None and not _listed_elsewhere(found):
                raw = with_validation(raw, found, self._rows(SheetXml.of(raw), at))
        return raw

    def tables(self) -> Mapping[str, bytes]:
        """Return the table over our columns, grown."""
        if self.room.table is None:
            return {}
        raw = parts.content(self.package.archive, self.room.table)
        raw = _TABLE_TAG.sub(lambda found: found[1] + self._wider(found[2]) + found[3], raw)
        prefix, inside = root_inside(raw, b"table")
        found = next((each for each in siblings(raw, inside) if each.name == "tableColumns"), None)
        if found is None:
            raise Damaged("a table has no columns")
        root = parts.parsed(self.package.archive, self.room.table)
        there = [*parts.children(root, "tableColumns", "tableColumn")]
        number = max((int(each.get("id") or 0) for each in there), default=0)
        names = {(each.get("name") or "").casefold() for each in there}
        entries: list[bytes] = []
        for field in self.columns:
            number += 1
            said, _ = self.model.header(field)
            if not said or said.casefold() in names:
                raise Damaged("a table has two headers of the same words")
            names.add(said.casefold())
            entries.append(written(etree.Element("tableColumn", id=str(number), name=said), prefix))
        return {self.room.table: with_more(raw, found, entries, prefix)}

    def _wider(self, ref: bytes) -> bytes:
        area = Area.parse(ref.decode())
        return ref if area is None else str(replace(area, right=max(area.right, self.last))).encode()

    def _declared(self, field: FieldKey, at: int, prefix: bytes) -> bytes:
        found = self.model.column(field)
        style = self.dress.cell(int(found.get("style") or 0))
        return written(found, prefix, min=str(at), max=str(at), style=str(style))

    def _rows(self, xml: SheetXml, column: int) -> str:
        return record_rows(self.sheet, xml, column)

    def _first(self, raw: bytes, name: str) -> Element | None:
        return next((each for each in siblings(raw, after_rows(SheetXml.of(raw))) if each.name == name), None)

    def _translated(self, formula: str) -> str | None:
        """Return a formula of the template as it is here; None if it names a column that is not here."""
        at = {**self.sheet.columns, **self.columns}
        lost = False

        def one(found: re.Match[str]) -> str:
            nonlocal lost
            if found[1] is not None:
                return found[1]
            field = self.model.field_at(column_number(found[3]))
            if field not in at:
                lost = True
                return found[0]
            row = int(found[5]) - self.model.layout.header + self.sheet.header
            return f"{found[2]}{letters(at[field])}{found[4]}{row}"

        made = _REFERENCE.sub(one, formula)
        return None if lost else made


def with_filter_name(workbook: bytes, index: int, before: Area, after: Area) -> bytes:
    """Return the workbook part with the hidden name of a sheet's filter widened. *index*: the sheet's place."""
    tag = re.compile(rb"(<(?:[A-Za-z_][\w.-]*:)?definedName(?=\s)(" + INSIDE + rb")>)([^<]*)(</)")

    def widen(found: re.Match[bytes]) -> bytes:
        own, (sheet, mark, refs) = found[2], found[3].rpartition(b"!")
        if b'"_xlnm._FilterDatabase"' not in own or b'localSheetId="%d"' % index not in own:
            return found.group()
        if Area.parse(refs.decode("ascii", "replace")) != before:
            return found.group()
        ends = (
            f"${letters(column)}${row}"
            for row, column in ((after.top, after.left), (after.bottom, after.right))
        )
        return found[1] + sheet + mark + ":".join(ends).encode() + found[4]

    return tag.sub(widen, workbook)


def record_rows(sheet: SheetLayout, xml: SheetXml, column: int) -> str:
    """Return the rows of records of one column, as rules name them."""
    bottom = min(max(_DEEPEST, xml.last_filled()), LAST_ROW)
    return f"{letters(column)}{sheet.header + 1}:{letters(column)}{bottom}"


def with_validation(raw: bytes, model: etree._Element, ref: str) -> bytes:
    """Return a sheet with a validation as the template has it, over the cells *ref*."""
    xml = SheetXml.of(raw)
    entry = written(model, xml.prefix, sqref=ref)
    start = after_rows(xml)
    found = next((each for each in siblings(raw, start) if each.name == "dataValidations"), None)
    if found is not None:
        return with_more(raw, found, [entry], xml.prefix)
    at = spot(raw, start, "dataValidations", TAIL)
    tag = b"%bdataValidations" % xml.prefix
    return raw[:at] + b'<%b count="1">%b</%b>' % (tag, entry, tag) + raw[at:]


def _listed_elsewhere(validation: etree._Element) -> bool:
    said = "".join(each.text or "" for each in parts.children(validation, "formula1"))
    return validation.get("type") == "list" and not said.startswith('"')


def _split(
    raw: bytes, element: Element, prefix: bytes, without: frozenset[int]
) -> Iterator[tuple[int, bytes]]:
    """Yield the declaration of a range of columns, but for those that are declared anew."""
    first, last = (int(element.attributes.get(each, b"0")) for each in (b"min", b"max"))
    if without.isdisjoint(range(first, last + 1)):
        yield first, raw[element.start : element.end]
        return
    rest = b"".join(
        b' %b="%b"' % (name, value)
        for name, value in element.attributes.items()
        if name not in {b"min", b"max"}
    )
    start = first
    for cut in (*sorted(each for each in without if first <= each <= last), last + 1):
        if start < cut:
            yield start, b'<%bcol min="%d" max="%d"%b/>' % (prefix, start, cut - 1, rest)
        start = cut + 1


def _priorities(raw: bytes) -> Iterator[int]:
    return (int(each) for each in re.findall(rb'<[^<>]*\bcfRule\s[^<>]*?\bpriority="([0-9]{1,9})"', raw))


def _with_ref(raw: bytes, element: Element, ref: str) -> bytes:
    tag = raw[element.start : element.inside]
    grown = re.sub(rb'(\ssqref="[^"]*)"', rb"\g<1> " + ref.encode() + b'"', tag, count=1)
    return raw[: element.start] + grown + raw[element.inside :]


def _alone(raw: bytes, element: Element) -> bytes:
    """Return an element that can be parsed without what stands around it: its prefixes mean nothing here."""
    return re.sub(
        rb"(</?)[\w.-]+:(?=\w)",
        rb"\1",
        re.sub(rb"\s[\w.-]+:[\w.-]+=\"[^\"]*\"", b"", raw[element.start : element.end]),
    )
