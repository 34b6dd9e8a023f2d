"""A company's own declarations are kept as they were when Deskbook began to work with them."""

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from sync.edges.kept_declarations import keep, kept_folder, unchanged

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
    lay(root, first)
    assert unchanged(root, state), "nothing was kept yet"
    for files in (first, then):
        lay(root, files)
        keep(root, state)
        kept = kept_folder(state)
        assert {
            each.relative_to(kept).as_posix(): each.read_bytes() for each in kept.rglob("*") if each.is_file()
        } == files
        assert unchanged(root, state)
    lay(root, first)
    assert unchanged(root, state) is (first == then)
