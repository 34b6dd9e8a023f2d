"""What a company finds after its daemon was killed many times: looked at from outside, file by file.

The files are read with calamine and openpyxl, the store as `deskbook log` would read it, the mails from the
server that took them. Nothing of the engine is asked.
"""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
from python_calamine import CalamineWorkbook

from sheet_templates.form import FieldType, FormKey
from sheet_templates.record import RecordId
from sync.edges.store.chain import verify_journal
from sync.exits import Exit
from sync.ports import MessageState
from tests.soak.kill import CONTACT, EXPENSE, Life
from tests.support.replay import differences, held_to_be_true, replay
from tests.support.shell import start

TOKEN = re.compile(r"tok\d{5}")
PLAIN = frozenset({FieldType.TEXT, FieldType.LONG_TEXT})
OURS = ("*.part", ".deskbook-new-*", ".deskbook-old-*")


def put_right(here: Life, most: int = 6) -> int:
    """Say `deskbook sync` until it changes nothing; return how often it was said."""
    for times in range(1, most + 1):
        before = _bytes(here), here.staff.store.head()
        process = start("sync", "-w", here.root, at=here.root.parent)
        # Much has piled up while no daemon lived long enough to read it.
        out, err = process.communicate(timeout=900)
        assert process.returncode in (Exit.OK, Exit.PROBLEMS, Exit.CONFLICTS), err + out
        assert "Traceback" not in err, err
        if before == (_bytes(here), here.staff.store.head()):
            return times
    raise AssertionError(f"it does not come to rest in {most} times")


def broken(here: Life) -> list[str]:
    """Return every promise that does not hold, in words."""
    return [
        *_typed(here),
        *_once(here),
        *_mails(here),
        *_journal(here),
        *_files(here),
        *_agree(here),
        *_left_over(here),
        *_log(here),
    ]


def _typed(here: Life) -> Iterator[str]:
    """Everything that was typed into a cell is known."""
    heard = {
        each
        for line in here.staff.store.journal()
        for said in (line.entry.new, line.entry.old, *line.entry.detail.values())
        for each in TOKEN.findall(str(said))
    }
    for token in sorted(here.staff.typed.keys() - heard):
        yield f"{token}, typed in {here.staff.typed[token]}, is nowhere"


def _once(here: Life) -> Iterator[str]:
    """Each new row is one record, or waits for a person in its desk."""
    found = Counter(
        str(record[field])
        for form, field in ((CONTACT, "content"), (EXPENSE, "description"))
        for record in here.staff.store.every(FormKey(form))
    )
    waiting = {
        each
        for desk in {each.key for each in here.everybody()}
        for draft in here.staff.store.drafts(desk).values()
        for each in TOKEN.findall(str(draft.typed))
    }
    for token in sorted(here.staff.rows):
        if found[token] > 1:
            yield f"the row {token} is there {found[token]} times"
        if found[token] == 0 and token not in waiting:
            yield f"the row {token} is gone"


def _mails(here: Life) -> Iterator[str]:
    """No message arrives twice; one that is said to be sent has arrived; one that waits has not."""
    ids = Counter(_arrived(here))
    yield from (f"the mail {one} arrived {times} times" for one, times in ids.items() if times > 1)
    states = Counter(each.state for each in here.staff.store.messages())
    here.met.update({f"mail {state.value}": many for state, many in states.items()})
    sent, unknown = states[MessageState.SENT], states[MessageState.UNKNOWN]
    if not sent <= len(ids) <= sent + unknown:
        yield f"{len(ids)} mails arrived, {sent} are said to be sent and {unknown} may be"


def _arrived(here: Life) -> Iterator[str]:
    if here.server is not None:
        for message in here.server.received.messages:
            yield f"{message['Message-ID']} {message['To']}"
    for each in (here.root / "mail").glob("*.eml"):
        found = re.search(rb"^Message-ID:\s*(\S+)", each.read_bytes(), re.MULTILINE | re.IGNORECASE)
        yield found.group(1).decode() if found else f"{each.name} has no id"


