"""What people do at the desks of the small company, act by act, and scenes in which several of them meet.

A scene takes what it needs from its arguments: a desk, which of the rows there are, and two choices. It does
nothing where there is nothing to do it with. So a machine can play any scene at any time.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from random import Random
from typing import Any, Final

from sheet_templates.form import ID, NUMBER, DeskKey, FieldKey, FormKey
from sheet_templates.record import Shown
from tests.support.fuse import Crash, Fuse
from tests.support.planted import Parts, RacingWorkbooks
from tests.support.small_company import LENA, MO, RAE, ROY
from tests.support.town import Town
from tests.support.witness import Witness
from tests.support.workbooks import FakeFile

CUSTOMER, CLAIM, LINE = FormKey("customer"), FormKey("claim"), FormKey("claim_line")
NAME, NOTE, SIZE, WHAT, AMOUNT = map(FieldKey, ("name", "note", "size", "what", "amount"))

SIGNERS: Final = (("finance", "joint_finance"), ("marketing", "joint_marketing"), (MO, "manager_manager"))
"""In the order in which they sign."""

FOREIGN: Final = (
    (RAE, CLAIM, "paid_on"),
    (RAE, CLAIM, "total"),
    (RAE, CLAIM, "manager_manager"),
    (RAE, CLAIM, "number"),
    (RAE, CUSTOMER, "owner"),
    (ROY, CUSTOMER, "check"),
    (ROY, CUSTOMER, "klass"),
    (MO, CLAIM, "what"),
    (MO, CLAIM, "state"),
    (LENA, CLAIM, "what"),
    ("finance", CLAIM, "note"),
    ("finance", CUSTOMER, "name"),
    ("marketing", CLAIM, "what"),
)
"""Fields that are not the desk's own."""


