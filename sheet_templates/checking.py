"""What of records' values is allowed: `sheet_templates.schema`, loaded when there is something to ask.

pandas and pandera take half a second to load: as long as a short command takes for all the rest.
"""

from collections.abc import Mapping

from sheet_templates.form import FieldKey, Form
from sheet_templates.record import Problem, RecordId, Value


def check_rows(form: Form, rows: Mapping[RecordId, Mapping[FieldKey, Value]]) -> tuple[Problem, ...]:
    """Return what is wrong with the values of *rows* of *form*: see `sheet_templates.schema.check_rows`."""
    if not rows:
        return ()
    from sheet_templates import schema  # noqa: PLC0415 - heavy: see the module's docstring

    return schema.check_rows(form, rows)
