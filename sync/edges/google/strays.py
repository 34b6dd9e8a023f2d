"""Values that landed in a wrong cell, because somebody moved rows or columns in spite of the lock. Pure.

Only the owner of a spreadsheet can: no protection holds him up. It is looked for before the lock ends, when it is
still known what stood where.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sheet_templates.form import ID, FieldKey, Form, FormKey
from sync.edges.google.lay import Laid, Place
from sync.edges.google.read import layout_of
from sync.edges.google.snapshot import Held, Snapshot
from sync.edges.xlsx.layout import SheetLayout


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """One form's sheet: where its columns are, and where each record stands."""

    layout: SheetLayout
    rows: Mapping[str, int]
    snapshot: Snapshot

    @property
    def sheet(self) -> int:
        return int(self.layout.part)

    def at(self, record: str, field: FieldKey) -> Held:
        tab = next(each for each in self.snapshot.tabs if each.id == self.sheet)
        return tab.at(self.rows[record], self.layout.columns[field])


def strays(
    before: Snapshot, laid: Laid, after: Snapshot, forms: Mapping[FormKey, Form]
) -> Mapping[int, Mapping[Place, Held]]:
    """Return what must be written so that what was laid out stands where it belongs: sheet's id → place → value.

    *before*: what stood there when it was laid out. *after*: what stands there now. Nothing, if nothing moved: what
    else differs, somebody typed.
    """
    was, wanted, now = (_sheets(each, forms) for each in (before, laid.snapshot, after))
    found: dict[int, dict[Place, Held]] = {}
    for form, mine in wanted.items():
        there, stood = now.get(form), was.get(form)
        if there is None or stood is None or mine.sheet not in laid.puts or _same(mine, there):
            continue
        put = list(laid.puts[mine.sheet].values())
        places = dict(_wrong(stood, mine, there, put))
        if places:
            found[there.sheet] = places
    return found


def _same(mine: _Seen, there: _Seen) -> bool:
    return mine.layout.columns == there.layout.columns and mine.rows == there.rows


def _wrong(stood: _Seen, mine: _Seen, there: _Seen, put: list[Held]) -> Iterator[tuple[Place, Held]]:
    for record, row in there.rows.items():
        if record not in mine.rows:
            continue
        for field, column in there.layout.columns.items():
            if field not in mine.layout.columns or field == ID:
                continue
            is_, should = there.at(record, field), mine.at(record, field)
            known = record in stood.rows and field in stood.layout.columns
            before = stood.at(record, field) if known else None
            stray = is_ in put and is_ != before
            missing = is_ == before and should != before
            if is_ != should and (stray or missing):
                yield (row, column), should


def _sheets(snapshot: Snapshot, forms: Mapping[FormKey, Form]) -> Mapping[FormKey, _Seen]:
    return {form: _seen(layout, snapshot) for form, layout in layout_of(snapshot, forms).sheets.items()}


def _seen(layout: SheetLayout, snapshot: Snapshot) -> _Seen:
    tab = next(each for each in snapshot.tabs if str(each.id) == layout.part)
    column = layout.columns.get(ID)
    rows: dict[str, int] = {}
    for row in range(layout.top + 1, len(tab.cells) + 1 if column is not None else 0):
        record = tab.at(row, column or 0)
        if isinstance(record, str):
            rows.setdefault(record, row)
    return _Seen(layout=layout, rows=rows, snapshot=snapshot)
