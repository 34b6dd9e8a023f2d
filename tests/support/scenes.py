"""What people do at the desks of the small company, act by act, and scenes in which several of them meet.

A scene takes what it needs from its arguments: a desk, which of the rows there are, and two choices. It does
nothing where there is nothing to do it with. So a machine can play any scene at any time.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from random import Random
from typing import Any, Final

from sheet_templates.form import ID, NUMBER, DeskKey, FieldKey, FormKey
from sheet_templates.record import RecordId, Shown, State
from sync.chosen import Choice
from sync.undoing import Asked
from tests.support.fuse import Crash, Failing, Fuse
from tests.support.planted import Parts, RacingWorkbooks
from tests.support.small_company import LENA, MO, RAE, ROY
from tests.support.town import Calm, Town
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

    witnesses: type[Witness] = Witness

    def __init__(self, pristine: Town, parts: Parts, met: Counter[str]) -> None:
        truth = pristine.declared
        self.town = pristine.twin(parts.declared(truth), parts.store, parts.workbooks, parts.engine)
        self.witness = self.witnesses(self.town, truth, met)
        self.met = met
        self.homes: list[tuple[str, FakeFile]] = []
        self.count = 0

    # Hands ------------------------------------------------------------------------------------------------

    def token(self, kind: str = "tok") -> str:
        self.count += 1
        return f"{kind}{self.count:05}"

    def bad(self, desk: str) -> str:
        """Return what no number is."""
        token = self.token("wrong")
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

    def put(self, desk: str, form: FormKey, row: int, field: str, value: Shown) -> bool:
        """Type a value; return whether the desk let it be typed."""
        record = self.file(desk).sheets[form].rows.get(row, {}).get(ID)
        if record is not None and isinstance(value, str) and self.shown(desk, form, str(record)):
            self.witness.placed.setdefault(value, (form, RecordId(str(record))))
        return self.town.workbooks.type_cell(self.town.path(desk), form, row, FieldKey(field), value)

    def shown(self, desk: str, form: FormKey, record: str) -> bool:
        """Return whether a desk's file was rendered with that record: else a row with its id may become another one."""
        render = self.file(desk).render
        known = self.town.store._state.renders.get(render) if render is not None else None
        return known is not None and bool(known[1].get((form, RecordId(record))))

    def shut(self, desk: str) -> None:
        """Make sure that nobody has a desk open: under a lock a copy that is put there looks like a save."""
        if self.town.path(desk) in self.town.workbooks.open:
            self.town.closes(desk)

    def round(self) -> None:
        self.town.round()
        self.town.tell()
        self.witness.look()

    def settle(self) -> None:
        self.town.settle()
        self.town.tell()
        self.witness.look()

    def well(self) -> None:
        """Let nothing outside go wrong any more: at workbooks nothing does."""

    def go_home(self) -> None:
        """Everybody closes his file; what is left to do is done."""
        for path in tuple(self.town.workbooks.open):
            self.town.workbooks.close(path)
        self.town.settle()
        for _ in range(3):
            # What the post office would not take at once leaves later; longer, if the clock went back since.
            self.town.clock.step(hours=6)
            self.town.daily()
            self.town.tell()
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
        ports = (self.town.store, self.town.workbooks, self.town.post)
        store, workbooks, mailer = (Fuse(port, left, after=after) for port in ports)
        self.town.start(store, workbooks, mailer=mailer)
        try:
            self.town.round()
            self.town.tell()
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
            record = self.cell(desk, CUSTOMER, row, "_id")
            self.put(desk, CUSTOMER, row, NOTE, before)
            self.witness.retyped.add(str(before))
            self.round()
            standing = self.town.store.get(CUSTOMER, RecordId(str(record)))
            conflict = any(each.address.record == record for each in self.town.store.conflicts())
            undone = standing is None or standing[NOTE] == before or conflict or self.held(desk)
            assert undone, f"C3u: {before} was typed again, and {standing} stands"
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
            if self.put(desk, CUSTOMER, row, SIZE if other else NOTE, typed):
                self.witness.owed.add(typed)

        self.put(desk, CUSTOMER, row, NOTE, self.token())
        (workbooks.races if one else workbooks.early)[self.town.path(desk)] = race
        self.town.round()
        workbooks.races.clear()
        workbooks.early.clear()
        self.town.round()
        self.witness.look()

    def the_plug_is_pulled_in_a_race(self, desk: str, at: int, one: bool, other: bool) -> None:
        """Somebody saves while his file is written, and the daemon ends before it has read what it displaced."""
        self.shut(desk)
        self.settle()
        row = self.pick(desk, CUSTOMER, at)
        workbooks = self.town.workbooks
        assert isinstance(workbooks, RacingWorkbooks)
        if row is None or self.held(desk):
            return
        typed = self.token()
        self.put(desk, CUSTOMER, row, NOTE, self.token())
        raced: list[str] = []

        def race() -> None:
            if self.put(desk, CUSTOMER, row, SIZE if other else NOTE, typed):
                raced.append(typed)

        workbooks.races[self.town.path(desk)] = race
        if other:
            self.witness.bad[typed] = DeskKey(desk)
        self.pull_the_plug(3 + at, after=one, clean=False)
        workbooks.races.clear()
        self.settle()
        self.met["crash in a race"] += len(raced)
        self.witness.owed.update(raced)
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
        """A signer types another amount beside his verdict: on what somebody put up, or on a small new claim."""
        self.asks(at)
        signer, column = SIGNERS[-1 if one or other else at % len(SIGNERS)]
        row = self.pick(signer, CLAIM, at)
        if other:
            self.shut(RAE)
            self.shut(MO)
            amount = Decimal(200 + at)
            record = self.town.adds(RAE, "claim", what=self.token(), amount=amount, submit="Yes")
            self.settle()
            row = self.row_of(MO, CLAIM, record)
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

    def copies_what_was_signed(self, desk: str, at: int, one: bool, other: bool) -> None:
        """Neither a sign-off nor the tick that asks for one goes along with a copied row."""
        self.asks(at)
        row = self.pick(RAE, CLAIM, at)
        if row is None or self.held(RAE):
            return
        self.shut(RAE)
        known = {each.id for each in self.town.every(CLAIM)}
        new = self.town.workbooks.copy_row(self.town.path(RAE), CLAIM, row)
        if one:
            self.put(RAE, CLAIM, new, NOTE, self.token())
        self.round()
        for record in self.town.every(CLAIM):
            if record.id not in known:
                assert self.town.store.run(CLAIM, record.id) is None, "4: a copy was put up for sign-off"
                self.met["copied row"] += 1

    def forges_in_his_own_folder(self, desk: str, at: int, one: bool, other: bool) -> None:
        """A rep signs for the manager in a copy of his workbook, which he puts where he may write."""
        self.asks(at)
        file = self.file(MO)
        rows = self.rows(file, CLAIM)
        if not rows:
            return
        signed = file.sheets[CLAIM].put(rows[at % len(rows)], FieldKey("manager_manager"), "agree")
        before = self.decided()
        path = self.town.path(RAE).with_name("Mo.xlsx")
        self.town.workbooks.put_back(path, replace(file, sheets={**file.sheets, CLAIM: signed}))
        self.round()
        assert self.decided() == before, "3: signed in a folder that is not the signer's"
        self.town.workbooks.remove(path)
        self.met["forged"] += 1

    # What happens to everybody ----------------------------------------------------------------------------

    def sorts(self, desk: str, at: int, one: bool, other: bool) -> None:
        """Whole rows, after typing into one of them."""
        form = CUSTOMER if other else CLAIM
        rows = self.rows(self.file(desk), form)
        if rows:
            # The row goes elsewhere: filled notes come before empty ones, and these after what was there.
            self.put(desk, form, rows[0 if other else -1], NOTE, self.token())
        before = self.held(desk)
        self.town.workbooks.sort(self.town.path(desk), form, NOTE)
        self.round()
        assert before or not self.held(desk), "R1: whole rows were sorted, and the save is held"
        self.met["sorted"] += 1

    def sorts_only_some_columns(self, desk: str, at: int, one: bool, other: bool) -> None:
        """What the manager does not own goes into other rows: nothing of it is taken, and he undoes it."""
        self.shut(MO)
        self.settle()
        before, rows = self.file(MO), self.rows(self.file(MO), CLAIM)
        owned = {FieldKey("_id"), NUMBER, NOTE}
        apart = [key for key in before.sheets[CLAIM].columns if key not in owned]
        if len({before.sheets[CLAIM].rows[each].get(WHAT) for each in rows}) < 4 or self.held(MO):
            return
        sheet = before.sheets[CLAIM]
        turned = [*rows[1:], rows[0]]
        for to, source in zip(rows, turned, strict=True):
            for key in apart:
                sheet = sheet.put(to, key, before.sheets[CLAIM].rows[source].get(key))
        path = self.town.path(MO)
        self.town.workbooks.put_back(path, replace(before, sheets={**before.sheets, CLAIM: sheet}))
        self.round()
        assert self.held(MO), "R13: sorted apart, and taken"
        self.met["sorted apart"] += 1
        self.town.workbooks.put_back(path, before)
        self.settle()
        assert not self.held(MO), "it was undone"

    def loses_a_column(self, desk: str, at: int, one: bool, other: bool) -> None:
        """A column that is gone is absent, not cleared; later an older copy brings it back."""
        self.shut(desk)
        self.settle()
        form = CUSTOMER if one else CLAIM
        if self.held(desk) or not self.rows(self.file(desk), form):
            return
        before = self.file(desk)
        notes = {each.id: each[NOTE] for each in self.town.every(form)}
        self.town.workbooks.drop_column(self.town.path(desk), form, NOTE)
        self.round()
        assert {each.id: each[NOTE] for each in self.town.every(form)} == notes, (
            "K5: a lost column was cleared"
        )
        self.town.workbooks.put_back(self.town.path(desk), before)
        self.settle()
        self.met["column lost"] += 1

    def deletes_rows(self, desk: str, at: int, one: bool, other: bool) -> None:
        """By deleting the row, or by emptying its cells; while somebody else types in it, or not."""
        row = self.pick(desk, CUSTOMER, at)
        if row is None:
            return
        self.shut(desk)
        record = self.cell(desk, CUSTOMER, row, "_id")
        self.witness.names.discard(str(self.cell(desk, CUSTOMER, row, NAME)))
        there = self.row_of(MO, CUSTOMER, record)
        if one and desk != MO and there is not None:
            self.put(MO, CUSTOMER, there, NOTE, self.token())
            self.round()
            row = self.row_of(desk, CUSTOMER, record) or row
        if other:
            self.town.workbooks.delete_row(self.town.path(desk), CUSTOMER, row)
        else:
            for key in tuple(self.file(desk).sheets[CUSTOMER].rows[row]):
                if key != ID:
                    self.put(desk, CUSTOMER, row, key, None)
        self.round()
        self.met["row deleted"] += 1

    def withdraws(self, desk: str, at: int, one: bool, other: bool) -> None:
        """A rep deletes or empties (*other*) the row of a claim of her own; *one*: Mo types in it meanwhile.

        What was withdrawn is typed into in an older copy, or brought back by an undo while her file is open.
        """
        self.shut(RAE)
        self.shut(MO)
        what = self.token()
        self.town.adds(RAE, "claim", what=what, amount=Decimal(100 + at))
        self.settle()
        record = next((each.id for each in self.town.every(CLAIM) if each[WHAT] == what), None)
        row, there = self.row_of(RAE, CLAIM, record), self.row_of(MO, CLAIM, record)
        if record is None or row is None or there is None or self.held(RAE) or self.held(MO):
            return
        self.town.opens(RAE)
        typed = self.token()
        if one:
            self.put(MO, CLAIM, there, NOTE, typed)
            self.round()
        older = self.file(MO)
        self.erases(RAE, CLAIM, row, emptied=other)
        self.round()
        if self.held(RAE) or self.held(MO):
            return
        gone = self.stands(record) is State.RETRACTED
        assert gone is not one, "R3: Mo had typed in it" if one else "R2: it is not withdrawn"
        self.met["withdrawn and not" if one else "withdrawn by its row"] += 1
        if at % 2 and not one:
            self.town.workbooks.put_back(self.town.path(MO), older)
            self.put(MO, CLAIM, there, NOTE, typed)
            self.round()
            assert self.stands(record) is State.RETRACTED, "R5: who typed did not know"
        elif not one:
            self.takes_back(str(self.town.store.file(self.town.desk(RAE).key).file))  # type: ignore[union-attr]
            assert self.stands(record) is not State.RETRACTED, "the undo did not restore it"
            if self.pick(RAE, CUSTOMER, at) is not None:
                self.put(RAE, CUSTOMER, self.pick(RAE, CUSTOMER, at) or 3, NOTE, self.token())
            self.round()
            assert self.stands(record) is not State.RETRACTED, "C3: an old deletion counted once more"
            self.met["undo of a save"] += 1
        self.town.closes(RAE)

    def erases(self, desk: str, form: FormKey, row: int, *, emptied: bool) -> None:
        """Delete a row, or empty all its cells at once."""
        path, file = self.town.path(desk), self.file(desk)
        if not emptied:
            self.town.workbooks.delete_row(path, form, row)
            return
        sheet = file.sheets[form]
        bare = replace(sheet, rows={**sheet.rows, row: {ID: sheet.rows[row].get(ID)}})
        self.town.workbooks.put_back(path, replace(file, sheets={**file.sheets, form: bare}))

    def stands(self, record: RecordId) -> State | None:
        found = self.town.store.get(CLAIM, record)
        return None if found is None else found.state

    def takes_back(self, save: str) -> None:
        """Let the administrator take a save back: what stood before may come again."""
        for line in self.town.store.journal():
            if line.entry.cause == save:
                self.witness.retyped.add(str(line.entry.old))
        self.town.engine.undo(Asked(name=self.token("undo"), by="wang", choice=Choice(cause=save)))

    def moves_a_row_to_another_sheet(self, desk: str, at: int, one: bool, other: bool) -> None:
        """A claim is cut and pasted among the customers: it stays a claim, and what was pasted is a row of its own."""
        self.shut(RAE)
        self.settle()
        row = self.pick(RAE, CLAIM, at)
        if row is None or self.held(RAE):
            return
        file, record = self.file(RAE), self.cell(RAE, CLAIM, row, "_id")
        claims, customers = file.sheets[CLAIM], file.sheets[CUSTOMER]
        name = str(claims.rows[row].get(WHAT))
        pasted = {ID: record, NAME: name, NOTE: claims.rows[row].get(AMOUNT)}
        self.witness.retyped.add(name)
        moved = {
            CLAIM: replace(claims, rows={n: each for n, each in claims.rows.items() if n != row}),
            CUSTOMER: replace(customers, rows={**customers.rows, customers.last + 1: pasted}),
        }
        before = self.stands(record)
        self.town.workbooks.put_back(self.town.path(RAE), replace(file, sheets={**file.sheets, **moved}))
        self.round()
        assert self.stands(record) is before, "R15: a claim was cut and pasted, and is not what it was"
        self.met["moved to another sheet"] += 1

    def pastes_a_row_of_an_older_copy(self, desk: str, at: int, one: bool, other: bool) -> None:
        """Of a customer that was handed over since: nothing of it is new, except what is typed in it (*one*)."""
        self.shut(RAE)
        self.settle()
        row = self.pick(RAE, CUSTOMER, at)
        record = self.cell(RAE, CUSTOMER, row, "_id") if row is not None else None
        there = self.row_of(MO, CUSTOMER, record) if record is not None else None
        if row is None or there is None or self.held(RAE) or self.held(MO):
            return
        self.shut(MO)
        older: dict[FieldKey, Any] = {}
        for field, value in ((NOTE, self.token()), (NOTE, self.token()), ("owner", "Roy")):
            row = self.row_of(RAE, CUSTOMER, record) or row
            older = older if field == "owner" else dict(self.file(RAE).sheets[CUSTOMER].rows[row])
            self.put(MO, CUSTOMER, self.row_of(MO, CUSTOMER, record) or there, field, value)
            self.settle()
        if self.row_of(RAE, CUSTOMER, record) is not None or self.held(RAE):
            return
        many = len(self.town.every(CUSTOMER))
        file = self.file(RAE)
        sheet = file.sheets[CUSTOMER]
        pasted = {**older, SIZE: float(at)} if one else older
        rows = {**sheet.rows, sheet.last + 1: pasted}
        changed = {**file.sheets, CUSTOMER: replace(sheet, rows=rows)}
        self.town.workbooks.put_back(self.town.path(RAE), replace(file, sheets=changed))
        self.round()
        assert self.held(RAE) or len(self.town.every(CUSTOMER)) == many, (
            "R10: a record of his own is a new row"
        )
        self.met["pasted"] += 1

    def a_limit_changes(self, desk: str, at: int, one: bool, other: bool) -> None:
        """While claims are up for sign-off: those keep the steps with which they were put up."""
        self.asks(at)
        row = self.pick("admin", FormKey("limits"), 0)
        if row is not None:
            self.put("admin", FormKey("limits"), row, "value", Decimal(1_000_000 if one else 1000))
            self.round()
            self.met["limit"] += 1

    def goes_on_leave_and_comes_back(self, desk: str, at: int, one: bool, other: bool) -> None:
        """Roy leaves; what he types then counts for nothing until he is back."""
        self.shut(ROY)
        self.settle()
        row = self.row_named("admin", FormKey("people"), "Roy")
        if row is None or self.held("admin") or self.held(ROY):
            return
        path, kept = self.town.path(ROY), self.file(ROY)
        at_work = len(self.town.store._state.ingested)
        self.put("admin", FormKey("people"), row, "left", self.town.clock.now().date())
        self.settle()
        if self.town.employs(ROY):
            return
        assert path not in self.town.workbooks.files, "TX-5.4: who has left has his desk still"
        mine = self.rows(kept, CUSTOMER)
        if one and mine:
            # He had a copy of it at home.
            record = kept.sheets[CUSTOMER].rows[mine[0]].get(ID)
            typed = self.token()
            self.town.workbooks.put_back(path, kept)
            self.town.workbooks.type_cell(path, CUSTOMER, mine[0], NOTE, typed)
            self.round()
            standing = self.town.store.get(CUSTOMER, RecordId(str(record)))
            assert standing is None or standing[NOTE] != typed, "1: who has left works on"
        self.put("admin", FormKey("people"), row, "left", None)
        self.settle()
        assert self.town.employs(ROY)
        for _ in range(3):
            # It is missed for a while before it is made anew.
            self.town.clock.step(seconds=15)
            self.settle()
        assert path in self.town.workbooks.files, "he is back, and has no desk"
        assert len(self.town.store._state.ingested) >= at_work
        self.met["leave"] += 1

    def the_clock_jumps(self, desk: str, at: int, one: bool, other: bool) -> None:
        """Forwards, or back, in the middle of somebody's work."""
        row = self.pick(desk, CUSTOMER, at)
        if row is not None:
            self.put(desk, CUSTOMER, row, NOTE, self.token())
        self.town.clock.step(hours=at * (1 if one else -1))
        self.round()
        if other:
            self.goes_all_the_way(desk, at, one, False)
        self.met["clock"] += 1

    def the_post_office_drops_the_line(self, desk: str, at: int, one: bool, other: bool) -> None:
        """Before it has the message, or after DATA; and then the plug is pulled."""
        self.town.post.drops.extend((one, other))
        self.asks(at)
        if other:
            self.goes_all_the_way(desk, at, False, one)
        self.pull_the_plug(at, after=one, clean=True)
        self.met["line dropped"] += 1

    def the_plug_is_pulled_at_the_post_office(self, desk: str, at: int, one: bool, other: bool) -> None:
        """Somewhere between writing a message down and knowing that it left."""
        self.settle()
        self.shut(RAE)
        self.town.adds(RAE, "claim", what=self.token(), amount=Decimal(5000 + at), submit="Yes")
        self.town.settle()
        if other:
            self.town.write_letters()
        left = [at % 4 if other else at]
        self.town.outbox, self.town.mailer = (
            Fuse(port, left, after=one) for port in (self.town.store, self.town.post)
        )
        try:
            self.town.tell()
        except Crash:
            self.met["crash at the post office"] += 1
        self.town.start()
        self.witness.look()
        self.town.tell()

    def the_disk_fails(self, desk: str, at: int, one: bool, other: bool) -> None:
        """It is full, forbidden or broken, always (*one*) or now and then; then it is mended."""
        row = self.pick(desk, CUSTOMER, at)
        if row is not None:
            self.put(desk, CUSTOMER, row, NOTE, self.token())
        self.registers(desk, stamped=one, wrong=False)
        chance = Random(self.count)
        often = 1.0 if one else 0.3
        store = Failing(self.town.store, chance, often if other or not one else 0.0)
        workbooks = Failing(self.town.workbooks, chance, often if not other or not one else 0.0)
        calm = Calm()
        self.town.start(store, workbooks, log=calm)
        for _ in range(3):
            self.town.clock.step(seconds=15)
            self.town.daemon_round()
        faults = store.faults + workbooks.faults
        self.met["disk fault"] += faults
        assert not faults or calm.told or self.town.rounds.waiting or self.town.store.problems(), (
            "nobody was told"
        )
        store.fails = workbooks.fails = False
        for _ in range(3):
            self.town.clock.step(seconds=15)
            self.town.daemon_round()
        self.witness.look()
        self.whole()
        self.town.start()
        self.settle()

    def whole(self) -> None:
        """Whatever lies there now has been read: nobody has to save once more because a disk had failed."""
        for each in self.town.engine.desks():
            path = self.town.path(each.key)
            file = self.town.workbooks.files.get(path)
            unread = file is not None and path not in self.town.workbooks.open
            assert not unread or self.town.store.ingested(file.hash), f"{path} is not read again"  # type: ignore[union-attr]

    def held(self, desk: str) -> bool:
        return self.town.engine.held(self.town.desk(desk))

    def decided(self) -> int:
        return sum(len(self.town.store.decisions(CLAIM, each.id)) for each in self.town.every(CLAIM))

    def row_named(self, desk: str, form: FormKey, name: str) -> int | None:
        rows = self.rows(self.file(desk), form)
        return next((row for row in rows if self.cell(desk, form, row, NAME) == name), None)


