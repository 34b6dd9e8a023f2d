"""What a rule wants done: plain values that the cycle carries out. Rules decide, they never act."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from sheet_templates.form import DeskKey, FieldKey, FormKey, Role
from sheet_templates.record import Address, Problem, RecordId, State, Text, Value


class Verdict(StrEnum):
    """What a signer says. The first three decide; the others are acts on the way, and no decision."""

    AGREE = "agree"
    RETURN = "return"
    REFUSE = "refuse"
    ADD = "add"
    """加簽: somebody whom the signer names signs first."""
    WITHDRAW = "withdraw"
    """撤回: the signer takes his own decision back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One sign-off, bound to the content that stood beside it."""

    form: FormKey
    record: RecordId
    round: int
    step: str
    role: Role
    person: str
    desk: DeskKey
    verdict: Verdict
    opinion: str
    content: str
    """Hash of the material content, as the signer's own file showed it."""
    grade: str
    """Evidence grade A–D (design, section 8)."""
    at: dt.datetime
    voided: str | None = None
    """Why it no longer counts, as a key of words; None while it is in force."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One record's way through an approval chain. It keeps the chain as it was when it started."""

    form: FormKey
    record: RecordId
    chain: str
    frozen: str
    """The chain's declaration as JSON, as it was at the start."""
    round: int
    """Counts submissions, and what makes some of the sign-offs void: a decision belongs to one round."""
    state: State
    content: str
    """Hash of the material content that is up for decision."""
    submitted_by: str
    submitted_at: dt.datetime
    material: Mapping[str, str]
    """Material values as text at submission, so that old → new can be shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Set:
    """Set one value, with the rule's key as the cause."""

    address: Address
    value: Value
    rule: str
    signed: tuple[FormKey, RecordId] | None = None
    """The record whose sign-offs stand: what is set has been signed for, on a request of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Create:
    """Create one record, once for each *key*."""

    form: FormKey
    key: str
    """Makes the effect happen once: the record's id is derived from it."""
    values: Mapping[FieldKey, Value]
    rule: str
    signed: tuple[FormKey, RecordId] | None = None
    """As with `Set`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notify:
    """Tell somebody. One notice for each *event* and receiver, whatever happens."""

    event: str
    """Unique: `order.approved:SO-2026-0042:1`."""
    roles: tuple[Role, ...] = ()
    people: tuple[str, ...] = ()
    """Numbers in `people`. Receivers are computed when it is sent (who holds the role then)."""
    urgent: bool = False
    headline: Text
    lines: tuple[Text, ...] = ()
    form: FormKey | None = None
    record: RecordId | None = None
    rule: str
    clause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Advance:
    """Put a record's run, and with it its state, to *run*."""

    run: Run
    why: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Decide:
    """Enter a decision."""

    decision: Decision
    behalf: str = ""
    """Who is away and for whom it was signed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Void:
    """A decision in force no longer counts."""

    decision: Decision
    why: Text
    """Says old → new."""


Effect: TypeAlias = Set | Create | Notify | Advance | Decide | Void


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """What the rules want done, in order, and what people must look at."""

    effects: tuple[Effect, ...] = ()
    problems: tuple[Problem, ...] = ()

    def __add__(self, other: "Effects") -> "Effects":
        return Effects(effects=(*self.effects, *other.effects), problems=(*self.problems, *other.problems))
