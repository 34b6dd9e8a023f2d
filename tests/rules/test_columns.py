"""Tests for the columns that approval chains add, and for numbers."""

import datetime as dt

import pytest

from rules.columns import with_chains
from rules.numbering import number
from sheet_templates.form import FieldType, Lang, Role, Source
from tests.support.book import CHAIN, CLAIM, FORMS, book
from tests.support.small import form


@pytest.fixture(scope="module")
def columns(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("columns")
    again = (
        CHAIN
        + """
[chain.claim.steps.again]
labels = { zh-Hant = "複核", zh-Hans = "复核", en = "Once more" }
roles = ["finance"]
"""
    )
    return with_chains(FORMS, book(folder, again))


def test_the_columns_stand_after_the_forms_own(columns):
    keys = [each.key for each in columns[CLAIM.key].fields]

    own = [each.key for each in CLAIM.fields]
    assert keys[: len(own)] == own
    assert keys[len(own) :] == [
        "submit",
        *(
            f"{column}{end}"
            for column in ("joint_finance", "joint_marketing", "manager_manager")
            for end in ("", "_opinion")
        ),
        "leader_leader",
        "leader_leader_opinion",
        "again_finance",
        "again_finance_opinion",
    ]


def test_each_column_belongs_to_whom_it_should_and_is_seen_by_all(columns):
    claim = columns[CLAIM.key]
    submit, decision, opinion = (
        claim.field(key) for key in ("submit", "manager_manager", "manager_manager_opinion")
    )

    assert (submit.source, submit.type, submit.owners) == (Source.SUBMIT, FieldType.YES_NO, CLAIM.adders)
    assert (decision.source, opinion.source) == (Source.DECISION, Source.OPINION)
    assert decision.owners == opinion.owners == {Role("manager"), Role("leader")}
    assert (decision.step, decision.signer) == ("manager", Role("manager"))
    assert [each.key for each in decision.choices] == ["agree", "return", "refuse", "withdraw"]
    assert decision.choices[2].labels.in_(Lang.ZH_HANS) == "不同意"
    assert all(each.read_by(Role("rep")) for each in (submit, decision, opinion))


def test_a_column_is_called_by_its_role_and_by_its_step_too_where_a_role_signs_twice(columns):
    claim = columns[CLAIM.key]

    assert claim.field("submit").labels.zh_hant == "送審"
    assert claim.field("manager_manager").labels.zh_hant == "銷售經理·決定"
    assert claim.field("manager_manager_opinion").labels.en == "Sales manager: opinion"
    assert claim.field("joint_finance").labels.zh_hans == "会审·财务·决定"
    assert claim.field("again_finance").labels.en == "Once more, Finance: decision"


def test_forms_without_a_chain_stay_as_they_are(columns):
    assert all(columns[key] == FORMS[key] for key in FORMS if key != CLAIM.key)


@pytest.mark.parametrize(
    ("pattern", "series", "given"),
    [
        ("SO-{year}-{n:04}", "SO-2026-{n:04}", "SO-2026-0042"),
        ("P-{n:04}", "P-{n:04}", "P-0042"),
        ("X{n}", "X{n}", "X42"),
    ],
)
def test_a_number_is_made_from_the_forms_pattern(pattern, series, given):
    numbered = form("order")
    numbered = type(numbered)(
        key=numbered.key, labels=numbered.labels, fields=(), number=pattern, help=numbered.help
    )

    assert number(numbered, dt.date(2026, 5, 1), 42) == (series, given)


def test_each_year_has_a_series_of_its_own():
    numbered = form("order")
    numbered = type(numbered)(
        key=numbered.key, labels=numbered.labels, fields=(), number="SO-{year}-{n}", help=numbered.help
    )

    series = {number(numbered, dt.date(each, 1, 1), 1)[0] for each in (2025, 2026)}
    assert len(series) == 2
