"""What each desk must show, now: the rows that its people may see, beside what waits in it. Decides, never writes."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as made
from typing import Final

from sheet_templates.cell import CELL_LENGTH
from sheet_templates.form import MASTER, NUMBER, Desk, FieldKey, FieldType, Form, FormKey, Source
from sheet_templates.link import Nowhere, linked_form
from sheet_templates.record import RecordId, Value, text
from sheet_templates.sheets import sheets_of
from sheet_templates.value import shown
from sync import todo
from sync.declared import TODO, Declared
from sync.eyes import Eyes
from sync.identity import Shows
from sync.lists import lists
from sync.lookup import DeskLookUp
from sync.merge import title_key
from sync.planning import Row
from sync.ports import Clock, Shown, Store
from sync.project import DeskBeside, Signed, draft_row, row
from sync.shape import Choices
from sync.visible import TODO_ROW

_PLAIN: Final = frozenset({NUMBER, FieldKey("state"), FieldKey("check"), FieldKey("_mark")})

_NOWHERE: Final = Nowhere()


@dataclass(slots=True, kw_only=True)
class Projection:
    """Says what desks show of the store as it stands."""

    declared: Declared
    store: Store
    clock: Clock
    named: dict[tuple[FormKey, Value], Shown] = made(default_factory=dict)
    """How linked records are shown, while desks are written: many cells show the same customer."""

    def forget(self) -> None:
        """Look everything up anew: something was committed."""
        self.named.clear()

    def rows(self, desk: Desk, rows: Iterable[Row]) -> Mapping[Row, Shows | None]:
        """Return what *desk* shows of *rows*; None for a row that it must not show, or no more."""
        eyes = Eyes.open(self.declared, self.store, self.clock.now().date())
        beside = DeskBeside.gather(
            self.store.drafts(desk.key), self.store.problems(desk.key), self.store.conflicts(desk.key)
        )
        found: dict[Row, Shows | None] = {}
        for form, record in rows:
            if form == TODO:
                found.update(todo.rows(desk, self.declared, self.store, self.clock.now(), self._lines(desk)))
            else:
                found[form, record] = self._row(desk, form, record, eyes, beside)
        return found

    def _lines(self, desk: Desk) -> frozenset[RecordId]:
        """Return the lines of 待辦 that the desk's file has had."""
        known = self.store.file(desk.key)
        base = self.store.base(desk.key, known.render) if known is not None and known.render else None
        return frozenset(record for form, record in base or () if form == TODO)

    def _row(
        self, desk: Desk, form: FormKey, record: RecordId, eyes: Eyes, beside: DeskBeside
    ) -> Shows | None:
        standing = self.store.get(form, record)
        here = beside.of(form, record)
        if standing is None:
            return draft_row(desk, beside=here, words=self.declared.words) if here.drafts else None
        if not eyes.sees(desk, standing):
            return None
        declared = self.declared.forms[form]
        chained = any(field.source is Source.SUBMIT for field in declared.fields)
        signed = Signed(
            run=self.store.run(form, record) if chained else None,
            decisions=self.store.decisions(form, record) if chained else (),
        )
        shows = row(
            declared,
            desk,
            standing,
            signed=signed,
            beside=here,
            words=self.declared.words,
            records=self.store,
            today=eyes.today,
            hidden=eyes.hides(desk, standing),
        )
        return {**shows, **dict(self._titles(desk, declared, shows))}

    def _titles(self, desk: Desk, form: Form, shows: Shows) -> Iterator[tuple[FieldKey, Shown]]:
        """Yield the words by which links are shown, where these are not the numbers themselves."""
        for field in form.fields:
            value = shows.get(field.key)
            if value is not None and field.type in (FieldType.LINK, FieldType.PERSON):
                title = self.show(desk, form, field.key, value)
                if title != value:
                    yield title_key(field.key), title

    def everything(self, desk: Desk) -> Iterator[Row]:
        """Yield every row that *desk* shows, drafts last."""
        eyes = Eyes.open(self.declared, self.store, self.clock.now().date())
        if desk.role != MASTER:
            yield TODO, TODO_ROW
        for form in sheets_of(desk.role, self.declared.forms):
            if form.key == TODO:
                continue
            for record in self.store.every(form.key):
                if eyes.sees(desk, record):
                    yield form.key, record.id
        for address in self.store.drafts(desk.key):
            if self.store.get(address.form, address.record) is None:
                yield address.form, address.record

    def offers(self, desk: Desk, rows: Mapping[FormKey, Mapping[RecordId, Shows]]) -> Choices:
        """Return what the drop-downs of *desk*'s columns offer that name records. *rows*: what the desk shows."""
        forms, today = sheets_of(desk.role, self.declared.forms), self.clock.now().date()
        return lists(desk, forms, self.declared, self.store, today, rows=rows)

    def instead(self, desk: Desk) -> str:
        """Return what a cell of *desk* shows in place of a text that no cell can hold."""
        return self.declared.words.say(text("cell.too_long.instead", limit=CELL_LENGTH), desk.lang)

    def show(self, desk: Desk, form: Form, key: FieldKey, value: Value) -> Shown:
        """Return *value* of a column as *desk* shows it: a customer by its name, a choice by its label."""
        if value is None or key in _PLAIN:
            return value
        field = form.field(key)
        assert field is not None, f"{form.key} has no field {key}"
        if field.type not in (FieldType.LINK, FieldType.PERSON):
            return shown(field, value, desk.lang, _NOWHERE)
        known = (linked_form(field), value)
        if known not in self.named:
            look_up = DeskLookUp(
                desk=desk.key, forms=self.declared.forms, records=self.store, store=self.store, sees=_nobody
            )
            self.named[known] = shown(field, value, desk.lang, look_up)
        return self.named[known]


def _nobody(_record: object) -> bool:
    return False
