"""What a report knows of sign-offs: each that was given, and each that is waited for. No I/O."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from sheet_templates.form import FormKey, Labels, Role
from sheet_templates.record import RecordId


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOff:
    """One decision of a signer."""

    form: FormKey
    record: RecordId
    step: Labels
    role: Role
    """Whose column it stands in."""
    person: str
    """Who decided: a number in `people`."""
    at: dt.datetime
    hours: Decimal
    """The working hours for which it was waited."""
    grade: str
    """What it proves: A to D."""
    behalf: str = ""
    """Who was away and for whom it was signed."""
    up: bool = False
    """Somebody of another role decided: the seat was empty, its holder away, or the request his own."""
    voided: str | None = None
    """Why it no longer counts, as a key of words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaited:
    """One decision that a record waits for."""

    form: FormKey
    record: RecordId
    step: Labels
    role: Role
    people: tuple[str, ...]
    """Who may sign: numbers in `people`. Empty: nobody, and somebody must be appointed."""
    up: bool
    """It has gone up, to people of another role."""
    hours: Decimal
    """The working hours for which it has been waited."""
