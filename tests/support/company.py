"""A small company for tests of reports: the shipped forms, and a short way to write records."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from reports.books import Books
from sheet_templates.form import Field, FieldKey, FieldType, Form, FormKey, Labels, Source
from sheet_templates.record import Record, RecordId, State
from sheet_templates.words import Words
from tests.support import shipped
from tests.support.records import MemoryRecords

ZONE = ZoneInfo("Asia/Shanghai")
TODAY = dt.date(2026, 11, 2)

SIGNED = ("expense", "order", "quotation")
"""The forms with an approval chain."""


@cache
def forms() -> dict[FormKey, Form]:
    """Return the shipped forms, with the column that an approval chain adds."""
    submit = Field(
        key=FieldKey("submit"),
        type=FieldType.YES_NO,
        labels=Labels(zh_hant="送審", zh_hans="送审", en="Submit"),
        source=Source.SUBMIT,
    )
    return {
        key: replace(form, fields=(*form.fields, submit)) if key in SIGNED else form
        for key, form in shipped.forms().items()
    }


@cache
def words() -> Words:
    """Return the shipped sentences."""
    return shipped.words()


def record(form: str, number: str, state: State = State.RECORDED, **values: Any) -> Record:
    """Return a record; a number or a string of digits given as amount may be an int, dates may be ISO text."""
    return Record(
        form=FormKey(form),
        id=RecordId(f"{form}:{number}"),
        number=number,
        state=state,
        values={FieldKey(key): _value(key, value) for key, value in values.items() if value is not None},
    )


def _value(key: str, value: Any) -> Any:
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return Decimal(str(value))
    is_date = key in {"date", "on", "left"} or key.endswith(("_on", "_by", "_until"))
    return dt.date.fromisoformat(value) if is_date and isinstance(value, str) and value[:2] == "20" else value


PEOPLE = (
    record("people", "P-1", name="Mia Manager", role="manager", team="North", region="North"),
    record("people", "P-2", name="Ann Rep", role="rep", team="North", region="North", superior="P-1"),
    record("people", "P-3", name="Bob Rep", role="rep", team="North", region="North", superior="P-1"),
    record("people", "P-4", name="Max Manager", role="manager", team="South", region="South"),
    record("people", "P-5", name="Cyd Rep", role="rep", team="South", region="South", superior="P-4"),
    record("people", "P-6", name="Fay Finance", role="finance"),
    record("people", "P-7", name="Leo Leader", role="leader"),
    record("people", "P-8", name="Gone Rep", role="rep", team="North", superior="P-1", left="2026-09-01"),
)


def books(*records: Record, today: dt.date = TODAY, **known: Any) -> Books:
    """Return books that hold *records* and the company's people."""
    return Books(
        records=MemoryRecords((*PEOPLE, *records)),
        forms=forms(),
        today=today,
        zone=ZONE,
        currency="CNY",
        **known,
    )
