"""The approval chain of one record: what a tick, a change or a verdict leads to. Pure.

    draft → submitted → step 1 … n → approved | returned | refused | withdrawn | voided

The laws (each one is a test): nothing is approved but by all signers of the chain as it was frozen at the
start, on the content as it is now; a material change voids every decision; nobody signs his own request; a
second decision changes nothing. (TX-3.3.1, TX-3.4.2, IT-5.2; design, section 8.)
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from rules import notices
from rules.content import (
    MaterialChange,
    content_hash,
    lines_of,
    material_changes,
    material_fields,
    material_values,
)
from rules.effect import Advance, Decide, Decision, Effect, Effects, Run, Set, Verdict, Void
from rules.frozen import Frozen, freeze, thaw
from rules.happened import Happened, Signing
from rules.rule import Book, Chain
from rules.signing import fault_of
from rules.turn import Turn, in_force, open_step, requesters, whose_turn
from sheet_templates.expression import Expression, ExpressionError, Scope
from sheet_templates.form import FieldKey, FieldType, Form, FormKey
from sheet_templates.record import Address, Problem, Record, Records, Severity, State, Text, named, text

SUBMIT: Final = FieldKey("submit")
"""The requester's tick."""


def effects(
    book: Book, forms: Mapping[FormKey, Form], happened: Happened, *, ready: bool
) -> tuple[Effects, Record]:
    """Return what follows for the record's approval, and the record in the state that it is then in.

    *ready*: nothing that the checks for sign-off ask for is missing. A record that is ticked and not ready
    waits; it is put up as soon as it is ready.
    """
    chain = book.chain(happened.after.form)
    if chain is None:
        return Effects(), happened.after
    course = _Course(chain, forms, happened, ready=ready)
    course.go()
    after = happened.after
    if course.run is not None and course.run.state is not after.state:
        after = replace(after, state=course.run.state)
    return Effects(effects=tuple(course.effects), problems=tuple(course.problems)), after


def state_text(record: Record, run: Run | None, decisions: Iterable[Decision], records: Records) -> Text:
    """Return what the 狀態 column says: where the record stands, and on whom it waits.

    People are named as of the day of submission: what a desk shows must not depend on when it is written.
    """
    if run is None or run.state is not State.SUBMITTED:
        return text(f"state.{record.state.value}")
    turns = whose_turn(run, decisions, records, run.submitted_at.date())
    if not turns:
        return text("state.submitted")
    return text("state.waiting", step=named(turns[0].labels), who=notices.signers_said(turns, records))


