import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheet_templates.form import Field, FieldKey, FieldType, Form, FormKey, Labels, Role
from sheet_templates.match import fold, match_headers
from tests.support import shipped

SALES = Role("rep")


def a_field(key, hant, hans, en, aliases=(), *, readers=None):
    labels = Labels(zh_hant=hant, zh_hans=hans, en=en, aliases=aliases)
    return Field(key=FieldKey(key), type=FieldType.TEXT, labels=labels, readers=readers)


def a_form():
    return Form(
        key=FormKey("order"),
        labels=Labels(zh_hant="訂單", zh_hans="订单", en="Orders"),
        help=Labels(zh_hant="", zh_hans="", en=""),
        number="SO-{n}",
        fields=(
            a_field("name", "客戶名稱", "客户名称", "Customer name", ("客戶", "單位名稱")),
            a_field("amount", "訂單總價", "订单总价", "Total", ("金額",)),
            a_field("cost", "成本", "成本", "Cost", readers=frozenset({Role("finance")})),
        ),
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("訂單", "订单"),
        ("批準", "批准"),
        ("佈告", "布告"),
        ("臺北", "台北"),
        ("聯系人", "聯繫人"),
        ("到帳", "到账"),
        ("范圍", "範圍"),
        ("ＡＢＣ１２３", "abc123"),
        ("客戶 名稱", "客户\u00a0名\u200b称"),
        ("* 客戶名稱：", "客戶名稱"),
        ("【客戶名稱】", "客戶名稱"),
        ("Straße", "STRASSE"),
        ("乾隆", "干隆"),
        ("Cafe\u0301", "café"),
        ("A–1", "a-1"),
    ],
)
def test_texts_that_people_take_for_the_same_fold_alike(one, other):
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("A-1", "A1"), ("1.2", "12"), ("王", "黃"), ("HT(1)2", "HT12")])
def test_texts_that_differ_in_substance_do_not_fold_alike(one, other):
    assert fold(one) != fold(other)


@given(st.text())
def test_folding_twice_changes_nothing(text):
    assert fold(fold(text)) == fold(text)


@given(st.text(), st.sampled_from([" ", "\u3000", "\u200b", "\ufeff", "：", "*", "（", "）"]))
def test_decoration_at_the_ends_does_not_matter(text, mark):
    assert fold(mark + text + mark) == fold(text)


def test_headers_are_found_in_any_language_wherever_they_stand():
    match = match_headers(a_form(), ["金額（元）", None, "備註", "*客户名称", "编号", "STATE"])

    assert match.columns == {"amount": 1, "name": 4, "number": 5, "state": 6}
    assert match.unknown == {3: "備註"}
    assert match.missing == ("_id", "_mark", "check", "cost")


def test_the_better_fit_wins_and_the_other_column_is_the_users():
    match = match_headers(a_form(), ["客戶", "客戶名稱"])

    assert match.columns == {"name": 2}
    assert match.unknown == {1: "客戶"}


def test_two_equal_headers_are_doubled_and_neither_is_taken():
    match = match_headers(a_form(), ["Total", "Cost", "訂單總價"])

    assert match.columns == {"cost": 2}
    assert match.doubled == {"amount": (1, 3)}
    assert "amount" not in match.missing


def test_a_header_that_the_role_may_not_see_is_unknown_to_it():
    match = match_headers(a_form(), ["Total", "Cost"], SALES)

    assert match.columns == {"amount": 1}
    assert match.unknown == {2: "Cost"}


def test_the_headers_of_a_real_table_of_accounts_are_found():
    headers = [
        "account",
        "sector",
        "year_established",
        "revenue",
        "employees",
        "office_location",
        "subsidiary_of",
    ]

    match = match_headers(shipped.forms()[FormKey("customer")], headers)

    assert match.columns == {
        "name": 1, "industry": 2, "founded": 3, "revenue": 4, "size": 5, "address": 6, "parent_company": 7,
    }  # fmt: skip
    assert match.unknown == {}
