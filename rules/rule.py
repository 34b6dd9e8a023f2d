"""The nouns of the book of rules: check, chain, transfer, reminder, and the formulas of the forms. No I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from sheet_templates.expression import Expression
from sheet_templates.form import Choice, Field, FieldKey, FieldType, FormKey, Labels, Role, Stage
from sheet_templates.record import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Blank:
    """What fills one blank of a rule's sentence."""

    expression: Expression
    field: Field | None = None
    """The field whose value it is, so that it is said as people know it (a choice's label, a link's title)."""
    type: FieldType | None = None
    """How a value that is no field's is said: `percent`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence of `words/*.toml`, and what fills its blanks."""

    key: str
    blanks: Mapping[str, Blank] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What all rules have."""

    key: str
    form: FormKey
    clauses: tuple[str, ...]
    """The policy's clauses that it carries out, the first one foremost."""

    @property
    def clause(self) -> str:
        """The clauses in one line."""
        return ", ".join(self.clauses)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check(Rule):
    """A record must fulfil something; what does not is told to whoever fills it in."""

    holds: Expression
    """What must not be false. Unknown passes: that something is missing is said elsewhere."""
    when: Expression | None = None
    """The check is made only where this is true."""
    field: FieldKey | None = None
    """The cell to mark."""
    severity: Severity = Severity.ERROR
    on: Stage = Stage.SAVE
    """SUBMIT: only what is put up for sign-off must fulfil it."""
    what: Sentence
    mend: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of an approval chain: who signs, and how many of them must agree."""

    key: str
    labels: Labels
    roles: tuple[Role, ...]
    """Each has a column and decides once. `manager` is the owner's superior with that role."""
    need: int
    """How many must agree: all (as many as roles), one, or any number between."""
    when: Expression | None = None
    """The step is taken only where this is true when the record is submitted."""
    grade: str = "D"
    """The weakest evidence that is enough (design, section 8): A, B, C or D."""
    grades: Mapping[str, Expression] = field(default_factory=dict)
    """A stronger grade → it is demanded where this is not false when the record is submitted."""
    only: Mapping[Role, Expression] = field(default_factory=dict)
    """Role → it is asked only where this is true when the record is submitted."""
    must: tuple[Role, ...] = ()
    """Without these nothing is agreed, however many others agree."""
    having: FieldKey | None = None
    """A yes/no field of `people`: only those sign here in whom it is ticked, whoever their superior is."""
    concerns: tuple[str, ...] | None = None
    """The material fields that it is about: a change of others leaves its sign-offs in force. None: all."""
    sees: Mapping[Role, tuple[str, ...]] = field(default_factory=dict)
    """Role → the material fields that its sign-off is about, where the step itself says nothing: those that it sees."""
    agrees_when: Expression | None = None
    """Nobody agrees in this step before this is true: what he has to look into is filled in."""
    columns: Mapping[Role, tuple[Labels, Labels]] = field(default_factory=dict)
    """The names of each role's decision and opinion columns."""
    codes: Mapping[Role, Labels] = field(default_factory=dict)
    """The names of the columns for one-time codes, where the step may demand one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Adding:
    """The columns that a chain has where a signer may add another one (加簽)."""

    whom: Labels
    decision: Labels
    """Where those decide who were added."""
    opinion: Labels


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain(Rule):
    """The way of a form's records through sign-off, step after step."""

    steps: tuple[Step, ...]
    show: tuple[FieldKey, ...] = ()
    """What signers are told of the record, one line each, as far as they may see it."""
    once: bool = False
    """Who agreed in one step has agreed in the later ones: he is not asked twice."""
    amount: FieldKey | None = None
    """How much is at stake: a delegate may be given a limit to it."""
    interested: tuple[FieldKey, ...] = ()
    """Whom these fields name has an interest in it: he does not sign."""
    stamps: Mapping[FieldKey, Expression] = field(default_factory=dict)
    """What is entered in the record each time it is put up, before the steps' conditions are asked."""
    changed_by: FormKey | None = None
    """What was approved is changed through this form only: a material field that is typed over waits."""
    submit: Labels
    """The name of the requester's column."""
    verdicts: tuple[Choice, ...]
    """What a decision column offers; the keys are those of `effect.Verdict`."""
    adding: Adding | None = None
    """None: signers cannot add others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Creation:
    """One record that a transfer creates, once for the record that causes it."""

    key: str
    form: FormKey
    values: Mapping[FieldKey, Expression]
    when: Expression | None = None
    share: Expression | None = None
    """Which part of the whole goes to this record (a fraction); the last one takes what is left."""
    each_time: bool = False
    """One is made each time that the transfer happens, not once for the record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """How a transfer's creations share an amount: their sum is the whole, to the cent."""

    field: FieldKey
    """The field of the created records that gets the part."""
    of: Expression
    """The whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One value that a transfer sets, in the record or in one that it refers to."""

    link: FieldKey | None
    """None: the record itself."""
    field: FieldKey
    value: Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class LineApplies:
    """What the lines of an approved request change in the lines of the record that it is about."""

    to: FieldKey
    """The link to the line that is changed; a line without it is a new one."""
    sets: Mapping[FieldKey, Expression]
    """Field of the changed line → its new value. What is empty changes nothing."""
    adds: Mapping[FieldKey, Expression]
    """The values of a new line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Applies:
    """What an approved request changes in the record that it is about: that record's sign-offs stand."""

    to: FieldKey
    """The link to the record."""
    sets: Mapping[FieldKey, Expression]
    """Its field → the new value. What is empty changes nothing."""
    lines: LineApplies | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Who is told, and what."""

    roles: tuple[Role, ...]
    people: tuple[Expression, ...]
    """Each gives the number of a person."""
    headline: Sentence
    show: tuple[FieldKey, ...]
    """The fields that are told with it, one line each."""
    urgent: bool
    show_lines: bool = False
    """Its lines are told too, each in one sentence: what all may see who are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer(Rule):
    """Something has become true of a record: departments are told, records are made for them."""

    when: Expression
    told: Told | None
    """None: nobody, it only sets and makes."""
    creates: tuple[Creation, ...] = ()
    split: Split | None = None
    sets: tuple[Setting, ...] = ()
    applies: Applies | None = None
    acknowledge: bool = False
    """Who is told must say that he has received it."""
    within: Expression | None = None
    """The working hours within which that is expected. None: as the limits say, by its urgency."""
    optional: tuple[Role, ...] = ()
    """Roles that a company may leave out: no clause demands that they are told."""


