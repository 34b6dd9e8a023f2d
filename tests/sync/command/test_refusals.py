"""What keeps a command from its work is said, in words that help."""

import sqlite3
from pathlib import Path

import pytest

from sync.exits import Exit
from tests.support.shell import deskbook, typed


def test_outside_a_workspace_every_command_says_so_in_the_computer_s_language(tmp_path: Path):
    ended = deskbook("status", at=tmp_path, lang="zh_CN.UTF-8")

    assert (ended.code, ended.out) == (2, "")
    assert f"{tmp_path} 中没有工作区" in ended.err


def test_wrong_settings_are_all_said_in_the_workspace_s_language(
    root: Path, capsys: pytest.CaptureFixture[str]
):
    settings = root / "deskbook.toml"
    settings.write_text(
        settings.read_text().replace('"en"', '"zh-Hant"').replace("scan_seconds = 60", "scan_second = 0")
        + "\n[male]\n"
    )

    assert typed("status", "-w", root) == Exit.USAGE
    said = capsys.readouterr().err
    assert said.startswith("設定有誤，須先更正才能啟動：\n")
    assert "desks.scan_second: 沒有這項設定；是否為 scan_seconds？" in said
    assert "male: 沒有這項設定；是否為 mail？" in said


@pytest.mark.parametrize(
    ("spoilt", "said", "code"),
    [
        ("newer", "was written by a newer Deskbook", Exit.USAGE),
        ("foreign", "belongs to another program", Exit.USAGE),
        ("damaged", "is damaged, or is no database at all", Exit.ERROR),
    ],
)
def test_a_store_that_cannot_be_used_is_said_with_what_to_do(
    root: Path, capsys: pytest.CaptureFixture[str], spoilt: str, said: str, code: Exit
):
    store = root / ".deskbook" / "deskbook.db"
    match spoilt:
        case "newer":
            with sqlite3.connect(store) as connection:
                connection.execute("UPDATE alembic_version SET version_num = '9999'")
            connection.close()
        case "foreign":
            store.unlink()
            with sqlite3.connect(store) as connection:
                connection.execute("CREATE TABLE songs (title TEXT)")
            connection.close()
        case _:
            store.write_bytes(b"once upon a time " * 200)

    assert typed("status", "-w", root) == code
    err = capsys.readouterr().err
    assert said in err
    assert len(err.strip().splitlines()) == 2
    assert "Traceback" not in err
