"""The journal cannot be changed unnoticed, and says by itself how the records came to be what they are."""

import datetime as dt
import hashlib
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from sheet_templates.form import FieldKey, FormKey, Lang
from sheet_templates.record import Record, RecordId, Value
from sync.edges.store.chain import canonical, chained, link, verify_journal
from sync.edges.store.sql import SqlStore, open_store
from sync.ports import Chained, Commit, Entry
from tests.support import shipped
from tests.support.memory_store import MemoryStore
from tests.support.postgres import own_schema
from tests.support.store_samples import AT, FORMS, WANG, commit, entry

C = FormKey("customer")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'deskbook.db'}"
    else:
        with own_schema() as own:
            yield own


@pytest.fixture
def store(url: str) -> Iterator[SqlStore]:
    store = open_store(url, FORMS)
    store.commit(commit(entries=tuple(entry(new=f"{n}") for n in range(1, 6))))
    yield store
    store.close()


# Append-only

_COLUMNS = (
    "seq, at, kind, desk, person, form, record, field, old, new, cause, detail, previous, hash",
    "9, at, kind, desk, person, form, record, field, old, new, cause, detail, previous, hash",
)

FORGERIES = (
    "UPDATE journal SET new = '\"forged\"' WHERE seq = 2",
    "UPDATE journal SET hash = hash",
    "DELETE FROM journal WHERE seq = 5",
    "DELETE FROM journal",
    # a doubled line, a gap, a line that does not follow the last one
    f"INSERT INTO journal SELECT {_COLUMNS[0]} FROM journal WHERE seq = 2",
    f"INSERT INTO journal SELECT {_COLUMNS[1]} FROM journal WHERE seq = 5",
    f"INSERT INTO journal SELECT {_COLUMNS[1].replace('9', '6')} FROM journal WHERE seq = 5",
)


@pytest.mark.parametrize("forgery", FORGERIES)
def test_the_database_itself_refuses_to_change_the_journal(store: SqlStore, forgery: str):
    with (
        pytest.raises((ValueError, DBAPIError), match=r"journal|UNIQUE|duplicate"),
        store.database.writing() as connection,
    ):
        connection.execute(text(forgery))

    assert verify_journal(store) == ()
    assert store.head()[0] == 5


def test_replacing_a_line_is_refused_too(tmp_path: Path):
    store = open_store(f"sqlite:///{tmp_path / 'deskbook.db'}", FORMS)
    store.commit(commit(entries=(entry(new="1"), entry(new="2"))))
    with pytest.raises(ValueError, match="follows the last"), store.database.writing() as connection:
        connection.execute(
            text(f"INSERT OR REPLACE INTO journal SELECT {_COLUMNS[0]} FROM journal WHERE seq = 2")
        )

    assert verify_journal(store) == ()
    store.close()


def test_emptying_the_journal_at_a_stroke_is_refused_too():
    with own_schema() as url:
        store = open_store(url, FORMS)
        with (
            pytest.raises((ValueError, DBAPIError), match="append-only"),
            store.database.writing() as connection,
        ):
            connection.execute(text("TRUNCATE journal"))
        store.close()


# Found out all the same: whoever owns the file can take the triggers away


def _without_triggers(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        for name in ("journal_keeps", "journal_stays", "journal_follows"):
            connection.execute(text(f"DROP TRIGGER {name}"))
    else:
        connection.execute(text("ALTER TABLE journal DISABLE TRIGGER USER"))


@pytest.mark.parametrize(
    ("forgery", "line", "why"),
    [
        ("UPDATE journal SET new = '\"forged\"' WHERE seq = 3", 3, "changed"),
        ("UPDATE journal SET at = '2020-01-01T00:00:00+08:00' WHERE seq = 3", 3, "changed"),
        ("UPDATE journal SET person = 'P-9' WHERE seq = 1", 1, "changed"),
        ("UPDATE journal SET record = 'c9' WHERE seq = 1", 1, "changed"),
        ('UPDATE journal SET detail = \'{"a":"b"}\' WHERE seq = 5', 5, "changed"),
        ("UPDATE journal SET hash = 'beef' WHERE seq = 2", 2, "changed"),
        ("UPDATE journal SET previous = 'beef' WHERE seq = 2", 2, "changed"),
        ("UPDATE journal SET old = 'not json' WHERE seq = 4", 4, "unreadable"),
        ("DELETE FROM journal WHERE seq = 3", 3, "missing"),
        ("DELETE FROM journal WHERE seq = 1", 1, "missing"),
    ],
)
def test_the_first_line_that_was_tampered_with_is_reported(
    store: SqlStore, forgery: str, line: int, why: str
):
    with store.database.writing() as connection:
        _without_triggers(connection)
        connection.execute(text(forgery))
    found = verify_journal(store)

    assert [each.row for each in found] == [line]
    assert dict(found[0].what.params)["why"].key == f"journal.{why}"  # type: ignore[union-attr]
    for lang in Lang:
        assert str(line) in shipped.words().say(found[0].what, lang)


def test_a_journal_that_lost_its_end_is_found_out_by_the_head_that_was_noted_outside(store: SqlStore):
    noted = store.head()
    with store.database.writing() as connection:
        _without_triggers(connection)
        connection.execute(text("DELETE FROM journal WHERE seq > 3"))

    assert verify_journal(store) == ()
    assert [each.row for each in verify_journal(store, noted)] == [4]


def test_a_journal_that_was_made_anew_is_found_out_by_a_head_that_was_noted_outside(store: SqlStore):
    noted = store.head()
    store.commit(commit(entries=(entry(new="later"),)))
    lines = [line.entry for line in store.journal()]
    lines[1] = replace(lines[1], new="forged")
    with store.database.writing() as connection:
        _without_triggers(connection)
        connection.execute(text("DELETE FROM journal"))
    store.commit(commit(entries=tuple(lines)))

    assert verify_journal(store) == ()
    assert [each.row for each in verify_journal(store, noted)] == [5]
    assert verify_journal(store, store.head()) == ()


# The chain itself

_words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8)
_values: st.SearchStrategy[Value] = st.one_of(
    st.none(),
    st.booleans(),
    _words,
    st.decimals(allow_nan=False, allow_infinity=False, places=2),
    st.dates(),
    st.times(),
)
_entries = st.builds(
    Entry,
    at=st.datetimes(timezones=st.just(dt.UTC)),
    kind=_words,
    desk=st.none() | _words,
    person=st.none() | _words,
    form=st.none() | _words,
    record=st.none() | _words,
    field=st.none() | _words,
    old=_values,
    new=_values,
    cause=_words,
    detail=st.dictionaries(_words, _words, max_size=3),
)