class Every(StrEnum):
    """How often a reminder comes back while its reason lasts."""

    ONCE = "once"
    DAY = "day"
    WEEK = "week"


class Whom(StrEnum):
    """Who is told on a rung."""

    WHO = "who"
    """Those whom the reminder tells: they must act."""
    SUPERIOR = "superior"
    """Their superiors, as far as these are managers or leaders."""
    LEADER = "leader"
    """The company's leader."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One telling, if nothing has been done since the one before."""

    key: str
    after: Expression
    """So many working days after the first telling. Unknown: the rung is left out."""
    to: tuple[Whom, ...]

    @property
    def escalates(self) -> bool:
        """Whether it is told to others than those who must act."""
        return any(each is not Whom.WHO for each in self.to)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder(Rule):
    """Something is due: who must act is told, until it is done."""

    due: Expression
    """The date from which on it is told."""
    unless: Expression | None = None
    """Nothing is told where this is true: it is done."""
    every: Every
    told: Told
    rungs: tuple[Rung, ...] = ()
    """What comes after the first telling; only the last one comes back, as `every` says."""
    turn: bool = False
    """Those are told whose sign-off the record waits for; it is known since when it waits for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula:
    """A field's computed value or default, as its form declares it."""

    form: FormKey
    field: Field
    expression: Expression
    default: bool
    """Only for new records, and only if the field is empty."""


AnyRule: TypeAlias = Check | Chain | Transfer | Reminder


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """All rules, in declared order."""

    checks: tuple[Check, ...] = ()
    chains: tuple[Chain, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    reminders: tuple[Reminder, ...] = ()
    formulas: tuple[Formula, ...] = ()
    """In an order in which each one comes after those that it needs."""

    def chain(self, form: FormKey) -> Chain | None:
        """Return the approval chain of *form*, None if its records need no sign-off."""
        return next((each for each in self.chains if each.form == form), None)

    def every(self) -> tuple[AnyRule, ...]:
        """Return all rules."""
        return (*self.checks, *self.chains, *self.transfers, *self.reminders)
