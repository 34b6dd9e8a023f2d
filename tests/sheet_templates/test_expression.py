"""Tests for the expression language."""

import datetime as dt
import time
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheet_templates.expression import Expression, ExpressionContext, ExpressionError, Scope, limits_in
from sheet_templates.form import Choice, Field, FieldKey, FieldType, Form, FormKey, Labels, Source
from sheet_templates.functions import FUNCTIONS
from sheet_templates.record import Record, RecordId, State
from tests.support.small import Shelf, field, form, record

PEOPLE = form("people", field("name", unique=True), field("superior", FieldType.PERSON), title="name")
LIMITS = form("limits", field("key", unique=True), field("value", FieldType.NUMBER))
CUSTOMER = form(
    "customer",
    field("name", unique=True),
    field("owner", FieldType.PERSON),
    field("class", FieldType.CHOICE, choices=("a", "b")),
    field("vip", FieldType.YES_NO),
)
ORDER = form(
    "order",
    field("customer", FieldType.LINK, link="customer"),
    field("owner", FieldType.PERSON),
    field("contract_no", unique=True),
    field("date", FieldType.DATE),
    field("delivery_on", FieldType.DATE),
    field("cut_off", FieldType.TIME),
    field("total", FieldType.MONEY),
    field("discount", FieldType.PERCENT),
    field("status", FieldType.CHOICE, choices=("confirmed", "shipped", "cancelled")),
    field("urgent", FieldType.YES_NO),
    field("note"),
)
LINE = form(
    "order_line",
    field("order", FieldType.LINK, link="order"),
    field("quantity", FieldType.NUMBER),
    field("amount", FieldType.MONEY),
    parent="order",
)
COLLECTION = form(
    "collection",
    field("order", FieldType.LINK, link="order"),
    field("received", FieldType.MONEY),
)
FORMS = {each.key: each for each in (PEOPLE, LIMITS, CUSTOMER, ORDER, LINE, COLLECTION)}
TODAY = dt.date(2026, 3, 10)
SCOPE = Scope.of(ORDER, FORMS, limits={"joint", "missing"}, me=True, before=True)

BOSS = record("people", "P-1", name="Li")
REP = record("people", "P-2", name="Wang", superior="P-1")
ACME = record("customer", "C-1", name="Acme", owner="P-2", **{"class": "a"})


def shelf(*records: Record) -> Shelf:
    limits = record("limits", "L-1", key="joint", value=Decimal(50000))
    empty_limit = record("limits", "L-2", key="missing")
    return Shelf(limits, empty_limit, BOSS, REP, ACME, *records)


def context(order: Record, *records: Record, **other: Any) -> ExpressionContext:
    stood = shelf(order, *records)
    return ExpressionContext(
        record=order, records=stood, forms=FORMS, today=TODAY, limits=limits_in(stood), **other
    )


def value(text: str, order: Record, *records: Record, **other: Any) -> object:
    return Expression.load(text, SCOPE).value(context(order, *records, **other))