def _journal(here: Life) -> Iterator[str]:
    """The journal is whole, and tells all that the store holds."""
    store = here.staff.store
    yield from (f"the journal is broken: {each.what}" for each in verify_journal(store))
    told = replay(store.journal(), here.staff.folder.forms)
    yield from differences(told, held_to_be_true(store.truth()))


def _files(here: Life) -> Iterator[str]:
    """Every workbook opens."""
    for path in _workbooks(here):
        try:
            CalamineWorkbook.from_path(str(path)).sheet_names  # noqa: B018 — it is opened
            openpyxl.load_workbook(path).close()
        except Exception as error:  # noqa: BLE001 — whatever a reader raises, the file is broken
            yield f"{path.name} does not open: {error!r}"


def _agree(here: Life) -> Iterator[str]:
    """Desks, master and store say the same, and each record stands once."""
    forms = here.staff.folder.forms
    held = {Path(str(each.file)).name for each in here.staff.store.problems() if _holds(each)}
    for path in _workbooks(here):
        if path.name in held:
            # Who signs nearly all there is in one save is asked whether he meant it.
            here.met["held"] += 1
            continue
        book = CalamineWorkbook.from_path(str(path))
        for form in forms.values():
            title = next((each for each in book.sheet_names if each in form.labels.every()), None)
            if title is None or form.key == "todo":
                continue
            seen: Counter[str] = Counter()
            for row in _rows(book, title):
                record = here.staff.store.get(form.key, RecordId(str(row["_id"])))
                if record is None:
                    continue
                seen[record.id] += 1
                for field in form.fields:
                    said, stands = row.get(field.key, _ABSENT), record[field.key]
                    if said is _ABSENT or field.type not in PLAIN or field.step is not None:
                        continue
                    if (said or None) != stands:
                        yield f"{path.name}: {record.number}.{field.key} is {said!r}, not {stands!r}"
            yield from (f"{path.name} shows {each} {n} times" for each, n in seen.items() if n > 1)
            yield from _all_there(here, path, form.key, set(seen))


_ABSENT: Any = object()


def _all_there(here: Life, path: Path, form: FormKey, seen: set[str]) -> Iterator[str]:
    if path.name == "master.xlsx":
        missing = {each.id for each in here.staff.store.every(form)} - seen
        yield from (f"the master does not show {each} of {form}" for each in missing)
    elif form == "customer":
        person = {each["name"]: each.number for each in here.staff.store.every(FormKey("people"))}
        own = person.get(path.stem)
        missing = {each.id for each in here.staff.store.every(form) if each["owner"] == own} - seen
        yield from (f"{path.name} does not show {each} of {form}" for each in missing)


def _rows(book: CalamineWorkbook, title: str) -> Iterator[dict[str, Any]]:
    rows = book.get_sheet_by_name(title).to_python(skip_empty_area=False)
    keys = [str(each) for each in rows[0]]
    for row in rows[2:]:
        cells = dict(zip(keys, row, strict=True))
        if cells.get("_id") and any(value != "" for key, value in cells.items() if key != "_id"):
            yield cells


def _holds(problem: Any) -> bool:
    return problem.what.key == "file.held.changed"


def _left_over(here: Life) -> Iterator[str]:
    """Nothing that was in the making lies about, and no copy that was merged."""
    for pattern in OURS:
        yield from (f"left: {each.relative_to(here.root)}" for each in here.root.rglob(pattern))
    yield from (f"not filed: {each.name}" for each in (here.root / "desks").rglob("*conflicted*"))


def _log(here: Life) -> Iterator[str]:
    """No daemon ended in a traceback, or met a bug."""
    said = here.log.read_text(encoding="utf-8", errors="replace") if here.log.exists() else ""
    if "Traceback" in said:
        yield said[said.index("Traceback") :][:3000]


def _workbooks(here: Life) -> list[Path]:
    return [here.root / "master.xlsx", *sorted((here.root / "desks").rglob("*.xlsx"))]


def _bytes(here: Life) -> dict[str, bytes]:
    return {str(each): each.read_bytes() for each in _workbooks(here)}
