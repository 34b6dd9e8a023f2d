import datetime as dt
import json
import unicodedata
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sheet_templates.form import Choice, Field, FieldKey, FieldType, FormKey, Labels, Lang
from sheet_templates.link import Nowhere
from sheet_templates.record import Broken, Flaw, Problem, Severity
from sheet_templates.value import canonical, dump, notice, parse, shown, undump, word
from tests.support import shipped
from tests.support.known import Known

NOWHERE = Nowhere()
WORDS = shipped.words()
KNOWN = Known(
    {
        "customer": {
            "CU-0001": "Acme Corporation",
            "CU-0002": "華為技術有限公司",
            "CU-0003": "Twin",
            "CU-0004": "twin ",
        },
        "people": {"P-0001": "Wang Fang", "P-0002": "P-0001"},
        "order": {"SO-2026-0042": ""},
    },
    {"customer": {"新1": "CU-0009"}},
)


def a_field(type_, *, choices=(), link=None):
    labels = Labels(zh_hant="欄", zh_hans="栏", en="Field")
    return Field(key=FieldKey("it"), type=FieldType(type_), labels=labels, choices=choices, link=link)


STATUS = a_field(
    "choice",
    choices=(
        Choice(
            key="shipped", labels=Labels(zh_hant="已發貨", zh_hans="已发货", en="Shipped", aliases=("發出",))
        ),
        Choice(key="done", labels=Labels(zh_hant="已完成", zh_hans="已完成", en="Completed")),
    ),
)
CUSTOMER = a_field("link", link=FormKey("customer"))


def parsed(type_, cell):
    value = parse(a_field(type_), cell, NOWHERE)
    return value.what.key if isinstance(value, Problem) else value


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("1200.50", "1200.5"),
        ("１，２００．５", "1200.5"),
        (" 1,200 ", "1200"),
        ("1 200 000", "1200000"),
        ("1\u00a0200", "1200"),
        ("1'200", "1200"),
        ("¥1,200.00", "1200"),
        ("￥1,200元", "1200"),
        ("NT$ 300", "300"),
        ("RMB 5000元整", "5000"),
        ("-$5", "-5"),
        ("- 5", "-5"),
        ("−5", "-5"),
        ("(1,200)", "-1200"),
        ("+7", "7"),
        ("12万", "120000"),
        ("1.5億", "150000000"),
        ("1.5E+3", "1500"),
        (".5", "0.5"),
        ("0", "0"),
        ("-0", "0"),
    ],
)
def test_a_number_is_understood_as_people_write_it(typed, meant):
    assert parsed("number", typed) == Decimal(meant)
    assert str(parsed("number", typed)) == meant


@pytest.mark.parametrize(
    ("typed", "what"),
    [
        ("12,5", "number.not_a_number"),
        ("1.200.000", "number.not_a_number"),
        ("1,2000", "number.not_a_number"),
        ("12%", "number.not_a_number"),
        ("abc", "number.not_a_number"),
        ("12 台", "number.not_a_number"),
        ("1-2", "number.not_a_number"),
        ("NaN", "number.not_a_number"),
        ("Infinity", "number.not_a_number"),
        ("一百", "number.not_a_number"),
        ("1e999", "number.too_large"),
        ("1e15", "number.too_large"),
        ("1234567890123456.1", "number.too_many_digits"),
        ("=1+1", "number.not_a_number"),
        (float("nan"), "number.not_a_number"),
        (float("inf"), "number.not_a_number"),
        (10**400, "number.too_large"),
        (True, "number.not_a_number"),
        (dt.datetime(2026, 1, 2), "number.is_a_date"),
        (dt.time(9), "number.is_a_date"),
    ],
)
def test_what_is_not_surely_a_number_is_a_problem_that_names_it(typed, what):
    problem = parse(a_field("number"), typed, NOWHERE)

    assert isinstance(problem, Problem)
    assert problem.what.key == what
    assert problem.field == "it"
    for lang in Lang:
        assert WORDS.say(problem.what, lang)
        assert WORDS.say(problem.mend, lang)


