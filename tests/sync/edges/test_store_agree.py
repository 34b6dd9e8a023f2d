"""The fake and the real store agree, whatever is done to them in whatever order."""

import datetime as dt
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from rules.effect import Verdict
from sheet_templates.form import FieldKey, FormKey
from sheet_templates.record import RecordId, State, text
from sync.edges.store.chain import verify_journal
from sync.edges.store.errors import Contradiction
from sync.edges.store.sql import SqlStore, open_store
from sync.ports import Commit, Hash, MessageState, RenderId
from tests.support.memory_store import MemoryStore
from tests.support.postgres import own_schema
from tests.support.store_samples import (
    AT,
    FINANCE,
    FORMS,
    WANG,
    cell,
    commit,
    conflict,
    customer,
    decision,
    draft,
    entry,
    everything,
    ingest,
    message,
    notice,
    number_given,
    order,
    problem,
    render,
    run,
)
from tests.support.store_seen import seen

_desks = st.sampled_from([WANG, FINANCE])
_ids = st.sampled_from(["c1", "c2", "c3", "c4"])
_numbers = st.sampled_from(["", "N-{}", "N-{}", "N-{}", "N-{}", "N-c1"])
_names = st.sampled_from(["王記", "王记", "ＡＢＣ", "abc", "*"])
_renders = ["r1", "r2", "r3"]
_files = ["aa", "bb", "f1", "f2"]

_customers = st.builds(
    lambda id_, number, name, owner, version, state: customer(
        id_, number.format(id_), version=version, state=state, **({"name": name} if name else {}), owner=owner
    ),
    _ids,
    _numbers,
    st.none() | _names,
    st.sampled_from(["P-1", "P-2"]),
    st.integers(1, 9),
    st.sampled_from(State),
)
_orders = st.builds(lambda id_, link: order(id_, customer=link), _ids, st.sampled_from(["N-1", "N-2"]))
_entries = st.one_of(
    st.builds(lambda id_, new: entry(record=id_, new=new), _ids, _names),
    st.builds(number_given, st.sampled_from(["C", "SO-2026"]), st.integers(1, 20)),
)
_decisions = st.builds(
    decision,
    _ids,
    st.sampled_from(["P-7", "P-8"]),
    st.sampled_from(Verdict),
    st.none() | st.just("material.changed"),
)
_problems = st.builds(
    lambda key, desk, record, value: replace(
        problem(key, desk), record=RecordId(record), what=text(key, value=value)
    ),
    st.sampled_from(["p1", "p2"]),
    st.none() | _desks,
    _ids,
    _names,
)
_conflicts = st.builds(conflict, _names, _desks, _ids)
_drafts = st.builds(draft, _names, _desks, st.sampled_from(["name", "budget"]))
_rows = st.builds(lambda desk, record: (desk, FormKey("customer"), RecordId(record)), _desks, _ids)


