"""What differs between two sets of declarations is said entry by entry, and nothing that means something is left out."""

from hypothesis import given
from hypothesis import strategies as st

from sync.amendments import amendments, cut

NAMES = st.sampled_from(["rules/a.toml", "forms/b.toml"])
ENTRIES = st.dictionaries(
    st.sampled_from(["a", "b", "t.a", "t.u.b"]),
    st.sampled_from(["1", "2", '"x"', "[1, 2]", "true"]),
    max_size=4,
)
SETS = st.dictionaries(NAMES, ENTRIES)


def toml(entries: dict[str, str], comment: str = "") -> bytes:
    return "\n".join([*(f"{key} = {value}" for key, value in entries.items()), comment]).encode()


def lines(before: dict[str, bytes], after: dict[str, bytes]) -> list[tuple[str, dict[str, object]]]:
    return [(each.key.removeprefix("declared."), dict(each.params)) for each in amendments(before, after)]


def test_a_value_that_changed_stands_with_the_old_one_beside_it():
    old = b'[chain.quotation.steps.joint]\nroles = ["finance", "marketing"]\nwhen = "total >= 50000"\n'
    new = b'[chain.quotation.steps.joint]\nroles = ["finance"]\nneed = 1\n'
    path = "chain.quotation.steps.joint"

    assert lines({"rules/q.toml": old}, {"rules/q.toml": new}) == [
        ("changed", {"name": "rules/q.toml"}),
        ("entry", {"path": f"{path}.roles", "old": '["finance", "marketing"]', "new": '["finance"]'}),
        ("entry_gone", {"path": f"{path}.when", "old": '"total >= 50000"'}),
        ("entry_new", {"path": f"{path}.need", "new": "1"}),
    ]


def test_comments_are_said_to_be_no_change():
    assert lines({"rules/q.toml": b"a = 1"}, {"rules/q.toml": b"# one\na = 1\n"}) == [
        ("same", {"name": "rules/q.toml"})
    ]


def test_what_is_no_toml_is_shown_as_it_is():
    assert lines({"rules/q.toml": b"\xff = ="}, {}) == [
        ("gone", {"name": "rules/q.toml"}),
        ("entry_gone", {"path": "?", "old": "\ufffd = ="}),
    ]


@given(before=SETS, after=SETS)
def test_each_entry_that_differs_is_named_and_no_other(before, after):
    said = amendments(
        {name: toml(each) for name, each in before.items()},
        {name: toml(each, "# after") for name, each in after.items()},
    )
    found: set[tuple[str, str]] = set()
    name = ""
    for each in said:
        params = dict(each.params)
        name = str(params.get("name", name))
        if "path" in params:
            found.add((name, str(params["path"])))
    differ = {
        (name, key)
        for name in {*before, *after}
        for key in {*before.get(name, {}), *after.get(name, {})}
        if before.get(name, {}).get(key) != after.get(name, {}).get(key)
    }
    assert found == differ


def test_lines_are_cut_where_a_cell_is_full():
    many = ["x" * 999] * 40
    kept = cut(many)
    assert kept == many[: len(kept)]
    assert 5_000 < len("\n".join(kept)) <= 12_000
    assert cut(["short"]) == ["short"]