@given(st.lists(_entries, max_size=6), st.data())
def test_a_chain_breaks_where_any_line_is_changed(entries: list[Entry], data: st.DataObject):
    lines = list(chained(entries, (0, "")))

    assert verify_journal(_Lines(lines)) == ()
    if not lines:
        return
    place = data.draw(st.integers(0, len(lines) - 1))
    other = data.draw(_entries)
    forged = [*lines]
    forged[place] = replace(lines[place], entry=other)
    found = verify_journal(_Lines(forged))

    assert [each.row for each in found] == (
        [] if canonical(other) == canonical(entries[place]) else [place + 1]
    )


class _Lines:
    def __init__(self, lines: list[Chained]) -> None:
        self._lines = lines

    def journal(self, *_: Any) -> list[Chained]:
        return self._lines


def test_the_hash_of_a_line_is_what_anybody_can_compute():
    line = Entry(
        at=AT, kind="change", form=C, record=RecordId("c1"), field=FieldKey("name"), old=None, new="王"
    )

    assert canonical(line) == (
        '{"at":"2026-10-30T09:15:00.000250+08:00","cause":"","desk":null,"detail":{},"field":"name",'
        '"form":"customer","kind":"change","new":"王","old":null,"person":null,"record":"c1"}'
    )
    assert link(line, "c0ffee") == hashlib.sha256(b"c0ffee\n" + canonical(line).encode("utf-8")).hexdigest()


# The journal tells how the records came to be


_fields = st.sampled_from(["name", "owner", "budget", "founded"])
_typed = {
    "name": st.text("王李記abc", min_size=1, max_size=4),
    "owner": st.sampled_from(["P-1", "P-2"]),
    "budget": st.decimals(min_value=0, max_value=999, places=2),
    "founded": st.dates(),
}
_edits = st.lists(
    st.lists(
        st.tuples(st.sampled_from(["c1", "c2", "c3"]), _fields).flatmap(
            lambda each: st.tuples(st.just(each[0]), st.just(each[1]), st.none() | _typed[each[1]])
        ),
        min_size=1,
        max_size=4,
    ),
    max_size=8,
)


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(_edits)
def test_replaying_the_journal_gives_the_records(tmp_path_factory: pytest.TempPathFactory, edits: Any):
    url = f"sqlite:///{tmp_path_factory.mktemp('journal') / 'deskbook.db'}"
    for store in (MemoryStore(FORMS), open_store(url, FORMS)):
        for cycle in edits:
            store.commit(_as_a_cycle_would(store, cycle))

        assert _replayed(store.journal()) == {each.id: dict(each.values) for each in store.every(C)}
        assert verify_journal(store) == ()
        store.close()


def _as_a_cycle_would(store: Any, edits: list[tuple[str, str, Value]]) -> Commit:
    records: dict[str, Record] = {}
    entries: list[Entry] = []
    for id_, key, new in edits:
        field = FieldKey(key)
        known = records.get(id_) or store.get(C, RecordId(id_))
        if known is None:
            known = Record(form=C, id=RecordId(id_), number="", version=0)
            entries.append(entry("create", id_, desk=WANG))
        entries.append(entry("change", id_, field=field, old=known[key], new=new, desk=WANG))
        kept = {**known.values, field: new}
        records[id_] = replace(
            known,
            values={name: value for name, value in kept.items() if value is not None},
            version=known.version + 1,
        )
    return commit(records=tuple(records.values()), entries=tuple(entries))


def _replayed(lines: Any) -> dict[str, dict[str, Value]]:
    records: dict[str, dict[str, Value]] = {}
    for line in lines:
        told = line.entry
        if told.kind == "create":
            records[told.record] = {}
        else:
            before = records[told.record]
            assert before.get(told.field) == told.old
            before[told.field] = told.new
            if told.new is None:
                del before[told.field]
    return records


def test_a_decimal_is_told_as_it_was_typed(store: SqlStore):
    store.commit(commit(entries=(entry(old=Decimal("1.50"), new=Decimal("1.5")),)))
    told = tuple(store.journal())[-1].entry

    assert (str(told.old), str(told.new)) == ("1.50", "1.5")
