"""What a tick or a change leads to: rounds of an approval begin, go on, or become void. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from rules import notices
from rules.content import MaterialChange, material_changes, material_values
from rules.course import SUBMIT, Course
from rules.effect import Decision, Run, Verdict
from rules.frozen import Frozen, thaw
from rules.rounds import Round
from rules.turn import in_force, open_step
from sheet_templates.form import FieldKey, FormKey
from sheet_templates.record import Record, State, Text, text


@dataclass(frozen=True, slots=True)
class Submission:
    """Rounds of one record's approval, and what a change makes of them."""

    course: Course

    def follow(self) -> None:
        """Follow what was ticked or changed: a round begins, goes on, begins anew, or ends."""
        course = self.course
        ticked = course.record[SUBMIT] is True
        match course.run.state if course.run is not None else State.DRAFT:
            case State.SUBMITTED if not ticked:
                self._withdraw()
            case State.APPROVED if course.happened.signed:
                self._stand()
            case State.SUBMITTED | State.APPROVED if self._changed(ticked=ticked):
                pass
            case State.APPROVED if not ticked:
                self._refuse_untick()
            case State.REFUSED if ticked:
                self._refuse_again()
            case State.DRAFT | State.RETURNED | State.WITHDRAWN | State.VOIDED if ticked and course.ready:
                self._submit()
            case _:
                pass

    def _submit(self) -> None:
        """Begin a round by the rules of today."""
        revised = self._revised()
        self._begin(self.course.beginning().anew(self.course.record), self._requester(), None, revised)

    def _requester(self) -> str:
        """Return who puts the record up: who ticked it just now, else whose record it is."""
        before, owner = self.course.happened.before, self.course.record[str(self.course.form.owner)]
        ticked_now = before is None or before[SUBMIT] is not True
        if ticked_now and self.course.happened.person is not None:
            return self.course.happened.person
        return owner if isinstance(owner, str) else self.course.happened.person or ""

    def _begin(
        self,
        round_: Round,
        requester: str,
        kept: Mapping[str, str] | None,
        revised: notices.Revised = notices.NOTHING,
    ) -> None:
        """Begin *round_*. *kept*: the material values that the sign-offs which stay in force are about."""
        self._stamp(round_.record)
        material = material_values(self.course.record, self.course.lines, round_.frozen.material)
        run = Run(
            form=self.course.record.form,
            record=self.course.record.id,
            chain=self.course.chain.key,
            frozen=round_.frozen.dump(),
            round=self.course.run.round + 1 if self.course.run is not None else 1,
            state=State.SUBMITTED,
            content=self.course.content,
            submitted_by=requester,
            submitted_at=self.course.happened.now,
            material=material if kept is None else kept,
        )
        self.course.advance(
            run, text("chain.why.submitted", who=notices.person(requester, self.course.happened.records))
        )
        self.course.go_on((), revised=revised)

    def _stamp(self, record: Record) -> None:
        """Enter in the record what the chain enters when it is put up."""
        for key in dict.fromkeys((*self.course.record.values, *record.values)):
            if self.course.record[key] != record[key]:
                self.course.set(key, record[key])
        self.course.record = record

    def _stand(self) -> None:
        """Let the sign-offs stand on the content as it now is: what changed was signed for by itself."""
        assert self.course.run is not None
        if self.course.content != self.course.run.content:
            material = material_values(
                self.course.record, self.course.lines, thaw(self.course.run.frozen).material
            )
            run = replace(self.course.run, content=self.course.content, material=material)
            self.course.advance(run, text("chain.why.signed_for"))

    def _changed(self, *, ticked: bool) -> bool:
        """Void the sign-offs that a material change concerns; say whether there was one."""
        run = self.course.run
        assert run is not None
        if self.course.content == run.content:
            return False
        frozen = thaw(run.frozen)
        changes = material_changes(self.course.record, self.course.lines, run.material, frozen.material)
        if not changes:
            self.course.advance(replace(run, content=self.course.content), text("chain.why.tolerated"))
            return False
        places = [(each.form, each.field) for each in changes]
        standing = in_force(run, self.course.decisions)
        again = ticked and self.course.ready
        hit = tuple(each for each in standing if not again or self._concerns(each, frozen, places))
        kept = len(hit) < len(standing)
        self.course.void("chain.void.changed", hit, changes)
        if not again:
            self.course.effects.extend(notices.voided(self.course.matter(), hit, changes, restarted=False))
            self.course.advance(replace(run, state=State.VOIDED), self._said(changes))
            return True
        beginning = self.course.beginning()
        if run.state is State.APPROVED and not kept:
            round_ = beginning.anew(self.course.record)
        else:
            round_ = beginning.again(self.course.record, run, kept=kept)
        if (
            run.state is State.APPROVED
            and kept
            and open_step(round_.frozen, in_force(run, self.course.decisions)) is None
        ):
            rebased = replace(run, content=self.course.content, material=self._rebased(run, changes))
            self.course.advance(rebased, text("chain.why.unconcerned"))
            return True
        self.course.effects.extend(notices.voided(self.course.matter(), hit, changes, restarted=True))
        about = self._rebased(run, changes) if kept else None
        self._begin(round_, run.submitted_by, about, notices.Revised(changes=changes))
        return True

    def _rebased(self, run: Run, changes: Iterable[MaterialChange]) -> Mapping[str, str]:
        """Return what the sign-offs in force are about: as it was signed, but for what changed since.

        What drifted within its tolerance stays as it was signed, so that drift adds up.
        """
        material = {**run.material, **{each.place: each.new for each in changes}}
        return {place: value for place, value in material.items() if value}

    def _said(self, changes: Iterable[MaterialChange]) -> Text:
        signers = {role for step in self.course.chain.steps for role in step.roles}
        return notices.changes_said(changes, self.course.forms, self.course.happened.records, signers)

    def _withdraw(self) -> None:
        assert self.course.run is not None
        why = text(
            "chain.why.withdrawn",
            who=notices.person(self.course.run.submitted_by, self.course.happened.records),
        )
        waiting, standing = self.course.turns(), in_force(self.course.run, self.course.decisions)
        self.course.void("chain.void.withdrawn", standing, why)
        self.course.advance(replace(self.course.run, state=State.WITHDRAWN), why)
        self.course.effects.extend(notices.withdrawn(self.course.matter(), standing, waiting))

    def _refuse_untick(self) -> None:
        self.course.set(SUBMIT, True)
        self.course.notice("chain.approved_already")

    def _refuse_again(self) -> None:
        self.course.set(SUBMIT, None)
        self.course.notice("chain.refused_already")

    # Sign-offs --------------------------------------------------------------------------------------------

    def _revised(self) -> notices.Revised:
        """Return who returned the last round, and what is another since: its signers need not search for it."""
        run = self.course.run
        if run is None or run.state is not State.RETURNED:
            return notices.NOTHING
        by = [each for each in in_force(run, self.course.decisions) if each.verdict is Verdict.RETURN]
        changes = material_changes(
            self.course.record, self.course.lines, run.material, thaw(run.frozen).material
        )
        return notices.Revised(decision=by[-1] if by else None, changes=changes)

    def _concerns(self, decision: Decision, frozen: Frozen, places: list[tuple[FormKey, FieldKey]]) -> bool:
        """Return whether a change of *places* is a change of what was signed by *decision*.

        Whoever signed in the place of another role may have seen more than that role does.
        """
        own = decision.role in notices.roles_of([decision.person], self.course.happened.records)
        role = decision.role if own else None
        return any(
            each.key == decision.step and each.concerned(self.course.record.form, places, role)
            for each in frozen.steps
        )
