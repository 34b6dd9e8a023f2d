"""What a desk must show becomes a render, and the cells that this means in its file. Nothing is written here."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as made
from pathlib import PurePath
from typing import TypeAlias

from sheet_templates.cell import CELL_LENGTH
from sheet_templates.form import Desk, FieldKey, Form, FormKey
from sheet_templates.record import Problem, RecordId, Severity, Value, named, text
from sheet_templates.sheets import TODO, sheets_of
from sync.identity import Shows
from sync.placement import SheetPlace, empty_place, plan
from sync.ports import Clock, Hash, Ids, Patch, Render, RenderId, Rows, Shape, SheetPatch, Shown
from sync.shape import Choices, Lacks, choices, fingerprint

Row: TypeAlias = "tuple[FormKey, RecordId]"
Show = Callable[[Desk, Form, FieldKey, Value], Shown]
Offers = Callable[[Desk, Mapping[FormKey, Mapping[RecordId, Shows]]], Choices]


@dataclass(slots=True, kw_only=True)
class Standing:
    """What is known of a desk's file as it lies there: where the rows are and what its render showed."""

    path: PurePath
    file: Hash
    render: RenderId
    rows: dict[FormKey, dict[RecordId, Shows]]
    places: dict[FormKey, SheetPlace]
    deviating: set[Row] = made(default_factory=set)
    lacks: Lacks = made(default_factory=Lacks)
    """What the file lacks of the shape that its forms have."""
    offers: str = ""
    """What its drop-downs were last made to offer (`fingerprint`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planner:
    """Plans renders."""

    forms: Mapping[FormKey, Form]
    clock: Clock
    ids: Ids
    show: Show
    instead: Callable[[Desk], str]
    """Says what a cell of a desk shows in place of a text that no cell can hold."""
    offers: Offers
    """Says what the drop-downs of a desk's columns offer that name records, from the rows that it shows."""

    def plan(
        self, desk: Desk, standing: Standing, wanted: Mapping[Row, Shows | None], forms: Sequence[Form]
    ) -> tuple[Render, Patch, Sequence[Problem]]:
        """Return what a render shows, which cells that means, and what is to be told of cells that cannot say it."""
        wanted_of: dict[FormKey, list[tuple[RecordId, Shows | None]]] = {}
        for (key, record), shows in wanted.items():
            wanted_of.setdefault(key, []).append((record, shows))
        sheets: list[SheetPatch] = []
        rows: dict[Row, Shows | None] = {}
        untold: list[Problem] = []
        for form in forms:
            fresh = standing.lacks.of(form.key)
            anew = form.key in standing.lacks.sheets
            place = empty_place(form, desk.role) if anew else standing.places.get(form.key)
            if place is None:
                continue
            place.columns |= {*fresh}
            deviating = frozenset(record for key, record in standing.deviating if key == form.key)
            planned = plan(
                form,
                desk.role,
                place,
                wanted_of.get(form.key, ()),
                base=standing.rows.get(form.key, {}),
                deviating=deviating,
                show=lambda key, value, form=form: self.show(desk, form, key, value),  # type: ignore[misc]
                instead=self.instead(desk),
                new_id=self.ids.new,
                fresh=frozenset(fresh),
            )
            untold.extend(_untold(form, desk, at, key) for at, key in planned.untold)
            if planned.patch.puts or fresh or anew:
                sheets.append(replace(planned.patch, columns=fresh, anew=anew))
            rows.update({(form.key, record): shows for record, shows in planned.shown.items()})
        render = Render(
            id=RenderId(self.ids.new()),
            desk=desk.key,
            parent=standing.render or None,
            at=self.clock.now(),
            rows=rows,
        )
        return render, Patch(render=render.id, sheets=tuple(sheets)), untold

    def _offers(self, desk: Desk, standing: Standing, render: Render) -> Choices:
        """Return what the drop-downs of a file offer that shows *render*."""
        forms = sheets_of(desk.role, self.forms)
        rows = {form.key: dict(standing.rows.get(form.key, {})) for form in forms}
        for (form, record), shows in render.rows.items():
            if form in rows:
                rows[form][record] = shows or {}
        return choices(desk, forms, self.offers(desk, rows))

    def shape(self, desk: Desk, standing: Standing, render: Render, *, headers: bool) -> Shape:
        """Return the shape of a file that shows *render*. *headers*: they are put right, too."""
        offers = self._offers(desk, standing, render)
        return Shape(desk=desk, headers=headers, choices=offers, offers=fingerprint(offers))


def by_form(rows: Rows) -> dict[FormKey, dict[RecordId, Shows]]:
    """Return what a render showed, form by form."""
    found: dict[FormKey, dict[RecordId, Shows]] = {}
    for (form, record), shows in rows.items():
        found.setdefault(form, {})[record] = shows
    return found


def rows_of(standing: Standing, forms: Iterable[FormKey]) -> Iterator[Row]:
    """Yield the rows that a file shows of *forms*; the lines of 待辦 are always computed together."""
    for form in forms:
        if form != TODO:
            yield from ((form, record) for record in standing.rows.get(form, ()))


def _untold(form: Form, desk: Desk, at: int, key: FieldKey) -> Problem:
    """Return that a text is too long for its cell."""
    label = next(named(each.labels) for each in form.columns(desk.role) if each.key == key)
    what = text("cell.too_long", sheet=named(form.labels), column=label, row=at, limit=CELL_LENGTH)
    return Problem(
        what=what,
        mend=text("cell.too_long.mend"),
        severity=Severity.NOTICE,
        form=form.key,
        field=key,
        row=at,
    )


def copied(place: SheetPlace) -> SheetPlace:
    """Return *place* for a render that may not come to be."""
    return replace(place, rows=dict(place.rows), spare=list(place.spare))