def _some(each: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(each, max_size=3).map(tuple)


def _delivered_by_a_render(parts: dict[str, Any]) -> dict[str, Any]:
    reading = parts.get("ingest")
    by_render = reading is not None and reading.render is not None
    return {name: part for name, part in parts.items() if name != "delivered" or by_render}


_commits: st.SearchStrategy[Commit] = st.fixed_dictionaries(
    {},
    optional={
        "entries": _some(_entries),
        "records": _some(_customers | _orders),
        "runs": _some(st.builds(run, _ids, st.sampled_from(State), st.integers(1, 3))),
        "decisions": _some(_decisions),
        "notices": _some(st.builds(notice, st.sampled_from(["e1", "e2", "e3"]))),
        "ingest": st.none()
        | st.builds(ingest, st.sampled_from(_files), st.none() | st.sampled_from(_renders), _desks),
        "delivered": _some(st.tuples(st.builds(cell, st.just("name"), _ids), _names)),
        "drafts": _some(_drafts),
        "undrafted": _some(_drafts.map(lambda each: (each.desk, each.address))),
        "problems": _some(_problems),
        "solved": _some(_problems),
        "conflicts": _some(_conflicts),
        "settled": _some(_conflicts),
        "nicknames": _some(
            st.tuples(_desks, st.just(FormKey("customer")), st.sampled_from(["新1", "新2"]), _ids)
        ),
        "dirty": st.frozensets(_rows, max_size=4),
    },
).map(lambda parts: commit(**_delivered_by_a_render(parts)))


class BothStores(RuleBasedStateMachine):
    """Does the same to a store in memory and to one in a database."""

    def __init__(self) -> None:
        super().__init__()
        self.things = ExitStack()
        self.memory = MemoryStore(FORMS)
        self.sql: SqlStore
        self.prepared: list[tuple[str, str]] = []

    def new_url(self) -> str:
        folder = Path(self.things.enter_context(tempfile.TemporaryDirectory()))
        return f"sqlite:///{folder / 'deskbook.db'}"

    @initialize()
    def open(self) -> None:
        self.url = self.new_url()
        self.sql = open_store(self.url, FORMS)

    def teardown(self) -> None:
        if hasattr(self, "sql"):
            assert verify_journal(self.sql) == ()
            self.sql.close()
        self.things.close()

    def both(self, does: Callable[[Any], Any]) -> None:
        """Do it to both: the same comes of it."""
        outcomes = []
        for store in (self.memory, self.sql):
            try:
                outcomes.append(does(store))
            except Contradiction:
                outcomes.append(Contradiction)
        assert outcomes[0] == outcomes[1]

    @rule(commit=_commits)
    def commits(self, commit: Commit) -> None:
        self.both(lambda store: store.commit(commit))

    @rule(commit=_commits)
    def commits_more(self, commit: Commit) -> None:
        self.both(lambda store: store.commit(commit))

    @rule(
        desk=_desks,
        pick=st.integers(0, 9),
        anew=st.sampled_from([False, False, False, True]),
        rows=st.dictionaries(
            _ids, st.none() | st.dictionaries(st.sampled_from(["name", "owner"]), _names, max_size=2)
        ),
        published=st.booleans(),
        file=st.sampled_from(_files),
        take=st.integers(0, 3),
    )
    def renders(
        self, *, desk: Any, pick: int, anew: bool, rows: Any, published: bool, file: str, take: int
    ) -> None:
        mine = [id_ for id_, of in self.prepared if of == desk]
        parent = mine[-1 - pick % len(mine)] if mine and not anew else None
        at = AT + dt.timedelta(days=len(self.prepared))
        made = render(f"r{len(self.prepared) + 1}", parent, rows, desk, at)
        self.prepared.append((made.id, desk))
        self.both(lambda store: store.prepare(made))
        if published:
            self._publish(made.id, file, take)

    @rule(ago=st.integers(0, 9))
    def thins(self, ago: int) -> None:
        self.both(lambda store: store.thin(AT + dt.timedelta(days=len(self.prepared) - ago)))

    def _publish(self, id_: str, file: str, take: int) -> None:
        def does(store: Any) -> None:
            shown = [each.seq for desk in (WANG, FINANCE) for each in store.dirty(desk)[:take]]
            store.publish(RenderId(id_), PurePath(f"desks/{file}.xlsx"), Hash(file), shown, AT)

        self.both(does)

    @rule(
        id_=st.sampled_from(["r1", "r2", "r3", "never"]),
        parent=st.sampled_from(["r1", "never"]),
        desk=_desks,
        file=st.sampled_from(_files),
    )
    def renders_what_it_should_not(self, id_: str, parent: str, desk: Any, file: str) -> None:
        if id_ == "never" or id_ in {known for known, _ in self.prepared}:
            wrong = render(id_, "never" if id_ == "never" else parent, {}, desk)
            self.both(lambda store: store.prepare(wrong))
        self._publish(id_, file, 1)

    @rule(
        keys=st.lists(st.sampled_from(["m1", "m2", "m3"]), max_size=3),
        told=st.integers(0, 2),
        entries=_some(_entries),
        marked=st.sampled_from(["m1", "m2", "never"]),
        state=st.sampled_from(MessageState),
        job=st.sampled_from(["report", "digest"]),
        period=st.sampled_from(["2026-10", "2026-11"]),
    )
    def mails(
        self,
        *,
        keys: list[str],
        told: int,
        entries: Any,
        marked: str,
        state: MessageState,
        job: str,
        period: str,
    ) -> None:
        def posts(store: Any) -> None:
            carried = [each.id for each in store.notices()[:told]]
            store.post([message(key, subject=f"{n}") for n, key in enumerate(keys)], carried, entries)

        self.both(posts)
        due = AT + dt.timedelta(hours=told) if told else None
        self.both(lambda store: store.mark(marked, state, tries=told, due=due, detail=f"{told}"))
        self.both(lambda store: store.done(job, period, AT, (message(f"{job}:{period}"),)))

    @precondition(lambda self: hasattr(self, "sql"))
    @rule()
    def is_opened_again(self) -> None:
        self.sql.close()
        self.sql = open_store(self.url, FORMS)
        self.memory = self.memory.snapshot()

    @invariant()
    def they_agree(self) -> None:
        if hasattr(self, "sql"):
            renders = [*_renders, *(id_ for id_, _ in self.prepared[-6:])]

            assert seen(self.memory, renders=renders, files=_files) == seen(
                self.sql, renders=renders, files=_files
            )


class BothStoresOnPostgresql(BothStores):
    """The same with PostgreSQL."""

    def new_url(self) -> str:
        return self.things.enter_context(own_schema())


@pytest.mark.slow
def test_memory_and_sqlite_agree():
    _run(BothStores, 20)


@pytest.mark.slow
def test_memory_and_postgresql_agree():
    with own_schema():
        _run(BothStoresOnPostgresql, 10)


def _run(machine: type[RuleBasedStateMachine], examples: int) -> None:
    run_state_machine_as_test(
        machine, settings=settings(max_examples=examples, stateful_step_count=20, deadline=None)
    )


def test_a_disagreement_would_be_seen():
    """`seen` looks at everything: each part of a commit changes what it says."""
    empty = seen(MemoryStore(FORMS))
    whole = everything()
    parts = {name: getattr(whole, name) for name in whole.__slots__ if name != "at"}
    for name, part in parts.items():
        if part:
            store = MemoryStore(FORMS)
            given = {name: part, **({"ingest": whole.ingest} if name == "delivered" else {})}
            store.commit(commit(**given))

            assert seen(store) != empty, name


@pytest.mark.parametrize("field", ["name", "owner"])
def test_both_find_records_by_each_indexed_field(tmp_path: Path, field: str):
    sql = open_store(f"sqlite:///{tmp_path / 'deskbook.db'}", FORMS)
    for store in (MemoryStore(FORMS), sql):
        store.commit(commit(records=(customer("c1", **{field: "x"}),)))

        assert [each.id for each in store.holding(FormKey("customer"), FieldKey(field), "x")] == ["c1"]
    sql.close()
