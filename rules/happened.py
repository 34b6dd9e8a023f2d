"""What happened to one record: the question that the rules answer. Plain values, no I/O."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from rules.effect import Decision, Run, Verdict
from sheet_templates.expression import ExpressionContext
from sheet_templates.form import DeskKey, Form, FormKey, Role
from sheet_templates.record import Record, Records, Text, Value
from sheet_templates.working_calendar import PLAIN, WorkingCalendar


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """A verdict that somebody typed into a decision column."""

    step: str
    role: Role
    """Whose column it is (`Field.signer`): not always the role of who signs, since a step may go up."""
    verdict: Verdict
    opinion: str = ""
    desk: DeskKey
    person: str
    people: frozenset[str]
    """Everybody who works in that desk."""
    grade: str
    """Evidence grade A–D."""
    content: str
    """Hash of the material content as that desk's own file showed it (`rules.content.content_hash`)."""
    fault: Text | None = None
    """What speaks against the one-time code that was typed beside it."""
    added: str = ""
    """Who is to sign first, for 加簽: a number in `people`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """One record that was changed, signed, or that something it depends on has changed."""

    before: Record | None
    """As the store holds it; None if the record is new. The same one however often the cycle asks."""
    after: Record
    """As it will stand."""
    records: Records
    """All records as they will stand, this one too."""
    now: dt.datetime
    limits: Mapping[str, Decimal]
    calendar: WorkingCalendar = PLAIN
    person: str | None = None
    """Who changed it; None if a rule did."""
    me: Mapping[str, Value] = field(default_factory=dict)
    run: Run | None = None
    """The record's way through its chain so far."""
    decisions: tuple[Decision, ...] = ()
    """All decisions on the record so far, voided ones too."""
    signings: tuple[Signing, ...] = ()
    """Verdicts typed in this save; given once, not again when the cycle asks anew."""
    signed: bool = False
    """What changed was signed for, on a request of its own: the record's sign-offs stand."""

    def context(self, forms: Mapping[FormKey, Form], record: Record | None = None) -> ExpressionContext:
        """Return what expressions are evaluated against, for *record* in the place of the one that will stand."""
        return ExpressionContext(
            record=self.after if record is None else record,
            records=self.records,
            forms=forms,
            today=self.now.date(),
            limits=self.limits,
            calendar=self.calendar,
            me=self.me,
            before=self.before,
        )
