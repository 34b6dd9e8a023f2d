from pathlib import PurePath

import pytest

from sync.whose import conflict_copy, home, kept_copy

DESKS = PurePath("desks")


@pytest.mark.parametrize(
    "name",
    [
        "王小明-DESKTOP-4F2K9QA.xlsx",
        "王小明-LAPTOP7-2.xlsx",
        "王小明 (1).xlsx",
        "王小明(2).xlsx",
        "王小明 (Rae's conflicted copy 2026-11-21).xlsx",
        "王小明 (Rae's conflicted copy 2026-11-21) (1).xlsx",
        "王小明 (conflicted copy).xlsx",
        "王小明 (Rae's conflicting copy 2026-11-21).xlsx",
        "王小明 (Conflicted copy ThinkPad 202611211607).xlsx",
        "王小明 (李雷 的冲突副本 2026-11-21).xlsx",
        "王小明（李雷的衝突複本 2026-11-21）.xlsx",
        "王小明 (conflicted copy 2026-11-21 160700).xlsx",
        "王小明 (conflicted copy rae 2026-11-21 160700).xlsx",
        "王小明 (conflicted copy 2026-11-21 160700) (conflicted copy 2026-11-22 090000).xlsx",
        "王小明_conflict-20261121-160700.xlsx",
        "王小明-conflict-2026-11-21T16_07_00.123Z.xlsx",
        "王小明.sync-conflict-20261121-160700-ABCDEFG.xlsx",
        "王小明.sync-conflict-20261121-160700-.xlsx",
        "王小明 (SFConflict rae@example.com 2026-11-21-16-07-00).xlsx",
        "王小明 [conflicted].xlsx",
        "王小明.Conflict.xlsx",
        "王小明(冲突副本 2026-11-21).xlsx",
        "王小明的冲突文件.xlsx",
        "王小明-冲突文件-20261121.xlsx",
        "王小明 (Unicode Encoding Conflict).xlsx",
        "王小明 (1).XLSX",
    ],
)
def test_a_copy_that_a_program_left_is_known_by_its_name(name: str):
    assert conflict_copy(name, "王小明.xlsx")


@pytest.mark.parametrize(
    "name",
    [
        "王小明.xlsx",
        "backup of 王小明.xlsx",
        "Copy of 王小明.xlsx",
        "王小明 - Copy.xlsx",
        "王小明 - 副本.xlsx",
        "王小明-BACKUP.xlsx",
        "王小明-backup.xlsx",
        "王小明-v2.xlsx",
        "王小明-V2.xlsx",
        "王小明 2026.xlsx",
        "王小明-2026.xlsx",
        "王小明2.xlsx",
        "王小明 (before the audit).xlsx",
        "王小明 (conflicts.xlsx",
        "李雷 (conflicted copy 2026-11-21 160700).xlsx",
        "王小明 (1).xlsm",
    ],
)
def test_what_people_call_their_copies_is_left_to_them(name: str):
    assert not conflict_copy(name, "王小明.xlsx")


def test_a_name_in_decomposed_letters_is_the_same_name():
    assert conflict_copy("Rene\u0301 (1).xlsx", "Ren\u00e9.xlsx")


@pytest.mark.parametrize(
    ("lies_at", "folder"),
    [
        ("desks/Rae/Rae.xlsx", "desks/Rae"),
        ("desks/Rae/My desk.xlsx", "desks/Rae"),
        ("desks/Rae/2026/Rae.xlsx", "desks/Rae"),
        ("desks/East/Rae/Rae.xlsx", "desks/East/Rae"),
        ("desks/Rae old/Rae.xlsx", "desks/Rae old"),
        ("desks/Rae.xlsx", None),
        ("master.xlsx", None),
    ],
)
def test_a_desks_folder_is_the_one_it_was_given_or_the_one_it_was_put_in(lies_at: str, folder: str | None):
    assert home(DESKS, "Rae", PurePath(lies_at)) == (PurePath(folder) if folder else None)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("backup of Rae.xlsx", True),
        ("Rae - Copy.xlsx", True),
        ("Rae_old.xlsx", True),
        ("Rae 備份.xlsx", True),
        ("王小明 - 副本.xlsx", True),
        ("Rae 2026.xlsx", False),
        ("Goldman.xlsx", False),
        ("my customers.xlsx", False),
    ],
)
def test_a_copy_that_is_kept_is_known_by_its_name(name: str, kept: bool):
    assert kept_copy(name) is kept