def order(**values: Any) -> Record:
    return record("order", "SO-1", **values)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3", Decimal(7)),
        ("0.1 + 0.2", Decimal("0.3")),
        ("-total", Decimal("-100.50")),
        ("total / 4", Decimal("25.125")),
        ("total / 0", None),
        ("round(2.675)", Decimal("2.68")),
        ("$round(2.5, 0)", Decimal(3)),
        ("abs(0 - total)", Decimal("100.50")),
        ('date + t"P30D"', dt.date(2026, 1, 31)),
        ("(delivery_on - date).days", Decimal(14)),
        ("days(date, delivery_on)", Decimal(14)),
        ("add_days(date, 30)", dt.date(2026, 1, 31)),
        ("add_months(date, 1)", dt.date(2026, 2, 1)),
        ('add_months(d"2026-01-31", 1)', dt.date(2026, 2, 28)),
        ('date < d"2026-01-02"', True),
        ("today", TODAY),
        ("year(today) * 100 + month(today)", Decimal(202603)),
        ("date.day", Decimal(1)),
        ("note.length", Decimal(4)),
        ("max(1, total, 7)", Decimal("100.50")),
        ("min([total, 7])", Decimal(7)),
        ("latest(date, delivery_on)", dt.date(2026, 1, 15)),
        ("earliest(date, null ?? delivery_on)", dt.date(2026, 1, 1)),
        ('status == "confirmed"', True),
        ('status in ["shipped", "cancelled"]', False),
        ('status not in {"shipped", "cancelled"}', True),
        ('contains(note, "URG")', True),
        ('note + "!"', "URGE!"),
        ("number", "SO-1"),
        ("state", "draft"),
        ("link.customer.name", "Acme"),
        ("link.customer.number", "C-1"),
        ("link.customer.link.owner.link.superior.name", "Li"),
        ("link.owner.superior", "P-1"),
        ("limit.joint", Decimal(50000)),
        ("limit.missing ?? 3", Decimal(3)),
        ("me.number == owner", True),
        ("urgent", False),
        ("not urgent", True),
        ("link.customer.vip", False),
        ("cut_off", "09:30"),
        ("total > 100 ? 1 : 2", Decimal(1)),
        ("null", None),
    ],
)
def test_an_expression_has_the_expected_value(text, expected):
    stood = order(
        customer="C-1",
        owner="P-2",
        date=dt.date(2026, 1, 1),
        delivery_on=dt.date(2026, 1, 15),
        cut_off=dt.time(9, 30),
        total=Decimal("100.50"),
        status="confirmed",
        note="URGE",
    )

    found = value(text, stood, me={"number": "P-2"})

    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    "text",
    [
        "total + 1",
        "total > 5",
        "total <= total",
        "-total",
        "not (total > 5)",
        "owner == me.superior",
        "owner != me.superior",
        'status != "cancelled"',
        'status in ["cancelled"]',
        "5 in [total, 6]",
        "link.customer.name",
        "link.customer.vip",
        "before.total",
        "before.state",
        "limit.missing * 2",
        "round(total)",
        "total > 5 ? 1 : 2",
        "total > 5 and 1 < 2",
        "total > 5 or 2 < 1",
        "days(date, today)",
    ],
)
def test_an_empty_value_makes_what_it_meets_unknown(text):
    assert value(text, order()) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("total > 5 or 1 < 2", True),
        ("1 < 2 or total > 5", True),
        ("total > 5 and 2 < 1", False),
        ("2 < 1 and total > 5", False),
        ("total ?? 7", Decimal(7)),
        ("empty(total)", True),
        ("filled(total)", False),
        ("total == null", True),
        ("null != total", False),
        ("empty(urgent)", True),
        ("filled(total) and total > 5", False),
        ("5 in [total, 5]", True),
        ("max(total, 5)", Decimal(5)),
        ("max(total)", None),
        ("empty(before.id)", True),
        ("empty(lines)", True),
    ],
)
def test_an_unknown_part_does_not_matter_where_the_rest_decides(text, expected):
    assert value(text, order()) == expected


def test_a_condition_that_is_unknown_is_neither_true_nor_false():
    condition = Expression.load("total > 5", SCOPE, FieldType.YES_NO)

    assert not condition.true(context(order()))
    assert not condition.false(context(order()))
    assert condition.true(context(order(total=Decimal(6))))
    assert condition.false(context(order(total=Decimal(5))))


def test_lines_are_summed_and_empty_members_left_out():
    lines = (
        record("order_line", "1", order="SO-1", quantity=Decimal(2), amount=Decimal("10.10")),
        record("order_line", "2", order="SO-1", quantity=Decimal(1)),
        record("order_line", "3", order="SO-1", quantity=Decimal(0), amount=Decimal("0.90")),
        record("order_line", "4", order="SO-2", quantity=Decimal(9), amount=Decimal(1000)),
    )

    assert value("$sum([l.amount for l in lines])", order(), *lines) == Decimal("11.00")
    assert value("count([l.amount for l in lines])", order(), *lines) == Decimal(2)
    assert value("lines.length", order(), *lines) == Decimal(3)
    assert value("any([l.quantity <= 0 for l in lines])", order(), *lines) is True
    assert value("all([l.amount > 0 for l in lines])", order(), *lines) is None
    assert value("sum([l.amount for l in lines if l.quantity > 1])", order(), *lines) == Decimal("10.10")
    assert value("sum([l.amount for l in lines])", order()) == Decimal(0)
    assert value("sum([l.amount for l in lines])", order(), lines=lines[:1]) == Decimal("10.10")


def test_what_refers_to_a_record_and_what_equals_it_can_be_asked():
    received = record("collection", "K-1", order="SO-1", received=Decimal(40))
    twin = record("order", "SO-2", contract_no="X")

    assert value("sum([c.received for c in back.collection.order])", order(), received) == Decimal(40)
    assert value("count([o.id for o in others.contract_no])", order(contract_no="X"), twin) == Decimal(1)
    assert value("count([o.id for o in others.contract_no])", order(), twin) == Decimal(0)


