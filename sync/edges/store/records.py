"""Records: written whole, found by id, by number and by what they hold."""

from collections.abc import Iterable, Mapping
from typing import Final

from sqlalchemy import Connection, bindparam, delete, insert, literal_column, select

from sheet_templates.form import FieldKey, Form, FormKey
from sheet_templates.record import Record, RecordId, State, Value
from sync.edges.store.codec import moment_or_none, read_values, write_values, written_or_none
from sync.edges.store.database import AnyRow, upsert
from sync.edges.store.errors import Contradiction
from sync.edges.store.held import held, holds, indexed, signature
from sync.edges.store.tables import about, holdings, records

Forms = Mapping[FormKey, Form]

_COLUMNS: Final = tuple(each for each in records.c if each.name != "seq")
_COUNTS: Final = records.c.state != literal_column(f"'{State.RETRACTED.value}'")
_GET: Final = select(*_COLUMNS).where(records.c.form == bindparam("form"), records.c.id == bindparam("id"))
_NUMBERED: Final = select(*_COLUMNS).where(
    records.c.form == bindparam("form"),
    records.c.number == bindparam("number"),
    records.c.number != literal_column("''"),  # literally, or the index that leaves these out is not used
)
_HOLDING: Final = (
    select(*_COLUMNS)
    .join(holdings, (holdings.c.form == records.c.form) & (holdings.c.record == records.c.id))
    .where(
        holdings.c.form == bindparam("form"),
        holdings.c.field == bindparam("field"),
        holdings.c.held == bindparam("held"),
        _COUNTS,
    )
    .order_by(records.c.seq)
)
_EVERY: Final = select(*_COLUMNS).where(records.c.form == bindparam("form"), _COUNTS).order_by(records.c.seq)
_ALL: Final = select(*_COLUMNS).order_by(records.c.seq)
_UNHOLD: Final = delete(holdings).where(
    holdings.c.form == bindparam("in_form"), holdings.c.record == bindparam("of_record")
)
_INDEX: Final = "index"


def put(connection: Connection, forms: Forms, versions: Iterable[Record]) -> None:
    """Insert or replace records by *versions*, and the index of what they hold; of two versions the later.

    Raises Contradiction if two records of a form would have one number, or a form is not known.
    """
    changed = tuple({(each.form, each.id): each for each in versions}.values())
    if not changed:
        return
    for each in changed:
        if each.form not in forms:
            raise Contradiction(f"no form {each.form!r} is declared: {each.id!r} cannot be a record of it")
    upsert(connection, records, [_row(each) for each in changed], ("form", "id"))
    connection.execute(_UNHOLD, [{"in_form": each.form, "of_record": each.id} for each in changed])
    _hold(connection, forms, changed)


def get(connection: Connection, form: FormKey, record: RecordId) -> Record | None:
    """Return the record, or None."""
    return _one(connection.execute(_GET, {"form": form, "id": record}).one_or_none())


def numbered(connection: Connection, form: FormKey, number: str) -> Record | None:
    """Return the record of *form* with this number, or None; no record is found by an empty number."""
    return _one(connection.execute(_NUMBERED, {"form": form, "number": number}).one_or_none())


def holding(
    connection: Connection, forms: Forms, form: FormKey, key: FieldKey, value: Value
) -> tuple[Record, ...]:
    """Return the records that count whose *key* holds *value*, in order of creation.

    Raises Contradiction if *key* is not a unique, link or person field: nothing else is indexed.
    """
    wanted = sought(forms, form, key, value)
    if wanted is None:
        return ()
    found = connection.execute(_HOLDING, {"form": form, "field": key, "held": wanted})
    return tuple(_record(row) for row in found)


def sought(forms: Forms, form: FormKey, key: FieldKey, value: Value) -> str | None:
    """Return what to look for in the index. Raises Contradiction if *key* is not indexed."""
    declared = forms.get(form)
    field = None if declared is None else declared.field(key)
    if field is None or not indexed(field):
        raise Contradiction(f"{form}.{key} is no unique, link or person field: records are not found by it")
    return held(field, value)


def every(connection: Connection, form: FormKey) -> tuple[Record, ...]:
    """Return all records of *form* that count, in order of creation."""
    return tuple(_record(row) for row in connection.execute(_EVERY, {"form": form}))


def everything(connection: Connection) -> tuple[Record, ...]:
    """Return all records of all forms, in order of creation."""
    return tuple(_record(row) for row in connection.execute(_ALL))


def index_is_current(connection: Connection, forms: Forms) -> bool:
    """Return whether the index was made for the fields of *forms*, by this version of Deskbook."""
    found = connection.execute(select(about.c.content).where(about.c.topic == _INDEX)).scalar_one_or_none()
    return found == signature(forms)


def index_anew(connection: Connection, forms: Forms) -> None:
    """Make the index anew, because a field has become unique or a link, or folding has changed."""
    connection.execute(delete(holdings))
    known = [each for each in everything(connection) if each.form in forms]
    _hold(connection, forms, known)
    upsert(connection, about, [{"topic": _INDEX, "content": signature(forms)}], ("topic",))


def _hold(connection: Connection, forms: Forms, changed: Iterable[Record]) -> None:
    rows = [
        {"form": each.form, "field": field, "held": found, "record": each.id}
        for each in changed
        for field, found in holds(forms[each.form], each)
    ]
    if rows:
        connection.execute(insert(holdings), rows)


def _row(record: Record) -> dict[str, object]:
    return {
        "form": record.form,
        "id": record.id,
        "number": record.number,
        "state": record.state,
        "version": record.version,
        "fields": write_values(record.values),
        "created_at": written_or_none(record.created_at),
        "changed_at": written_or_none(record.changed_at),
    }


def _one(row: AnyRow | None) -> Record | None:
    return None if row is None else _record(row)


def _record(row: AnyRow) -> Record:
    form, identity, number, state, version, fields, created_at, changed_at = row
    return Record(
        form=form,
        id=identity,
        number=number,
        state=State(state),
        version=version,
        values=read_values(fields),
        created_at=moment_or_none(created_at),
        changed_at=moment_or_none(changed_at),
    )
