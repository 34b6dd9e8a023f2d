"""A formula as it is said from another cell: its relative references move along, all else stays as written.

openpyxl's translator is not used: it leaves `B1` in `B1:INDEX(B:B,3)` where it is, loses the `[0]!` of names, and
does not know carriage returns (3.1.5). Source: ECMA-376 part 1, 18.17.2.
"""

import re
from typing import Final

from sync.edges.xlsx.a1 import LAST_COLUMN, LAST_ROW, column_number, letters

_PIECE: Final = re.compile(
    r"""
      "(?:[^"]|"")*"                                        # a text
    | '(?:[^']|'')*'                                        # a sheet's name
    | \[(?:[^\[\]']|'.|\[(?:[^\[\]']|'.)*\])*\]             # columns of a table, or another workbook
    | (?<![\w.$\\?])(?:
        (?P<ca>\$?)(?P<c>[A-Z]{1,3})(?P<ra>\$?)(?P<r>[0-9]{1,7})
      | (?P<ca1>\$?)(?P<c1>[A-Z]{1,3}):(?P<ca2>\$?)(?P<c2>[A-Z]{1,3})
      | (?P<ra1>\$?)(?P<r1>[0-9]{1,7}):(?P<ra2>\$?)(?P<r2>[0-9]{1,7})
      )(?![\w.(!\[\\?$])
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)


class BeyondError(Exception):
    """A reference would lie beyond the sheet's edge."""


def moved(words: str, rows: int, columns: int) -> str:
    """Return *words* (without `=`) as a cell says them that stands so many rows and columns further.

    Raises BeyondError.
    """
    return _PIECE.sub(lambda found: _piece(found, rows, columns), words)


def _piece(found: re.Match[str], rows: int, columns: int) -> str:
    if found["c"] is not None:
        column = _column(found["ca"], found["c"], columns)
        return found["ca"] + column + found["ra"] + _row(found["ra"], found["r"], rows)
    if found["c1"] is not None:
        first = found["ca1"] + _column(found["ca1"], found["c1"], columns)
        return first + ":" + found["ca2"] + _column(found["ca2"], found["c2"], columns)
    if found["r1"] is not None:
        first = found["ra1"] + _row(found["ra1"], found["r1"], rows)
        return first + ":" + found["ra2"] + _row(found["ra2"], found["r2"], rows)
    return found.group()


def _column(fixed: str, name: str, by: int) -> str:
    column = column_number(name)
    if fixed or column > LAST_COLUMN:
        return name
    if not 1 <= column + by <= LAST_COLUMN:
        raise BeyondError
    return letters(column + by)


def _row(fixed: str, number: str, by: int) -> str:
    row = int(number)
    if fixed or not 1 <= row <= LAST_ROW:
        return number
    if not 1 <= row + by <= LAST_ROW:
        raise BeyondError
    return str(row + by)
