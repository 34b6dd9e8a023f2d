"""What a desk's workbook lacks of its template is put in place: sheets, columns, headers, lists of drop-downs.

Each of them by itself: what cannot be put in place without harm is left out and told, all else is done. People's
own parts stay byte for byte, and so does every row but those of keys and headers; that is proved before anything
is written.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as made
from functools import cached_property, partial
from typing import Final, TypeAlias

from sheet_templates.form import Desk, FieldKey, Form, FormKey
from sheet_templates.record import Problem, Severity, Text, text
from sync.edges.xlsx import parts
from sync.edges.xlsx.a1 import letters
from sync.edges.xlsx.archive import Archive, Damaged, Doubled, Excessive, Limits, Locked
from sync.edges.xlsx.columns import widened, with_filter_name
from sync.edges.xlsx.dress import Dress
from sync.edges.xlsx.grid import Grid, grid, heads, open_book
from sync.edges.xlsx.harm import Harm, check_package, closed
from sync.edges.xlsx.layout import HEAD, HIDDEN_SHEET, SheetLayout, displaced, find_layout
from sync.edges.xlsx.model import Model, ModelSheet
from sync.edges.xlsx.offers import Lists, offering
from sync.edges.xlsx.package import Package, open_package
from sync.edges.xlsx.put import Edit, put
from sync.edges.xlsx.room import NoRoom
from sync.edges.xlsx.sheetxml import SheetXml
from sync.edges.xlsx.tabs import with_tab
from sync.edges.xlsx.traces import with_name
from sync.ports import Patch, Shape, SheetPatch

Template: TypeAlias = Callable[[Desk, FormKey | None], bytes]
"""Makes a desk's empty workbook, or the sheet of one form alone: that takes a fraction of the time."""

_FAULTS: Final = (NoRoom, Damaged, Harm, parts.Entities)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shaped:
    """A desk's file with what it lacked."""

    raw: bytes
    anew: frozenset[FormKey] = frozenset()
    """The forms whose sheets were put in."""
    told: tuple[Problem, ...] = ()
    """What was put in place."""
    left: tuple[Problem, ...] = ()
    """What was not, and why."""


def shaped(
    raw: bytes,
    patch: Patch,
    forms: Mapping[FormKey, Form],
    limits: Limits,
    template: Template,
) -> Shaped:
    """Return *raw* with the sheets, columns, headers and choices that *patch* asks for. Raises Harm."""
    if patch.shape is None:
        return Shaped(raw=raw)
    work = _Shaping(raw=raw, patch=patch, shape=patch.shape, forms=forms, limits=limits, template=template)
    check_package(work.package)
    work.add_sheets()
    work.add_columns()
    work.mend_headers()
    work.renew_choices()
    if work.touched:
        _prove(raw, work)
    return Shaped(raw=work.raw, anew=frozenset(work.anew), told=tuple(work.told), left=tuple(work.left))