Scene = Callable[[Scenes, str, int, bool, bool], None]

TYPING: Final = (
    Scenes.saves_a_new_row_twice,
    Scenes.undoes_in_one_session,
    Scenes.mends_a_mistake,
    Scenes.two_edit_the_same_cell,
    Scenes.sorts,
    Scenes.sorts_only_some_columns,
    Scenes.deletes_rows,
    Scenes.loses_a_column,
)
COPYING: Final = (
    Scenes.overwrites_with_what_was_saved_before,
    Scenes.fills_the_same_empty_row_in_two_copies,
    Scenes.brings_a_copy_back,
    Scenes.puts_a_file_over_anothers,
)
BREAKING: Final = (
    Scenes.saves_while_it_is_written,
    Scenes.the_plug_is_pulled_after_an_edit,
    Scenes.the_plug_is_pulled_in_a_race,
    Scenes.the_plug_is_pulled_at_the_post_office,
    Scenes.the_post_office_drops_the_line,
    Scenes.the_disk_fails,
    Scenes.the_clock_jumps,
)
CHANGING: Final = (Scenes.a_limit_changes, Scenes.goes_on_leave_and_comes_back)
SIGNING: Final = (
    Scenes.goes_all_the_way,
    Scenes.changes_what_was_approved,
    Scenes.overtypes_the_amount_and_signs,
    Scenes.signs_out_of_turn,
    Scenes.signs_what_has_changed_since,
    Scenes.copies_what_was_signed,
    Scenes.forges_in_his_own_folder,
)

MOVING: Final = (
    Scenes.withdraws,
    Scenes.moves_a_row_to_another_sheet,
    Scenes.pastes_a_row_of_an_older_copy,
)
"""Rows that are deleted, cut and pasted: walks of their own, or they come too seldom."""

ALL: Final = (*TYPING, *COPYING, *BREAKING, *SIGNING, *CHANGING)


def stroll(play: Scenes, chance: Random, steps: int, scenes: Sequence[Scene] = ALL) -> None:
    """Play so many scenes in random order, what happens in between too, and send everybody home.

    Hypothesis makes few of its examples unlike each other; a walk at random comes sooner to the rare places.
    """
    for _ in range(steps):
        desk, at = chance.choice((RAE, ROY, MO)), chance.randrange(6)
        one, other = chance.random() < 0.5, chance.random() < 0.5
        match chance.randrange(12):
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
                chance.choice(scenes)(play, desk, at, one, other)
    play.go_home()
