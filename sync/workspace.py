"""A company's folder: opens it, wires its edges together, makes a new one. The one place where they meet."""

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import Final

from rules.matrix import MATRIX
from sheet_templates.form import Desk, DeskKey, FieldKey, FormKey
from sheet_templates.record import Record, Value, text
from sheet_templates.sheets import sheets_of
from sheet_templates.template import render_template
from sync import desks as people
from sync import visible
from sync.amending import settle
from sync.declared import Declared
from sync.edges.either import Either
from sync.edges.ids import RandomIds
from sync.edges.mail import mailer
from sync.edges.secret import secret_of
from sync.edges.settings import STATE_FOLDER, Company, write_default
from sync.edges.store.sql import SqlStore
from sync.edges.xlsx.folder import CANARY, XlsxFolder
from sync.edges.xlsx.versions import Versions
from sync.engine import Engine
from sync.lists import lists
from sync.look import Look, looked
from sync.matrix import shipped_rows
from sync.numbers import next_number
from sync.one_time import Filling, Seal
from sync.places import is_online
from sync.ports import Clock, Ids, Mailer
from sync.work import Author, Work, derived_id

MAIL_FOLDER: Final = "mail"
REPORTS_FOLDER: Final = "reports"
LIMITS: Final = FormKey("limits")


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace(Look):
    """An opened company folder, with its desks' files and its mail."""

    engine: Engine
    mailer: Mailer
    """Puts one-time codes into the messages that carry them."""


@contextmanager
def opened(
    root: Path,
    clock: Clock,
    environment: Mapping[str, str],
    ids: Ids | None = None,
    *,
    enter: bool = True,
    declared: Declared | None = None,
) -> Iterator[Workspace]:
    """Open the workspace at *root*. Raises DeclarationError, SettingsError or StoreError, all in words.

    *enter*: whether what is new is entered (limits of this version) and asked for (forms and rules in the folders);
    not by who only asks what would be. *declared*: the declarations of *root*, if they have been read already.
    """
    with ExitStack() as stack:
        look = stack.enter_context(looked(root, lambda _zone: clock, environment, declared))
        while enter and settle(look):
            stack.close()
            look = stack.enter_context(looked(root, lambda _zone: clock, environment))
        if enter:
            _give_settings(look.store, look.declared, clock)
        workbooks = XlsxFolder(
            workspace=root,
            desks=look.desks,
            versions=Versions(folder=look.state / "versions"),
            forms=look.declared.forms,
            template=lambda desk, form: _template(desk, form, look.declared, look.store, clock.now().date()),
            clock=clock,
        )
        folder = look.desks
        named = PurePath(folder.relative_to(root)) if folder.is_relative_to(root) else PurePath(folder)
        seal = Seal(secret=secret_of(look.state, make=enter))
        engine = Engine(
            declared=look.declared,
            store=look.store,
            workbooks=_with_online(look, workbooks, named),
            clock=clock,
            ids=ids or RandomIds(),
            folder=named,
            online=look.settings.google.online,
            seal=seal,
        )
        yield Workspace(
            root=root,
            settings=look.settings,
            declared=look.declared,
            mark=look.mark,
            store=look.store,
            engine=engine,
            mailer=Filling(mailer=mailer(look.settings, root, environment), seal=seal),
            clock=clock,
        )


def create(root: Path, company: Company) -> Path:
    """Make a new workspace at *root*, with empty folders and default settings; return its settings file.

    Raises FileExistsError if there is one already.
    """
    root.mkdir(parents=True, exist_ok=True)
    path = write_default(root, company)
    for folder in ("desks", MAIL_FOLDER, REPORTS_FOLDER, "forms", "rules", "words", STATE_FOLDER):
        (root / folder).mkdir(exist_ok=True)
    (root / "desks" / CANARY).touch()
    return path


def _with_online(look: Look, folder: XlsxFolder, named: PurePath) -> XlsxFolder | Either:
    """Return the workbooks of *folder*, with the desks beside them that are online, if there are any."""
    google = look.settings.google
    if google.key_file is None:
        return folder
    # Half a second, and only for companies that have such desks.
    from sync.edges.google.opening import online_desks  # noqa: PLC0415

    def desks() -> tuple[Desk, ...]:
        today = look.clock.now().date()
        return people.desks(look.store, look.declared.posts, look.declared.lang, today)

    def mails() -> dict[DeskKey, tuple[str, ...]]:
        return {each.key: _mails(look.store, each) for each in desks() if is_online(each, google.online)}

    def everybody() -> dict[DeskKey, tuple[str, ...]]:
        return {each.key: _mails(look.store, each) for each in desks()}

    def invitation(_desk: DeskKey) -> str:
        told = text("google.invitation", company=look.settings.company.name)
        return look.declared.words.say(told, look.declared.lang)

    online = online_desks(
        settings=google,
        company=look.settings.company.id,
        workspace=look.root,
        folder=named,
        versions=folder.versions,
        forms=folder.forms,
        template=lambda desk: folder.template(desk, None),
        clock=look.clock,
        mails=mails,
        people=everybody,
        invitation=invitation,
    )
    return Either(folder=folder, online=online)


def _mails(store: SqlStore, desk: Desk) -> tuple[str, ...]:
    found = (store.numbered(people.PEOPLE, number) for number in desk.people)
    return tuple(str(each["email"]).lower() for each in found if each is not None and each["email"])


def _template(desk: Desk, form: FormKey | None, declared: Declared, store: SqlStore, today: dt.date) -> bytes:
    """Return the empty workbook of *desk*, with drop-downs of what its people may refer to.

    *form*: the only one whose sheet is wanted.
    """
    forms = [each for each in sheets_of(desk.role, declared.forms) if form in {None, each.key}]
    return render_template(
        desk,
        forms,
        declared.words,
        lists=lists(desk, forms, declared, store, today),
        roles={role: post.labels for role, post in declared.posts.items()},
    )


def _give_settings(store: SqlStore, declared: Declared, clock: Clock) -> None:
    """Enter the limits and the rows of who is told that the company does not have yet, and what each means."""
    known = {str(record["key"]): record for record in store.every(LIMITS)}
    work = Work.start(declared, store, clock.now())
    author = Author(desk=None, person=None, cause="shipped")
    for row in tuple(shipped_rows(work, author)):
        series, n, given = next_number(work, declared.forms[MATRIX])
        work.numbered(work.put(replace(row, number=given), author), series, n, author)
    for limit in declared.limits.values():
        values: dict[FieldKey, Value] = {
            FieldKey("key"): limit.key,
            FieldKey("meaning"): limit.labels.in_(declared.lang),
            FieldKey("clause"): limit.clause,
            FieldKey("answers"): limit.owner or None,
        }
        if limit.key in known:
            # What a limit means may be said better by a later version; its value is the company's.
            work.set(LIMITS, known[limit.key].id, values, author)
            continue
        values[FieldKey("value")] = limit.value
        record = Record(form=LIMITS, id=derived_id(f"limits:{limit.key}"), number="", values=values)
        series, n, given = next_number(work, declared.forms[LIMITS])
        work.numbered(work.put(replace(record, number=given), author), series, n, author)
    if work.started and work.entries:
        store.commit(work.commit(None, visible.dirty(work)))


def since(store: SqlStore) -> dt.datetime | None:
    """Return when the workspace began: when the first line of its journal was written."""
    first = next(iter(store.journal()), None)
    return first.entry.at if first is not None else None