@pytest.mark.parametrize(
    ("cell", "meant"),
    [
        (0.1 + 0.2, "0.3"),
        (1 / 3, "0.333333333333333"),
        (1.0, "1"),
        (5.6e-17, "0"),
        (123456789012345, "123456789012345"),
    ],
)
def test_a_number_keeps_what_a_spreadsheet_keeps_of_it(cell, meant):
    assert str(parsed("number", cell)) == meant


def test_money_has_cents_and_a_third_decimal_is_not_rounded_away():
    assert str(parsed("money", "12.5")) == "12.50"
    assert str(parsed("money", 1200)) == "1200.00"
    assert str(parsed("money", 0.1 + 0.2)) == "0.30"

    problem = parse(a_field("money"), "12.345", NOWHERE)

    assert isinstance(problem, Problem)
    assert WORDS.say(problem.mend, Lang.EN) == "Enter 12.35, or the right amount."


@pytest.mark.parametrize(
    ("cell", "meant"),
    [
        ("15%", "0.15"),
        ("１５％", "0.15"),
        (0.15, "0.15"),
        ("0.15", "0.15"),
        ("100 %", "1"),
        ("7.25%", "0.0725"),
    ],
)
def test_a_percentage_is_a_fraction(cell, meant):
    assert str(parsed("percent", cell)) == meant


@pytest.mark.parametrize(
    "typed",
    [
        "2026-11-03",
        "2026/11/3",
        "2026.11.3",
        "2026年11月3日",
        "2026 年 11 月 3 號",
        "２０２６－１１－０３",
        "20261103",
        20261103.0,
        "3 Nov 2026",
        "3-Nov-2026",
        "November 3, 2026",
        "3rd Sept 2026",
        "民國115年11月3日",
        "中華民國 115 年 11 月 3 日",
        "115/11/3",
        "2026-11-03 09:30",
        "2026-11-03T09:30:00",
        dt.datetime(2026, 11, 3, 9, 30),
        dt.date(2026, 11, 3),
    ],
)
def test_a_date_is_understood_as_people_write_it(typed):
    expected = dt.date(2026, 9, 3) if typed == "3rd Sept 2026" else dt.date(2026, 11, 3)

    assert parsed("date", typed) == expected


@pytest.mark.parametrize(
    ("typed", "what"),
    [
        ("03/11/2026", "date.order_unknown"),
        ("25/12/2026", "date.order_unknown"),
        ("11-3-26", "date.order_unknown"),
        ("26/11/3", "date.order_unknown"),
        ("11月3日", "date.no_year"),
        ("11/3", "date.no_year"),
        ("2024/13/45", "date.no_such_day"),
        ("2026-02-29", "date.no_such_day"),
        ("0026年11月3日", "date.too_early"),
        ("1899-12-30", "date.too_early"),
        ("tomorrow", "date.not_a_date"),
        ("3 Foo 2026", "date.not_a_date"),
        (46329, "date.not_a_date"),
        (46329.5, "date.not_a_date"),
        (True, "date.not_a_date"),
        (dt.time(9, 30), "date.not_a_date"),
        ("26年11月3日", "date.not_a_date"),
    ],
)
def test_a_date_is_never_guessed(typed, what):
    assert parsed("date", typed) == what


@pytest.mark.parametrize(
    ("typed", "hour", "minute"),
    [
        ("9:30", 9, 30),
        ("09:30:00", 9, 30),
        ("９：３０", 9, 30),
        ("9:30 pm", 21, 30),
        ("9:30 P.M.", 21, 30),
        ("12:05 am", 0, 5),
        ("12:05 pm", 12, 5),
        ("下午3點半", 15, 30),
        ("上午9时05分", 9, 5),
        ("下午三點", None, None),
        ("中午12点", 12, 0),
        ("晚上8點", 20, 0),
        ("晚上12點", None, None),
        ("13:00 am", None, None),
        ("25:00", None, None),
        ("9:75", None, None),
        ("9", None, None),
        (0.5, 12, 0),
        (1.5, None, None),
        (dt.time(9, 30, 0, 400), 9, 30),
        (dt.datetime(1899, 12, 30, 9, 30), 9, 30),
        (dt.date(2026, 1, 1), None, None),
    ],
)
def test_a_time_of_day_is_understood_or_a_problem(typed, hour, minute):
    assert parsed("time", typed) == ("time.not_a_time" if hour is None else dt.time(hour, minute))