def test_before_is_the_record_as_it_was():
    was = record("order", "SO-1", total=Decimal(1), customer="C-1")

    assert value("before.total < total", order(total=Decimal(2)), before=was) is True
    assert value("before.link.customer.name", order(), before=was) == "Acme"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("totl > 5", "there is no “totl” here; did you mean total"),
        ("limit.jont", "there is no “jont” here; did you mean joint?"),
        ("link.customer.clas", "did you mean class"),
        ("link.note", "there is no “note” here"),
        ("linez", "did you mean lines"),
        ("$now", "there is no “now” here"),
        ("$random(5)", "there is no “random” here"),
        ("total +", "syntax error"),
        ("total > ", "syntax error"),
        ('total == "5"', "a number and text cannot stand together"),
        ('total > "5"', "the types do not fit together"),
        ('status == "canceled"', "“canceled” is not one of the choices (cancelled, confirmed, shipped)"),
        ('"canceled" == status', "is not one of the choices"),
        ('status in ["shipped", "lost"]', "“lost” is not one of the choices"),
        ('link.customer.class == "z"', "“z” is not one of the choices (a, b)"),
        ('before.status == "gone"', "is not one of the choices"),
        ('state == "done"', "is not one of the choices"),
        ('(status ?? "none") == "nine"', "is not one of the choices"),
        ("total and urgent", "“total” gives a number; a condition is needed"),
        ("not total", "a condition is needed"),
        ("total ? 1 : 2", "a condition is needed"),
        ('urgent ? 1 : "x"', "cannot stand together"),
        ("link.customer", "gives a whole record, not one value"),
        ("lines", "gives a list, not one value"),
        ("[1, 2]", "gives a list"),
        ("date - date", "gives a length of time"),
        ("filled", "gives a function"),
        ("link.customer == link.customer", "cannot stand together"),
        ('note =~ "a+"', "patterns"),
        ('"a" in note', "use contains"),
        ("total ** 2", "only + - * /"),
        ("total // 2", "only + - * /"),
        ("5 & 6 | total", "not part of the language"),
        ("note[0]", "not part of the language"),
        ("note.as_upper", "text has no “as_upper”"),
        ("total.ceiling", "a number has no “ceiling”"),
        ('note.starts_with("a")', "text has no “starts_with”"),
        ("filled(total, total)", "at most 1"),
        ("round()", "at least 1"),
        ('sum(["a"])', "data type mismatch"),
        ("max(date)", "max() needs a number, not a date"),
        ("total(3)", "write the function with a $"),
        ("[total for total in lines]", "means something already"),
        ('total in ["a"]', "a number cannot be in a list whose members are text"),
        ('total in [total, "a"]', "the members of a list must be of one type"),
        ("1 +" * 1500 + "1", "longer than"),
    ],
)
def test_a_broken_expression_is_refused_at_load_with_what_is_wrong(text, fault):
    with pytest.raises(ExpressionError) as raised:
        Expression.load(text, SCOPE)

    assert fault in str(raised.value)
    assert raised.value.text[:20] in str(raised.value)


def test_names_that_only_some_rules_have_are_unknown_elsewhere():
    plain = Scope.of(ORDER, FORMS, limits=())

    for text in ("me.number", "before.total", "submitted_on"):
        with pytest.raises(ExpressionError):
            Expression.load(text, plain)
    extra = Scope.of(ORDER, FORMS, limits=(), extra={"submitted_on": FieldType.DATE})
    found = Expression.load("days(submitted_on, today)", extra)
    assert found.value(context(order(), extra={"submitted_on": dt.date(2026, 3, 1)})) == Decimal(9)


def test_an_expression_must_give_what_its_place_needs():
    Expression.load("total", SCOPE, FieldType.MONEY)
    Expression.load("null", SCOPE, FieldType.MONEY)
    with pytest.raises(ExpressionError, match="gives a number, but yes or no is needed"):
        Expression.load("total", SCOPE, FieldType.YES_NO)
    with pytest.raises(ExpressionError, match="gives a date, but text is needed"):
        Expression.load("date", SCOPE, FieldType.TEXT)


