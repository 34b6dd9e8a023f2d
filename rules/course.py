"""The course of one record's approval: what stands, what has come of it so far, and how it goes on. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from rules import notices
from rules.content import MaterialChange, content_hash, lines_of
from rules.effect import Advance, Decide, Decision, Effect, Run, Set, Verdict, Void
from rules.frozen import thaw
from rules.happened import Happened, Signing
from rules.rounds import Beginning
from rules.rule import Chain
from rules.signing import GRADES, column
from rules.turn import Turn, in_force, open_step, requesters, whose_turn
from sheet_templates.form import FieldKey, Form, FormKey
from sheet_templates.record import Address, Problem, Severity, State, Text, Value, text

SUBMIT: Final = FieldKey("submit")
"""The requester's tick."""


class Course:
    """One record's course through what happened: collects effects while run and decisions move on."""

    def __init__(
        self, chain: Chain, forms: Mapping[FormKey, Form], happened: Happened, *, ready: bool
    ) -> None:
        """Begin where things stood before what happened. *ready*: see `rules.chain.effects`."""
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

    def void(
        self, key: str, decisions: tuple[Decision, ...], changes: tuple[MaterialChange, ...] | Text
    ) -> None:
        """Void *decisions*: each signer is told why beside his decision, old → new as far as he may see it."""
        voided = {id(each): replace(each, voided=key) for each in decisions}
        self.decisions = [voided.get(id(each), each) for each in self.decisions]
        for each in decisions:
            why = changes
            if not isinstance(why, Text):
                roles = notices.roles_of([each.person], self.happened.records) or {each.role}
                why = notices.changes_said(why, self.forms, self.happened.records, roles)
                self.problems.append(self._beside(each, text("sign.voided", changes=why)))
            self.effects.append(Void(decision=voided[id(each)], why=why))

    def go_on(
        self,
        before: tuple[Turn, ...],
        decision: Decision | None = None,
        behalf: str = "",
        revised: notices.Revised = notices.NOTHING,
    ) -> None:
        """Go on to the next step, or to approval; who agreed before is not asked again where that is declared."""
        assert self.run is not None
        self._agree_once()
        if open_step(thaw(self.run.frozen), in_force(self.run, self.decisions)) is not None:
            self.tell_turns(before, decision, revised=revised)
        elif decision is not None:
            who = notices.person(decision.person, self.happened.records)
            self.advance(replace(self.run, state=State.APPROVED), text("chain.why.approved", who=who))
            self.effects.append(notices.ended(self.matter(), decision, "approved", behalf))
        elif standing := in_force(self.run, self.decisions):
            # What changed made a step needless: all others had signed, and what they signed for stands.
            self.advance(replace(self.run, state=State.APPROVED), text("chain.why.unconcerned"))
            self.effects.append(notices.ended(self.matter(), standing[-1], "approved", ""))

    def _agree_once(self) -> None:
        """Let those who agreed on this content have agreed in the later steps too, where the chain says so."""
        assert self.run is not None
        frozen = thaw(self.run.frozen)
        while frozen.once:
            agreed = {
                each.person: each
                for each in in_force(self.run, self.decisions)
                if each.verdict is Verdict.AGREE and each.content == self.run.content
            }
            grades = {each.key: each.grade for each in frozen.taken()}
            found = next(
                (
                    (turn, agreed[who])
                    for turn in self.turns()
                    for who in turn.people
                    if who in agreed and GRADES.index(agreed[who].grade) <= GRADES.index(grades[turn.step])
                ),
                None,
            )
            if found is None:
                return
            turn, decision = found
            again = replace(
                decision,
                round=self.run.round,
                step=turn.step,
                role=turn.role,
                opinion="",
                at=self.happened.now,
            )
            self.decisions.append(again)
            self.effects.append(Decide(decision=again, behalf=turn.behalf.get(again.person, "")))

    def tell_turns(
        self,
        before: tuple[Turn, ...],
        decision: Decision | None = None,
        asks: Signing | None = None,
        revised: notices.Revised = notices.NOTHING,
    ) -> None:
        """Tell those whose turn it has become, and those whose agreement is no longer needed."""
        told = {(each.step, each.role) for each in before}
        turns = self.turns()
        new = [each for each in turns if (each.step, each.role) not in told]
        self.effects.extend(notices.turns(self.matter(), new, asks, revised))
        now = {(each.step, each.role) for each in turns}
        if decision is not None:
            decided = (decision.step, decision.role)
            spared = [each for each in before if (each.step, each.role) not in {*now, decided}]
            self.effects.extend(notices.spared(self.matter(), spared))

    def turns(self) -> tuple[Turn, ...]:
        """Return the signatures that are waited for now."""
        return whose_turn(self.run, self.decisions, self.happened.records, self.happened.now.date())

    def asked(self) -> frozenset[str]:
        """Return who must not sign."""
        if self.run is None:
            return frozenset()
        return requesters(self.run, self.record)

    def beginning(self) -> Beginning:
        """Return what begins rounds of it."""
        return Beginning(chain=self.chain, form=self.form, forms=self.forms, happened=self.happened)

    def advance(self, run: Run, why: Text) -> None:
        """Put the run to *run*."""
        self.run = run
        self.effects.append(Advance(run=run, why=why))

    def set(self, key: FieldKey, value: Value) -> None:
        """Set a value of the record."""
        address = Address(form=self.record.form, record=self.record.id, field=key)
        self.effects.append(Set(address=address, value=value, rule=self.rule))

    def matter(self) -> notices.Matter:
        """Return what notices about it speak of."""
        assert self.run is not None
        return notices.Matter(
            chain=self.chain,
            forms=self.forms,
            record=self.record,
            records=self.happened.records,
            run=self.run,
        )

    def notice(self, key: str) -> None:
        """Tell the requester beside his tick."""
        self.problems.append(self._problem(text(key), SUBMIT))

    def _beside(self, decision: Decision, what: Text) -> Problem:
        """Return a notice that stands beside a decision, in the signer's own desk."""
        at = column(decision.step, decision.role)
        return replace(self._problem(what, at), desk=decision.desk, value=decision.verdict.value)

    def fault(self, fault: Text, signing: Signing) -> Problem:
        """Return that a verdict does not count, beside it."""
        at = column(signing.step, signing.role)
        return replace(self._problem(fault, at), desk=signing.desk, value=signing.verdict.value)

    def _problem(self, what: Text, field: FieldKey) -> Problem:
        return Problem(
            what=what,
            mend=text(f"{what.key}.mend"),
            severity=Severity.NOTICE,
            form=self.record.form,
            record=self.record.id,
            field=field,
            rule=self.rule,
            clause=self.chain.clause,
        )
