"""A chain as a run keeps it: JSON from its start, which a later change of the rules does not touch."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from rules.content import Material
from rules.rule import Chain, Step
from sheet_templates.form import FieldKey, FormKey, Labels, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenStep:
    """One step, with its conditions as text."""

    key: str
    labels: Labels
    roles: tuple[Role, ...]
    need: int
    when: str | None
    grade: str
    grades: Mapping[str, str] = field(default_factory=dict)
    """A stronger grade → the condition under which it is demanded."""
    only: Mapping[Role, str] = field(default_factory=dict)
    """Role → the condition under which it is asked at all."""
    must: tuple[Role, ...] = ()
    """Without these nothing is agreed, however many others agree."""
    having: FieldKey | None = None
    """Only people in whom this is ticked sign here, whoever their superior is."""
    concerns: tuple[str, ...] | None = None
    """The material fields that it is about: `total`, `order_line.quantity`. None: all of them."""
    sees: Mapping[Role, tuple[str, ...]] = field(default_factory=dict)
    """Role → the material fields that its own sign-off is about. A role that is not there: those of the step."""
    agrees_when: str | None = None
    """Nobody agrees before this is true."""
    people: tuple[str, ...] = ()
    """Named people sign here, not a role: they were added while it ran."""

    def concerned(
        self, form: FormKey, places: Iterable[tuple[FormKey, FieldKey]], role: Role | None = None
    ) -> bool:
        """Return whether it, or the sign-off of *role* in it, is about a material field that changed.

        *form*: that of the record; *places*: the fields, and the forms in which they are.
        """
        about = self.concerns if role is None else self.sees.get(role, self.concerns)
        if about is None:
            return True
        return any((key if at == form else f"{at}.{key}") in about for at, key in places)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """A chain as it was when its run started."""

    key: str
    clause: str
    owner: FieldKey
    """The field that says whose record it is."""
    steps: tuple[FrozenStep, ...]
    applies: tuple[str, ...]
    """The steps that this round takes: their conditions were true when it began."""
    material: Material
    asked: Mapping[str, tuple[Role, ...]] = field(default_factory=dict)
    """The roles that this round asks in a step, where it does not ask all of them."""
    grades: Mapping[str, str] = field(default_factory=dict)
    """The evidence that this round demands in a step, where that is more than the step always demands."""
    since: int | None = None
    """Decisions of this round and of later ones are in force. None: only those of the present round."""
    once: bool = False
    """Who agreed in one step has agreed in the later ones."""
    amount: FieldKey | None = None
    """How much is at stake: a delegate may be given a limit to it."""
    interested: tuple[FieldKey, ...] = ()
    """Whom these fields name does not sign."""
    stamps: Mapping[FieldKey, str] = field(default_factory=dict)
    """What is entered in the record when a round begins."""

    def taken(self) -> tuple[FrozenStep, ...]:
        """Return the steps of this round, in order, with the roles that it asks."""
        asking = (self._asking(each) for each in self.steps if each.key in self.applies)
        return tuple(replace(each, grade=self.grades.get(each.key, each.grade)) for each in asking)

    def _asking(self, step: FrozenStep) -> FrozenStep:
        if step.key not in self.asked:
            return step
        roles = self.asked[step.key]
        need = len(roles) if step.need == len(step.roles) else min(step.need, len(roles))
        return replace(step, roles=roles, need=need, must=tuple(each for each in step.must if each in roles))

    @property
    def version(self) -> str:
        """The name of what is declared: one for all runs that began with the same chain, another for every other."""
        declared = {
            **self._declared(),
            # Who was added while it ran is no part of the declaration.
            "steps": [_dump(each) for each in self.steps if not each.people],
        }
        said = json.dumps(declared, ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(said.encode()).hexdigest()[:12]

    def dump(self) -> str:
        """Return it as JSON, for a run."""
        kept = {
            **self._declared(),
            "steps": [_dump(each) for each in self.steps],
            "applies": self.applies,
            "asked": self.asked,
            "grades": self.grades,
            "since": self.since,
        }
        return json.dumps(kept, ensure_ascii=False, sort_keys=True)

    def _declared(self) -> dict[str, object]:
        return {
            "key": self.key,
            "clause": self.clause,
            "owner": self.owner,
            "material": self.material,
            "once": self.once,
            "amount": self.amount,
            "interested": self.interested,
            "stamps": self.stamps,
        }


def freeze(
    chain: Chain,
    owner: FieldKey,
    applies: Iterable[str],
    material: Material,
    *,
    asked: Mapping[str, Collection[Role]] | None = None,
    grades: Mapping[str, str] | None = None,
) -> Frozen:
    """Return *chain* as a run that starts now keeps it.

    *applies*: the steps that it takes; *asked*: the roles that it asks, in steps that do not ask all of theirs;
    *grades*: the evidence that it demands, where that is more than the step always demands.
    """
    return Frozen(
        key=chain.key,
        clause=chain.clause,
        owner=owner,
        steps=tuple(_freeze(each) for each in chain.steps),
        applies=tuple(applies),
        material=material,
        asked={step: tuple(roles) for step, roles in (asked or {}).items()},
        grades=grades or {},
        once=chain.once,
        amount=chain.amount,
        interested=chain.interested,
        stamps={key: each.text for key, each in chain.stamps.items()},
    )


@lru_cache(maxsize=512)
def thaw(kept: str) -> Frozen:
    """Return the chain that `Frozen.dump` made *kept* of. What an older Deskbook did not write is as it was then."""
    found: dict[str, Any] = json.loads(kept)
    return Frozen(
        key=found["key"],
        clause=found["clause"],
        owner=FieldKey(found["owner"]),
        steps=tuple(_thaw(each) for each in found["steps"]),
        applies=tuple(found["applies"]),
        material={FormKey(form): fields for form, fields in found["material"].items()},
        asked={step: _roles(roles) for step, roles in found.get("asked", {}).items()},
        grades=found.get("grades", {}),
        since=found.get("since"),
        once=found.get("once", False),
        amount=FieldKey(found["amount"]) if found.get("amount") else None,
        interested=tuple(FieldKey(each) for each in found.get("interested", ())),
        stamps={FieldKey(key): text for key, text in found.get("stamps", {}).items()},
    )


def _freeze(step: Step) -> FrozenStep:
    return FrozenStep(
        key=step.key,
        labels=step.labels,
        roles=step.roles,
        need=step.need,
        when=step.when.text if step.when is not None else None,
        grade=step.grade,
        grades={grade: each.text for grade, each in step.grades.items()},
        only={role: each.text for role, each in step.only.items()},
        must=step.must,
        having=step.having,
        concerns=step.concerns,
        sees=step.sees,
        agrees_when=step.agrees_when.text if step.agrees_when is not None else None,
    )


def _dump(step: FrozenStep) -> dict[str, object]:
    labels = {"zh_hant": step.labels.zh_hant, "zh_hans": step.labels.zh_hans, "en": step.labels.en}
    return {
        "key": step.key,
        "labels": labels,
        "roles": step.roles,
        "need": step.need,
        "when": step.when,
        "grade": step.grade,
        "grades": step.grades,
        "only": step.only,
        "must": step.must,
        "having": step.having,
        "concerns": step.concerns,
        "sees": step.sees,
        "agrees_when": step.agrees_when,
        "people": step.people,
    }


def _thaw(step: Mapping[str, Any]) -> FrozenStep:
    concerns = step.get("concerns")
    return FrozenStep(
        key=step["key"],
        labels=Labels(**step["labels"]),
        roles=_roles(step["roles"]),
        need=step["need"],
        when=step["when"],
        grade=step["grade"],
        grades=step.get("grades", {}),
        only={Role(role): text for role, text in step.get("only", {}).items()},
        must=_roles(step.get("must", ())),
        having=FieldKey(step["having"]) if step.get("having") else None,
        concerns=None if concerns is None else tuple(concerns),
        sees={Role(role): tuple(places) for role, places in step.get("sees", {}).items()},
        agrees_when=step.get("agrees_when"),
        people=tuple(step.get("people", ())),
    )


def _roles(names: Iterable[str]) -> tuple[Role, ...]:
    return tuple(Role(each) for each in names)
