"""What a verdict leads to: it counts or is answered, and the approval goes on, back, or ends. Pure."""

from dataclasses import dataclass, replace

from rules import notices
from rules.course import SUBMIT, Course
from rules.effect import Decide, Decision, Verdict
from rules.frozen import FrozenStep, thaw
from rules.happened import Signing
from rules.leave import PEOPLE, works
from rules.signing import ADDED, SIGNER, fault_of, own_from
from rules.turn import Turn, in_force
from sheet_templates.form import Labels, Role
from sheet_templates.record import State, Text, text


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What signers say of one record, and what follows from it."""

    course: Course

    def sign(self, signing: Signing) -> None:
        """Enter one verdict and follow it, unless something speaks against it."""
        signing = self._placed(signing)
        standing = in_force(self.course.run, self.course.decisions) if self.course.run is not None else ()
        same = [each for each in standing if (each.step, each.role) == (signing.step, signing.role)]
        if any(each.person == signing.person and each.verdict is signing.verdict for each in same):
            return
        fault = fault_of(
            signing,
            self.course.run,
            standing,
            self.course.turns(),
            content=self.course.content,
            asked=self.course.asked(),
        )
        if fault is None and signing.verdict is Verdict.ADD:
            fault = self._against_adding(signing)
        if fault is None and signing.verdict is Verdict.AGREE:
            fault = self._against_agreeing(signing)
        if fault is not None:
            self.course.problems.append(self.course.fault(fault, signing))
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
        if signing.role != SIGNER or self.course.run is None:
            return signing
        steps = [each.key for each in thaw(self.course.run.frozen).taken() if SIGNER in each.roles]
        own = [
            each.step
            for each in in_force(self.course.run, self.course.decisions)
            if each.desk == signing.desk
        ]
        waiting = [each.step for each in self.course.turns() if signing.person in each.people]
        taking_back = signing.verdict is Verdict.WITHDRAW
        found = [step for step in (own if taking_back else waiting) if step in steps] or steps
        return replace(signing, step=found[-1]) if found else signing

    def _decide(self, signing: Signing) -> None:
        assert self.course.run is not None
        before = self.course.turns()
        turn = next(each for each in before if (each.step, each.role) == (signing.step, signing.role))
        decision = Decision(
            form=self.course.record.form,
            record=self.course.record.id,
            round=self.course.run.round,
            step=signing.step,
            role=signing.role,
            person=signing.person,
            desk=signing.desk,
            verdict=signing.verdict,
            opinion=signing.opinion,
            content=signing.content,
            grade=signing.grade,
            at=self.course.happened.now,
        )
        behalf = turn.behalf.get(signing.person, "")
        self.course.decisions.append(decision)
        self.course.effects.append(Decide(decision=decision, behalf=behalf))
        self._follow(decision, before, behalf)

    def _follow(self, decision: Decision, before: tuple[Turn, ...], behalf: str) -> None:
        """Advance the run as *decision* demands."""
        assert self.course.run is not None
        matter = self.course.matter()
        who = notices.person(decision.person, self.course.happened.records)
        match decision.verdict:
            case Verdict.RETURN:
                self.course.advance(
                    replace(self.course.run, state=State.RETURNED), text("chain.why.returned", who=who)
                )
                self.course.set(SUBMIT, None)
                self.course.effects.append(notices.ended(matter, decision, "returned", behalf))
            case Verdict.REFUSE if self._hopeless(decision):
                self.course.advance(
                    replace(self.course.run, state=State.REFUSED), text("chain.why.refused", who=who)
                )
                self.course.set(SUBMIT, None)
                self.course.effects.append(notices.ended(matter, decision, "refused", behalf))
            case _:
                self.course.go_on(before, decision, behalf)

    def _hopeless(self, decision: Decision) -> bool:
        """Return whether those who have not refused are too few for the step, or one of its musts has refused."""
        assert self.course.run is not None
        step = next(each for each in thaw(self.course.run.frozen).taken() if each.key == decision.step)
        standing = in_force(self.course.run, self.course.decisions)
        refused = {each.role for each in standing if each.step == step.key and each.verdict is Verdict.REFUSE}
        return len(step.roles) - len(refused) < step.need or bool(refused & set(step.must))

    def _take_back(self, signing: Signing) -> None:
        """Void the signer's own decision: the step is open again (撤回)."""
        assert self.course.run is not None
        frozen, before = thaw(self.course.run.frozen), self.course.turns()
        mine = own_from(signing, frozen.taken(), in_force(self.course.run, self.course.decisions))
        why = text("chain.why.taken_back", who=notices.person(signing.person, self.course.happened.records))
        self.course.void("chain.void.taken_back", mine, why)
        since = self.course.run.round if frozen.since is None else frozen.since
        run = replace(
            self.course.run, round=self.course.run.round + 1, frozen=replace(frozen, since=since).dump()
        )
        self.course.advance(run, why)
        self.course.effects.append(notices.taken_back(self.course.matter(), signing.person, before))

    def _against_agreeing(self, signing: Signing) -> Text | None:
        """Return what is to be filled in before somebody agrees in this step."""
        assert self.course.run is not None
        step = next(each for each in thaw(self.course.run.frozen).taken() if each.key == signing.step)
        if self.course.beginning().agreeable(step, self.course.record):
            return None
        return text(f"agrees.{self.course.record.form}.{step.key}")

    def _against_adding(self, signing: Signing) -> Text | None:
        """Return what speaks against the signer whom somebody adds (加簽)."""
        if not signing.added:
            return text("sign.add_whom")
        person = self.course.happened.records.numbered(PEOPLE, signing.added)
        if person is None or not works(person, self.course.happened.now.date()):
            return text("sign.add_gone")
        name = notices.person(person.number, self.course.happened.records)
        if person.number in self.course.asked() | signing.people:
            return text("sign.add_own", who=name)
        role = person["role"]
        if not isinstance(role, str) or Role(role) not in self.course.form.views:
            return text("sign.add_unseen", who=name)
        return None

    def _add(self, signing: Signing) -> None:
        """Put a step for the named person before the signer's own."""
        assert self.course.run is not None
        frozen, before = thaw(self.course.run.frozen), self.course.turns()
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
        who = notices.person(signing.person, self.course.happened.records)
        run = replace(self.course.run, frozen=replace(frozen, steps=steps, applies=applies).dump())
        self.course.advance(
            run,
            text(
                "chain.why.added", who=who, whom=notices.person(signing.added, self.course.happened.records)
            ),
        )
        self.course.tell_turns(before, None, asks=signing)
