"""A company's own declarations are kept as sets, each under the hash of all that is in it."""

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from sync.edges.kept_declarations import (
    files_of,
    folder_of,
    keep,
    kept,
    mark_in_force,
    mark_of,
    put_in_force,
)

NAMES = ("forms/a.toml", "forms/b.toml", "rules/a.toml", "words/a.toml", "roles.toml", "limits.toml")
FILES = st.dictionaries(st.sampled_from(NAMES), st.binary(max_size=8))


def lay(root: Path, files: dict[str, bytes]) -> None:
    """Let exactly these declarations lie in the workspace, and things that are none."""
    for name in NAMES:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        if name in files:
            path.write_bytes(files[name])
    (root / "deskbook.toml").write_bytes(b"secret")
    (root / "forms" / "notes.txt").write_bytes(b"notes")


@settings(max_examples=12)
@given(first=FILES, then=FILES)
def test_what_is_kept_is_what_lay_there_and_nothing_else(tmp_path_factory, first, then):
    root = tmp_path_factory.mktemp("kept")
    state = root / ".deskbook"
    assert mark_in_force(state) is None, "nothing was kept yet"
    for files in (first, then):
        lay(root, files)
        assert files_of(root) == files
        mark = keep(state, files_of(root))
        put_in_force(state, mark)
        assert mark_in_force(state) == mark == mark_of(files)
        assert kept(state, mark) == files
    assert kept(state, mark_of(first)) == first, "old sets stay"
    assert (mark_of(first) == mark_of(then)) is (first == then)


def test_a_set_that_somebody_changed_is_none(tmp_path):
    mark = keep(tmp_path, {"rules/a.toml": b"as it was signed"})
    put_in_force(tmp_path, mark)
    (folder_of(tmp_path, mark) / "rules" / "a.toml").write_bytes(b"as somebody would like it")

    assert kept(tmp_path, mark) is None
    assert mark_in_force(tmp_path) is None

    assert keep(tmp_path, {"rules/a.toml": b"as it was signed"}) == mark
    assert mark_in_force(tmp_path) == mark


def test_files_that_move_from_one_name_to_another_are_another_set():
    assert mark_of({"rules/a.toml": b"x", "rules/b.toml": b""}) != mark_of(
        {"rules/a.toml": b"", "rules/b.toml": b"x"}
    )


def test_nobody_can_send_the_reader_out_of_the_folder(tmp_path):
    (tmp_path / "declared").mkdir()
    (tmp_path / "declared" / "in_force").write_text("../../elsewhere", encoding="utf-8")

    assert mark_in_force(tmp_path) is None
