"""Opening: what is created, migrated, refused, and made anew."""

import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import event, text

from sheet_templates.form import DeskKey, FieldKey, FormKey, Lang
from sheet_templates.record import Problem
from sheet_templates.record import text as said
from sync.edges.store import schema
from sync.edges.store.chain import verify_journal
from sync.edges.store.database import Database
from sync.edges.store.errors import StoreError
from sync.edges.store.migrate import config, migrate
from sync.edges.store.place import mounted, network_file_system
from sync.edges.store.sql import open_store
from sync.edges.store.tables import SCHEMA, metadata
from tests.support import shipped
from tests.support.postgres import own_schema
from tests.support.store_samples import CUSTOMER, FILE, FORMS, commit, customer, everything
from tests.support.store_seen import seen

C, BUDGET = FormKey("customer"), FieldKey("budget")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'deskbook.db'}"
    else:
        with own_schema() as own:
            yield own


def _refused(url: str, **more: Path) -> Problem:
    with pytest.raises(StoreError) as refused:
        open_store(url, FORMS, **more)  # type: ignore[arg-type]
    return refused.value.problem


# Migrations


def test_an_empty_database_is_migrated_to_exactly_the_tables_that_the_code_uses(url: str):
    open_store(url, FORMS).close()
    database = Database(url)
    with database.snapshot() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    with database.reading() as connection:
        version = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    database.close()

    assert differences == []
    assert version == SCHEMA


def test_the_newest_migration_is_the_one_that_the_code_expects():
    script = ScriptDirectory.from_config(config())

    assert script.get_current_head() == SCHEMA
    assert [each.revision for each in script.walk_revisions()] == [
        f"{number:04}" for number in range(int(SCHEMA), 0, -1)
    ]


def test_a_reopened_store_is_as_it_was(url: str):
    first = open_store(url, FORMS)
    first.commit(everything())
    before = seen(first)
    first.close()
    second = open_store(url, FORMS)

    assert seen(second) == before
    second.close()


def test_a_backup_made_while_the_store_is_open_is_the_same_store(tmp_path: Path):
    """As docs/store.md says: VACUUM INTO, opened in another place."""
    store = open_store(f"sqlite:///{tmp_path / 'deskbook.db'}", FORMS)
    store.commit(everything())
    other = sqlite3.connect(tmp_path / "deskbook.db")
    other.execute("VACUUM INTO ?", (str(tmp_path / "backup.db"),))
    other.close()
    backup = open_store(f"sqlite:///{tmp_path / 'backup.db'}", FORMS)

    assert seen(backup) == seen(store)
    assert verify_journal(backup, store.head()) == ()
    backup.commit(commit(records=(customer("c1", "N-1", version=2),)))
    assert backup.get(C, customer("c1").id).version == 2  # type: ignore[union-attr]
    backup.close()
    store.close()


def test_sqlite_writes_ahead_waits_for_the_disk_and_keeps_references(tmp_path: Path):
    store = open_store(f"sqlite:///{tmp_path / 'deskbook.db'}", FORMS)
    with store.database.writing() as connection:
        asked = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    store.close()

    assert asked == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}


