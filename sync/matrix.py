"""The sheet of who is told: its rows as they come with the rules, and what is wrong with a company's own. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from rules.matrix import MATRIX, NAMED, Entry, Whom, declared_recipients, may_leave_out, names
from rules.rule import Transfer
from sheet_templates.form import FieldKey, Role
from sheet_templates.record import Param, Problem, Record, RecordId, Value, named, text
from sync import desks as people
from sync.declared import Declared
from sync.overlay import with_values
from sync.work import Author, Work, derived_id


def shipped_rows(work: Work, author: Author) -> Iterator[Record]:
    """Yield the rows that are missing in the sheet, without a number; those that are there are brought up to date.

    One row for each transfer and each recipient that it declares. What a company typed into a row stays.
    """
    for transfer, whom in declared_recipients(work.declared.book.transfers):
        record = _row_id(transfer, whom)
        values = _shipped(transfer, whom, work.declared)
        found = work.store.get(MATRIX, record)
        if found is None:
            yield with_values(Record(form=MATRIX, id=record, number=""), values)
        elif any(found.values.get(key) != value for key, value in values.items()):
            work.put(with_values(found, values), author)


def _row_id(transfer: Transfer, whom: Whom) -> RecordId:
    return derived_id(f"{MATRIX}:{transfer.key}:{whom}")


def _shipped(transfer: Transfer, whom: Whom, declared: Declared) -> Mapping[FieldKey, Value]:
    form, told = declared.forms[transfer.form], transfer.told
    assert told is not None, "it names a recipient"
    fields = (form.field(key) for key in told.show)
    shows = "、" if declared.lang.value.startswith("zh") else ", "
    said = [
        text("matrix.urgent" if told.urgent else "matrix.digest"),
        *([text("matrix.acknowledged")] if transfer.acknowledge else []),
        *([] if may_leave_out(transfer, whom) else [text("matrix.must")]),
    ]
    values: dict[str, Value] = {
        "rule": transfer.key,
        "role": None if whom == NAMED else whom,
        "shows": shows.join(each.labels.in_(declared.lang) for each in fields if each is not None) or None,
        "declared": shows.join(declared.words.say(each, declared.lang) for each in said),
        "clause": transfer.clause,
    }
    return {FieldKey(key): value for key, value in values.items()}


def matrix_faults(record: Record, work: Work) -> Iterator[Problem]:
    """Yield what is wrong with *record*, if it is a row of the sheet."""
    entry = Entry.of(record) if record.form == MATRIX else None
    if entry is None:
        return
    transfer = next((each for each in work.declared.book.transfers if each.key == entry.transfer), None)
    if transfer is None:
        return
    shipped = record["declared"] is not None
    if shipped and record.id != _row_id(transfer, entry.whom):
        yield _problem(record, "matrix.shipped", "rule")
        return
    if record["role"] is not None and record["person"] is not None:
        yield _problem(record, "matrix.both", "person")
    if entry.off and not may_leave_out(transfer, entry.whom):
        who = _said(entry)
        yield replace(
            _problem(record, "matrix.demanded", "off", who=who, clause=transfer.clause),
            clause=transfer.clause,
        )
    if not shipped and not names(transfer, entry.whom):
        yield from _of_added(record, entry, transfer, work)
    if entry.says or not shipped:
        if record["reason"] is None:
            yield _problem(record, "matrix.reason", "reason")
        if record["from_on"] is None:
            yield _problem(record, "matrix.since", "from_on")


def _of_added(record: Record, entry: Entry, transfer: Transfer, work: Work) -> Iterator[Problem]:
    """Yield what speaks against telling somebody whom the transfer does not name."""
    if entry.whom == NAMED:
        yield _problem(record, "matrix.nobody", "role")
        return
    role = Role(entry.whom)
    if entry.personal:
        person = work.records.numbered(people.PEOPLE, entry.whom)
        role = Role(str(person["role"])) if person is not None else Role("")
    form = work.declared.forms[transfer.form]
    if role not in form.views:
        yield _problem(record, "matrix.no_view", "role", who=_said(entry), form=named(form.labels))


def _said(entry: Entry) -> Param:
    if entry.whom == NAMED:
        return text("matrix.named")
    return entry.whom if entry.personal else text(f"role.{entry.whom}")


def _problem(record: Record, key: str, field: str, **params: Param) -> Problem:
    return Problem(
        what=text(key, **params),
        mend=text(f"{key}.mend", **params),
        form=MATRIX,
        record=record.id,
        field=FieldKey(field),
        rule="check.matrix",
        clause="TX-3.3.2",
    )
