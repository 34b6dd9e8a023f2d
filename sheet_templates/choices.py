"""What a field's drop-down offers, and whether a rule of the sheet can hold that itself."""

from collections.abc import Sequence
from typing import Final

from sheet_templates.form import NO, YES, Field, FieldType, Lang

_INLINE: Final = 255
"""Characters that a drop-down's own list may have; a longer one makes Excel repair the file."""


def choices_of(field: Field, lang: Lang, listed: Sequence[str]) -> tuple[str, ...]:
    """Return what a field's drop-down offers; *listed*: the records that a link may name."""
    match field.type:
        case FieldType.CHOICE:
            return tuple(each.labels.in_(lang) for each in field.choices)
        case FieldType.YES_NO:
            return (YES.in_(lang), NO.in_(lang))
        case FieldType.LINK | FieldType.PERSON:
            return tuple(listed)
        case _:
            return ()


def fits_inline(choices: Sequence[str]) -> bool:
    """Return whether a drop-down can hold its list itself."""
    plain = not any("," in each or '"' in each or each != each.strip() for each in choices)
    return plain and len(",".join(choices)) <= _INLINE
