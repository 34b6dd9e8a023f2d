"""A town with the shipped forms and rules, in memory: for walks at random through what the small company does not have.

Settings that are signed off, and transfers that are acknowledged; while days pass, and older copies of files come back.
"""

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import Final

from sheet_templates.form import DeskKey, FieldKey, FormKey
from sheet_templates.record import Record, Shown, State
from sync.counting import count
from sync.declared import Declared
from sync.emergency import Emergency
from sync.holds import Word
from sync.opening import OldRow, enter
from sync.setting import LIMITS, SETTING
from tests.support.clock import FakeClock
from tests.support.ids import SequentialIds
from tests.support.memory_store import MemoryStore
from tests.support.small_company import STAFF, cells
from tests.support.town import PostOffice, Town
from tests.support.workbooks import FakeFile, FakeWorkbooks

LIMIT: Final = "joint_review_amount"
VALUES: Final = (1000, 20000, 60000, 70000)
TODO: Final = FormKey("todo")
_WAITING: Final = frozenset({State.SUBMITTED, State.RETURNED, State.DRAFT})
_WHAT, _PICK = FieldKey("what"), FieldKey("pick")
DEPARTMENTS: Final = ("finance", "marketing", "logistics")
"""Those who must acknowledge an approved order and work here."""


class WholeTown(Town):
    """The shipped declarations at work."""

    def __init__(self, declared: Declared) -> None:
        self.declared = declared
        self.clock = FakeClock()
        self.ids = SequentialIds()
        self.store = MemoryStore(declared.forms)
        self.workbooks = FakeWorkbooks(declared.forms)
        self.hands = self.workbooks
        self.post = PostOffice()
        self._hire()
        self.start()
        self.settle()

    def _hire(self) -> None:
        def old(form: str, **values: object) -> OldRow:
            filled = {key: value for key, value in cells(**values).items() if value is not None}
            return OldRow(form=FormKey(form), desk=DeskKey("admin"), cells=filled)

        rows = [
            old("people", name=name, role=role, superior=superior, email=f"{name.lower()}@example.com")
            for name, role, superior in STAFF
        ]
        rows += [old("product", name="Pump", price=4000, cost=3000)]
        rows += [old("customer", name="Acme", owner="Rae")]
        rows += [
            old("limits", key=each.key, value=each.value, answers=None)
            for each in self.declared.limits.values()
        ]
        opened = enter(rows, self.declared, self.store, SequentialIds("p"), self.clock.now())
        assert not opened.waiting, self.store.problems()