class Scenes:
    """A town, a witness, and hands."""

    def __init__(self, pristine: Town, parts: Parts, met: Counter[str]) -> None:
        truth = pristine.declared
        self.town = pristine.twin(parts.declared(truth), parts.store, parts.workbooks, parts.engine)
        self.witness = Witness(self.town, truth, met)
        self.met = met
        self.homes: list[tuple[str, FakeFile]] = []
        self.count = 0

    # Hands ------------------------------------------------------------------------------------------------

    def token(self, kind: str = "tok") -> str:
        self.count += 1
        return f"{kind}{self.count:05}"

    def bad(self, desk: str) -> str:
        """Return what no number is."""
        token = self.token("bad")
        self.witness.bad[token] = DeskKey(desk)
        return token

    def file(self, desk: str) -> FakeFile:
        return self.town.workbooks.files[self.town.path(desk)]

    def rows(self, file: FakeFile, form: FormKey) -> list[int]:
        """Return the rows of *form* that somebody filled."""
        sheet = file.sheets.get(form)
        return [at for at, row in sorted(sheet.rows.items()) if row.keys() - {ID}] if sheet else []

    def pick(self, desk: str, form: FormKey, at: int) -> int | None:
        rows = self.rows(self.file(desk), form)
        return rows[at % len(rows)] if rows else None

    def cell(self, desk: str, form: FormKey, row: int, field: str) -> Any:
        return self.file(desk).sheets[form].rows[row].get(FieldKey(field))

    def row_of(self, desk: str, form: FormKey, record: object) -> int | None:
        found = [
            row for row in self.rows(self.file(desk), form) if self.cell(desk, form, row, "_id") == record
        ]
        return found[0] if found else None

    def put(self, desk: str, form: FormKey, row: int, field: str, value: Shown) -> None:
        self.town.workbooks.type_cell(self.town.path(desk), form, row, FieldKey(field), value)

    def shut(self, desk: str) -> None:
        """Make sure that nobody has a desk open: under a lock a copy that is put there looks like a save."""
        if self.town.path(desk) in self.town.workbooks.open:
            self.town.closes(desk)

    def round(self) -> None:
        self.town.round()
        self.witness.look()

    def settle(self) -> None:
        self.town.settle()
        self.witness.look()

    def go_home(self) -> None:
        """Everybody closes his file; what is left to do is done."""
        for path in tuple(self.town.workbooks.open):
            self.town.workbooks.close(path)
        self.town.settle()
        self.witness.at_rest()

    def registers(self, desk: str, *, stamped: bool, wrong: bool) -> int:
        """Enter a customer; return the row."""
        name = self.token()
        self.witness.names.add(name)
        cells: dict[str, Shown] = {"name": name, "size": self.bad(desk) if wrong else Decimal(3)}
        if not stamped:
            return self.town.adds_unstamped(desk, "customer", **cells)
        return self.town.at(desk, "customer", str(self.town.adds(desk, "customer", **cells)))

    def asks(self, at: int) -> None:
        """Let a rep put a claim up, and everybody see it."""
        own = self.pick(RAE, CLAIM, at)
        if own is not None:
            self.put(RAE, CLAIM, own, "submit", "Yes")
            self.settle()

    def pull_the_plug(self, acts: int, *, after: bool, clean: bool) -> None:
        """Let a round begin, cut it off, and start again; with *clean* the next round runs through."""
        left = [acts]
        store, workbooks = (Fuse(port, left, after=after) for port in (self.town.store, self.town.workbooks))
        self.town.start(store, workbooks)
        try:
            self.town.round()
        except Crash:
            self.met["crash"] += 1
        finally:
            self.town.start()
        self.witness.look()
        if clean:
            self.round()

    # One person -------------------------------------------------------------------------------------------

    def saves_a_new_row_twice(self, desk: str, at: int, one: bool, other: bool) -> None:
        """Before it is written back, because the file stays open: it is one customer all the same."""
        self.shut(desk)
        row = self.registers(desk, stamped=one, wrong=other)
        self.town.opens(desk)
        self.round()
        self.put(desk, CUSTOMER, row, NOTE, self.token())
        self.round()
        self.town.closes(desk)
        self.met["saved twice"] += 1

    def undoes_in_one_session(self, desk: str, at: int, one: bool, other: bool) -> None:
        row = self.pick(desk, CUSTOMER, at)
        if row is not None:
            before = self.cell(desk, CUSTOMER, row, NOTE)
            self.town.opens(desk)
            self.put(desk, CUSTOMER, row, NOTE, self.token())
            self.round()
            self.put(desk, CUSTOMER, row, NOTE, before)
            self.witness.retyped.add(str(before))
            self.round()
            self.town.closes(desk)
            self.met["undo"] += 1

    def mends_a_mistake(self, desk: str, at: int, one: bool, other: bool) -> None:
        row = self.pick(desk, CUSTOMER, at)
        if row is not None:
            self.put(desk, CUSTOMER, row, SIZE, self.bad(desk))
            self.round()
            again = self.pick(desk, CUSTOMER, at)
            if again is not None:
                self.put(desk, CUSTOMER, again, SIZE, Decimal(at) if one else None)

    def edits_what_is_not_his(self, desk: str, form: FormKey, field: str, at: int) -> None:
        row = self.pick(desk, form, at)
        if row is not None:
            self.put(desk, form, row, field, self.token())

    # Copies -----------------------------------------------------------------------------------------------

    def overwrites_with_what_was_saved_before(self, desk: str, at: int, one: bool, other: bool) -> None:
        """One edit arrives, then another, and then the older save comes back."""
        self.shut(desk)
        row = self.pick(desk, CUSTOMER, at)
        if row is not None:
            if one:
                self.town.opens(desk)
            self.put(desk, CUSTOMER, row, NOTE, self.token())
            older = self.file(desk)
            self.round()
            self.put(desk, CUSTOMER, self.pick(desk, CUSTOMER, at) or row, NOTE, self.token())
            self.round()
            self.shut(desk)
            self.town.workbooks.put_back(self.town.path(desk), older)
            self.round()

    def fills_the_same_empty_row_in_two_copies(self, desk: str, at: int, one: bool, other: bool) -> None:
        self.shut(desk)
        path = self.town.path(desk)
        home, here, there = self.file(desk), self.token(), self.token()
        self.town.adds(desk, "customer", name=here)
        if one:
            self.round()
        office = self.file(desk)
        self.town.workbooks.put_back(path, home)
        self.town.adds(desk, "customer", name=there)
        home = self.file(desk)
        self.town.workbooks.put_back(path, office)
        self.witness.names |= {here, there}
        self.round()
        self.town.workbooks.put_back(path.with_name("home.xlsx") if other else path, home)
        self.round()

    def brings_a_copy_back(self, desk: str, at: int, one: bool, other: bool) -> None:
        """Taken home some time ago: put in the desk's place or beside it, edited or as it was."""
        self.homes.append((desk, self.file(desk)))
        whose, file = self.homes[at % len(self.homes)]
        self.shut(whose)
        if one and (rows := self.rows(file, CUSTOMER)):
            sheet = file.sheets[CUSTOMER].put(rows[at % len(rows)], NOTE, self.token())
            file = replace(file, sheets={**file.sheets, CUSTOMER: sheet})
        path = self.town.path(whose)
        self.met["copy back"] += 1
        self.town.workbooks.put_back(path.with_name(f"{path.stem} copy.xlsx") if other else path, file)

    def puts_a_file_over_anothers(self, desk: str, at: int, one: bool, other: bool) -> None:
        self.shut(ROY)
        path, own = self.town.path(ROY), self.file(ROY)
        self.town.workbooks.put_back(path, self.file(RAE))
        self.round()
        assert self.town.engine.held(self.town.desk(ROY)), "F6"
        self.town.workbooks.put_back(path, own)

    # Two people, one cell ---------------------------------------------------------------------------------

    def two_edit_the_same_cell(self, desk: str, at: int, one: bool, other: bool) -> None:
        form = CUSTOMER if one else CLAIM
        row = self.pick(RAE, form, at)
        there = self.row_of(MO, form, self.cell(RAE, form, row, "_id")) if row is not None else None
        if row is not None and there is not None:
            self.town.opens(RAE)
            self.put(MO, form, there, NOTE, self.token())
            self.round()
            self.put(RAE, form, row, NOTE, self.token())
            self.round()
            self.town.closes(RAE)
            self.round()

    def saves_while_it_is_written(self, desk: str, at: int, one: bool, other: bool) -> None:
        """Within the writing of the file (*one*), or between its reading and its writing."""
        self.shut(desk)
        row = self.pick(desk, CUSTOMER, at)
        workbooks = self.town.workbooks
        assert isinstance(workbooks, RacingWorkbooks)
        if row is None:
            return
        typed = self.bad(desk) if other else self.token()

        def race() -> None:
            self.met["race"] += 1
            self.witness.owed.add(typed)
            self.put(desk, CUSTOMER, row, SIZE if other else NOTE, typed)

        self.put(desk, CUSTOMER, row, NOTE, self.token())
        (workbooks.races if one else workbooks.early)[self.town.path(desk)] = race
        self.town.round()
        workbooks.races.clear()
        workbooks.early.clear()
        self.town.round()
        self.witness.look()

    def the_plug_is_pulled_after_an_edit(self, desk: str, at: int, one: bool, other: bool) -> None:
        """A new row without an id and an entry in another's column: what a restart must work out again."""
        self.shut(desk)
        # What others have saved is taken before, so that the plug is pulled within the taking of this.
        self.settle()
        name = self.token()
        self.witness.names.add(name)
        self.town.adds_unstamped(desk, "customer", name=name)
        form, foreign = (CLAIM, "what") if desk == MO else (CUSTOMER, "klass")
        row = self.pick(desk, form, 0)
        if row is not None:
            self.put(desk, form, row, foreign, self.token())
        self.pull_the_plug(at, after=one, clean=other)

    # Sign-off ---------------------------------------------------------------------------------------------

    def goes_all_the_way(self, desk: str, at: int, one: bool, other: bool) -> None:
        """Everybody whose turn it is agrees, one after the other; *one* writes opinions; *other* was not asked."""
        if not other:
            self.asks(at)
        for signer, column in SIGNERS:
            row = self.pick(signer, CLAIM, at)
            if row is not None:
                self.put(signer, CLAIM, row, column, "agree")
                if one:
                    self.put(signer, CLAIM, row, f"{column}_opinion", self.token())
                self.settle()

    def changes_what_was_approved(self, desk: str, at: int, one: bool, other: bool) -> None:
        row = self.pick(RAE, CLAIM, at)
        if row is None:
            return
        record = self.cell(RAE, CLAIM, row, "_id")
        self.shut(RAE)
        self.put(RAE, CLAIM, row, "submit", "Yes")
        for signer, column in SIGNERS:
            self.shut(signer)
            self.settle()
            there = self.row_of(signer, CLAIM, record)
            if there is not None:
                self.put(signer, CLAIM, there, column, "agree")
        self.settle()
        row = self.row_of(RAE, CLAIM, record)
        if row is not None and one and (number := self.cell(RAE, CLAIM, row, NUMBER)) is not None:
            self.town.adds(RAE, "claim_line", claim=number, cost=Decimal(100 + at))
        elif row is not None:
            self.put(RAE, CLAIM, row, AMOUNT, Decimal(400 + at))
        self.round()

    def overtypes_the_amount_and_signs(self, desk: str, at: int, one: bool, other: bool) -> None:
        self.asks(at)
        signer, column = SIGNERS[-1 if one else at % len(SIGNERS)]
        row = self.pick(signer, CLAIM, at)
        if row is not None:
            self.put(signer, CLAIM, row, AMOUNT, Decimal(1 + at))
            self.put(signer, CLAIM, row, column, "agree")
            self.round()

    def signs_out_of_turn(self, desk: str, at: int, one: bool, other: bool) -> None:
        """The manager signs a large claim before the others have."""
        self.shut(RAE)
        self.shut(MO)
        record = self.town.adds(RAE, "claim", what=self.token(), amount=Decimal(5000 + at), submit="Yes")
        self.settle()
        row = self.row_of(MO, CLAIM, record)
        if row is not None:
            self.put(MO, CLAIM, row, "manager_manager", "agree")
            self.round()

    def signs_what_has_changed_since(self, desk: str, at: int, one: bool, other: bool) -> None:
        self.asks(at)
        own = self.pick(RAE, CLAIM, at)
        there = self.row_of(MO, CLAIM, self.cell(RAE, CLAIM, own, "_id")) if own is not None else None
        if own is None or there is None:
            return
        self.town.opens(MO)
        self.put(RAE, CLAIM, own, AMOUNT, Decimal(200 + at))
        self.round()
        self.put(MO, CLAIM, there, "manager_manager", "agree")
        self.town.closes(MO)
        self.round()


