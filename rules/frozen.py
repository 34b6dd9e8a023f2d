"""A chain as a run keeps it: JSON from its start, which a later change of the rules does not touch."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from rules.content import Material
from rules.rule import Chain
from sheet_templates.form import FieldKey, FormKey, Labels, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenStep:
    """One step, with its condition as text."""

    key: str
    labels: Labels
    roles: tuple[Role, ...]
    need: int
    when: str | None
    grade: str


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

    def taken(self) -> tuple[FrozenStep, ...]:
        """Return the steps of this round, in order."""
        return tuple(each for each in self.steps if each.key in self.applies)

    def dump(self) -> str:
        """Return it as JSON, for a run."""
        steps = [
            {
                "key": each.key,
                "labels": {
                    "zh_hant": each.labels.zh_hant,
                    "zh_hans": each.labels.zh_hans,
                    "en": each.labels.en,
                },
                "roles": each.roles,
                "need": each.need,
                "when": each.when,
                "grade": each.grade,
            }
            for each in self.steps
        ]
        kept = {
            "key": self.key,
            "clause": self.clause,
            "owner": self.owner,
            "steps": steps,
            "applies": self.applies,
            "material": self.material,
        }
        return json.dumps(kept, ensure_ascii=False, sort_keys=True)


def freeze(chain: Chain, owner: FieldKey, applies: Iterable[str], material: Material) -> Frozen:
    """Return *chain* as a run that starts now keeps it."""
    steps = tuple(
        FrozenStep(
            key=each.key,
            labels=each.labels,
            roles=each.roles,
            need=each.need,
            when=each.when.text if each.when is not None else None,
            grade=each.grade,
        )
        for each in chain.steps
    )
    return Frozen(
        key=chain.key,
        clause=chain.clause,
        owner=owner,
        steps=steps,
        applies=tuple(applies),
        material=material,
    )


def thaw(kept: str) -> Frozen:
    """Return the chain that `Frozen.dump` made *kept* of."""
    found: dict[str, Any] = json.loads(kept)
    steps = tuple(
        FrozenStep(
            key=each["key"],
            labels=Labels(**each["labels"]),
            roles=tuple(Role(role) for role in each["roles"]),
            need=each["need"],
            when=each["when"],
            grade=each["grade"],
        )
        for each in found["steps"]
    )
    return Frozen(
        key=found["key"],
        clause=found["clause"],
        owner=FieldKey(found["owner"]),
        steps=steps,
        applies=tuple(found["applies"]),
        material={FormKey(form): fields for form, fields in found["material"].items()},
    )
