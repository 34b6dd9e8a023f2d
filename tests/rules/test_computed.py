"""Tests for computed fields, defaults, and who must be looked at again."""

import datetime as dt
from decimal import Decimal

from rules.computed import affected, with_computed, with_defaults
from rules.formula import read_formulas
from rules.rule import Book
from sheet_templates.expression import ExpressionContext
from sheet_templates.form import FieldType
from sheet_templates.record import Record
from tests.support.small import Shelf, field, form, record

PEOPLE = form("people", field("name", unique=True))
CUSTOMER = form(
    "customer",
    field("name", unique=True),
    field("discount", FieldType.PERCENT),
    field("bought", FieldType.MONEY, computed="sum([o.total for o in back.order.customer])", owners=()),
)
ORDER = form(
    "order",
    field("total_twice", FieldType.MONEY, computed="total * 2", owners=()),
    field("total", FieldType.MONEY, computed="sum([l.amount for l in lines])", owners=()),
    field("customer", FieldType.LINK, link="customer"),
    field("off", FieldType.PERCENT, computed="link.customer.discount", owners=()),
    field("big", FieldType.YES_NO, computed="total > 100", owners=()),
    field("date", FieldType.DATE, default="today"),
    field("due_on", FieldType.DATE, default="add_days(date, 30)"),
    field("owner", FieldType.PERSON, default="me.number"),
)
LINE = form(
    "order_line",
    field("order", FieldType.LINK, link="order"),
    field("quantity", FieldType.NUMBER),
    field("price", FieldType.MONEY),
    field("amount", FieldType.MONEY, computed="quantity * price", owners=()),
    parent="order",
)
FORMS = {each.key: each for each in (PEOPLE, CUSTOMER, ORDER, LINE)}


def load(*forms: object) -> tuple[Book, list[str]]:
    faults: list[str] = []
    declared = {each.key: each for each in forms} if forms else FORMS  # type: ignore[attr-defined]
    return Book(formulas=read_formulas(declared, (), faults)), faults


BOOK, _ = load()


def context(stood: Record, shelf: Shelf, **me: str) -> ExpressionContext:
    return ExpressionContext(
        record=stood, records=shelf, forms=FORMS, today=dt.date(2026, 3, 10), limits={}, me=me
    )


def test_formulas_come_after_what_they_need_over_forms_too():
    order = [(each.form, each.field.key) for each in BOOK.formulas]

    for earlier, later in (
        (("order_line", "amount"), ("order", "total")),
        (("order", "total"), ("order", "total_twice")),
        (("order", "total"), ("customer", "bought")),
        (("order", "date"), ("order", "due_on")),
    ):
        assert order.index(earlier) < order.index(later)


def test_totals_follow_the_lines_and_are_rounded_to_cents():
    lines = (
        record("order_line", "1", order="O-1", amount=Decimal("33.335")),
        record("order_line", "2", order="O-1", amount=Decimal("66.66")),
    )
    stood = record("order", "O-1", customer="C-1")
    shelf = Shelf(stood, *lines, record("customer", "C-1", discount=Decimal("0.1")))

    found = with_computed(BOOK, context(stood, shelf))

    assert found["total"] == Decimal("100.00")
    assert found["total_twice"] == Decimal("200.00")
    assert found["off"] == Decimal("0.1")
    assert found["big"] is None


def test_what_is_unknown_is_empty_again():
    stood = record("order_line", "1", order="O-1", quantity=Decimal(2), amount=Decimal(10))

    assert "amount" not in with_computed(BOOK, context(stood, Shelf(stood))).values


def test_a_new_record_gets_defaults_where_nothing_was_typed():
    stood = record("order", "O-1", date=dt.date(2026, 1, 1))

    found = with_defaults(BOOK, context(stood, Shelf(), number="P-1"))

    assert found["date"] == dt.date(2026, 1, 1)
    assert found["due_on"] == dt.date(2026, 1, 31)
    assert found["owner"] == "P-1"


def test_a_default_is_nothing_for_a_record_that_stands():
    stood = record("order", "O-1")

    assert "date" not in with_computed(BOOK, context(stood, Shelf(stood), number="P-1")).values


def test_formulas_in_a_circle_are_a_fault_that_names_the_circle():
    one = form(
        "one", field("a", FieldType.NUMBER, computed="link.two.b"), field("two", FieldType.LINK, link="two")
    )
    two = form("two", field("b", FieldType.NUMBER, computed="sum([o.a for o in back.one.two])"))

    _, faults = load(one, two)

    assert faults == ["one.toml: fields.a: is computed from itself: one.a → two.b → one.a"]


def test_a_computed_field_that_looks_too_far_or_at_the_clock_is_a_fault():
    late = form(
        "late", field("on", FieldType.DATE), field("days", FieldType.NUMBER, computed="$days(on, today)")
    )
    far = form(
        "far",
        field("order", FieldType.LINK, link="order"),
        field("off", FieldType.PERCENT, computed="link.order.link.customer.discount"),
    )

    _, faults = load(late, far, *FORMS.values())

    assert faults == [
        "late.toml: fields.days.computed: today cannot be used in a computed field",
        "far.toml: fields.off.computed: link.order.link.customer.discount cannot be used in a computed field",
    ]


def test_a_changed_line_makes_its_parent_compute_anew_the_old_one_too():
    shelf = Shelf(record("order", "O-1"), record("order", "O-2"))
    before = record("order_line", "1", order="O-1", amount=Decimal(1))
    after = record("order_line", "1", order="O-2", amount=Decimal(1))

    assert set(affected(BOOK, FORMS, shelf, before, after)) == {
        ("order", "order/O-1"),
        ("order", "order/O-2"),
    }


def test_only_who_reads_what_changed_is_affected():
    shelf = Shelf(record("order", "O-1", customer="C-1"), record("order", "O-2", customer="C-2"))
    before = record("customer", "C-1", name="Acme", discount=Decimal("0.1"))

    renamed = record("customer", "C-1", name="Acme Ltd", discount=Decimal("0.1"))
    assert affected(BOOK, FORMS, shelf, before, renamed) == ()
    cheaper = record("customer", "C-1", name="Acme", discount=Decimal("0.2"))
    assert affected(BOOK, FORMS, shelf, before, cheaper) == (("order", "order/O-1"),)


def test_a_new_order_counts_for_its_customer():
    shelf = Shelf(record("customer", "C-1"))
    after = record("order", "O-1", customer="C-1", total=Decimal(5))

    assert affected(BOOK, FORMS, shelf, None, after) == (("customer", "customer/C-1"),)