class Walk:
    """People who change settings and acknowledge transfers in random order; what must hold is looked at each time."""

    def __init__(self, town: Town, chance: Random, met: Counter[str]) -> None:
        self.town = town
        self.chance = chance
        self.met = met
        self.copies: list[tuple[str, FakeFile]] = []
        self.received: set[str] = set()

    @property
    def limit(self) -> object:
        """The limit that people change, as it is in force."""
        return self.town.value("limits", LIMIT, "value")

    def go(self, steps: int) -> None:
        """Let so many things happen."""
        acts: tuple[Callable[[], None], ...] = (
            *(self.types_a_limit,) * 3,
            *(self.decides,) * 5,
            self.withdraws_a_wish,
            self.puts_a_wish_off,
            self.a_day_passes,
            self.sets_it_in_an_emergency,
            *(self.an_order_is_approved,) * 2,
            *(self.acknowledges,) * 4,
            self.takes_a_copy,
            self.a_copy_comes_back,
        )
        for _ in range(steps):
            self.chance.choice(acts)()
            self.comes_to_rest()
            self.look()

    def comes_to_rest(self) -> None:
        """Let everything follow; who is asked about a save that looks like a mistake takes it back."""
        self.town.settle()
        for desk in self.town.engine.desks():
            if self.town.held(desk.key):
                self.town.answers(desk.key, Word.DROP.value)
                self.town.settle()
                self.met["held"] += 1
        self.town.tell()

    # Acts -------------------------------------------------------------------------------------------------

    def wishes(self, *states: State) -> list[Record]:
        """Return the changes of settings that stand so."""
        return [each for each in self.town.every(SETTING) if each.state in (states or _WAITING)]

    def types_a_limit(self) -> None:
        self.town.types("admin", LIMITS, LIMIT, value=Decimal(self.chance.choice(VALUES)))
        self.met["typed"] += 1

    def decides(self) -> None:
        waiting = self.wishes(State.SUBMITTED)
        if waiting:
            verdict = self.chance.choice(("Agree", "Agree", "Agree", "Return", "Refuse"))
            self.sign("Lena", self.chance.choice(waiting).number, decision_leader=verdict)
            self.met[f"decided {verdict}"] += 1

    def sign(self, key: str, number: str, **values: Shown) -> None:
        if self.town.has(self.key(key), SETTING, number):
            self.town.types(self.key(key), SETTING, number, **values)

    def key(self, name: str) -> str:
        """Return the key of a person's desk."""
        return self.town.record("people", name).number

    def withdraws_a_wish(self) -> None:
        waiting = self.wishes(State.SUBMITTED)
        if waiting:
            self.town.types("admin", SETTING, waiting[0].number, submit=None)
            self.met["withdrawn"] += 1

    def puts_a_wish_off(self) -> None:
        waiting = self.wishes(State.SUBMITTED)
        if waiting:
            later = self.town.clock.now().date().replace(day=28)
            self.town.types("admin", SETTING, waiting[0].number, from_on=later)
            self.met["put off"] += 1

    def a_day_passes(self) -> None:
        self.town.clock.step(hours=24)
        count(self.town.declared, self.town.store, self.town.clock.now())
        self.met["day"] += 1

    def sets_it_in_an_emergency(self) -> None:
        value = Decimal(self.chance.choice(VALUES))
        asked = Emergency(key=LIMIT, value=value, reason="urgent", by="root")
        if self.town.engine.emergency(asked) is not None:
            self.met["emergency"] += 1

    def an_order_is_approved(self) -> None:
        rae, mo = self.key("Rae"), self.key("Mo")
        self.town.adds(
            rae,
            "order",
            number="new1",
            customer="Acme",
            delivery_on=self.town.clock.now().date().replace(year=2027),
            delivery_place="Harbour 7",
            payment_method="Cheque",
            deposit_percent=Decimal("0.3"),
        )
        self.town.adds(rae, "order_line", order="new1", product="Pump", quantity=Decimal(1))
        self.town.settle()
        orders = self.town.every("order")
        if orders:
            self.town.types(rae, "order", orders[-1].number, submit="Yes")
            self.town.settle()
            for key, column in (
                ("finance", "joint_finance"),
                ("marketing", "joint_marketing"),
                (mo, "manager_manager"),
            ):
                if self.town.has(key, "order", orders[-1].number):
                    self.town.types(key, "order", orders[-1].number, **{column: "Agree"})
                    self.town.settle()
            self.met["approved"] += self.town.every("order")[-1].state is State.APPROVED

    def acknowledges(self) -> None:
        key = self.chance.choice(DEPARTMENTS)
        path = self.town.path(key)
        for row in self.town.hands.rows(path, TODO):
            if str(row.cells.get(_WHAT)).startswith("Please acknowledge") and self.chance.random() < 0.7:
                self.town.workbooks.type_cell(path, TODO, row.at, _PICK, "Received")
                self.met["acknowledged"] += 1

    def takes_a_copy(self) -> None:
        key = self.chance.choice(("admin", *DEPARTMENTS))
        self.copies.append((key, self.town.workbooks.files[self.town.path(key)]))

    def a_copy_comes_back(self) -> None:
        if self.copies:
            key, file = self.chance.choice(self.copies)
            self.town.workbooks.put_back(self.town.path(key), file)
            self.met["copy back"] += 1

    # Laws -------------------------------------------------------------------------------------------------

    def look(self) -> None:
        """Look whether everything that must hold holds."""
        self.only_what_was_signed_counts()
        self.each_is_asked_once()

    def only_what_was_signed_counts(self) -> None:
        """Law: a limit changes by a request only, which the leader has signed or which was an emergency."""
        store = self.town.store
        standing: object = None
        for line in store.journal():
            entry = line.entry
            if (entry.form, entry.field) == (LIMITS, FieldKey("value")) and entry.kind == "change":
                found = store.get(LIMITS, entry.record) if entry.record is not None else None
                if found is None or found["key"] != LIMIT:
                    continue
                standing = entry.new
                if entry.cause == "opening":
                    continue
                number = entry.cause.removeprefix("rule:setting.")
                asked = store.numbered(SETTING, number)
                assert asked is not None, f"{entry.cause} has set a limit"
                signed = [
                    each
                    for each in store.decisions(SETTING, asked.id)
                    if each.voided is None and each.verdict.value == "agree" and each.at <= entry.at
                ]
                assert asked["emergency"] or signed, f"{number} counts, and nobody has signed it"
        assert standing == self.limit, "the limit is not what was set last"
        shown = self.town.shows("admin", LIMITS, LIMIT, "value")
        assert shown == self.limit, f"the sheet shows {shown}, and {self.limit} is in force"

    def each_is_asked_once(self) -> None:
        """Law: who must acknowledge is asked for each transfer once; what was acknowledged stays so."""
        for key in DEPARTMENTS:
            receipts = [each for each in self.town.every("receipt") if each["role"] == key]
            waiting = [each for each in receipts if each["status"] == "open"]
            asked = [
                each for each in self.town.todo(key) if str(each[_WHAT]).startswith("Please acknowledge")
            ]
            assert len(asked) == len(waiting), f"{key} is asked for {len(asked)} of {len(waiting)}"
            received = {each.number for each in receipts if each["status"] == "received"}
            assert {each for each in self.received if each in {r.number for r in receipts}} <= received
            self.received |= received
        approved = [each for each in self.town.every("order") if each.state is State.APPROVED]
        for order in approved:
            for key in DEPARTMENTS:
                told = [
                    each
                    for each in self.town.every("receipt")
                    if (each["subject"], each["role"], each["rule"]) == (order.number, key, "order_approved")
                ]
                assert len(told) == 1, f"{key} has {len(told)} receipts of {order.number}"
