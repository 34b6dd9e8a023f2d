"""Looks at who may write in the desks' folders, and says to the administrator what that means for sign-offs.

Where others may write, a sign-off in that desk is evidence of grade D: forging is detected, not prevented. The
line stands in the administrator's 待辦, and in `deskbook status`, for as long as it is so.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from sheet_templates.form import MASTER, Desk
from sheet_templates.record import Problem, Severity, text
from sync import visible
from sync.cycle import RIGHTS
from sync.desks import ADMIN
from sync.engine import Engine
from sync.ports import Entry, Writers
from sync.work import Work

_TOLD: Final = {Writers.OTHERS: "rights.others", Writers.UNSEEN: "rights.unseen"}


def look_at_rights(engine: Engine) -> Mapping[Writers, tuple[Desk, ...]]:
    """Look at every desk that has a file; tell the administrator what changed; return which desks stand how."""
    desks = [
        each for each in engine.desks() if each.role != MASTER and engine.store.file(each.key) is not None
    ]
    found = {each.key: engine.workbooks.writers(engine.path_of(each)) for each in desks}
    sorted_ = {kind: tuple(each for each in desks if found[each.key] is kind) for kind in Writers}
    admin = next(each for each in engine.desks() if each.role == ADMIN)
    known = {
        each.what.key: each for each in engine.store.problems(admin.key) if each.what.key.startswith(RIGHTS)
    }
    wanted = {key: _problem(key, admin, sorted_[kind]) for kind, key in _TOLD.items() if sorted_[kind]}
    if known == wanted:
        return sorted_
    now = engine.clock.now()
    work = Work.start(engine.declared, engine.store, now)
    work.problems.extend(each for key, each in wanted.items() if known.get(key) != each)
    work.solved.extend(each for key, each in known.items() if key not in wanted)
    detail = {kind.value: " ".join(each.key for each in sorted_[kind]) for kind in _TOLD}
    work.entries.append(Entry(at=now, kind="rights", cause="rights", detail=detail))
    engine.notes.enter(work.commit(None, (visible.todo(admin.key),)))
    return sorted_


def _problem(key: str, admin: Desk, desks: Iterable[Desk]) -> Problem:
    return Problem(
        what=text(key, desks=", ".join(sorted(each.name for each in desks))),
        mend=text(f"{key}.mend"),
        severity=Severity.NOTICE,
        desk=admin.key,
    )