@dataclass(kw_only=True)
class _Shaping:
    """One file on its way to its shape."""

    raw: bytes
    patch: Patch
    shape: Shape
    forms: Mapping[FormKey, Form]
    limits: Limits
    template: Template
    anew: set[FormKey] = made(default_factory=set)
    told: list[Problem] = made(default_factory=list)
    left: list[Problem] = made(default_factory=list)
    touched: set[str] = made(default_factory=set)
    """The members that may differ."""
    alone: dict[FormKey, ModelSheet | None] = made(default_factory=dict)
    """Single sheets as the template makes them now."""
    heads: dict[str, frozenset[int]] = made(default_factory=dict)
    """Sheet's part → its rows that may differ."""

    @cached_property
    def model(self) -> Model:
        """The workbook as the template makes it now."""
        return Model.of(self.template(self.shape.desk, None), self.forms, self.limits)

    @cached_property
    def package(self) -> Package:
        """The file as it is so far."""
        found = open_package(self.raw, self.limits)
        if isinstance(found, Problem):
            raise Harm(found.what.key)
        return found

    @cached_property
    def first_rows(self) -> Mapping[str, Grid]:
        """The first rows of its sheets."""
        return heads(self.package, HEAD)

    @cached_property
    def sheets(self) -> Mapping[FormKey, SheetLayout]:
        """Where the forms stand in it."""
        return find_layout(self.package, self.first_rows, self.forms).sheets

    def put(self, changes: Mapping[str, bytes | None]) -> None:
        """Put *changes* into the file."""
        self.raw = self.package.archive.rebuilt(changes)
        self.touched.update(changes)
        for each in ("package", "first_rows", "sheets"):
            self.__dict__.pop(each, None)

    def add_sheets(self) -> None:
        """Put in the sheets that are wanted and not there, and the hidden one with them."""
        titles = {each.title for each in self.package.sheets}
        wanted: list[tuple[FormKey | None, str]] = [
            (each.form, self.model.sheets[each.form].layout.title)
            for each in self.patch.sheets
            if each.anew and each.form not in self.sheets and each.form in self.model.sheets
        ]
        if wanted and HIDDEN_SHEET not in titles:
            wanted.append((None, HIDDEN_SHEET))
        for form, title in wanted:
            tab = self.model.tab(title)
            if tab is None:
                continue
            dress = Dress(self.model.package, self.package)
            known = {each: each for each in titles}
            known |= {
                self.model.sheets[key].layout.title: each.title
                for key, each in self.sheets.items()
                if key in self.model.sheets
            }
            try:
                made, changes = with_tab(self.package, self.model, tab, dress, known)
            except _FAULTS as fault:
                self._leave(form, text("sheet.not_added", sheet=title, detail=str(fault)))
                continue
            self.put({**changes, **dress.changed()})
            if form is not None:
                self.anew.add(form)
                self._tell(form, text("sheet.added", sheet=made.title))

    def add_columns(self) -> None:
        """Put in the columns that are wanted and not there, sheet by sheet."""
        for each in self.patch.sheets:
            if each.columns and each.form in self.sheets and each.form not in self.anew:
                self._widen(each)

    def _widen(self, patch: SheetPatch) -> None:
        form, sheet, model = patch.form, self.sheets[patch.form], self.model.sheets[patch.form]
        fields = [
            key
            for key in sorted(model.layout.columns, key=lambda key: model.layout.columns[key])
            if key in patch.columns and key not in sheet.columns
        ]
        if not fields:
            return
        labels = self._labels(form, fields)
        try:
            rows = self.first_rows[sheet.title]
            if any(displaced(sheet, rows)):
                raise NoRoom("above the header")
            keyed = self._keyed(sheet, rows)
            dress = Dress(self.model.package, self.package)
            made = widened(self.package, sheet, model, fields, keyed=keyed, dress=dress)
        except _FAULTS as fault:
            self._leave(form, text("column.no_room", sheet=sheet.title, columns=labels, detail=str(fault)))
            return
        index = next(each.index for each in self.package.sheets if each.part == sheet.part)
        workbook = parts.content(self.package.archive, self.package.workbook)
        for field, at in made.columns.items():
            workbook = with_name(workbook, f"_db_{form}_{field}", _column(sheet.title, at))
        if made.filtered is not None:
            workbook = with_filter_name(workbook, index, *made.filtered)
        self.heads[sheet.part] = frozenset({sheet.top, sheet.header})
        self.put({sheet.part: made.xml, self.package.workbook: workbook, **made.tables, **dress.changed()})
        self._tell(form, text("column.added", sheet=sheet.title, columns=labels))

    def _keyed(self, sheet: SheetLayout, rows: Grid) -> bool:
        """Return whether the sheet has a row of keys. Raises NoRoom if it has nothing but that."""
        row = rows[sheet.top - 1] if 0 < sheet.top <= len(rows) else ()
        keyed = any(column <= len(row) and row[column - 1] == key for key, column in sheet.columns.items())
        if keyed and sheet.header == sheet.top:
            raise NoRoom("in the header, which is not there")
        return keyed

    def mend_headers(self) -> None:
        """Put the headers right that say something else than the form, unless a table needs their words."""
        for form in [*self.sheets] if self.shape.headers else ():
            if form not in self.model.sheets or form in self.anew:
                continue
            try:
                self._mend(form, self.sheets[form])
            except _FAULTS:
                # The column is known all the same, which the reader tells.
                continue

    def _mend(self, form: FormKey, sheet: SheetLayout) -> None:
        model, rows = self.model.sheets[form], self.first_rows[sheet.title]
        row = rows[sheet.header - 1] if 0 < sheet.header <= len(rows) else ()
        wrong: dict[tuple[int, int], str] = {}
        self._keyed(sheet, rows)
        for field, column in sheet.columns.items():
            said = model.header(field)[0] if field in model.layout.columns else ""
            here = row[column - 1] if column <= len(row) else None
            if said and here != said and field not in sheet.doubled:
                wrong[sheet.header, column] = said
        part = next(each for each in self.package.sheets if each.part == sheet.part)
        bound = closed(self.package, sheet.part, SheetXml.of(parts.content(self.package.archive, sheet.part)))
        free = {place: said for place, said in wrong.items() if bound.area(*place) is None}
        if free and not any(displaced(sheet, rows)):
            done = put(self.package, [Edit(sheet=part, puts=free, first=sheet.header + 1)])
            before = self.heads.get(sheet.part, frozenset())
            self.heads[sheet.part] = before | {sheet.header}
            self.put(done.parts)

    def renew_choices(self) -> None:
        """Let drop-downs offer what they should."""
        by_form: dict[FormKey, dict[FieldKey, tuple[str, ...]]] = {}
        for (form, field), choices in self.shape.choices.items():
            if form in self.sheets:
                by_form.setdefault(form, {})[field] = choices
        if not by_form:
            return
        try:
            self._renew(by_form)
        except _FAULTS:
            # They help, they do not decide: what they offer may be older.
            return

    def _renew(self, by_form: Mapping[FormKey, Mapping[FieldKey, tuple[str, ...]]]) -> None:
        hidden = next((each for each in self.package.sheets if each.title == HIDDEN_SHEET), None)
        held = grid(open_book(self.raw), HIDDEN_SHEET) if hidden is not None else ()
        lists = Lists(there=hidden is not None, grid=held)
        changed: dict[str, bytes] = {}
        for form, choices in by_form.items():
            sheet = self.sheets[form]
            made = offering(self.package, sheet, choices, lists, partial(self._model_of, form))
            if made is not None:
                changed[sheet.part] = made
                self.heads.setdefault(sheet.part, frozenset())
        if hidden is not None and lists.puts:
            done = put(self.package, [Edit(sheet=hidden, puts=lists.puts, first=1)], changed)
            self.heads[hidden.part] = frozenset(row for row, _ in lists.puts)
            self.put(done.parts)
        elif changed:
            self.put(changed)

    def _model_of(self, form: FormKey) -> ModelSheet | None:
        if form not in self.alone and "model" not in self.__dict__:
            raw = self.template(self.shape.desk, form)
            self.alone[form] = Model.of(raw, {form: self.forms[form]}, self.limits).sheets.get(form)
        return self.alone[form] if form in self.alone else self.model.sheets.get(form)

    def _labels(self, form: FormKey, fields: list[FieldKey]) -> str:
        found = (self.forms[form].field(field) for field in fields)
        said = [each.labels.in_(self.shape.desk.lang) or str(each.key) for each in found if each is not None]
        return ("、" if self.shape.desk.lang.value.startswith("zh") else ", ").join(said)

    def _tell(self, form: FormKey, what: Text) -> None:
        mend = text(f"{what.key}.mend")
        self.told.append(Problem(what=what, mend=mend, form=form, severity=Severity.NOTICE))

    def _leave(self, form: FormKey | None, what: Text) -> None:
        mend = text(f"{what.key}.mend")
        self.left.append(Problem(what=what, mend=mend, form=form, severity=Severity.NOTICE))


