"""How long transfers took to reach those who were told, and to be acknowledged (TX-6.2.1)."""

import datetime as dt
import json

from reports.timeliness import Timeliness, timeliness
from sheet_templates.form import FieldKey, FormKey
from sheet_templates.record import Record, RecordId
from tests.support.clock import SHANGHAI

NOW = dt.datetime(2026, 10, 27, 18, 0, tzinfo=SHANGHAI)
START, END = dt.date(2026, 10, 26), dt.date(2026, 11, 2)


def receipt(number: int, recorded: str, **values: str) -> Record:
    said = {"role": "finance", "status": "open", "content": json.dumps({"recorded": recorded}), **values}
    filled = {FieldKey(key): value for key, value in said.items()}
    return Record(form=FormKey("receipt"), id=RecordId(f"r{number}"), number=f"RC-{number}", values=filled)


def test_transmission_and_acknowledgement_are_measured_for_each_recipient():
    receipts = (
        [
            receipt(1, "2026-10-26 09:00", told="2026-10-26 09:02", due="2026-10-26 13:00",
                    received="2026-10-26 10:02", status="received"),
            receipt(2, "2026-10-26 09:00", told="2026-10-26 09:04", due="2026-10-26 13:00",
                    received="2026-10-26 15:04", status="received"),
            receipt(3, "2026-10-27 09:00", due="2026-10-27 13:00"),
            receipt(4, "2026-10-27 09:00", status="replaced"),
            receipt(5, "2026-10-25 09:00"),
        ]
    )  # fmt: skip

    assert timeliness(receipts, START, END, NOW) == (
        Timeliness(
            whom="finance",
            count=3,
            acknowledged=2,
            late=2,
            to_desk=3.0,
            to_receipt=210.0,
            numbers=("RC-1", "RC-2", "RC-3"),
        ),
    )


def test_where_nothing_was_transferred_nothing_is_measured():
    assert timeliness([], START, END, NOW) == ()
