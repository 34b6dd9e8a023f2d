"""How the demo ends: what happened, counted from the journal, and where to look."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from rules.turn import PEOPLE as _PEOPLE
from rules.turn import whose_turn
from sheet_templates.form import FormKey
from sheet_templates.record import Problem, Record, Severity, Text, text
from sync.opening import OPENING
from sync.ports import MessageState
from sync.workspace import Workspace

_ORDER = FormKey("order")


def ending(workspace: Workspace, folder: Path, days: int) -> Iterator[Text | None]:
    """Yield the last lines, None for an empty one. *folder*: the workspace as its user named it."""
    store = workspace.store
    kinds: Counter[str] = Counter()
    desks: set[str] = set()
    for line in store.journal():
        entry = line.entry
        if entry.cause != OPENING and entry.desk is not None:
            kinds[entry.kind] += 1
        if entry.desk is not None:
            desks.add(entry.desk)
    waiting = [each for each in store.problems() if each.severity is Severity.ERROR]
    yield None
    yield text(
        "demo.end.happened",
        days=days,
        created=kinds["create"],
        changed=kinds["change"],
        decided=kinds["decision"],
        desks=len(desks),
    )
    yield text(
        "demo.end.trouble",
        drafts=kinds["draft"],
        waiting=len(waiting),
        rejected=kinds["reject"],
        conflicts=kinds["conflict"],
    )
    mails = len(store.messages(MessageState.SENT))
    yield text("demo.end.mails", mails=mails, lines=store.head()[0])
    yield None
    yield from _left(workspace, waiting)
    yield from _places(workspace, folder)


def _left(workspace: Workspace, waiting: Sequence[Problem]) -> Iterator[Text]:
    """Yield what still waits: for whose decision, and in whose sheet something is red."""
    store = workspace.store
    names = {desk.key: desk.name for desk in workspace.engine.desks()}
    numbers: defaultdict[str, list[str]] = defaultdict(list)
    for run in store.open_runs():
        record = store.get(run.form, run.record)
        turns = whose_turn(run, store.decisions(run.form, run.record), store, workspace.clock.now().date())
        for person in dict.fromkeys(each for turn in turns for each in turn.people):
            found = store.numbered(_PEOPLE, person)
            if record is not None and found is not None:
                numbers[str(found["name"])].append(record.number)
    for who, several in numbers.items():
        yield text("demo.end.decide", who=who, numbers=", ".join(several))
    for desk in dict.fromkeys(each.desk for each in waiting if each.desk is not None):
        yield text("demo.end.red", who=names.get(desk, desk))


def _places(workspace: Workspace, folder: Path) -> Iterator[Text]:
    by_role = {desk.role: desk for desk in reversed(workspace.engine.desks())}
    yield text("demo.end.look")
    for role in ("manager", "rep", "finance"):
        path = folder / workspace.engine.path_of(by_role[role])  # type: ignore[index]
        yield text("demo.end.place", path=str(path), what=text(f"demo.end.{role}"))
    yield text("demo.end.place", path=str(folder / "master.xlsx"), what=text("demo.end.master"))
    yield text("demo.end.place", path=f"{folder}/mail/", what=text("demo.end.mail"))
    yield text("demo.end.place", path=f"{folder}/reports/", what=text("demo.end.reports"))
    order = _eventful(workspace)
    if order is not None:
        yield text("demo.end.log", number=order.number, folder=str(folder))
    yield text("demo.end.run", folder=str(folder))


def _eventful(workspace: Workspace) -> Record | None:
    """Return the order of the fortnight with which most has happened."""
    counts: Counter[str] = Counter()
    for line in workspace.store.journal(_ORDER):
        if line.entry.cause != OPENING and line.entry.record is not None:
            counts[line.entry.record] += 1
    records = {each.id: each for each in workspace.store.every(_ORDER)}
    best = max(counts, key=counts.__getitem__, default=None)
    return records.get(best) if best is not None else None  # type: ignore[call-overload]
