"""Writes desks: what a desk must show becomes cells in its file, in place, and only when nobody has it open.

The order makes a crash harmless at any point: the render is durable in the store before its file appears,
and the rows that waited are crossed off only when the file is in place. A file that somebody saved in
between is never overwritten: it is left, and read first.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as made
from pathlib import PurePath
from typing import TypeAlias

from sheet_templates.cell import CELL_LENGTH
from sheet_templates.form import Desk, DeskKey, FieldKey, Form, FormKey
from sheet_templates.record import Problem, RecordId, Severity, Value, named, text
from sync.cycle import Outcome
from sync.identity import Shows
from sync.placement import SheetPlace, empty_place, place_of, plan
from sync.ports import (
    Clock,
    DeskCopy,
    Dirty,
    Hash,
    Ids,
    KnownFile,
    Patch,
    Refused,
    Render,
    RenderId,
    Rows,
    SheetPatch,
    Shown,
    Store,
    Why,
    Workbooks,
    Written,
)

Row: TypeAlias = "tuple[FormKey, RecordId]"
Project = Callable[[Desk, Iterable[Row]], Mapping[Row, Shows | None]]
"""Says what a desk must show of these rows."""
Everything = Callable[[Desk], Iterable[Row]]
"""Says which rows a desk shows at all: for a desk that has to be made."""
Show = Callable[[Desk, Form, FieldKey, Value], Shown]
Look = Callable[[Desk, DeskCopy], Outcome]
"""Decides about a file that was committed already: after a restart nobody knows any more which row is which."""


@dataclass(slots=True, kw_only=True)
class Standing:
    """What is known of a desk's file as it lies there: where the rows are and what its render showed."""

    path: PurePath
    file: Hash
    render: RenderId
    rows: dict[FormKey, dict[RecordId, Shows]]
    places: dict[FormKey, SheetPlace]
    deviating: set[Row] = made(default_factory=set)


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """Writes desks through the `Workbooks` edge, from what waits in the store."""

    store: Store
    workbooks: Workbooks
    clock: Clock
    ids: Ids
    forms: Mapping[FormKey, Form]
    project: Project
    everything: Everything
    show: Show
    instead: Callable[[Desk], str]
    """Says what a cell of a desk shows in place of a text that no cell can hold."""
    look: Look
    standing: dict[DeskKey, Standing] = made(default_factory=dict)

    def saw(
        self, desk: Desk, copy: DeskCopy, taken: Mapping[FormKey, Mapping[int, RecordId]], deviating: set[Row]
    ) -> None:
        """Take note of a file that was read and committed: it is what the next render is written into."""
        if copy.render is None:
            self.standing.pop(desk.key, None)
            return
        rows = by_form(self.store.base(desk.key, copy.render) or {})
        self.standing[desk.key] = Standing(
            path=copy.path,
            file=copy.file,
            render=copy.render,
            rows=rows,
            places={
                key: place_of(sheet, rows.get(key, {}), taken.get(key, {}))
                for key, sheet in copy.sheets.items()
            },
            deviating=deviating,
        )

    def publish(self, desk: Desk, path: PurePath, forms: Sequence[Form]) -> Written | Refused | None:
        """Write what waits for *desk*; None if nothing does.

        *forms*: the forms whose sheets the desk has, in order. A desk without a file is made anew.
        """
        known = self.store.file(desk.key)
        if known is None:
            return self._create(desk, path, forms)
        if known.render is not None and self.store.latest(desk.key) is None:
            # It was made, and a crash came before that was noted.
            self.store.publish(known.render, known.path, known.file, (), self.clock.now())
        dirty = self.store.dirty(desk.key)
        if not dirty:
            return None
        standing = self._standing(desk, known)
        if isinstance(standing, Refused):
            return standing
        return self._patch(desk, standing, dirty, forms)

    def recreate(self, desk: Desk, path: PurePath, forms: Sequence[Form]) -> Written | Refused:
        """Make *desk*'s file anew, because it is gone."""
        return self._create(desk, path, forms)

    def _standing(self, desk: Desk, known: KnownFile) -> Standing | Refused:
        standing = self.standing.get(desk.key)
        if standing is not None and standing.file == known.file:
            return standing
        copy = self.workbooks.read(known.path)
        if not isinstance(copy, DeskCopy):
            return Refused(why=Why.MISSING)
        if copy.file != known.file or copy.render is None:
            return Refused(why=Why.CHANGED)
        outcome = self.look(desk, copy)
        if outcome.held:
            return Refused(why=Why.CHANGED)
        self.saw(desk, copy, outcome.taken, set(outcome.deviating))
        return self.standing[desk.key]

    def _create(self, desk: Desk, path: PurePath, forms: Sequence[Form]) -> Written | Refused:
        dirty = self.store.dirty(desk.key)
        wanted = self.project(desk, self.everything(desk))
        places = {form.key: empty_place(form, desk.role) for form in forms}
        standing = Standing(
            path=path, file=Hash(""), render=RenderId(""), rows={}, places=places, deviating=set()
        )
        render, patch, untold = self._plan(desk, standing, wanted, forms)
        self.store.prepare(render)
        written = _telling(self.workbooks.create(path, desk, patch), untold)
        return self._finish(desk, standing, render, written, dirty)

    def _patch(
        self, desk: Desk, standing: Standing, dirty: Sequence[Dirty], forms: Sequence[Form]
    ) -> Written | Refused:
        wanted = self.project(desk, [(each.form, each.record) for each in dirty])
        places = {key: _copy(place) for key, place in standing.places.items()}
        moved = Standing(
            path=standing.path,
            file=standing.file,
            render=standing.render,
            rows=standing.rows,
            places=places,
            deviating=standing.deviating,
        )
        render, patch, untold = self._plan(desk, moved, wanted, forms)
        if not any(sheet.puts for sheet in patch.sheets):
            self.store.publish(
                standing.render, standing.path, standing.file, [each.seq for each in dirty], self.clock.now()
            )
            return Written(path=standing.path, file=standing.file)
        self.store.prepare(render)
        written = _telling(self.workbooks.write(standing.path, standing.file, patch), untold)
        return self._finish(desk, moved, render, written, dirty)

    def _plan(
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
            place = standing.places.get(form.key)
            if place is None:
                continue
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
            )
            untold.extend(_untold(form, desk, at, key) for at, key in planned.untold)
            if planned.patch.puts:
                sheets.append(planned.patch)
            rows.update({(form.key, record): shows for record, shows in planned.shown.items()})
        render = Render(
            id=RenderId(self.ids.new()),
            desk=desk.key,
            parent=standing.render or None,
            at=self.clock.now(),
            rows=rows,
        )
        return render, Patch(render=render.id, sheets=tuple(sheets)), untold

    def _finish(
        self,
        desk: Desk,
        standing: Standing,
        render: Render,
        written: Written | Refused,
        dirty: Sequence[Dirty],
    ) -> Written | Refused:
        if isinstance(written, Refused):
            return written
        self.store.publish(
            render.id, written.path, written.file, [each.seq for each in dirty], self.clock.now()
        )
        rows = standing.rows
        for (form, record), shows in render.rows.items():
            if shows is None:
                rows.get(form, {}).pop(record, None)
            else:
                rows.setdefault(form, {})[record] = shows
        self.standing[desk.key] = Standing(
            path=written.path, file=written.file, render=render.id, rows=rows, places=standing.places
        )
        return written


def by_form(rows: Rows) -> dict[FormKey, dict[RecordId, Shows]]:
    """Return what a render showed, form by form."""
    found: dict[FormKey, dict[RecordId, Shows]] = {}
    for (form, record), shows in rows.items():
        found.setdefault(form, {})[record] = shows
    return found


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


def _telling(written: Written | Refused, untold: Sequence[Problem]) -> Written | Refused:
    return replace(written, left=(*written.left, *untold)) if isinstance(written, Written) else written


def _copy(place: SheetPlace) -> SheetPlace:
    return replace(place, rows=dict(place.rows), spare=list(place.spare))
