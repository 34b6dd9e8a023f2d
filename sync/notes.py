"""The note beside a desk's file: what its people must know and cannot read in it, because it is not written. Pure."""

from collections.abc import Iterable
from pathlib import PurePath

from sheet_templates.form import Desk
from sheet_templates.record import Problem, text
from sheet_templates.words import Words

WHOLE = ("file.", "desk.not_written", "desk.denied", "cell.")
"""How the problems begin that are told in a note: what keeps a file, or a cell of it, from being read or written."""


def note_name(desk: Desk, words: Words) -> str:
    """Return what the note of *desk* is called."""
    return words.say(text("note.name", desk=desk.name), desk.lang)


def note(desk: Desk, path: PurePath, problems: Iterable[Problem], words: Words) -> str | None:
    """Return what the note beside *desk*'s file at *path* says; None if there is nothing to say."""
    told = [
        f"{words.say(each.what, desk.lang)}\n{words.say(each.mend, desk.lang)}".strip()
        for each in problems
        if each.file == str(path) and each.record is None and each.what.key.startswith(WHOLE)
    ]
    if not told:
        return None
    head = words.say(text("note.head", file=path.name), desk.lang)
    return "\n\n".join((head, *told, words.say(text("note.foot"), desk.lang))) + "\n"
