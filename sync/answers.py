"""The word that a desk's people say to a held save, in the line of 待辦 that asks them. Pure.

It binds as a pick beside a conflict does (`sync.picking`): to the hold that the copy's own render asked about, and to
the line as it was shown. So neither a copied line, nor one that was typed over, nor an old copy that comes back
answers anything.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sheet_templates.form import Desk, Form
from sheet_templates.record import Problem, RecordId, Shown, Text, text
from sync.declared import TODO
from sync.disputes import PICK
from sync.holds import ASKS, FILE, HINT, SHEET, WHAT, WORDS, Hold, Word
from sync.identity import Shows
from sync.merge import Typed
from sync.ports import DeskCopy, Draft, RowCopy
from sync.reading import Reading

_SEEN = (WHAT, SHEET, FILE, HINT)
"""What a word binds to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What stands beside a hold's line."""

    word: Word | None = None
    problem: Problem | None = None
    """Why what stands there does not count."""
    draft: Draft | None = None
    """What was typed there that is no word: it stays in its cell."""


NOTHING = Heard()


def heard(
    hold: Hold, form: Form | None, copy: DeskCopy, lines: Mapping[RecordId, Shows], reading: Reading
) -> Heard:
    """Return what the people of a desk said of *hold*. *lines*: what the copy's render showed in 待辦."""
    sheet = copy.sheets.get(TODO)
    asked = {line: shows for line, shows in lines.items() if shows.get(ASKS) == hold.key}
    if form is None or sheet is None or PICK not in sheet.columns or not asked:
        return NOTHING
    said = [
        (row, asked[row.id], reading.understanding.typed(form, PICK, row.cells.get(PICK)))
        for row in sheet.rows
        if row.id in asked
    ]
    speaking = [each for each in said if each[2].shown is not None]
    if not speaking:
        return NOTHING
    words = {_word(typed) for _, _, typed in speaking}
    row, _, typed = speaking[0]
    if None in words:
        return _no_word(
            hold, reading.desk, row, next(typed for _, _, typed in speaking if _word(typed) is None)
        )
    if len(words) > 1:
        return _does_not_count(hold, reading.desk, "hold.several")
    if not any(_as_shown(row, shows) for row, shows, _ in speaking):
        return _does_not_count(hold, reading.desk, "hold.overtyped")
    return Heard(word=_word(typed))


def _word(typed: Typed) -> Word | None:
    return WORDS.get(str(typed.value)) if typed.fault is None else None


def _as_shown(row: RowCopy, shows: Shows) -> bool:
    return all(flat(row.cells.get(key)) == flat(shows.get(key)) for key in _SEEN if key in row.cells)


def flat(cell: object) -> str:
    """Return what a cell says, however its program breaks lines."""
    return "" if cell is None else " ".join(str(cell).split())


def _no_word(hold: Hold, desk: Desk, row: RowCopy, typed: Typed) -> Heard:
    draft = Draft(desk=desk.key, address=hold.place, typed=typed.shown)
    problem = _problem(hold, desk, text("hold.no_word", said=str(typed.shown)), row=row.at, said=typed.shown)
    return Heard(problem=problem, draft=draft)


def _does_not_count(hold: Hold, desk: Desk, key: str) -> Heard:
    return Heard(problem=_problem(hold, desk, text(key)))


def _problem(hold: Hold, desk: Desk, what: Text, *, row: int | None = None, said: Shown = None) -> Problem:
    place = hold.place
    return Problem(
        what=what,
        mend=text(f"{what.key}.mend"),
        desk=desk.key,
        form=place.form,
        record=place.record,
        field=place.field,
        row=row,
        value=None if said is None else str(said),
    )
