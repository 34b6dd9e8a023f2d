"""How the demo ends: what happened, counted from the journal, and where to look."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from sheet_templates.form import FormKey
from sheet_templates.record import Record, Severity, Text, text
from sync.opening import OPENING
from sync.ports import MessageState
from sync.workspace import Workspace

_ORDER = FormKey("order")


def ending(workspace: Workspace, folder: Path) -> Iterator[Text | None]:
    """Yield the last lines, None for an empty one. *folder*: the workspace as its user named it."""
    store = workspace.store
    kinds: Counter[str] = Counter()
    desks: set[str] = set()
    for line in store.journal():
        entry = line.entry
        if entry.cause != OPENING:
            kinds[entry.kind] += 1
        if entry.desk is not None:
            desks.add(entry.desk)
    waiting = [each for each in store.problems() if each.severity is Severity.ERROR]
    yield None
    yield text(
        "demo.end.happened",
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
    yield from _places(workspace, folder)


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
