"""The visible numbers of records: `SO-2026-0042`."""

import datetime as dt

from sheet_templates.form import Form


def number(form: Form, today: dt.date, n: int) -> tuple[str, str]:
    """Return the series that a record of *form* is numbered in *today*, and its *n*-th number.

    A pattern with a year begins anew each year: the year is part of the series' name.
    """
    year = f"{today.year:04}"
    series = form.number.replace("{year}", year)
    return series, form.number.format(year=year, n=n)