@pytest.mark.parametrize("typed", ["是", "Y", "yes", "✓", "√", "TRUE", True, 1, "１", " 是 ", "對", "有"])
def test_yes_is_true(typed):
    assert parsed("yes_no", typed) is True


@pytest.mark.parametrize("typed", ["否", "n", "No", "✗", "沒有", "没有", "無", False, 0, "-", "", "  ", None])
def test_no_is_empty(typed):
    assert parsed("yes_no", typed) is None


@pytest.mark.parametrize("typed", ["maybe", 2, "x", dt.date(2026, 1, 1)])
def test_anything_else_is_neither_yes_nor_no(typed):
    assert parsed("yes_no", typed) == "yes_no.unknown"


@pytest.mark.parametrize("typed", ["shipped", "已發貨", "已发货", "SHIPPED", " 已 發 貨 ", "發出", "发出"])
def test_a_choice_is_understood_by_key_or_label_in_any_language(typed):
    assert parse(STATUS, typed, NOWHERE) == "shipped"


def test_an_unknown_choice_is_answered_with_the_allowed_ones_in_the_readers_language():
    problem = parse(STATUS, "lost", NOWHERE)

    assert isinstance(problem, Problem)
    assert WORDS.say(problem.what, Lang.EN) == "“lost” is not one of the choices."
    assert WORDS.say(problem.mend, Lang.ZH_HANS) == "请从列表中选择：已发货、已完成。"
    assert WORDS.say(problem.mend, Lang.EN) == "Pick one from the list: Shipped, Completed."


@pytest.mark.parametrize(
    ("type_", "cell", "meant"),
    [
        ("text", "=1+1", "=1+1"),
        ("text", "0012", "0012"),
        ("text", "NA", "NA"),
        ("text", "null", "null"),
        ("text", "  a\u00a0b \u200b", "a\u00a0b"),
        ("text", "one\r\ntwo", "one two"),
        ("long_text", "one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("text", "Cafe\u0301", "Caf\u00e9"),
        ("text", "a\x0bb", "ab"),
        ("text", 12345678901.0, "12345678901"),
        ("text", 1.5, "1.5"),
        ("text", True, "TRUE"),
        ("text", dt.datetime(2026, 3, 5), "2026-03-05"),
        ("text", dt.datetime(2026, 3, 5, 9, 30), "2026-03-05 09:30"),
        ("text", dt.time(9, 30), "09:30"),
        ("text", "", None),
        ("text", "\u200b \u3000", None),
        ("phone", 13800138000.0, "13800138000"),
        ("phone", "０２１－５５５５ 0100", "021-5555 0100"),
        ("phone", "+86 21 5555 0100 轉 12", "+86 21 5555 0100 轉 12"),
        ("email", " wang@example.com ", "wang@example.com"),
        ("email", "ｗａｎｇ＠example.com", "wang@example.com"),
        ("email", "mailto:wang@example.com", "wang@example.com"),
        ("text", 1234567890123456, "text.digits_lost"),
        ("phone", 1.23456789012346e17, "text.digits_lost"),
        ("text", "a\ud800b", "text.unstorable"),
        ("text", "a\uffffb", "text.unstorable"),
        ("long_text", "x" * 32_768, "text.too_long_for_a_cell"),
        ("long_text", "😀" * 16_384, "text.too_long_for_a_cell"),
        # A letter that is kept as three.
        ("text", "\ufb2c" * 11_000, "text.too_long_for_a_cell"),
        ("phone", "無", "phone.unknown"),
        ("email", "wang@example.com, li@example.com", "email.several"),
        ("email", "wang", "email.unknown"),
        ("email", "Wang <wang@example.com>", "email.unknown"),
        ("email", "a@b..com", "email.unknown"),
        ("text", Broken(text="#REF!"), "cell.error"),
        ("money", Broken(text="=A1*2", flaw=Flaw.FORMULA), "cell.formula"),
    ],
)
def test_text_is_kept_as_it_was_meant(type_, cell, meant):
    assert parsed(type_, cell) == meant


def test_control_characters_are_left_out_with_a_notice():
    told = notice(a_field("text"), "a\x0bb")

    assert told is not None
    assert told.severity is Severity.NOTICE
    assert "a␦b" in WORDS.say(told.what, Lang.EN)
    assert notice(a_field("text"), "a\nb") is None


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("CU-0001", "CU-0001"),
        ("cu-0001", "CU-0001"),
        ("acme  corporation", "CU-0001"),
        ("华为技术有限公司", "CU-0002"),
        ("新1", "CU-0009"),
    ],
)
def test_a_link_is_understood_by_number_title_or_provisional_number(typed, number):
    assert parse(CUSTOMER, typed, KNOWN) == number


