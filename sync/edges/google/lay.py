"""What a spreadsheet will hold when a patch is in it: the snapshot that is expected, and the cells to write. Pure.

The hash of what is *expected* becomes the desk's known content, never that of what is read back: what somebody types
between our reading and our writing, or just afterwards, differs from it, and is read as his edit.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as made
from decimal import Decimal
from typing import Final

from sheet_templates.form import ID, FieldKey, Form, FormKey
from sheet_templates.record import Problem, Severity, Text, text
from sync.edges.google.model import Column, Model
from sync.edges.google.offers import listed, listings
from sync.edges.google.read import is_spread, layout_of
from sync.edges.google.snapshot import Held, Snapshot, Tab, trimmed
from sync.edges.xlsx.a1 import ref
from sync.edges.xlsx.layout import HIDDEN_SHEET, SheetLayout
from sync.edges.xlsx.traces import OFFERS_ROW, RENDER_ROW
from sync.ports import Patch, SheetPatch, Shown

_EPOCH: Final = dt.date(1899, 12, 30)
_DAY_SECONDS: Final = 86_400
_KEY_ROW: Final = 1

Place = tuple[int, int]


class Harm(Exception):  # noqa: N818 — a refusal, not a fault
    """Writing would damage what is there; *what* says so to its people, as a part of a sentence."""

    def __init__(self, detail: str, what: Text | None = None) -> None:
        super().__init__(detail)
        self.what = what or text("harm.structure")


@dataclass(frozen=True, slots=True, kw_only=True)
class Widened:
    """A column that is put in place."""

    form: FormKey
    column: Column
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Laid:
    """A patch, laid out over one spreadsheet."""

    snapshot: Snapshot
    """What is expected afterwards."""
    puts: Mapping[int, Mapping[Place, Held]]
    """Sheet's id → (row, column) → what to write."""
    forms: Mapping[int, FormKey]
    """Whose sheet it is, of those that are written."""
    ids: Mapping[int, int]
    """Sheet's id → the column that holds the records' ids."""
    hidden: int
    """The id of the hidden sheet."""
    lists: Mapping[tuple[FormKey, FieldKey], int] = made(default_factory=dict)
    """The columns of the hidden sheet that list the entries of drop-downs."""
    anew: tuple[tuple[FormKey, Tab], ...] = ()
    """Sheets that are put in."""
    widened: tuple[Widened, ...] = ()
    left: tuple[Problem, ...] = ()
    placed: tuple[Problem, ...] = ()


def lay(snapshot: Snapshot, patch: Patch, forms: Mapping[FormKey, Form], model: Model | None = None) -> Laid:
    """Return *snapshot* with *patch* in it. Raises Harm.

    *model*: the spreadsheet as its template has it, if the patch has a shape. Fields and sheets that the spreadsheet
    no longer has are passed over. Cells that belong to something larger are left and told.
    """
    work = _Laying(snapshot=snapshot, patch=patch, forms=forms, model=model)
    work.shape()
    work.cells()
    work.lists()
    work.mark()
    return work.done()


def held_of(shown: Shown) -> Held:
    """Return what a cell holds in which *shown* was put."""
    match shown:
        case None | "":
            return None
        case str():
            # Half of a letter is none to Google: what is expected must be what can be written.
            return shown.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case bool():
            return shown
        case Decimal():
            return float(shown)
        case dt.datetime():
            moment = shown.replace(tzinfo=None) - dt.datetime.combine(_EPOCH, dt.time())
            return {"d": moment / dt.timedelta(days=1)}
        case dt.date():
            return {"d": float((shown - _EPOCH).days)}
        case dt.time():
            seconds = shown.hour * 3600 + shown.minute * 60 + shown.second
            return {"t": seconds / _DAY_SECONDS}


