"""What desks' people are told of their files: in 待辦, and in a note beside a file that is not written. No I/O here.

A note says what cannot be read in the file itself.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Final

from sheet_templates.form import Desk, DeskKey, Lang
from sheet_templates.record import Problem, Severity, text
from sheet_templates.words import Words
from sync import desks as people
from sync import visible
from sync.declared import Declared
from sync.ports import Clock, Commit, Refused, Store, Why, Written
from sync.work import Author, Work

WHOLE: Final = ("file.", "desk.not_written", "desk.denied", "cell.")
"""How the problems begin that are told in a note: what keeps a file, or a cell of it, from being read or written."""

_TOLD: Final = {Why.HARM: "desk.not_written", Why.DENIED: "desk.denied"}
"""Why a desk was not written that does not pass by itself, and what its people are told."""


def note_name(desk: Desk, words: Words) -> str:
    """Return what the note of *desk* is called."""
    return words.say(text("note.name", desk=desk.name), desk.lang)


def note(desk: Desk, path: PurePath, problems: Iterable[Problem], words: Words) -> str | None:
    """Return what the note beside *desk*'s file at *path* says; None if there is nothing to say."""
    about = [
        each
        for each in problems
        if each.file == str(path) and each.record is None and each.what.key.startswith(WHOLE)
    ]
    if not about:
        return None
    told = [f"{words.say(each.what, desk.lang)}\n{words.say(each.mend, desk.lang)}".strip() for each in about]
    if any(each.what.key.startswith("file.") for each in about):
        told.append(words.say(text("note.anew"), desk.lang))
    head = words.say(text("note.head", file=path.name), desk.lang)
    return "\n\n".join((head, *told, words.say(text("note.foot"), desk.lang))) + "\n"


@dataclass(slots=True, kw_only=True)
class Notes:
    """Enters what people are told, and says what the notes beside their desks say."""

    declared: Declared
    store: Store
    clock: Clock
    commits: int = 0
    """How often something was committed: where it stands still, nothing changed."""

    def enter(self, commit: Commit) -> None:
        """Commit, and count it."""
        self.store.commit(commit)
        self.commits += 1

    def solve(self, problems: Iterable[Problem]) -> None:
        """Close what is over."""
        work = Work.start(self.declared, self.store, self.clock.now())
        work.solved.extend(problems)
        if work.solved:
            todos = {visible.todo(each.desk) for each in work.solved if each.desk is not None}
            self.enter(work.commit(None, todos))

    def tell(self, desk: Desk, key: str, path: PurePath, **params: str) -> None:
        """Let it stand on a desk's 待辦, until its people save again, what became of a file of theirs."""
        work = Work.start(self.declared, self.store, self.clock.now())
        problem = Problem(
            what=text(key, **params),
            mend=text(f"{key}.mend"),
            severity=Severity.NOTICE,
            desk=desk.key,
            file=str(path),
        )
        work.told(problem, Author(desk=desk.key, person=None, cause="file"))
        self.enter(work.commit(None, (visible.todo(desk.key),)))

    def ended(self, desk: Desk, path: PurePath, written: Written | Refused) -> None:
        """Let it be known how the writing of a desk ended, if its people should know: until it goes well again."""
        key = _TOLD.get(written.why) if isinstance(written, Refused) else None
        if isinstance(written, Refused) and key is None:
            return
        known = self.store.problems(desk.key)
        told = [each for each in known if each.what.key in _TOLD.values()]
        wanted: list[Problem] = []
        if isinstance(written, Refused):
            what = text(str(key), file=path.name, detail=written.what or written.detail)
            wanted.append(Problem(what=what, mend=text(f"{key}.mend"), desk=desk.key, file=str(path)))
        else:
            # Cells that were left out stay told until their people save: later writings may not concern them.
            wanted.extend(
                replace(each, desk=desk.key, file=str(path), severity=Severity.ERROR) for each in written.left
            )
            wanted.extend(replace(each, desk=desk.key, file=str(path)) for each in written.placed)
        new = [each for each in wanted if each not in known]
        over = [each for each in told if each not in wanted]
        if isinstance(written, Written):
            over.extend(_back(known, written))
        if not new and not over:
            return
        work = Work.start(self.declared, self.store, self.clock.now())
        work.solved.extend(over)
        for each in new:
            work.told(each, Author(desk=desk.key, person=None, cause="file"))
        self.enter(work.commit(None, (visible.todo(desk.key),)))

    def former(self, desks: Iterable[Desk]) -> Iterator[tuple[PurePath, str]]:
        """Yield beside which desk's file a note may lie by the name that it has in another language, and that name."""
        now = {desk.key: note_name(desk, self.declared.words) for desk in desks}
        today = self.clock.now().date()
        for lang in Lang:
            for desk in people.desks(self.store, self.declared.posts, lang, today):
                known, name = self.store.file(desk.key), note_name(desk, self.declared.words)
                if known is not None and name != now.get(desk.key):
                    yield known.path, name

    def beside(self, desks: Iterable[Desk]) -> Iterator[tuple[PurePath, str, str | None]]:
        """Yield beside which desk's file a note lies, what it is called, and what it says; None: there is none."""
        problems: dict[DeskKey | None, list[Problem]] = {}
        for each in self.store.problems():
            problems.setdefault(each.desk, []).append(each)
        for desk in desks:
            known = self.store.file(desk.key)
            if known is not None:
                words = self.declared.words
                said = note(desk, known.path, problems.get(desk.key, ()), words)
                yield known.path, note_name(desk, words), said


def _back(known: Iterable[Problem], written: Written) -> Iterator[Problem]:
    """Yield what was told of columns that were gone and are in place again."""
    forms = {each.form for each in written.placed}
    return (each for each in known if each.what.key == "column.absent" and each.form in forms)