def _column(title: str, column: int) -> str:
    quoted = title.replace("'", "''")
    return f"'{quoted}'!${letters(column)}:${letters(column)}"


def _prove(before: bytes, work: _Shaping) -> None:
    """Raise Harm unless all that was there is there: other parts byte for byte, and every row but the heads."""
    try:
        old, new = Archive.open(before, work.limits), Archive.open(work.raw, work.limits)
        for name in old.members:
            if name not in new:
                raise Harm(f"{name} would be gone")
            was, now = old.members[name], new.members[name]
            same = old.raw[was.body : was.end] == new.raw[now.body : now.end] and was.crc == now.crc
            if not same and name not in work.touched:
                raise Harm(f"{name} would change")
        for part, rows in work.heads.items():
            if part in old and _rows(old, part, rows) != _rows(new, part, rows):
                raise Harm(f"{part}: other rows would change")
        if work.anew or any(work.heads.values()):
            _prove_columns(before, work)
    except (Damaged, Doubled, Excessive, Locked, parts.Entities) as fault:
        raise Harm(f"the new file would not be sound: {fault}") from fault


def _rows(archive: Archive, part: str, but: frozenset[int]) -> list[bytes]:
    xml = SheetXml.of(parts.content(archive, part))
    return [xml.row(at) or b"" for at in xml.numbers if at not in but]


def _prove_columns(before: bytes, work: _Shaping) -> None:
    """Raise Harm unless each column of before is where it was, and each sheet of before is there."""
    old = open_package(before, work.limits)
    if isinstance(old, Problem):
        raise Harm(old.what.key)
    layout = find_layout(old, heads(old, HEAD), work.forms).sheets
    for form, sheet in layout.items():
        now = work.sheets.get(form)
        if now is None or now.title != sheet.title or not sheet.columns.items() <= now.columns.items():
            raise Harm(f"{sheet.title} would be read otherwise")


def writable(patch: Patch, made: Shaped) -> Patch:
    """Return the patch without sheets that were to be new and are not: what stands there is somebody's."""
    kept = tuple(each for each in patch.sheets if not each.anew or each.form in made.anew)
    return replace(patch, sheets=kept)