def test_an_unknown_link_is_answered_with_near_names():
    problem = parse(CUSTOMER, "Acme Corporatoin", KNOWN)

    assert isinstance(problem, Problem)
    assert (
        WORDS.say(problem.mend, Lang.EN) == "Did you mean Acme Corporation? If it is new, register it first."
    )


def test_an_ambiguous_link_is_answered_with_the_numbers():
    problem = parse(CUSTOMER, "Twin", KNOWN)

    assert isinstance(problem, Problem)
    assert "CU-0003, CU-0004" in WORDS.say(problem.mend, Lang.EN)


def test_a_link_without_anything_near_says_what_to_do():
    problem = parse(a_field("person"), "Zhao", KNOWN)

    assert isinstance(problem, Problem)
    assert problem.mend.key == "link.unknown.mend"


@pytest.mark.parametrize(
    ("field", "number", "cell"),
    [
        (CUSTOMER, "CU-0001", "Acme Corporation"),
        (CUSTOMER, "CU-0003", "CU-0003"),
        (a_field("person"), "P-0001", "Wang Fang"),
        (a_field("person"), "P-0002", "P-0002"),
        (a_field("link", link=FormKey("order")), "SO-2026-0042", "SO-2026-0042"),
    ],
)
def test_a_link_shows_the_title_only_if_it_leads_back_to_the_same_record(field, number, cell):
    assert shown(field, number, Lang.EN, KNOWN) == cell
    assert parse(field, cell, KNOWN) == number


def said(type_, value, lang=Lang.EN):
    return word(a_field(type_), value, lang, NOWHERE)


def test_words_for_people():
    assert said("money", Decimal("12500.00")) == "12,500.00"
    assert said("percent", Decimal("0.15")) == "15%"
    assert said("percent", Decimal(1)) == "100%"
    assert said("percent", Decimal("0.0725")) == "7.25%"
    assert said("date", dt.date(2026, 11, 3)) == "3 Nov 2026"
    assert said("date", dt.date(2026, 11, 3), Lang.ZH_HANT) == "2026年11月3日"
    assert said("time", dt.time(9, 30)) == "09:30"
    assert said("yes_no", True, Lang.ZH_HANT) == "是"
    assert said("text", None) == ""
    assert word(STATUS, "shipped", Lang.ZH_HANS, NOWHERE) == "已发货"
    assert word(STATUS, "no_longer_a_choice", Lang.EN, NOWHERE) == "no_longer_a_choice"
    assert word(CUSTOMER, "CU-0001", Lang.EN, KNOWN) == "Acme Corporation"


def test_a_computed_value_takes_its_canonical_form():
    assert str(canonical(a_field("money"), Decimal("10.005"))) == "10.01"
    assert str(canonical(a_field("number"), Decimal("0.33333333333333333333"))) == "0.333333333333333"
    assert canonical(a_field("number"), Decimal("1e20")) is None
    assert canonical(a_field("yes_no"), False) is None
    assert canonical(a_field("text"), "  ") is None
    assert canonical(a_field("date"), dt.datetime(2026, 1, 2, 3)) == dt.date(2026, 1, 2)
    assert canonical(a_field("time"), dt.time(9, 30, 0, 5)) == dt.time(9, 30)


