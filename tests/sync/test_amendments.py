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


def lines(
    before: dict[str, bytes], after: dict[str, bytes], shipped: dict[str, bytes] | None = None
) -> list[tuple[str, dict[str, object]]]:
    found = amendments(before, after, shipped or {})
    return [(each.key.removeprefix("declared."), dict(each.params)) for each in found]


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


SHIPPED = {
    "rules/all.toml": b'[chain.expense.steps.first]\nroles=["manager"]\n[chain.expense.steps.second]\nroles=["finance"]\n',
    "forms/customer.toml": b"order = 1\n[fields.name]\nwidth = 20\n",
    "roles.toml": b"[rep]\npersonal = true\n",
}
OWN = b'[chain.expense.steps.first]\nroles = ["leader"]\n'


def test_what_a_rule_takes_the_place_of_is_the_old_value_and_comes_back_when_the_file_goes():
    first = "chain.expense.steps.first.roles"
    there, gone = (
        {"path": first, "old": '["manager"]', "new": '["leader"]'},
        "chain.expense.steps.second.roles",
    )
    back = {"path": first, "old": '["leader"]', "new": '["manager"]'}

    assert lines({}, {"rules/own.toml": OWN}, SHIPPED) == [
        ("new", {"name": "rules/own.toml"}),
        ("entry", there),
        ("entry_gone", {"path": gone, "old": '["finance"]'}),
    ]
    assert lines({"rules/own.toml": OWN}, {}, SHIPPED) == [
        ("gone", {"name": "rules/own.toml"}),
        ("entry", back),
        ("entry_new", {"path": gone, "new": '["finance"]'}),
    ]
    # Once it is overridden only what the company changes itself is a difference.
    later = OWN.replace(b"leader", b"admin")
    assert [each for each, _ in lines({"rules/own.toml": OWN}, {"rules/own.toml": later}, SHIPPED)] == [
        "changed",
        "entry",
    ]


def test_a_form_that_extends_takes_the_place_of_what_it_names_and_another_of_the_whole_form():
    name = "forms/customer.toml"
    wider = b"extends = true\n[fields.name]\nwidth = 30\n"

    assert lines({}, {name: wider}, SHIPPED)[1:] == [
        ("entry", {"path": "fields.name.width", "old": "20", "new": "30"}),
        ("entry_new", {"path": "extends", "new": "true"}),
    ]
    assert lines({}, {name: wider.partition(b"\n")[2]}, SHIPPED)[1:] == [
        ("entry_gone", {"path": "order", "old": "1"}),
        ("entry", {"path": "fields.name.width", "old": "20", "new": "30"}),
    ]
    assert lines({}, {"roles.toml": b"[rep]\npersonal = false\n"}, SHIPPED)[1:] == [
        ("entry", {"path": "rep.personal", "old": "true", "new": "false"}),
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
        {},
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