class _Course:
    """One record's course through what happened: collects effects while run and decisions move on."""

    def __init__(
        self, chain: Chain, forms: Mapping[FormKey, Form], happened: Happened, *, ready: bool
    ) -> None:
        self.chain = chain
        self.forms = forms
        self.form = forms[happened.after.form]
        self.happened = happened
        self.ready = ready
        self.record = happened.after
        self.run = happened.run
        self.decisions = list(happened.decisions)
        self.effects: list[Effect] = []
        self.problems: list[Problem] = []
        self.lines = lines_of(self.form, self.record, forms, happened.records)
        self.content = content_hash(self.form, self.record, self.lines, forms)
        self.rule = f"chain.{chain.key}"

    def go(self) -> None:
        """Follow what happened: first what was changed or ticked, then what was signed."""
        ticked = self.record[SUBMIT] is True
        match self.run.state if self.run is not None else State.DRAFT:
            case State.SUBMITTED if not ticked:
                self._withdraw()
            case State.SUBMITTED | State.APPROVED if self._changed(ticked=ticked):
                pass
            case State.APPROVED if not ticked:
                self._refuse_untick()
            case State.REFUSED if ticked:
                self._refuse_again()
            case State.DRAFT | State.RETURNED | State.WITHDRAWN | State.VOIDED if ticked and self.ready:
                self._submit(self._requester(), again=None)
            case _:
                pass
        for signing in self.happened.signings:
            self._sign(signing)

    def _requester(self) -> str:
        """Return who puts the record up: who ticked it just now, else whose record it is."""
        before, owner = self.happened.before, self.record[str(self.form.owner)]
        ticked_now = before is None or before[SUBMIT] is not True
        if ticked_now and self.happened.person is not None:
            return self.happened.person
        return owner if isinstance(owner, str) else self.happened.person or ""

    def _submit(self, requester: str, again: Frozen | None) -> None:
        """Begin a round: by the rules of today or, if a running approval begins *again*, by its own."""
        material = material_fields(self.form, self.forms) if again is None else again.material
        if again is None:
            assert self.form.owner is not None, "the book has seen to it"
            applies = [each.key for each in self.chain.steps if self._applies(each.when)]
            frozen = freeze(self.chain, self.form.owner, applies, material)
        else:
            taken = [each.key for each in again.steps if self._applies_still(each.when)]
            frozen = replace(again, applies=tuple(taken))
        run = Run(
            form=self.record.form,
            record=self.record.id,
            chain=self.chain.key,
            frozen=frozen.dump(),
            round=self.run.round + 1 if self.run is not None else 1,
            state=State.SUBMITTED,
            content=self.content,
            submitted_by=requester,
            submitted_at=self.happened.now,
            material=material_values(self.record, self.lines, material),
        )
        self._advance(run, text("chain.why.submitted", who=notices.person(requester, self.happened.records)))
        self._tell_turns(())

    def _applies(self, when: Expression | None) -> bool:
        return when is None or when.true(self.happened.context(self.forms))

    def _applies_still(self, when: str | None) -> bool:
        """Return whether a frozen condition is true; a step whose condition no longer makes sense is taken."""
        if when is None:
            return True
        scope = Scope.of(self.form, self.forms, limits=self.happened.limits.keys())
        try:
            return self._applies(Expression.load(when, scope, FieldType.YES_NO))
        except ExpressionError:
            return True

    def _changed(self, *, ticked: bool) -> bool:
        """Void the sign-offs if the material content is no longer what was put up; say whether it is so."""
        run = self.run
        assert run is not None
        if self.content == run.content:
            return False
        frozen = thaw(run.frozen)
        changes = material_changes(self.record, self.lines, run.material, frozen.material)
        if not changes:
            self._advance(replace(run, content=self.content), text("chain.why.tolerated"))
            return False
        why = self._why(changes)
        voided = self._void("chain.void.changed", why)
        again = frozen if run.state is State.SUBMITTED else None
        if ticked and self.ready:
            self.effects.extend(notices.voided(self._matter(), voided, why, restarted=True))
            self._submit(run.submitted_by, again)
        else:
            self.effects.extend(notices.voided(self._matter(), voided, why, restarted=False))
            self._advance(replace(run, state=State.VOIDED), why)
        return True

    def _why(self, changes: tuple[MaterialChange, ...]) -> Text:
        signers = {role for step in self.chain.steps for role in step.roles}
        return notices.changes_said(changes, self.forms, self.happened.records, signers)

    def _void(self, key: str, why: Text) -> tuple[Decision, ...]:
        assert self.run is not None
        standing = in_force(self.run, self.decisions)
        voided = tuple(replace(each, voided=key) for each in standing)
        self.decisions = [*(each for each in self.decisions if each not in standing), *voided]
        self.effects.extend(Void(decision=each, why=why) for each in voided)
        return voided

    def _withdraw(self) -> None:
        assert self.run is not None
        why = text("chain.why.withdrawn", who=notices.person(self.run.submitted_by, self.happened.records))
        waiting = self._turns()
        voided = self._void("chain.void.withdrawn", why)
        self._advance(replace(self.run, state=State.WITHDRAWN), why)
        self.effects.extend(notices.withdrawn(self._matter(), voided, waiting))

    def _refuse_untick(self) -> None:
        self._set_submit(ticked=True)
        self._notice("chain.approved_already")

    def _refuse_again(self) -> None:
        self._set_submit(ticked=False)
        self._notice("chain.refused_already")

    def _sign(self, signing: Signing) -> None:
        """Enter one verdict and follow it, unless something speaks against it."""
        standing = in_force(self.run, self.decisions) if self.run is not None else ()
        same = [each for each in standing if (each.step, each.role) == (signing.step, signing.role)]
        if any(each.person == signing.person and each.verdict is signing.verdict for each in same):
            return
        fault = fault_of(
            signing, self.run, standing, self._turns(), content=self.content, asked=self._asked()
        )
        if fault is not None:
            self.problems.append(self._placed(fault, signing))
            return
        assert self.run is not None
        decision = Decision(
            form=self.record.form,
            record=self.record.id,
            round=self.run.round,
            step=signing.step,
            role=signing.role,
            person=signing.person,
            desk=signing.desk,
            verdict=signing.verdict,
            opinion=signing.opinion,
            content=signing.content,
            grade=signing.grade,
            at=self.happened.now,
        )
        before = self._turns()
        self.decisions.append(decision)
        self.effects.append(Decide(decision=decision))
        self._follow(decision, before)

    def _follow(self, decision: Decision, before: tuple[Turn, ...]) -> None:
        """Advance the run as *decision* demands."""
        assert self.run is not None
        matter = self._matter()
        who = notices.person(decision.person, self.happened.records)
        match decision.verdict:
            case Verdict.RETURN:
                self._advance(replace(self.run, state=State.RETURNED), text("chain.why.returned", who=who))
                self._set_submit(ticked=False)
                self.effects.append(notices.ended(matter, decision, "returned"))
            case Verdict.REFUSE if self._hopeless(decision):
                self._advance(replace(self.run, state=State.REFUSED), text("chain.why.refused", who=who))
                self._set_submit(ticked=False)
                self.effects.append(notices.ended(matter, decision, "refused"))
            case _ if open_step(thaw(self.run.frozen), in_force(self.run, self.decisions)) is None:
                self._advance(replace(self.run, state=State.APPROVED), text("chain.why.approved", who=who))
                self.effects.append(notices.ended(matter, decision, "approved"))
            case _:
                self._tell_turns(before)

    def _hopeless(self, decision: Decision) -> bool:
        """Return whether those who have not refused are too few for the step."""
        assert self.run is not None
        step = next(each for each in thaw(self.run.frozen).steps if each.key == decision.step)
        standing = in_force(self.run, self.decisions)
        refused = sum(each.step == step.key and each.verdict is Verdict.REFUSE for each in standing)
        return len(step.roles) - refused < step.need

    def _tell_turns(self, before: tuple[Turn, ...]) -> None:
        """Tell those whose turn it has become."""
        told = {(each.step, each.role) for each in before}
        turns = [each for each in self._turns() if (each.step, each.role) not in told]
        self.effects.extend(notices.turns(self._matter(), turns))

    def _turns(self) -> tuple[Turn, ...]:
        return whose_turn(self.run, self.decisions, self.happened.records, self.happened.now.date())

    def _asked(self) -> frozenset[str]:
        if self.run is None:
            return frozenset()
        return requesters(self.run, self.record[str(self.form.owner)])

    def _advance(self, run: Run, why: Text) -> None:
        self.run = run
        self.effects.append(Advance(run=run, why=why))

    def _set_submit(self, *, ticked: bool) -> None:
        address = Address(form=self.record.form, record=self.record.id, field=SUBMIT)
        self.effects.append(Set(address=address, value=True if ticked else None, rule=self.rule))

    def _matter(self) -> notices.Matter:
        assert self.run is not None
        return notices.Matter(
            chain=self.chain,
            forms=self.forms,
            record=self.record,
            records=self.happened.records,
            run=self.run,
        )

    def _notice(self, key: str) -> None:
        self.problems.append(
            Problem(
                what=text(key),
                mend=text(f"{key}.mend"),
                severity=Severity.NOTICE,
                form=self.record.form,
                record=self.record.id,
                field=SUBMIT,
                rule=self.rule,
                clause=self.chain.clause,
            )
        )

    def _placed(self, fault: Text, signing: Signing) -> Problem:
        return Problem(
            what=fault,
            mend=text(f"{fault.key}.mend"),
            severity=Severity.NOTICE,
            desk=signing.desk,
            form=self.record.form,
            record=self.record.id,
            field=FieldKey(f"{signing.step}_{signing.role}"),
            value=signing.verdict.value,
            rule=self.rule,
            clause=self.chain.clause,
        )