def test_the_names_of_an_expression_are_its_dotted_paths():
    found = Expression.load(
        "sum([l.amount for l in lines]) > (limit.joint ?? 0) and link.customer.vip and filled(before.total)",
        SCOPE,
    )

    assert found.names == {"lines", "lines.amount", "limit.joint", "link.customer.vip", "before.total"}


def test_sign_offs_are_no_names_because_records_never_hold_them():
    decided = Field(
        key=FieldKey("boss_ok"),
        type=FieldType.CHOICE,
        labels=Labels(zh_hant="決定", zh_hans="决定", en="Decision"),
        source=Source.DECISION,
        choices=(Choice(key="agree", labels=Labels(zh_hant="同意", zh_hans="同意", en="Agree")),),
    )
    signed = Form(
        key=FormKey("claim"), labels=decided.labels, fields=(decided,), number="C-{n}", help=decided.labels
    )

    with pytest.raises(ExpressionError):
        Expression.load('boss_ok == "agree"', Scope.of(signed, {signed.key: signed}, limits=()))


def test_a_link_that_leads_nowhere_is_empty():
    assert value("empty(link.customer)", order(customer="C-99")) is True
    assert value("link.customer.name", order(customer="C-99")) is None


def test_links_and_lines_are_looked_up_once_for_a_context():
    asked: list[object] = []

    class Counting(Shelf):
        def numbered(self, form: FormKey, number: str) -> Record | None:
            asked.append((form, number))
            return super().numbered(form, number)

    here = order(customer="C-1")
    counted = ExpressionContext(record=here, records=Counting(ACME), forms=FORMS, today=TODAY, limits={})
    for _ in range(3):
        Expression.load("link.customer.name", SCOPE).value(counted)

    assert asked == [("customer", "C-1")]


def test_a_thousand_evaluations_take_tens_of_milliseconds():
    lines = tuple(record("order_line", f"{n}", order="SO-1", amount=Decimal(n)) for n in range(5))
    here = context(order(total=Decimal(60000), customer="C-1"), *lines)
    condition = Expression.load(
        '(total >= (limit.joint ?? 0) or link.customer.class == "b") and sum([l.amount for l in lines]) > 3',
        SCOPE,
    )
    condition.true(here)

    started = time.perf_counter()
    for _ in range(1000):
        assert condition.true(here)

    assert time.perf_counter() - started < 0.5


TRUTHS: Mapping[str, bool | None] = {"1 < 2": True, "2 < 1": False, "total > 5": None}
texts = st.recursive(
    st.sampled_from(sorted(TRUTHS)).map(lambda text: (text, TRUTHS[text])),
    lambda inner: st.one_of(
        inner.map(lambda a: (f"not ({a[0]})", None if a[1] is None else not a[1])),
        st.tuples(inner, inner).map(lambda ab: (f"({ab[0][0]}) and ({ab[1][0]})", _and(ab[0][1], ab[1][1]))),
        st.tuples(inner, inner).map(
            lambda ab: (f"({ab[0][0]}) or ({ab[1][0]})", _not(_and(_not(ab[0][1]), _not(ab[1][1]))))
        ),
    ),
    max_leaves=8,
)


def _not(a: bool | None) -> bool | None:
    return None if a is None else not a


def _and(a: bool | None, b: bool | None) -> bool | None:
    """The truth table of three-valued `and`, as the minimum of false < unknown < true."""
    rank = {False: 0, None: 1, True: 2}
    return min(a, b, key=lambda each: rank[each])


@given(texts)
def test_and_or_not_know_three_truths(text_and_truth):
    text, truth = text_and_truth

    assert Expression.load(text, SCOPE).value(context(order())) is truth


@given(st.lists(st.decimals(-10000, 10000, places=2), max_size=6))
def test_a_sum_of_lines_is_exact(amounts):
    lines = tuple(record("order_line", str(n), order="SO-1", amount=each) for n, each in enumerate(amounts))

    assert value("sum([l.amount for l in lines])", order(), lines=lines) == sum(amounts, Decimal(0))


def test_the_documentation_lists_every_function_as_it_is():
    page = (Path(__file__).parents[2] / "docs" / "expressions.md").read_text(encoding="utf-8")

    for each in FUNCTIONS.values():
        assert f"| `{each.name}` | {each.about} |" in page


def test_the_record_of_a_context_may_have_any_state():
    approved = Record(form=FormKey("order"), id=RecordId("x"), number="SO-1", state=State.APPROVED)

    assert value('state == "approved"', approved) is True
