"""Cell references: `F5`, `$F$3:$F$402`, `F:F`. Rows and columns count from 1."""

import functools
import re
from dataclasses import dataclass
from typing import Final, Self

LAST_ROW: Final = 1_048_576
LAST_COLUMN: Final = 16_384

_REF: Final = re.compile(
    r"\$?([A-Z]{1,3})?\$?([0-9]{1,7})?(?::\$?([A-Z]{1,3})?\$?([0-9]{1,7})?)?", re.IGNORECASE
)


@functools.cache
def letters(column: int) -> str:
    """Return the letters of *column*: 1 is A, 28 is AB."""
    name = ""
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


@functools.cache
def column_number(name: str) -> int:
    """Return the number of the column called *name*."""
    number = 0
    for each in name.upper():
        number = number * 26 + ord(each) - 64
    return number


def ref(row: int, column: int) -> str:
    """Return the reference of one cell, such as `F5`."""
    return f"{letters(column)}{row}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A rectangle of cells, its edges included."""

    top: int
    left: int
    bottom: int
    right: int

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return the area that *text* names; None if it is not a plain reference (`#REF!`)."""
        found = _REF.fullmatch(text.strip())
        if found is None or not any(found.groups()):
            return None
        left, top, right, bottom = found.groups()
        single = ":" not in text
        return cls(
            top=int(top) if top else 1,
            left=column_number(left) if left else 1,
            bottom=int((top if single else bottom) or LAST_ROW),
            right=column_number((left if single else right) or letters(LAST_COLUMN)),
        )

    def holds(self, row: int, column: int) -> bool:
        """Return whether the cell lies within."""
        return self.top <= row <= self.bottom and self.left <= column <= self.right

    def spans(self, column: int) -> bool:
        """Return whether some of it lies in *column*."""
        return self.left <= column <= self.right

    def __str__(self) -> str:
        first, last = ref(self.top, self.left), ref(self.bottom, self.right)
        return first if first == last else f"{first}:{last}"
