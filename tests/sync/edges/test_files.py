from pathlib import Path

import pytest

from sync.edges.files import sync_folder, write_whole


def test_a_file_is_replaced_and_nothing_else_is_left(tmp_path: Path):
    path = tmp_path / "a.eml"
    for content in (b"old", b"new"):
        write_whole(path, content)

    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == {"a.eml": b"new"}


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path: Path):
    path = tmp_path / "a.eml"
    path.write_bytes(b"old")
    (tmp_path / ".a.eml.part").mkdir()

    with pytest.raises(OSError, match=r"a\.eml\.part"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"


def test_half_a_file_from_a_crash_is_written_over(tmp_path: Path):
    (tmp_path / ".a.eml.part").write_bytes(b"ha")

    write_whole(tmp_path / "a.eml", b"whole")

    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == {"a.eml": b"whole"}


def test_a_folder_that_cannot_be_made_durable_is_no_error(tmp_path: Path):
    sync_folder(tmp_path / "nowhere")
    sync_folder(Path("/proc/self"))
