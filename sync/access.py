"""Who sees what, and why: what views, readers and sharing scopes come to, desk by desk and form by form. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sheet_templates.form import MASTER, Desk, FieldKey, Form
from sheet_templates.record import Record
from sync.eyes import Eyes
from sync.sharing import Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A field that a desk does not show."""

    field: FieldKey
    shares: tuple[Share, ...]
    """The sharing scopes that keep it away. Empty: the form's readers do not name the desk's role."""
    records: int
    """In so many of the records that the desk sees."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What one desk sees of some records of one form."""

    desk: Desk
    form: Form
    view: str | None
    """The condition that the form declares for the desk's role; None: the role has no such sheet."""
    seen: int
    of: int
    shares: tuple[Share, ...]
    """The sharing scopes by which the desk sees records of the form."""
    fields: tuple[FieldKey, ...]
    """What it reads of at least one of them."""
    kept: tuple[Kept, ...]


def sight(eyes: Eyes, desk: Desk, form: Form, records: Iterable[Record]) -> Sight:
    """Return what *desk* sees of *records*, which are of *form*."""
    every = tuple(records)
    seen = tuple(each for each in every if eyes.sees(desk, each))
    view = "true" if desk.role == MASTER else form.views.get(desk.role)
    hidden = [eyes.hides(desk, each) for each in seen]
    read: list[FieldKey] = []
    kept: list[Kept] = []
    for field in form.fields if view is not None else ():
        may = field.read_by(desk.role) or desk.role in field.wider
        times = sum(field.key in each for each in hidden) if may else len(seen)
        if may and times < max(len(seen), 1):
            read.append(field.key)
        if times or not may:
            shares = eyes.sharing.of_field(desk, form.key, field.key) if field.read_by(desk.role) else ()
            kept.append(Kept(field=field.key, shares=shares, records=times))
    return Sight(
        desk=desk,
        form=form,
        view=view,
        seen=len(seen),
        of=len(every),
        shares=eyes.sharing.whole(desk, form.key),
        fields=tuple(read),
        kept=tuple(kept),
    )


def of_desk(eyes: Eyes, desk: Desk) -> Iterator[Sight]:
    """Yield what *desk* sees, form by form; forms of which it has no sheet are left out."""
    for form in eyes.declared.stored():
        if desk.role == MASTER or desk.role in form.views:
            yield sight(eyes, desk, form, eyes.records.every(form.key))


def of_form(eyes: Eyes, form: Form) -> Iterator[Sight]:
    """Yield what each desk sees of *form*, also those that see nothing."""
    for desk in eyes.desks:
        yield sight(eyes, desk, form, eyes.records.every(form.key))


def of_record(eyes: Eyes, record: Record) -> Iterator[Sight]:
    """Yield what each desk sees of *record*, also those that see nothing."""
    for desk in eyes.desks:
        yield sight(eyes, desk, eyes.declared.forms[record.form], (record,))
