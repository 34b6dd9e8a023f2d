"""Writes desks: what a desk must show becomes cells in its file, in place, and only when nobody has it open.

The order makes a crash harmless at any point: the render is durable in the store before its file appears,
and the rows that waited are crossed off only when the file is in place. A file that somebody saved in
between is never overwritten: it is left, and read first.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as made
from pathlib import PurePath
from typing import Final

from sheet_templates.form import Desk, DeskKey, Form, FormKey, Lang, Role
from sheet_templates.record import Problem, RecordId
from sheet_templates.sheets import sheets_of
from sync.begun import Begun, Writes
from sync.cycle import Outcome
from sync.identity import Shows
from sync.placement import empty_place, place_of
from sync.planning import Planner, Row, Standing, by_form, copied, rows_of
from sync.ports import (
    Clock,
    DeskCopy,
    Dirty,
    Hash,
    Ids,
    KnownFile,
    Refused,
    Render,
    RenderId,
    Store,
    Why,
    Workbooks,
    Written,
)
from sync.shape import Lacks, lacks, outline, oversteps

SHAPE: Final = "shape"
"""The store's word for: a desk's file was given the shape that its forms have."""

Project = Callable[[Desk, Iterable[Row]], Mapping[Row, Shows | None]]
"""Says what a desk must show of these rows."""
Everything = Callable[[Desk], Iterable[Row]]
"""Says which rows a desk shows at all: for a desk that has to be made."""
Look = Callable[[Desk, DeskCopy], Outcome]
"""Decides about a file that was committed already: after a restart nobody knows any more which row is which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """Writes desks through the `Workbooks` edge, from what waits in the store."""

    store: Store
    workbooks: Workbooks
    clock: Clock
    ids: Ids
    forms: Mapping[FormKey, Form]
    planner: Planner
    project: Project
    everything: Everything
    look: Look
    writes: Writes = made(default_factory=Writes)
    standing: dict[DeskKey, Standing] = made(default_factory=dict)
    lacking: dict[DeskKey, Lacks] = made(default_factory=dict)
    """Desks whose last save lacks something."""
    tried: dict[DeskKey, Hash] = made(default_factory=dict)
    """Files that we tried to give all that they lacked: what they still lack cannot be put in place."""
    spoilt: set[Hash] = made(default_factory=set)
    """Kept versions that could not be patched without harm when a file was to be made again of them."""
    outlines: dict[DeskKey, str] = made(default_factory=dict)
    """The shapes that desks are known to have had."""
    kinds: dict[tuple[Role, Lang], str] = made(default_factory=dict)
    """The shape that desks have today, by role and language."""

    def saw(
        self, desk: Desk, copy: DeskCopy, taken: Mapping[FormKey, Mapping[int, RecordId]], deviating: set[Row]
    ) -> None:
        """Take note of a file that was read and committed: it is what the next render is written into."""
        if copy.render is None:
            self.standing.pop(desk.key, None)
            return
        standing = self.standing[desk.key] = self._stands(desk, copy, taken, deviating)
        if standing.lacks and self.tried.get(desk.key) != copy.file:
            self.lacking[desk.key] = standing.lacks
        else:
            self.lacking.pop(desk.key, None)

    def _stands(
        self, desk: Desk, copy: DeskCopy, taken: Mapping[FormKey, Mapping[int, RecordId]], deviating: set[Row]
    ) -> Standing:
        assert copy.render is not None
        rows = by_form(self.store.base(desk.key, copy.render) or {})
        return Standing(
            path=copy.path,
            file=copy.file,
            render=copy.render,
            rows=rows,
            places={
                key: place_of(sheet, rows.get(key, {}), taken.get(key, {}))
                for key, sheet in copy.sheets.items()
            },
            deviating=deviating,
            lacks=lacks(desk, copy, sheets_of(desk.role, self.forms)),
            offers=copy.offers,
        )

    def misshapen(self, desks: Iterable[Desk]) -> frozenset[DeskKey]:
        """Return the desks whose files lack something, or were made when their forms were others."""
        return frozenset(each.key for each in desks if each.key in self.lacking or self._outgrown(each))

    def _outgrown(self, desk: Desk) -> bool:
        now = self._outline(desk)
        if self.outlines.get(desk.key) == now:
            return False
        if not self.store.ran(SHAPE, f"{desk.key} {now}"):
            return True
        self.outlines[desk.key] = now
        return False

    def _outline(self, desk: Desk) -> str:
        kind = (desk.role, desk.lang)
        if kind not in self.kinds:
            self.kinds[kind] = outline(desk, sheets_of(desk.role, self.forms))
        return self.kinds[kind]

    def _fits(self, desk: Desk) -> None:
        """Remember that a desk's file has the shape of today."""
        now = self._outline(desk)
        if self.outlines.get(desk.key) != now:
            self.store.done(SHAPE, f"{desk.key} {now}", self.clock.now())
            self.outlines[desk.key] = now

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
        misshapen = desk.key in self.lacking or self._outgrown(desk)
        if not dirty and not misshapen:
            return None
        standing = self._standing(desk, known)
        if isinstance(standing, Refused):
            return standing
        return self._patch(desk, standing, dirty, forms, misshapen=misshapen)

    def recreate(self, desk: Desk, path: PurePath, forms: Sequence[Form]) -> tuple[Written | Refused, bool]:
        """Make *desk*'s file anew, because it is gone; return also whether its people's additions came back.

        They do if the bytes that were last read or written there are kept and can be patched, and show nothing
        that the desk may no longer show. If that is under way, it is not known yet.
        """
        known = self.store.file(desk.key)
        found = None if known is None else self.workbooks.read(self.workbooks.kept(known.file))
        if (
            isinstance(found, DeskCopy)
            and found.render is not None
            and found.file not in self.spoilt
            and not oversteps(desk, found, forms)
        ):
            outcome = self.look(desk, found)
            if not outcome.held:
                standing = self._stands(desk, found, outcome.taken, set(outcome.deviating))
                revived = self._revive(desk, path, standing, forms)
                if not isinstance(revived, Refused) or revived.why is not Why.HARM:
                    return revived, True
        return self._create(desk, path, forms), False

    def _revive(
        self, desk: Desk, path: PurePath, standing: Standing, forms: Sequence[Form]
    ) -> Written | Refused:
        dirty = self.store.dirty(desk.key)
        # In their order: so new records come one below the other as they were entered.
        rows = dict.fromkeys((*self.everything(desk), *rows_of(standing, standing.rows)))
        render, patch, untold = self.planner.plan(desk, standing, self.project(desk, rows), forms)
        patch = replace(patch, shape=self.planner.shape(desk, standing, render, headers=True))
        self.store.prepare(render)

        def end(written: Written | Refused) -> Written | Refused:
            if isinstance(written, Refused) and written.why is Why.HARM:
                self.spoilt.add(standing.file)
            ended = self._finish(desk, standing, render, _telling(written, untold), dirty)
            # What was put in place, and where, is seen when it is read.
            self.standing.pop(desk.key, None)
            return ended

        def write() -> Written | Refused:
            return self.workbooks.create(path, desk, patch, of=standing.file)

        return self.writes.carry_out(desk, Begun(write=write, end=end))

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
        render, patch, untold = self.planner.plan(desk, standing, wanted, forms)
        shape = self.planner.shape(desk, standing, render, headers=False)
        self.store.prepare(render)
        standing.offers = shape.offers
        patch = replace(patch, shape=shape)
        begun = Begun(
            write=lambda: self.workbooks.create(path, desk, patch),
            end=lambda made: self._finish(desk, standing, render, _telling(made, untold), dirty),
        )
        return self.writes.carry_out(desk, begun)

    def _patch(
        self,
        desk: Desk,
        standing: Standing,
        dirty: Sequence[Dirty],
        forms: Sequence[Form],
        *,
        misshapen: bool,
    ) -> Written | Refused:
        rows = dict.fromkeys((each.form, each.record) for each in dirty)
        wanting = standing.lacks if misshapen else Lacks()
        if wanting.forms:
            rows |= dict.fromkeys(row for row in self.everything(desk) if row[0] in wanting.forms)
            rows |= dict.fromkeys(rows_of(standing, wanting.forms))
        moved = replace(
            standing,
            places={key: copied(place) for key, place in standing.places.items()},
            deviating=set(standing.deviating),
            lacks=wanting,
        )
        render, patch, untold = self.planner.plan(desk, moved, self.project(desk, rows), forms)
        if not misshapen and not any(sheet.puts for sheet in patch.sheets):
            self.store.publish(
                standing.render, standing.path, standing.file, [each.seq for each in dirty], self.clock.now()
            )
            return Written(path=standing.path, file=standing.file)
        shape = self.planner.shape(desk, standing, render, headers=misshapen)
        if misshapen or standing.offers != shape.offers:
            patch = replace(patch, shape=shape)
            moved.offers = shape.offers
        self.store.prepare(render)

        def end(written: Written | Refused) -> Written | Refused:
            ended = self._finish(desk, moved, render, _telling(written, untold), dirty)
            if isinstance(ended, Written) and misshapen:
                self.lacking.pop(desk.key, None)
                self.tried[desk.key] = ended.file
                # What was put in place, and where, is seen when it is read.
                self.standing.pop(desk.key, None)
            return ended

        def write() -> Written | Refused:
            return self.workbooks.write(standing.path, standing.file, patch)

        return self.writes.carry_out(desk, Begun(write=write, end=end))

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
            path=written.path,
            file=written.file,
            render=render.id,
            rows=rows,
            places=standing.places,
            offers=standing.offers,
        )
        self._fits(desk)
        return written


def _telling(written: Written | Refused, untold: Sequence[Problem]) -> Written | Refused:
    return replace(written, left=(*written.left, *untold)) if isinstance(written, Written) else written