Scene = Callable[[Scenes, str, int, bool, bool], None]

TYPING: Final = (
    Scenes.saves_a_new_row_twice,
    Scenes.undoes_in_one_session,
    Scenes.mends_a_mistake,
    Scenes.two_edit_the_same_cell,
)
COPYING: Final = (
    Scenes.overwrites_with_what_was_saved_before,
    Scenes.fills_the_same_empty_row_in_two_copies,
    Scenes.brings_a_copy_back,
    Scenes.puts_a_file_over_anothers,
)
BREAKING: Final = (Scenes.saves_while_it_is_written, Scenes.the_plug_is_pulled_after_an_edit)
SIGNING: Final = (
    Scenes.goes_all_the_way,
    Scenes.changes_what_was_approved,
    Scenes.overtypes_the_amount_and_signs,
    Scenes.signs_out_of_turn,
    Scenes.signs_what_has_changed_since,
)

ALL: Final = (*TYPING, *COPYING, *BREAKING, *SIGNING)


def stroll(play: Scenes, chance: Random, steps: int) -> None:
    """Play so many scenes in random order, what happens in between too, and send everybody home.

    Hypothesis makes few of its examples unlike each other; a walk at random comes sooner to the rare places.
    """
    for _ in range(steps):
        desk, at = chance.choice((RAE, ROY, MO)), chance.randrange(6)
        one, other = chance.random() < 0.5, chance.random() < 0.5
        match chance.randrange(8):
            case 0:
                play.registers(desk, stamped=one, wrong=other)
            case 1:
                amount = Decimal(chance.choice((100, 5000, 60000, 200000)))
                play.town.adds(chance.choice((RAE, ROY)), "claim", what=play.token(), amount=amount)
            case 2:
                play.pull_the_plug(chance.randrange(13), after=one, clean=other)
            case 3:
                play.round()
            case 4:
                play.edits_what_is_not_his(*chance.choice(FOREIGN), at)
            case _:
                chance.choice(ALL)(play, desk, at, one, other)
    play.go_home()