MONEY = st.decimals(min_value=-(10**12), max_value=10**12, places=2)
NUMBERS = st.one_of(st.integers(-(10**15) + 1, 10**15 - 1), st.floats(-1e14, 1e14))
DATES = st.dates(min_value=dt.date(1900, 3, 1))
TIMES = st.times().map(lambda time: time.replace(microsecond=0))
TEXTS = st.text(st.characters(codec="utf-8"))
CELLS = {
    FieldType.TEXT: TEXTS,
    FieldType.LONG_TEXT: TEXTS,
    FieldType.FILE: TEXTS,
    FieldType.PHONE: st.one_of(TEXTS, st.integers(100, 10**14).map(str)),
    FieldType.EMAIL: st.sampled_from(["a@b.cn", "x.y+z@example.com"]),
    FieldType.NUMBER: NUMBERS,
    FieldType.MONEY: MONEY,
    FieldType.PERCENT: st.floats(-10, 10),
    FieldType.DATE: DATES,
    FieldType.TIME: TIMES,
    FieldType.YES_NO: st.booleans(),
    FieldType.CHOICE: st.sampled_from(["shipped", "done"]),
    FieldType.LINK: st.sampled_from(["CU-0001", "CU-0002", "CU-0003", "CU-0004"]),
    FieldType.PERSON: st.sampled_from(["P-0001", "P-0002"]),
}


@st.composite
def fields_and_cells(draw):
    type_ = draw(st.sampled_from(FieldType))
    field = {FieldType.CHOICE: STATUS, FieldType.LINK: CUSTOMER}.get(type_, a_field(type_))
    return field, draw(CELLS[type_])


@given(fields_and_cells(), st.sampled_from(Lang))
@example((a_field("text"), "e\x00\u0301"), Lang.EN)
@example((a_field("long_text"), "a\r\n\r\nb"), Lang.EN)
@example((a_field("percent"), 1e-16), Lang.EN)
def test_what_is_shown_parses_to_the_same_value_in_every_language(field_and_cell, lang):
    field, cell = field_and_cell
    value = parse(field, cell, KNOWN)
    if isinstance(value, Problem):
        return
    assert parse(field, shown(field, value, lang, KNOWN), KNOWN) == value
    assert canonical(field, value) == value


@given(fields_and_cells())
def test_a_number_survives_the_double_that_a_workbook_keeps(field_and_cell):
    field, cell = field_and_cell
    value = parse(field, cell, KNOWN)
    if isinstance(value, Decimal):
        assert parse(field, float(value), KNOWN) == value


@given(fields_and_cells())
def test_a_dumped_value_is_json_and_comes_back_as_it_was(field_and_cell):
    field, cell = field_and_cell
    value = parse(field, cell, KNOWN)
    if isinstance(value, Problem):
        return
    back = undump(json.loads(json.dumps(dump(value))))

    assert back == value
    assert type(back) is type(value)
    assert json.dumps(dump(back)) == json.dumps(dump(value))


@pytest.mark.parametrize("broken", [{"x": "1"}, {"d": "1", "D": "2026-01-01"}, {}])
def test_what_was_never_dumped_is_refused(broken):
    with pytest.raises(ValueError, match="not a value"):
        undump(broken)


@given(
    st.sampled_from(FieldType),
    st.one_of(
        st.text(),
        st.integers(),
        st.floats(),
        st.booleans(),
        st.datetimes(),
        st.dates(),
        st.times(),
        st.decimals(),
    ),
)
@example(FieldType.TIME, Decimal("sNaN"))
def test_nothing_that_stands_in_a_cell_makes_the_parser_fail(type_, cell):
    field = {FieldType.CHOICE: STATUS, FieldType.LINK: CUSTOMER}.get(type_, a_field(type_))
    value = parse(field, cell, KNOWN)
    if isinstance(value, Problem):
        for lang in Lang:
            assert WORDS.say(value.what, lang)
            assert WORDS.say(value.mend, lang)
    if isinstance(value, str):
        assert value == unicodedata.normalize("NFC", value) or type_ is FieldType.PHONE


def test_where_nothing_is_known_a_link_is_unknown_and_shows_its_number():
    problem = parse(CUSTOMER, "CU-0001", NOWHERE)

    assert isinstance(problem, Problem)
    assert problem.what.key == "link.unknown"
    assert shown(CUSTOMER, "CU-0001", Lang.EN, NOWHERE) == "CU-0001"


def test_digits_that_were_lost_are_told_in_every_kind_of_field():
    assert parse(STATUS, 1e17, NOWHERE).what.key == "text.digits_lost"
    assert parse(CUSTOMER, 1e17, NOWHERE).what.key == "text.digits_lost"
    assert parsed("email", 1e17) == "text.digits_lost"
    assert parsed("date", 1e17) == "text.digits_lost"
    assert parsed("yes_no", 1e17) == "yes_no.unknown"