@dataclass(kw_only=True)
class _Laying:
    """One spreadsheet on its way."""

    snapshot: Snapshot
    patch: Patch
    forms: Mapping[FormKey, Form]
    model: Model | None
    grids: dict[int, list[list[Held]]] = made(default_factory=dict)
    puts: dict[int, dict[Place, Held]] = made(default_factory=dict)
    anew: list[tuple[FormKey, Tab]] = made(default_factory=list)
    widened: list[Widened] = made(default_factory=list)
    left: list[Problem] = made(default_factory=list)
    placed: list[Problem] = made(default_factory=list)
    listed: dict[tuple[FormKey, FieldKey], int] = made(default_factory=dict)

    def __post_init__(self) -> None:
        self.layouts = dict(layout_of(self.snapshot, self.forms).sheets)
        self.tabs = list(self.snapshot.tabs)

    def shape(self) -> None:
        """Put in place what the patch's shape asks for."""
        if self.patch.shape is None or self.model is None:
            return
        for each in self.patch.sheets:
            if each.anew and each.form not in self.layouts and each.form in self.model.sheets:
                self._add_tab(each.form)
            elif each.columns and each.form in self.layouts:
                self._widen(each)
        if self.patch.shape.headers:
            for form, layout in self.layouts.items():
                if form in self.model.sheets:
                    self._mend(form, layout)

    def cells(self) -> None:
        """Put the patch's cells."""
        fresh = {form for form, _ in self.anew}
        for each in self.patch.sheets:
            layout = self.layouts.get(each.form)
            if layout is None or (each.anew and each.form not in fresh):
                continue
            for put in each.puts:
                column = layout.columns.get(put.field)
                if column is None:
                    continue
                if is_spread(self._at(layout, put.at, column)):
                    self._leave(each, layout, put.at, column)
                    continue
                self._put(int(layout.part), put.at, column, held_of(put.shown))

    def lists(self) -> None:
        """List the entries of drop-downs that are too many to stand in a rule."""
        if self.patch.shape is None:
            return
        hidden, choices = self._hidden(), self.patch.shape.choices
        for form, field, column in listings(hidden, choices):
            self.listed[form, field] = column
            for row, held in listed(form, field, choices[form, field], len(hidden.cells)):
                self._put(hidden.id, row, column, held)

    def mark(self) -> None:
        """Write which render it is, and what its drop-downs offer."""
        hidden = self._hidden()
        self._put(hidden.id, RENDER_ROW, 1, str(self.patch.render))
        if self.patch.shape is not None and self.patch.shape.offers:
            self._put(hidden.id, OFFERS_ROW, 1, self.patch.shape.offers)

    def done(self) -> Laid:
        """Return what came of it."""
        tabs = tuple(
            replace(each, cells=trimmed(self.grids[each.id])) if each.id in self.grids else each
            for each in self.tabs
        )
        return Laid(
            snapshot=replace(self.snapshot, tabs=tabs),
            puts=self.puts,
            forms={int(each.part): form for form, each in self.layouts.items()},
            ids={int(each.part): each.columns[ID] for each in self.layouts.values() if ID in each.columns},
            hidden=self._hidden().id,
            lists=self.listed,
            anew=tuple(self.anew),
            widened=tuple(self.widened),
            left=tuple(self.left),
            placed=tuple(self.placed),
        )

    def _add_tab(self, form: FormKey) -> None:
        assert self.model is not None
        made_ = self.model.tab(form)
        taken = {each.title.casefold() for each in self.tabs}
        ids = {each.id for each in self.tabs}
        if made_.id in ids:
            # A sheet that was this form's once, and of which nothing tells it any more: it is somebody's now.
            made_ = replace(
                made_, id=next(number for number in range(made_.id + 1, 2**31) if number not in ids)
            )
        if made_.title.casefold() in taken:
            titles = (f"{made_.title} {number}" for number in range(2, 1000))
            made_ = replace(made_, title=next(each for each in titles if each.casefold() not in taken))
        self.tabs.insert(max(len(self.tabs) - 1, 0), made_)
        self.anew.append((form, made_))
        self.layouts[form] = layout_of(Snapshot(file="", tabs=(made_,)), self.forms).sheets[form]
        self._tell(form, text("sheet.added", sheet=made_.title))

    def _widen(self, patch: SheetPatch) -> None:
        assert self.model is not None
        assert self.patch.shape is not None
        layout, form = self.layouts[patch.form], self.forms[patch.form]
        if patch.form not in self.model.sheets:
            return
        wanted = [
            each
            for each in self.model.columns(patch.form)
            if each.field in patch.columns and each.field not in layout.columns
        ]
        if not wanted:
            return
        columns = dict(layout.columns)
        tab = self._tab(layout)
        right = max((len(row) for row in self._grid(tab)), default=0)
        for at, column in enumerate(wanted, start=right + 1):
            columns[column.field] = at
            self.widened.append(Widened(form=patch.form, column=column, at=at))
            if layout.header != layout.top:
                self._put(tab.id, layout.top, at, str(column.field))
            self._put(tab.id, layout.header, at, column.header or None)
        self.layouts[patch.form] = replace(layout, columns=columns)
        lang = self.patch.shape.desk.lang
        said = [found.labels.in_(lang) or each.field for each in wanted if (found := form.field(each.field))]
        joined = ("、" if lang.value.startswith("zh") else ", ").join(said)
        self._tell(patch.form, text("column.added", sheet=layout.title, columns=joined))

    def _mend(self, form: FormKey, layout: SheetLayout) -> None:
        """Put the headers right that say something else than the form."""
        assert self.model is not None
        if layout.header == layout.top:
            return
        for column in self.model.columns(form):
            at = layout.columns.get(column.field)
            if at is None or not column.header or column.field in layout.doubled:
                continue
            if self._at(layout, layout.header, at) != column.header:
                self._put(int(layout.part), layout.header, at, column.header)

    def _hidden(self) -> Tab:
        hidden = next((each for each in self.tabs if each.title == HIDDEN_SHEET), None)
        if hidden is None:
            raise Harm("the sheet of marks is gone")
        return hidden

    def _tab(self, layout: SheetLayout) -> Tab:
        return next(each for each in self.tabs if str(each.id) == layout.part)

    def _grid(self, tab: Tab) -> list[list[Held]]:
        return self.grids.setdefault(tab.id, [list(row) for row in tab.cells])

    def _at(self, layout: SheetLayout, row: int, column: int) -> Held:
        cells = self._grid(self._tab(layout))
        return cells[row - 1][column - 1] if row <= len(cells) and column <= len(cells[row - 1]) else None

    def _put(self, sheet: int, row: int, column: int, held: Held) -> None:
        tab = next(each for each in self.tabs if each.id == sheet)
        cells = self._grid(tab)
        while len(cells) < row:
            cells.append([])
        cells[row - 1] += [None] * (column - len(cells[row - 1]))
        if not _same(cells[row - 1][column - 1], held):
            cells[row - 1][column - 1] = held
            self.puts.setdefault(sheet, {})[row, column] = held

    def _leave(self, patch: SheetPatch, layout: SheetLayout, row: int, column: int) -> None:
        field = next(key for key, at in layout.columns.items() if at == column)
        if field == ID:
            raise Harm(f"{layout.title}!{ref(row, column)} belongs to a formula")
        what = text("cell.array", cell=f"{layout.title}!{ref(row, column)}")
        mend = text("cell.array.mend")
        self.left.append(
            Problem(what=what, mend=mend, severity=Severity.NOTICE, form=patch.form, field=field, row=row)
        )

    def _tell(self, form: FormKey, what: Text) -> None:
        mend = text(f"{what.key}.mend")
        self.placed.append(Problem(what=what, mend=mend, form=form, severity=Severity.NOTICE))


def _same(one: Held, other: Held) -> bool:
    """Return whether two cells hold the same; 1 and TRUE are two things, though not in Python."""
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def rows_of(places: Iterable[Place]) -> Iterator[int]:
    """Yield the rows of *places*, each once, in order."""
    yield from sorted({row for row, _ in places})