def test_a_migration_that_breaks_anywhere_leaves_an_empty_database(url: str):
    class BrokenError(Exception):
        pass

    database = Database(url)
    broken, count, limit = 0, 0, 1

    def before(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        nonlocal count
        if statement.lstrip().startswith(("CREATE", "INSERT", "UPDATE")):
            count += 1
            if count == limit:
                raise BrokenError

    event.listen(database.engine, "before_cursor_execute", before)
    while True:
        count = 0
        try:
            with database.writing() as connection:
                migrate(connection)
            break
        except BrokenError:
            broken += 1
            limit += 7
            with database.reading() as connection:
                assert schema.version(connection, "x") is None
    event.remove(database.engine, "before_cursor_execute", before)
    database.close()
    store = open_store(url, FORMS)
    store.commit(everything())

    assert broken > 3
    assert store.head()[0] == 1
    store.close()


def test_what_an_older_deskbook_found_wrong_with_a_file_is_closed_when_it_is_mended(url: str):
    """Before migration 0002 such a problem was known without its file: nothing found it again."""

    def wrong(file: str, key: str = "file.damaged", **more: str) -> Problem:
        return Problem(what=said(key), mend=said(f"{key}.mend"), file=file, desk=DeskKey("rep"), **more)  # type: ignore[arg-type]

    told = (
        wrong("desks/Rae/Rae.xlsx"),
        wrong("desks/Rae/Rae.xlsx", "file.empty"),
        wrong("desks/Rae/copy.xlsx", "file.empty"),
        wrong("desks/Rae/Rae.xlsx", "number.not_a_number", form="customer", record="c1", field="size"),
    )
    store = open_store(url, FORMS)
    store.commit(replace(commit(), problems=told))
    with store.database.writing() as connection:
        for old, new in (("file.damaged", "Rae.xlsx"), ("file.empty", "copy.xlsx")):
            connection.execute(
                text("UPDATE problems SET what = :old WHERE what = :new"),
                {"old": old, "new": f"{old} desks/Rae/{new}"},
            )
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    store.close()

    newer = open_store(url, FORMS)

    assert newer.problems() == told
    newer.commit(replace(commit(), problems=told))
    assert newer.problems() == told, "nothing is told twice"
    newer.commit(replace(commit(), solved=told))
    assert newer.problems() == ()
    newer.close()


def test_several_who_open_an_empty_database_at_once_all_get_the_store(url: str):
    heads: list[tuple[int, str]] = []

    def open_it() -> None:
        own = open_store(url, FORMS)
        heads.append(own.head())
        own.close()

    threads = [threading.Thread(target=open_it) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert heads == [(0, "")] * 4


# What is refused


def test_a_newer_schema_is_refused_and_left_as_it_is(url: str):
    open_store(url, FORMS).close()
    database = Database(url)
    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()
    problem = _refused(url)

    assert problem.what.key == "store.newer"
    assert dict(problem.what.params)["found"] == "9999"
    assert "9999" in shipped.words().say(problem.what, Lang.EN)


def test_another_programs_database_is_refused(url: str):
    database = Database(url)
    with database.writing() as connection:
        connection.execute(text("CREATE TABLE songs (title TEXT)"))
    database.close()

    assert _refused(url).what.key == "store.foreign"


def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(tmp_path: Path):
    path = tmp_path / "deskbook.db"
    path.write_text("a shopping list, long enough to be looked at" * 100)

    assert _refused(f"sqlite:///{path}").what.key == "store.damaged"
    assert path.read_text().startswith("a shopping list")


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path):
    assert _refused(f"sqlite:///{tmp_path / 'nowhere' / 'deskbook.db'}").what.key == "store.denied"


def test_a_server_that_is_not_there_is_said_to_be_away_without_its_password():
    problem = _refused("postgresql://deskbook:secret@127.0.0.1:1/deskbook?connect_timeout=2")

    assert problem.what.key == "store.away"
    assert "secret" not in shipped.words().say(problem.what, Lang.EN)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://localhost/x"])
def test_a_store_is_a_file_or_a_postgresql_database(url: str):
    with pytest.raises(ValueError, match="SQLite file or a PostgreSQL"):
        open_store(url, FORMS)


def test_every_sentence_of_a_refusal_can_be_said_in_every_language(tmp_path: Path):
    words = shipped.words()
    path = tmp_path / "deskbook.db"
    path.write_text("no database" * 1000)
    problem = _refused(f"sqlite:///{path}")

    for lang in Lang:
        assert str(path) in words.say(problem.what, lang)
        assert words.say(problem.mend, lang)


# Where a store may lie

MOUNTS = """\
22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw
40 27 0:50 / /mnt/share rw,relatime shared:7 - cifs //server/share rw,vers=3.1.1
41 40 0:51 / /mnt/share/local rw - xfs /dev/vdb rw
42 27 0:52 / /mnt/our\\040desks rw - nfs4 server:/desks rw
43 27 0:53 / /net/wang/remote rw - fuse.sshfs wang@server: rw
44 27 0:54 / /srv rw - ext4 /dev/vdc rw
45 44 0:55 / /srv rw - nfs server:/srv rw
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/deskbook.db", "ext4"),
        ("/mnt/share/firm/deskbook.db", "cifs"),
        ("/mnt/share", "cifs"),
        ("/mnt/sharewood/deskbook.db", "ext4"),
        ("/mnt/share/local/deskbook.db", "xfs"),
        ("/mnt/our desks/deskbook.db", "nfs4"),
        ("/net/wang/remote/deskbook.db", "fuse.sshfs"),
        ("/srv/deskbook.db", "nfs"),
    ],
)
def test_a_path_lies_on_the_deepest_and_last_mount_above_it(path: str, kind: str):
    assert mounted(MOUNTS, PurePosixPath(path)) == kind


def test_a_mount_table_that_says_nothing_of_a_path_is_no_answer():
    assert mounted("", PurePosixPath("/srv")) == ""
    assert mounted("garbage\n1 2 3\n", PurePosixPath("/srv")) == ""


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "smb3", "fuse.sshfs", "9p"])
def test_a_store_on_a_network_file_system_is_refused_and_not_created(tmp_path: Path, kind: str):
    mounts = tmp_path / "mountinfo"
    folder = tmp_path / "share"
    folder.mkdir()
    mounts.write_text(f"1 0 8:1 / / rw - ext4 /dev/sda rw\n2 1 0:9 / {folder} rw - {kind} server:/x rw\n")
    problem = _refused(f"sqlite:///{folder / 'deskbook.db'}", mounts=mounts)

    assert problem.what.key == "store.network"
    assert dict(problem.what.params)["kind"] == kind
    assert list(folder.iterdir()) == []


def test_a_link_to_a_share_is_a_share(tmp_path: Path):
    mounts = tmp_path / "mountinfo"
    share, link = tmp_path / "share", tmp_path / "link"
    share.mkdir()
    link.symlink_to(share)
    mounts.write_text(f"2 1 0:9 / {share} rw - cifs //server/x rw\n")

    assert network_file_system(link / "deskbook.db", mounts) == "cifs"
    assert network_file_system(tmp_path / "deskbook.db", mounts) is None


def test_where_the_system_says_nothing_of_mounts_a_store_may_lie_anywhere(tmp_path: Path):
    assert network_file_system(tmp_path, tmp_path / "nothing") is None


def test_this_machines_temporary_folder_is_no_share(tmp_path: Path):
    assert network_file_system(tmp_path) is None


# The index follows the forms


def test_a_field_that_becomes_unique_is_found_by_from_the_next_start_on(url: str):
    first = open_store(url, FORMS)
    first.commit(commit(records=(customer("c1", budget=None, name="王記"),)))
    first.close()
    fields = tuple(replace(each, unique=each.key == "region" or each.unique) for each in CUSTOMER.fields)
    region = replace(fields[0], key=FieldKey("region"))
    changed = {**FORMS, C: replace(CUSTOMER, fields=(*fields, region))}
    middle = open_store(url, {**FORMS, C: replace(CUSTOMER, fields=(*fields, replace(region, unique=False)))})
    middle.commit(commit(records=(customer("c2", name="李記", region="華東"),)))
    middle.close()
    last = open_store(url, changed)

    assert [each.id for each in last.holding(C, FieldKey("region"), "华东")] == ["c2"]
    assert [each.id for each in last.holding(C, FieldKey("name"), "王記")] == ["c1"]
    last.close()


def test_records_of_a_form_that_is_gone_are_kept(url: str):
    first = open_store(url, FORMS)
    first.commit(everything())
    kept = first.truth()
    first.close()
    second = open_store(url, {key: form for key, form in FORMS.items() if key != C})

    assert second.truth() == kept
    assert second.get(C, customer("c1").id) is not None
    second.close()
    third = open_store(url, FORMS)

    assert [each.id for each in third.holding(C, FieldKey("name"), "王記")] == ["c1"]
    assert third.file(everything().ingest.desk).path == FILE  # type: ignore[union-attr]
    third.close()


def test_opening_again_with_the_same_forms_writes_nothing(tmp_path: Path):
    path = tmp_path / "deskbook.db"
    open_store(f"sqlite:///{path}", FORMS).close()
    before = path.read_bytes()
    store = open_store(f"sqlite:///{path}", FORMS)
    other = sqlite3.connect(path)
    other.execute("BEGIN IMMEDIATE")
    still = open_store(f"sqlite:///{path}", FORMS, wait=0.05)
    other.close()
    still.close()
    store.close()

    assert path.read_bytes() == before
