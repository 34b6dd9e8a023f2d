"""The laws of an undo, on companies that live at random; and single cases of what is meant and what stays."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from dataclasses import field as made
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from rules.computed import with_computed, with_defaults
from rules.content import content_hash, lines_of
from rules.effect import Verdict
from rules.happened import Signing
from sheet_templates.form import DeskKey, FieldKey, FormKey, Role, Source
from sheet_templates.record import Address, Record, RecordId, State, Value
from sync.chosen import Choice, acts, chosen
from sync.consequences import Place, settle
from sync.declared import Declared
from sync.edges.store.chain import chained
from sync.numbers import first_state, next_number
from sync.past import past
from sync.ports import Chained, Entry
from sync.retract import referring
from sync.undo import Stays
from sync.undoing import Asked, plan, undo
from sync.work import Author, Work
from tests.support.memory_store import MemoryStore
from tests.support.small_company import MO, RAE, ROY, hire, small_company

CUSTOMER, CLAIM, LINE = FormKey("customer"), FormKey("claim"), FormKey("claim_line")
START = dt.datetime(2026, 10, 26, 9, tzinfo=dt.UTC)


@cache
def small() -> Declared:
    with TemporaryDirectory() as folder:
        return small_company(Path(folder))


@dataclass(slots=True, kw_only=True)
class Life:
    """A company that lives by saves, without files."""

    declared: Declared
    store: MemoryStore
    at: dt.datetime = START
    saves: list[str] = made(default_factory=list)
    undos: int = 0

    @classmethod
    def begin(cls, declared: Declared) -> "Life":
        store = MemoryStore(declared.forms)
        hire(store, declared, START)
        life = cls(declared=declared, store=store)
        life.save(RAE, [("customer", 0, 0)])
        return life

    def save(self, person: str, steps: list[tuple[str, int, int]]) -> str:
        """Let somebody save; each step is what he does, to which record, and with what."""
        self.at += dt.timedelta(minutes=1)
        cause = f"{len(self.saves) + 1:064x}"
        work = Work.start(self.declared, self.store, self.at)
        author = Author(desk=DeskKey(person), person=person, cause=cause)
        signings: dict[Place, tuple[Signing, ...]] = {}
        # A save brings one value of a cell.
        for step, which, value in {
            (step, which % 2): (step, which % 2, value) for step, which, value in steps
        }.values():
            self._step(work, author, step, which, value, signings)
        settle(work, author, signings)
        self.store.commit(work.commit(None, ()))
        self.saves.append(cause)
        return cause

    def _step(  # noqa: PLR0917 - what a step is made of
        self,
        work: Work,
        author: Author,
        step: str,
        which: int,
        value: int,
        signings: dict[Place, tuple[Signing, ...]],
    ) -> None:
        customers, claims, lines = ([*work.store.every(form)] for form in (CUSTOMER, CLAIM, LINE))
        customer = customers[which] if which < len(customers) else None
        claim = claims[which] if which < len(claims) else None
        if step == "customer":
            self._add(work, author, CUSTOMER, name=f"C{len(work.entries)}.{len(self.saves)}", owner=RAE)
        elif step in ("claim", "asked") and customer is not None:
            values = {"what": "w", "amount": Decimal(100 + value), "customer": customer.number, "owner": RAE}
            self._add(work, author, CLAIM, **values, **({"submit": True} if step == "asked" else {}))
        elif step == "note" and customer is not None:
            work.set(CUSTOMER, customer.id, {FieldKey("note"): f"n{value}"}, author)
        elif step == "size" and customer is not None:
            work.set(CUSTOMER, customer.id, {FieldKey("size"): Decimal(value) if value else None}, author)
        elif claim is None:
            return
        elif step == "amount":
            work.set(CLAIM, claim.id, {FieldKey("amount"): Decimal(100 + value)}, author)
        elif step == "line":
            self._add(work, author, LINE, claim=claim.number, cost=Decimal(value))
        elif step == "cost" and which < len(lines):
            work.set(LINE, lines[which].id, {FieldKey("cost"): Decimal(value)}, author)
        elif step == "submit":
            work.set(CLAIM, claim.id, {FieldKey("submit"): True}, author)
        elif step == "agree":
            signings[CLAIM, claim.id] = (self._signing(work, claim),)
            address = Address(form=CLAIM, record=claim.id, field=FieldKey("manager_manager"))
            work.note("sign", author, address, new="agree")

    def _add(self, work: Work, author: Author, form: FormKey, **values: Value) -> None:
        declared = self.declared.forms[form]
        series, n, number = next_number(work, declared)
        blank = Record(
            form=form,
            id=RecordId(f"{form}{n:06}"),
            number=number,
            values={FieldKey(key): value for key, value in values.items()},
            state=first_state(declared),
        )
        filled = with_defaults(self.declared.book, work.context(blank))
        work.numbered(work.put(filled, author), series, n, author)

    def _signing(self, work: Work, claim: Record) -> Signing:
        form = self.declared.forms[CLAIM]
        lines = lines_of(form, claim, self.declared.forms, work.records)
        seen = with_computed(self.declared.book, work.context(claim))
        return Signing(
            step="manager",
            role=Role("manager"),
            verdict=Verdict.AGREE,
            opinion="",
            desk=DeskKey(MO),
            person=MO,
            people=frozenset({MO}),
            grade="C",
            content=content_hash(form, seen, lines, self.declared.forms),
        )

    def undo(self, cause: str) -> bool:
        self.at += dt.timedelta(minutes=1)
        self.undos += 1
        asked = Asked(name=f"undone{self.undos:06}", by="wang", choice=Choice(cause=cause))
        done = undo(asked, self.declared, self.store, self.at)
        if done is not None:
            self.store.commit(done)
        return done is not None

    def values(self) -> Mapping[Place, Mapping[FieldKey, Value]]:
        """Return what everything that counts holds; not that somebody asks for a sign-off."""
        return {
            (each.form, each.id): {key: value for key, value in each.values.items() if key != "submit"}
            for form in (CUSTOMER, CLAIM, LINE)
            for each in self.store.every(form)
        }

    def sound(self) -> None:
        """Check what holds whatever is undone."""
        lines = self.store.journal()
        assert lines == tuple(chained((each.entry for each in lines), (0, "")))
        numbers = [(each.form, each.number) for each in self.store.truth().records]
        assert len(set(numbers)) == len(numbers)
        work = Work.start(self.declared, self.store, self.at)
        for each in self.store.truth().records:
            if each.state is State.RETRACTED:
                assert referring(work, each) == ()
            else:
                again = with_computed(self.declared.book, work.context(each))
                assert again.values == each.values


STEPS = ("customer", "claim", "note", "size", "amount", "line", "cost")
SIGNED = (*STEPS, "asked", "submit", "agree")


def lives(
    steps: tuple[str, ...], least: int = 1
) -> st.SearchStrategy[list[tuple[str, list[tuple[str, int, int]]]]]:
    step = st.tuples(st.sampled_from(steps), st.integers(0, 3), st.integers(0, 4))
    save = st.tuples(st.sampled_from((RAE, ROY)), st.lists(step, min_size=1, max_size=5))
    return st.lists(save, min_size=least, max_size=6)


OFTEN = settings(max_examples=20, deadline=None)


@OFTEN
@given(before=lives(SIGNED), last=lives(STEPS).map(lambda found: found[0]))
def test_an_undo_of_what_was_done_last_gives_what_was_before(
    before: list[tuple[str, list[tuple[str, int, int]]]],
    last: tuple[str, list[tuple[str, int, int]]],
):
    life = Life.begin(small())
    for person, steps in before:
        life.save(person, steps)
    stood, numbers = life.values(), {each.number for each in life.store.truth().records}
    save = life.save(*last)
    came = life.values()

    life.undo(save)
    assert life.values() == stood
    life.sound()

    stands, head = life.store.truth(), life.store.head()
    assert not life.undo(save)
    assert (life.store.truth(), life.store.head()) == (stands, head)

    if came != stood:
        life.undo("undo:undone000001")
        assert life.values() == came
        life.undo(save)
        assert life.values() == stood
    given = {each.number for each in life.store.truth().records}
    assert given >= numbers
    life.save(RAE, [("customer", 0, 0)])
    assert len({each.number for each in life.store.truth().records}) == len(given) + 1
    life.sound()


@OFTEN
@given(saves=lives(SIGNED, least=2), which=st.integers(0, 5))
def test_what_others_did_on_top_stays_whatever_is_undone(
    saves: list[tuple[str, list[tuple[str, int, int]]]], which: int
):
    life = Life.begin(small())
    for person, steps in saves:
        life.save(person, steps)
    cause = life.saves[which % len(life.saves)]
    seqs = {line.seq for act in chosen(life.store.journal(), Choice(cause=cause)) for line in act.lines}
    last = {
        (line.entry.form, line.entry.record, line.entry.field): line
        for line in life.store.journal()
        if line.entry.kind == "change"
    }
    created = {
        (line.entry.form, line.entry.record)
        for line in life.store.journal()
        if line.entry.kind == "create" and line.seq not in seqs
    }
    decided = life.store.truth().decisions
    counted = {(each.form, each.id) for form in small().forms for each in life.store.every(form)}
    before = {(each.form, each.id): each for each in life.store.truth().records}

    life.undo(cause)

    life.sound()
    assert {(each.form, each.id) for form in small().forms for each in life.store.every(form)} >= (
        created & counted
    )
    assert {replace(each, voided=None) for each in life.store.truth().decisions} == {
        replace(each, voided=None) for each in decided
    }
    for (form, record, key), line in last.items():
        assert form is not None
        assert record is not None
        assert key is not None
        field = small().forms[form].field(key)
        rule = line.entry.cause.startswith("rule:")
        if line.seq in seqs or rule or field is None or field.source is not Source.TYPED:
            continue
        now = life.store.get(form, record)
        assert now is not None
        assert now.values.get(key) == before[form, record].values.get(key)
        if (form, record) in counted:
            assert now.state is not State.RETRACTED


@settings(OFTEN, max_examples=10)
@given(saves=lives(STEPS, least=3), order=st.permutations(range(6)))
def test_undos_in_any_order_leave_a_sound_company_and_come_to_rest(
    saves: list[tuple[str, list[tuple[str, int, int]]]], order: list[int]
):
    life = Life.begin(small())
    first = life.values()
    for person, steps in saves:
        life.save(person, steps)
    mine = life.saves[1:]
    for at in order:
        if at < len(mine):
            life.undo(mine[at])
            life.sound()
    for _ in mine:
        for cause in reversed(mine):
            life.undo(cause)
    # From the last one to the first nothing is on top of anything.
    assert life.values() == first


def test_a_signed_record_keeps_its_sign_off_and_what_followed_from_it():
    life = Life.begin(small())
    life.save(RAE, [("asked", 0, 0)])
    agreed = life.save(MO, [("agree", 0, 0)])
    (claim,) = life.store.every(CLAIM)
    assert claim.state is State.APPROVED
    assert len(life.store.every(FormKey("payment"))) == 1

    undoing = plan(Choice(cause=agreed), small(), life.store, life.at)
    assert undoing.empty
    assert {each.why for each in undoing.kept} == {Stays.DECIDED}
    undoing = plan(Choice(cause=life.saves[-2]), small(), life.store, life.at)
    assert undoing.empty
    assert Stays.DECIDED in {each.why for each in undoing.kept}


def test_the_lines_of_a_record_that_stays_stay_with_it():
    life = Life.begin(small())
    life.save(RAE, [("claim", 0, 0)])
    life.save(RAE, [("line", 0, 3)])
    life.save(MO, [("amount", 0, 4)])

    undoing = plan(Choice(desk=DeskKey(RAE), since=START), small(), life.store, life.at)
    assert undoing.retracted == ()
    assert {(each.form, each.why) for each in undoing.kept} == {
        (CUSTOMER, Stays.REFERRED),
        (CLAIM, Stays.CHANGED),
        (LINE, Stays.REFERRED),
    }


def test_a_record_under_approval_that_goes_is_no_longer_waited_for():
    life = Life.begin(small())
    save = life.save(RAE, [("asked", 0, 0)])
    assert len(life.store.open_runs()) == 1
    assert life.undo(save)
    assert life.store.open_runs() == ()
    assert life.store.every(CLAIM) == ()
    life.undo("undo:undone000001")
    assert [each.state for each in life.store.every(CLAIM)] == [State.SUBMITTED]
    assert len(life.store.open_runs()) == 1


def test_a_name_is_meant_by_its_beginning_if_that_is_long_enough():
    journal = [
        Chained(seq=n, entry=Entry(at=START, kind="change", cause=cause), previous="", hash="")
        for n, cause in enumerate(
            ("opening", "abcdef0123456789", "rule:x", "abcdef9876543210", "undo:k3k3k3k3"), 1
        )
    ]
    assert [len(each.lines) for each in acts(journal)] == [1, 2, 1, 1]
    for said, meant in (
        ("opening", ["opening"]),
        ("abcdef0", ["abcdef0123456789"]),
        ("abcdef", ["abcdef0123456789", "abcdef9876543210"]),
        ("abcde", []),
        ("k3k3k3k3", ["undo:k3k3k3k3"]),
        ("undo:", []),
        ("undo:k3k3k3", ["undo:k3k3k3k3"]),
        ("rule:x", []),
    ):
        assert [each.cause for each in chosen(journal, Choice(cause=said))] == meant
    assert chosen(journal, Choice(upto=1))[0].cause == "opening"
    assert len(chosen(journal, Choice(upto=1))) == 1
    assert chosen(journal, Choice(since=START, until=START)) == ()


def line(seq: int, old: Value, new: Value, cause: str) -> Chained:
    entry = Entry(at=START, kind="change", cause=cause, old=old, new=new)
    return Chained(seq=seq, entry=entry, previous="", hash="")


def test_an_undo_is_no_change_of_its_own_and_one_of_it_neither():
    one, two = line(1, "a", "b", "s1"), line(2, "b", "c", "s2")
    away, again = line(3, "c", "b", "undo:x"), line(4, "b", "c", "undo:y")
    takes = {"undo:x": {2}, "undo:y": {3}}
    assert past([one, two], {2}, {}).back({2}) == ("b",)
    assert past([one, two], {1}, {}).back({1}) is None
    assert past([one, two, away], {1}, takes).back({1}) == ("a",)
    assert past([one, two, away], {2}, takes).standing == [one]
    assert past([one, two, away, again], {2}, takes).back({2}) == ("b",)
    assert past([one, two, away], {3}, takes).back({3}) == ("c",)
    assert past([one, two, away, again], {3}, takes).back({3}) is None
