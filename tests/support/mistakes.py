"""Scenes in which somebody makes a mistake in many rows, and a person says what is to become of it."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from sheet_templates.form import ID, FieldKey, FormKey
from sheet_templates.record import RecordId, text
from tests.support.scenes import CUSTOMER, NAME, NOTE, SIZE, WHAT, Scenes
from tests.support.small_company import MO, RAE, ROY
from tests.support.workbooks import FakeFile

TODO, PICK = FormKey("todo"), FieldKey("pick")


def errs_in_many_rows(play: Scenes, desk: str, at: int, one: bool, other: bool) -> None:
    """Types over them, sorts one column or deletes them; then undoes it, or says what is to become of it.

    *one*: the workbook stays open for a while. *other*: the word is said in the sheet, not on the command line.
    """
    desk = ROY if desk == ROY else RAE
    play.shut(desk)
    play.settle()
    if play.held(desk) or not _has_many_rows(play, desk):
        return
    before, stood = play.file(desk), _customers(play)
    if one:
        # An earlier save of the same copy brought a row without an id.
        play.town.opens(desk)
        play.registers(desk, stamped=False, wrong=False)
        play.round()
        before, stood = play.file(desk), _customers(play)
    bad = _mistaken(play, before, at % 3)
    play.town.workbooks.put_back(play.town.path(desk), bad)
    play.round()
    hold = play.town.held(desk)
    assert hold is not None, f"F4: a mistake in many rows was taken: {at % 3}"
    _another_edits_meanwhile(play, desk, at)
    play.shut(desk)
    play.settle()
    _only_asked(play, desk, bad)
    play.met["mass mistake"] += 1
    word = ("take", "drop", None)[(at // 2) % 3]
    if word is None:
        _undoes_it(play, desk, before, at)
    else:
        _says(play, desk, word, at, sheet=other, opened=one)
        _answered(play, desk, word, stood, bad)


def _customers(play: Scenes) -> dict[RecordId, Any]:
    return {each.id: each[NOTE] for each in play.town.every(CUSTOMER)}


def _has_many_rows(play: Scenes, desk: str) -> bool:
    """Have a dozen customers with notes in a desk; return whether they are there."""
    sheet = play.file(desk).sheets[CUSTOMER]
    lacking = 11 - len(play.rows(play.file(desk), CUSTOMER))
    for _ in range(lacking):
        name = play.token()
        play.witness.names.add(name)
        sheet = sheet.put(sheet.last + 1, NAME, name)
    file = replace(play.file(desk), sheets={**play.file(desk).sheets, CUSTOMER: sheet})
    play.town.workbooks.put_back(play.town.path(desk), file)
    play.settle()
    for row in play.rows(play.file(desk), CUSTOMER):
        play.put(desk, CUSTOMER, row, NOTE, play.cell(desk, CUSTOMER, row, NOTE) or play.token())
    play.settle()
    return not play.held(desk) and all(
        play.cell(desk, CUSTOMER, row, NOTE) for row in play.rows(play.file(desk), CUSTOMER)
    )


def _mistaken(play: Scenes, file: FakeFile, how: int) -> FakeFile:
    sheet = file.sheets[CUSTOMER]
    rows = [at for at in play.rows(file, CUSTOMER) if sheet.rows[at].get(NOTE)]
    notes = [play.token() for _ in rows] if how == 0 else [sheet.rows[each].get(NOTE) for each in rows]
    if how == 1:
        notes = [*notes[4:], *notes[:4]]
    for row, note in zip(rows, notes, strict=True):
        record = sheet.rows[row].get(ID)
        if how == 0 and record is not None:
            play.witness.placed[str(note)] = (CUSTOMER, RecordId(str(record)))
        elif how == 1:
            # It may go back to where it stood, or stay where the sort has put it.
            play.witness.placed.pop(str(note), None)
            play.witness.retyped.add(str(note))
        sheet = sheet.put(row, NOTE, note)
    if how == 2:
        play.witness.names -= {str(sheet.rows[row].get(NAME)) for row in rows[:8]}
        sheet = replace(sheet, rows={at: row for at, row in sheet.rows.items() if at not in rows[:8]})
    return replace(file, sheets={**file.sheets, CUSTOMER: sheet})


def _only_asked(play: Scenes, desk: str, bad: FakeFile) -> None:
    """A held workbook has one line more than its person saved, and the mail went out once."""
    now = play.file(desk)
    sheets = {key: each for key, each in now.sheets.items() if key != TODO}
    assert sheets == {key: each for key, each in bad.sheets.items() if key != TODO}, "F4: written"
    assert len(_asks_about(play, desk)) == 1, "F4: it is not asked about"
    play.put(desk, CUSTOMER, play.rows(now, CUSTOMER)[0], NOTE, play.token())
    play.settle()
    hold = play.town.held(desk)
    assert hold is not None, "F4: the rest of the mistake was taken"
    told = [each for each in play.witness.events if each.startswith(f"hold:{hold.key}")]
    assert len(told) == 1, f"F4: told more than once: {told}"


def _another_edits_meanwhile(play: Scenes, desk: str, at: int) -> None:
    """The manager types into a customer: it waits to be shown in the held workbook."""
    record = play.cell(desk, CUSTOMER, play.rows(play.file(desk), CUSTOMER)[-1 - at % 2], "_id")
    row = play.row_of(MO, CUSTOMER, record)
    if row is not None:
        play.shut(MO)
        play.put(MO, CUSTOMER, row, SIZE, Decimal(100 + at))
        play.settle()


def _asks_about(play: Scenes, desk: str) -> list[int]:
    sheet = play.file(desk).sheets[TODO]
    said = play.town.declared.words.say(text("todo.held"), play.town.declared.lang)
    return [row for row, cells in sheet.rows.items() if cells.get(WHAT) == said]


def _undoes_it(play: Scenes, desk: str, before: FakeFile, at: int) -> None:
    """And later errs again, in the copy that had asked, with the word beside the old question."""
    held, path = play.file(desk), play.town.path(desk)
    (line,) = _asks_about(play, desk)
    play.town.workbooks.put_back(path, before)
    play.settle()
    assert not play.held(desk), "it was undone"
    assert not _asks_about(play, desk), "the line stays"
    play.met["hold undone"] += 1
    after, stood = play.file(desk), _customers(play)
    play.town.workbooks.put_back(path, _mistaken(play, after, 0))
    play.round()
    assert play.held(desk), "F4: a second mistake was taken"
    answer = held.sheets[TODO].put(line, PICK, "take")
    play.town.workbooks.put_back(path, replace(held, sheets={**held.sheets, TODO: answer}))
    play.round()
    assert _customers(play) == stood, "F4: an old word answered a new question"
    play.town.workbooks.put_back(path, after)
    play.settle()


def _says(play: Scenes, desk: str, word: str, at: int, *, sheet: bool, opened: bool) -> None:
    """Say a word to a held save, and pull the plug while it is carried out."""
    if opened:
        play.town.opens(desk)
    if sheet:
        (line,) = _asks_about(play, desk)
        play.put(desk, TODO, line, PICK, word)
    else:
        play.town.answers(desk, word)
    play.pull_the_plug(at, after=opened, clean=True)
    if play.town.held(desk) is not None and not sheet:
        play.town.answers(desk, word)
    play.round()
    if opened:
        # Programs save once more when they are closed.
        row = play.rows(play.file(desk), CUSTOMER)[-1]
        play.put(desk, CUSTOMER, row, SIZE, Decimal(at))
        play.round()
        play.shut(desk)
    play.settle()
    play.met[f"hold {word}"] += 1


def _answered(play: Scenes, desk: str, word: str, stood: Mapping[RecordId, Any], bad: FakeFile) -> None:
    """What was said is so: in the store, in the workbook and in the journal, once."""
    assert play.town.held(desk) is None, f"F4: {word} was said, and it is held"
    shown = {row.get(ID): row.get(NOTE) for row in play.file(desk).sheets[CUSTOMER].rows.values()}
    for record, note in _customers(play).items():
        assert shown.get(record, note) == note, "F4: the workbook does not show what stands"
        typed = next(
            (row.get(NOTE) for row in bad.sheets[CUSTOMER].rows.values() if row.get(ID) == record), None
        )
        if word == "drop":
            assert note == stood[record], "F4: dropped, and taken"
        elif typed not in (None, stood.get(record)):
            assert note != stood.get(record), "F4: taken, and not there"
