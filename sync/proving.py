"""What proves who typed a verdict: whose desk it stands in, and the one-time code beside it. Pure.

A code is used up by being typed, whether the decision beside it counts or not: what was typed lies in the file
that was saved, and must be worth nothing there.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from dataclasses import field as made

from rules.columns import code_key, decision_key
from rules.effect import Notify, Run
from rules.frozen import thaw
from rules.turn import Turn, in_force, whose_turn
from sheet_templates.form import Desk, Field, Form, Role, Source
from sheet_templates.record import Address, Problem, Record, Severity, Text, named, text
from sync.codes import CODE, Act, History, Judged, Signature, Terms
from sync.merge import Edit
from sync.one_time import Seal, Wish
from sync.ports import Entry
from sync.reading import Reading
from sync.work import Work

COUNTED = "A"
"""The grade that a code gives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Who signed, how well that is proven, and what speaks against the code that he typed."""

    person: str
    grade: str
    fault: Text | None = None


@dataclass(slots=True, kw_only=True)
class Proving:
    """The codes that stand in one save."""

    work: Work
    desk: Desk
    reading: Reading
    seal: Seal
    grade: str
    """What a verdict without a code is worth in this desk."""
    typed: dict[Address, Edit] = made(default_factory=dict)
    """Under the address of the decision that a code stands beside."""

    def heard(self, acts: Iterable[Edit]) -> Iterator[Edit]:
        """Yield the acts that are no codes; the codes are remembered. A verdict that waited for its code comes too."""
        others = []
        for edit in acts:
            field = self._field(edit)
            if field is None or field.source is not Source.CODE:
                others.append(edit)
            elif edit.typed.value is not None and self._record(edit) is not None:
                assert field.step is not None
                assert field.signer is not None
                key = decision_key(field.step, field.signer)
                self.typed[Address(form=edit.address.form, record=edit.address.record, field=key)] = edit
        yield from others
        given = {edit.address for edit in others}
        for address, edit in tuple(self.typed.items()):
            if edit.typed.value == Wish.ASK.value:
                self._ask(edit)
                del self.typed[address]
            elif address not in given:
                verdict = self._beside(address, edit)
                if verdict is not None:
                    yield verdict
                else:
                    self._alone(address, edit)

    def of(self, form: Form, field: Field, record: Record) -> Proof:
        """Return what proves the verdict in *field*; a code beside it is used up."""
        mine = Proof(person=self.desk.people[0] if self.desk.people else "", grade=self.grade)
        edit = self.typed.pop(Address(form=form.key, record=record.id, field=field.key), None)
        if edit is None:
            return mine
        assert field.step is not None
        assert field.signer is not None
        waiting = self._waiting(form, record, field.step, field.signer)
        if waiting is None:
            # Nobody was asked for a code here: what is wrong with the verdict is said beside it.
            return mine
        run, turn = waiting
        return self._judge(edit, run, turn, mine)

    def _judge(self, edit: Edit, run: Run, turn: Turn, mine: Proof) -> Proof:
        """Hold what was typed against the codes of all who may sign here and work in this desk."""
        sealed = str(edit.typed.value)
        signatures = [self._signature(run, turn, person) for person in self._people(turn)]
        if sealed.startswith(Wish.TYPO.value) or not signatures:
            fault = text("sign.code_typo") if signatures else None
            return Proof(person=mine.person, grade=mine.grade, fault=fault)
        judged = [(each, self._judged(sealed, each)) for each in signatures]
        right = next((each for each in judged if each[1].fault is None), None)
        old = next((each for each in judged if each[1].act is Act.OLD and each[1].n), None)
        signature, found = right or old or judged[0]
        if found.act is not Act.OLD or found.n:
            whose = signature.person if found.act is not Act.WRONG or len(judged) == 1 else ""
            self._note(edit, signature, found.act, n=found.n, signer=whose)
        if found.locked:
            self._tell_locked(edit, signature, [each.person for each in signatures])
        if found.fault is not None:
            return Proof(person=mine.person, grade=mine.grade, fault=found.fault)
        return Proof(person=signature.person, grade=COUNTED)

    def _judged(self, sealed: str, signature: Signature) -> Judged:
        return self._history(signature).judged(
            sealed, signature, self.seal, self.work.at, Terms.of(self.work.limits())
        )

    def _history(self, signature: Signature) -> History:
        """Return the codes of a signer, with what this save has brought so far."""
        stored = (line.entry for line in self.work.store.journal(signature.form, signature.record))
        place = (signature.form, signature.record)
        here = (each for each in self.work.entries if (each.form, each.record) == place)
        return History.of((*stored, *here), signature)

    # What is no verdict -----------------------------------------------------------------------------------

    def _ask(self, edit: Edit) -> None:
        """Let another code be sent, unless none is needed or too many were sent."""
        form, field, record = self._place(edit)
        assert field.step is not None
        assert field.signer is not None
        waiting = self._waiting(form, record, field.step, field.signer)
        people = self._people(waiting[1]) if waiting is not None else ()
        if waiting is None or not people:
            self._say(edit, text("sign.code_unneeded"))
            return
        run, turn = waiting
        terms = Terms.of(self.work.limits())
        signatures = [self._signature(run, turn, person) for person in people]
        if all(self._history(each).exhausted(self.work.at, terms) for each in signatures):
            self._say(edit, text("sign.code_often", count=terms.sends))
            return
        for each in signatures:
            self._note(edit, each, Act.ASKED, n=0, signer=each.person)
        self._say(edit, text("sign.code_asked"))

    def _alone(self, address: Address, edit: Edit) -> None:
        """Answer a code beside which no verdict stands: it is used up all the same."""
        form, _, record = self._place(edit)
        decision = form.field(address.field)
        assert decision is not None
        fault = self.of(form, decision, record).fault
        self._say(edit, fault or text("sign.code_alone"))

    def _beside(self, address: Address, edit: Edit) -> Edit | None:
        """Return the verdict that stands beside a code since an earlier save; None if none does that is new."""
        form, _, record = self._place(edit)
        run = self.work.run(form.key, record.id)
        standing = in_force(run, self.work.decided(form.key, record.id)) if run is not None else ()
        if any(decision_key(each.step, each.role) == address.field for each in standing):
            return None
        cell = self.reading.merges[form.key, record.id].row.cells.get(address.field)
        typed = self.reading.understanding.typed(form, address.field, cell)
        if not isinstance(typed.value, str) or typed.fault is not None:
            return None
        return Edit(address=address, at=edit.at, typed=typed, base=None, theirs=None, conflict=False)

    # Places -----------------------------------------------------------------------------------------------

    def _place(self, edit: Edit) -> tuple[Form, Field, Record]:
        form, field, record = (
            self.work.declared.forms[edit.address.form],
            self._field(edit),
            self._record(edit),
        )
        assert field is not None
        assert record is not None
        return form, field, record

    def _field(self, edit: Edit) -> Field | None:
        return self.work.declared.forms[edit.address.form].field(edit.address.field)

    def _record(self, edit: Edit) -> Record | None:
        return self.work.records.get(edit.address.form, edit.address.record)

    def _waiting(self, form: Form, record: Record, step: str, role: Role) -> tuple[Run, Turn] | None:
        """Return the run and the turn in which *role* is to sign *step* with a code; None if it is not."""
        run = self.work.run(form.key, record.id)
        if run is None:
            return None
        decided = self.work.decided(form.key, record.id)
        graded = {each.key: each.grade for each in thaw(run.frozen).taken()}
        for turn in whose_turn(run, decided, self.work.records, self.work.at.date()):
            if decision_key(turn.step, turn.role) == decision_key(step, role):
                return (run, turn) if graded[turn.step] == COUNTED else None
        return None

    def _people(self, turn: Turn) -> tuple[str, ...]:
        return tuple(each for each in turn.people if each in self.desk.people)

    def _signature(self, run: Run, turn: Turn, person: str) -> Signature:
        return Signature(
            form=run.form,
            record=run.record,
            round=run.round,
            step=turn.step,
            role=turn.role,
            person=person,
            content=run.content,
        )

    # What comes of it -------------------------------------------------------------------------------------

    def _note(self, edit: Edit, signature: Signature, act: Act, *, n: int, signer: str) -> None:
        """Enter what became of a code; neither it nor what was typed is in the entry."""
        author = self.reading.author
        self.work.entries.append(
            Entry(
                at=self.work.at,
                kind=CODE,
                desk=author.desk,
                person=author.person,
                form=edit.address.form,
                record=edit.address.record,
                field=code_key(signature.step, signature.role),
                new=act.value,
                cause=author.cause,
                detail={**signature.detail(n), "signer": signer},
            )
        )

    def _tell_locked(self, edit: Edit, signature: Signature, people: Iterable[str]) -> None:
        """Tell the signer and the administrator at once that somebody tried codes in his desk."""
        form, _, record = self._place(edit)
        history = self._history(signature)
        event = f"code.locked:{form.key}:{record.id}:{signature.step}:{signature.role}:{history.next}"
        self.work.notices[event] = Notify(
            event=event,
            people=tuple(people),
            roles=(Role("admin"),),
            urgent=True,
            headline=text("code.locked", form=named(form.labels), number=record.number, desk=self.desk.name),
            lines=(text("code.locked.mend"),),
            form=form.key,
            record=record.id,
            rule=f"chain.{form.key}",
            clause="",
        )

    def _say(self, edit: Edit, what: Text) -> None:
        self.work.problems.append(
            Problem(
                what=what,
                mend=text(f"{what.key}.mend"),
                severity=Severity.NOTICE,
                desk=self.desk.key,
                form=edit.address.form,
                record=edit.address.record,
                field=edit.address.field,
            )
        )
