"""The approval chain of one record: what a tick, a change or a verdict leads to. Pure.

    draft → submitted → step 1 … n → approved | returned | refused | withdrawn | voided

The laws (each one is a test): nothing is approved but by all signers of the chain as it was frozen at the
start, each on what he signed for as it is now; a material change voids the decisions of those whom it concerns;
nobody signs his own request; a second decision changes nothing. (TX-3.3.1, TX-3.4.2, IT-5.2; design, section 8.)
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from rules import notices
from rules.content import MaterialChange, content_hash, lines_of, material_changes, material_values
from rules.effect import Advance, Decide, Decision, Effect, Effects, Run, Set, Verdict, Void
from rules.frozen import Frozen, FrozenStep, thaw
from rules.happened import Happened, Signing
from rules.leave import PEOPLE, works
from rules.rounds import Beginning, Round
from rules.rule import Book, Chain
from rules.signing import ADDED, GRADES, SIGNER, column, fault_of, own_from
from rules.turn import Turn, in_force, open_step, requesters, whose_turn
from sheet_templates.form import FieldKey, Form, FormKey, Labels, Role
from sheet_templates.record import (
    Address,
    Problem,
    Record,
    Records,
    Severity,
    State,
    Text,
    Value,
    named,
    text,
)

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
    after = course.record
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
    missing = turns[0].missing
    if missing < len(turns):
        who = notices.signers_said(turns, records)
        return text("state.waiting_some", step=named(turns[0].labels), who=who, missing=missing)
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
            case State.APPROVED if self.happened.signed:
                self._stand()
            case State.SUBMITTED | State.APPROVED if self._changed(ticked=ticked):
                pass
            case State.APPROVED if not ticked:
                self._refuse_untick()
            case State.REFUSED if ticked:
                self._refuse_again()
            case State.DRAFT | State.RETURNED | State.WITHDRAWN | State.VOIDED if ticked and self.ready:
                self._submit()
            case _:
                pass
        for signing in self.happened.signings:
            self._sign(signing)

    # Rounds -----------------------------------------------------------------------------------------------

    def _submit(self) -> None:
        """Begin a round by the rules of today."""
        revised = self._revised()
        self._begin(self._beginning().anew(self.record), self._requester(), None, revised)

    def _revised(self) -> notices.Revised:
        """Return who returned the last round, and what is another since: its signers need not search for it."""
        run = self.run
        if run is None or run.state is not State.RETURNED:
            return notices.NOTHING
        by = [each for each in in_force(run, self.decisions) if each.verdict is Verdict.RETURN]
        changes = material_changes(self.record, self.lines, run.material, thaw(run.frozen).material)
        return notices.Revised(decision=by[-1] if by else None, changes=changes)

    def _requester(self) -> str:
        """Return who puts the record up: who ticked it just now, else whose record it is."""
        before, owner = self.happened.before, self.record[str(self.form.owner)]
        ticked_now = before is None or before[SUBMIT] is not True
        if ticked_now and self.happened.person is not None:
            return self.happened.person
        return owner if isinstance(owner, str) else self.happened.person or ""

    def _begin(
        self,
        round_: Round,
        requester: str,
        kept: Mapping[str, str] | None,
        revised: notices.Revised = notices.NOTHING,
    ) -> None:
        """Begin *round_*. *kept*: the material values that the sign-offs which stay in force are about."""
        self._stamp(round_.record)
        material = material_values(self.record, self.lines, round_.frozen.material)
        run = Run(
            form=self.record.form,
            record=self.record.id,
            chain=self.chain.key,
            frozen=round_.frozen.dump(),
            round=self.run.round + 1 if self.run is not None else 1,
            state=State.SUBMITTED,
            content=self.content,
            submitted_by=requester,
            submitted_at=self.happened.now,
            material=material if kept is None else kept,
        )
        self._advance(run, text("chain.why.submitted", who=notices.person(requester, self.happened.records)))
        self._go_on((), revised=revised)

    def _stamp(self, record: Record) -> None:
        """Enter in the record what the chain enters when it is put up."""
        for key in dict.fromkeys((*self.record.values, *record.values)):
            if self.record[key] != record[key]:
                self._set(key, record[key])
        self.record = record

    def _beginning(self) -> Beginning:
        return Beginning(chain=self.chain, form=self.form, forms=self.forms, happened=self.happened)

    # Changes ----------------------------------------------------------------------------------------------

    def _stand(self) -> None:
        """Let the sign-offs stand on the content as it now is: what changed was signed for by itself."""
        assert self.run is not None
        if self.content != self.run.content:
            material = material_values(self.record, self.lines, thaw(self.run.frozen).material)
            run = replace(self.run, content=self.content, material=material)
            self._advance(run, text("chain.why.signed_for"))

    def _changed(self, *, ticked: bool) -> bool:
        """Void the sign-offs that a material change concerns; say whether there was one."""
        run = self.run
        assert run is not None
        if self.content == run.content:
            return False
        frozen = thaw(run.frozen)
        changes = material_changes(self.record, self.lines, run.material, frozen.material)
        if not changes:
            self._advance(replace(run, content=self.content), text("chain.why.tolerated"))
            return False
        places = [(each.form, each.field) for each in changes]
        standing = in_force(run, self.decisions)
        again = ticked and self.ready
        hit = tuple(each for each in standing if not again or self._concerns(each, frozen, places))
        kept = len(hit) < len(standing)
        self._void("chain.void.changed", hit, changes)
        if not again:
            self.effects.extend(notices.voided(self._matter(), hit, changes, restarted=False))
            self._advance(replace(run, state=State.VOIDED), self._said(changes))
            return True
        beginning = self._beginning()
        if run.state is State.APPROVED and not kept:
            round_ = beginning.anew(self.record)
        else:
            round_ = beginning.again(self.record, run, kept=kept)
        if (
            run.state is State.APPROVED
            and kept
            and open_step(round_.frozen, in_force(run, self.decisions)) is None
        ):
            rebased = replace(run, content=self.content, material=self._rebased(run, changes))
            self._advance(rebased, text("chain.why.unconcerned"))
            return True
        self.effects.extend(notices.voided(self._matter(), hit, changes, restarted=True))
        about = self._rebased(run, changes) if kept else None
        self._begin(round_, run.submitted_by, about, notices.Revised(changes=changes))
        return True

    def _concerns(self, decision: Decision, frozen: Frozen, places: list[tuple[FormKey, FieldKey]]) -> bool:
        """Return whether a change of *places* is a change of what was signed by *decision*.

        Whoever signed in the place of another role may have seen more than that role does.
        """
        own = decision.role in notices.roles_of([decision.person], self.happened.records)
        role = decision.role if own else None
        return any(
            each.key == decision.step and each.concerned(self.record.form, places, role)
            for each in frozen.steps
        )

    def _rebased(self, run: Run, changes: Iterable[MaterialChange]) -> Mapping[str, str]:
        """Return what the sign-offs in force are about: as it was signed, but for what changed since.

        What drifted within its tolerance stays as it was signed, so that drift adds up.
        """
        material = {**run.material, **{each.place: each.new for each in changes}}
        return {place: value for place, value in material.items() if value}

    def _said(self, changes: Iterable[MaterialChange]) -> Text:
        signers = {role for step in self.chain.steps for role in step.roles}
        return notices.changes_said(changes, self.forms, self.happened.records, signers)

    def _void(
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

    def _withdraw(self) -> None:
        assert self.run is not None
        why = text("chain.why.withdrawn", who=notices.person(self.run.submitted_by, self.happened.records))
        waiting, standing = self._turns(), in_force(self.run, self.decisions)
        self._void("chain.void.withdrawn", standing, why)
        self._advance(replace(self.run, state=State.WITHDRAWN), why)
        self.effects.extend(notices.withdrawn(self._matter(), standing, waiting))

    def _refuse_untick(self) -> None:
        self._set(SUBMIT, True)
        self._notice("chain.approved_already")

    def _refuse_again(self) -> None:
        self._set(SUBMIT, None)
        self._notice("chain.refused_already")

    # Sign-offs --------------------------------------------------------------------------------------------

    def _sign(self, signing: Signing) -> None:
        """Enter one verdict and follow it, unless something speaks against it."""
        signing = self._placed(signing)
        standing = in_force(self.run, self.decisions) if self.run is not None else ()
        same = [each for each in standing if (each.step, each.role) == (signing.step, signing.role)]
        if any(each.person == signing.person and each.verdict is signing.verdict for each in same):
            return
        fault = fault_of(
            signing, self.run, standing, self._turns(), content=self.content, asked=self._asked()
        )
        if fault is None and signing.verdict is Verdict.ADD:
            fault = self._against_adding(signing)
        if fault is None and signing.verdict is Verdict.AGREE:
            fault = self._against_agreeing(signing)
        if fault is not None:
            self.problems.append(self._fault(fault, signing))
            return
        match signing.verdict:
            case Verdict.WITHDRAW:
                self._take_back(signing)
            case Verdict.ADD:
                self._add(signing)
            case _:
                self._decide(signing)

    def _placed(self, signing: Signing) -> Signing:
        """Return *signing* in the step that it means: all who were added sign in one column."""
        if signing.role != SIGNER or self.run is None:
            return signing
        steps = [each.key for each in thaw(self.run.frozen).taken() if SIGNER in each.roles]
        own = [each.step for each in in_force(self.run, self.decisions) if each.desk == signing.desk]
        waiting = [each.step for each in self._turns() if signing.person in each.people]
        taking_back = signing.verdict is Verdict.WITHDRAW
        found = [step for step in (own if taking_back else waiting) if step in steps] or steps
        return replace(signing, step=found[-1]) if found else signing

    def _decide(self, signing: Signing) -> None:
        assert self.run is not None
        before = self._turns()
        turn = next(each for each in before if (each.step, each.role) == (signing.step, signing.role))
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
        behalf = turn.behalf.get(signing.person, "")
        self.decisions.append(decision)
        self.effects.append(Decide(decision=decision, behalf=behalf))
        self._follow(decision, before, behalf)

    def _follow(self, decision: Decision, before: tuple[Turn, ...], behalf: str) -> None:
        """Advance the run as *decision* demands."""
        assert self.run is not None
        matter = self._matter()
        who = notices.person(decision.person, self.happened.records)
        match decision.verdict:
            case Verdict.RETURN:
                self._advance(replace(self.run, state=State.RETURNED), text("chain.why.returned", who=who))
                self._set(SUBMIT, None)
                self.effects.append(notices.ended(matter, decision, "returned", behalf))
            case Verdict.REFUSE if self._hopeless(decision):
                self._advance(replace(self.run, state=State.REFUSED), text("chain.why.refused", who=who))
                self._set(SUBMIT, None)
                self.effects.append(notices.ended(matter, decision, "refused", behalf))
            case _:
                self._go_on(before, decision, behalf)

    def _go_on(
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
            self._tell_turns(before, decision, revised=revised)
        elif decision is not None:
            who = notices.person(decision.person, self.happened.records)
            self._advance(replace(self.run, state=State.APPROVED), text("chain.why.approved", who=who))
            self.effects.append(notices.ended(self._matter(), decision, "approved", behalf))
        elif standing := in_force(self.run, self.decisions):
            # What changed made a step needless: all others had signed, and what they signed for stands.
            self._advance(replace(self.run, state=State.APPROVED), text("chain.why.unconcerned"))
            self.effects.append(notices.ended(self._matter(), standing[-1], "approved", ""))

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
                    for turn in self._turns()
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

    def _hopeless(self, decision: Decision) -> bool:
        """Return whether those who have not refused are too few for the step, or one of its musts has refused."""
        assert self.run is not None
        step = next(each for each in thaw(self.run.frozen).taken() if each.key == decision.step)
        standing = in_force(self.run, self.decisions)
        refused = {each.role for each in standing if each.step == step.key and each.verdict is Verdict.REFUSE}
        return len(step.roles) - len(refused) < step.need or bool(refused & set(step.must))

    def _take_back(self, signing: Signing) -> None:
        """Void the signer's own decision: the step is open again (撤回)."""
        assert self.run is not None
        frozen, before = thaw(self.run.frozen), self._turns()
        mine = own_from(signing, frozen.taken(), in_force(self.run, self.decisions))
        why = text("chain.why.taken_back", who=notices.person(signing.person, self.happened.records))
        self._void("chain.void.taken_back", mine, why)
        since = self.run.round if frozen.since is None else frozen.since
        run = replace(self.run, round=self.run.round + 1, frozen=replace(frozen, since=since).dump())
        self._advance(run, why)
        self.effects.append(notices.taken_back(self._matter(), signing.person, before))

    def _against_agreeing(self, signing: Signing) -> Text | None:
        """Return what is to be filled in before somebody agrees in this step."""
        assert self.run is not None
        step = next(each for each in thaw(self.run.frozen).taken() if each.key == signing.step)
        if self._beginning().agreeable(step, self.record):
            return None
        return text(f"agrees.{self.record.form}.{step.key}")

    def _against_adding(self, signing: Signing) -> Text | None:
        """Return what speaks against the signer whom somebody adds (加簽)."""
        if not signing.added:
            return text("sign.add_whom")
        person = self.happened.records.numbered(PEOPLE, signing.added)
        if person is None or not works(person, self.happened.now.date()):
            return text("sign.add_gone")
        name = notices.person(person.number, self.happened.records)
        if person.number in self._asked() | signing.people:
            return text("sign.add_own", who=name)
        role = person["role"]
        if not isinstance(role, str) or Role(role) not in self.form.views:
            return text("sign.add_unseen", who=name)
        return None

    def _add(self, signing: Signing) -> None:
        """Put a step for the named person before the signer's own."""
        assert self.run is not None
        frozen, before = thaw(self.run.frozen), self._turns()
        count = sum(SIGNER in each.roles for each in frozen.steps)
        at = next(index for index, each in enumerate(frozen.steps) if each.key == signing.step)
        step = FrozenStep(
            key=ADDED if not count else f"{ADDED}_{count + 1}",
            labels=Labels(zh_hant="加簽", zh_hans="加签", en="Added signer"),
            roles=(SIGNER,),
            need=1,
            when=None,
            grade="D",
            people=(signing.added,),
        )
        steps = (*frozen.steps[:at], step, *frozen.steps[at:])
        applies = (*frozen.applies, step.key)
        who = notices.person(signing.person, self.happened.records)
        run = replace(self.run, frozen=replace(frozen, steps=steps, applies=applies).dump())
        self._advance(
            run, text("chain.why.added", who=who, whom=notices.person(signing.added, self.happened.records))
        )
        self._tell_turns(before, None, asks=signing)

    def _tell_turns(
        self,
        before: tuple[Turn, ...],
        decision: Decision | None = None,
        asks: Signing | None = None,
        revised: notices.Revised = notices.NOTHING,
    ) -> None:
        """Tell those whose turn it has become, and those whose agreement is no longer needed."""
        told = {(each.step, each.role) for each in before}
        turns = self._turns()
        new = [each for each in turns if (each.step, each.role) not in told]
        self.effects.extend(notices.turns(self._matter(), new, asks, revised))
        now = {(each.step, each.role) for each in turns}
        if decision is not None:
            decided = (decision.step, decision.role)
            spared = [each for each in before if (each.step, each.role) not in {*now, decided}]
            self.effects.extend(notices.spared(self._matter(), spared))

    def _turns(self) -> tuple[Turn, ...]:
        return whose_turn(self.run, self.decisions, self.happened.records, self.happened.now.date())

    def _asked(self) -> frozenset[str]:
        if self.run is None:
            return frozenset()
        return requesters(self.run, self.record)

    # What comes of it -------------------------------------------------------------------------------------

    def _advance(self, run: Run, why: Text) -> None:
        self.run = run
        self.effects.append(Advance(run=run, why=why))

    def _set(self, key: FieldKey, value: Value) -> None:
        address = Address(form=self.record.form, record=self.record.id, field=key)
        self.effects.append(Set(address=address, value=value, rule=self.rule))

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
        self.problems.append(self._problem(text(key), SUBMIT))

    def _beside(self, decision: Decision, what: Text) -> Problem:
        """Return a notice that stands beside a decision, in the signer's own desk."""
        at = column(decision.step, decision.role)
        return replace(self._problem(what, at), desk=decision.desk, value=decision.verdict.value)

    def _fault(self, fault: Text, signing: Signing) -> Problem:
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
