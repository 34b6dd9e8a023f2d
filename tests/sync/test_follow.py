"""Who must be looked at again when a record changes: what follows from the names in views and from titles."""

from sheet_templates.expression import Expression, Scope
from sheet_templates.form import FieldType, FormKey
from sheet_templates.record import Record
from sync.follow import Following, following
from tests.support.small import Shelf, field, form, record

CUSTOMER = form("customer", field("name", unique=True), field("owner", FieldType.PERSON), title="name")
PEOPLE = form("people", field("name", unique=True), field("boss", FieldType.PERSON), title="name")
ORDER = form("order", field("buyer", FieldType.LINK, link="customer"), field("note"), title="note")
LINE = form(
    "line", field("order", FieldType.LINK, link="order"), field("cost", FieldType.MONEY), parent="order"
)
FORMS = {each.key: each for each in (CUSTOMER, PEOPLE, ORDER, LINE)}

ANN = record("people", "P-1", name="Ann", boss="P-2")
BOB = record("people", "P-2", name="Bob")
ACME = record("customer", "CU-1", name="Acme", owner="P-1")
FIRST = record("order", "O-1", buyer="CU-1", note="first")
OTHER = record("order", "O-2", note="other")
PART = record("line", "L-1", order="O-1")
ALL = Shelf(ANN, BOB, ACME, FIRST, OTHER, PART)


def follow(form_: str, text: str) -> Following:
    declared = FORMS[FormKey(form_)]
    return following(
        FORMS, [(declared.key, Expression.load(text, Scope.of(declared, FORMS, limits=(), me=True)))]
    )


def found(follows: Following, changed: Record, *keys: str) -> list[str]:
    return sorted(each.number for each in follows.of(changed, frozenset(keys), ALL))


def test_who_links_to_a_record_follows_the_field_that_a_view_reads():
    follows = follow("order", "link.buyer.owner == me.number")

    assert found(follows, ACME, "owner") == ["O-1"]
    assert found(follows, OTHER, "note") == []


def test_a_field_that_no_view_reads_is_followed_by_nobody():
    assert found(follow("order", "empty(note)"), ACME, "owner") == []


def test_a_link_is_shown_by_its_title_so_a_new_title_is_followed_by_all_who_link():
    follows = follow("order", "empty(note)")

    assert found(follows, ACME, "name") == ["O-1"]
    assert found(follows, ANN, "name") == ["CU-1"]
    assert found(follows, BOB, "name") == ["P-1"]


def test_a_form_whose_titles_are_not_unique_is_shown_by_number_and_needs_no_following():
    assert found(follow("order", "empty(note)"), FIRST, "note") == []


def test_what_lies_more_than_one_step_away_makes_every_change_of_the_first_step_matter():
    follows = follow("order", "link.buyer.link.owner.boss == me.number")

    assert found(follows, ACME, "owner") == ["O-1"]
    assert found(follows, ACME, "anything") == ["O-1"]
    assert found(follows, ANN, "boss") == ["CU-1"]


def test_a_view_that_counts_lines_follows_them_up():
    follows = follow("order", "lines.length > 0")

    assert found(follows, PART, "cost") == ["O-1"]
    assert found(follows, record("line", "L-2"), "cost") == []
    assert found(follows, record("line", "L-3", order="O-9"), "cost") == []


def test_a_view_that_looks_back_follows_what_refers_to_it():
    follows = follow("customer", "back.order.buyer.length > 0")

    assert found(follows, FIRST, "note") == ["CU-1"]


def test_a_line_form_without_a_parent_view_follows_nothing_up():
    lonely = following({CUSTOMER.key: CUSTOMER, PEOPLE.key: PEOPLE}, [])

    assert list(lonely.of(ACME, frozenset({"owner"}), ALL)) == []
