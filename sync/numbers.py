"""How a record begins: its number, its state, and who its author is if a rule makes it. Pure."""

from rules.numbering import number
from sheet_templates.form import Form, Source
from sheet_templates.record import State
from sync.work import Author, Work


def next_number(work: Work, form: Form) -> tuple[str, int, str]:
    """Return the next free number of *form*: its series, its count, and how it is written."""
    today = work.at.date()
    while True:
        series, _ = number(form, today, 0)
        n = work.number(series)
        given = number(form, today, n)[1]
        if work.records.numbered(form.key, given) is None:
            return series, n, given


def first_state(form: Form) -> State:
    """Return the state in which records of *form* begin."""
    chained = any(field.source is Source.SUBMIT for field in form.fields)
    return State.DRAFT if chained else State.RECORDED


def by_rule(rule: str) -> Author:
    """Return the author of what a rule does."""
    return Author(desk=None, person=None, cause=f"rule:{rule}")
