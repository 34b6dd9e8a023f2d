import datetime as dt
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from reports.anomalies import Bar, anomalies, invoices
from reports.period import Period
from sheet_templates.form import Lang
from sheet_templates.record import Record
from tests.support.company import record, words

OCTOBER = Period.parse("2026-10")
BAR = Bar(ratio=Decimal(3), large=Decimal(10_000))


def claim(number, amount=100, *, date="2026-10-07", **more: object):
    given = {"owner": "P-2", "category": "travel", "invoice_no": f"I-{number}", **more}
    return record("expense", f"EX-{number}", amount=amount, date=date, **given)


def reasons(*claims: Record):
    found = anomalies(claims, OCTOBER, BAR)
    return {each.claim.number: words().say(each.reason, Lang.EN) for each in found}


def test_an_ordinary_claim_is_not_pointed_out():
    assert reasons(claim(1, 100), claim(2, 130)) == {}


def test_an_invoice_handed_in_twice_is_pointed_out_on_the_new_claim():
    old = claim(1, 90, date="2026-08-03", invoice_no="A 77")
    new = claim(2, 95, invoice_no="B1, a；77")

    assert reasons(old, new) == {"EX-2": "Invoice A is also on EX-1; Invoice 77 is also on EX-1"}


def test_the_same_claim_twice_is_pointed_out_unless_invoices_tell_them_apart():
    assert set(reasons(claim(1, 80, invoice_no=None, attachments="a.pdf"), claim(2, 80))) == {"EX-1", "EX-2"}
    assert reasons(claim(1, 80), claim(2, 80)) == {}


def test_an_amount_far_above_the_persons_median_is_pointed_out():
    usual = [claim(each, 100, date=f"2026-0{each}-07") for each in range(1, 6)]

    assert reasons(*usual, claim(9, 301)) == {
        "EX-9": "3.0 times the person's median for the category, 100.00"
    }
    assert reasons(*usual, claim(9, 300)) == {}


def test_few_claims_say_nothing_about_what_is_usual():
    usual = [claim(each, 100, date=f"2026-0{each}-07") for each in range(1, 5)]

    assert reasons(*usual, claim(9, 5000)) == {}


def test_anothers_claims_say_nothing_about_what_is_usual():
    others = [claim(each, 100, date=f"2026-0{each}-07", owner="P-3") for each in range(1, 8)]

    assert reasons(*others, claim(9, 5000)) == {}


def test_a_large_amount_is_pointed_out_from_the_bar_on():
    assert reasons(claim(1, 10_000), claim(2, Decimal("9999.99"))) == {"EX-1": "Large: 10,000.00 or more"}


def test_a_claim_without_any_voucher_is_pointed_out():
    assert reasons(claim(1, invoice_no=None)) == {"EX-1": "Neither an invoice number nor an attachment"}
    assert reasons(claim(1, invoice_no=None, attachments="scan.jpg")) == {}


def test_a_weekend_is_pointed_out_but_not_for_travel():
    saturday = "2026-10-10"

    assert reasons(claim(1, date=saturday, category="entertainment")) == {"EX-1": "Dated on a weekend"}
    assert reasons(claim(1, date=saturday)) == {}
    assert reasons(claim(1, date="2026-10-09", category="entertainment")) == {}


def test_several_reasons_stand_beside_one_claim():
    assert reasons(claim(1, 20_000, invoice_no=None)) == {
        "EX-1": "Large: 10,000.00 or more; Neither an invoice number nor an attachment"
    }


def test_what_happened_in_another_month_is_not_pointed_out_again():
    assert reasons(claim(1, 20_000, date="2026-09-30"), claim(2, 20_000, date="2026-11-01")) == {}


@given(
    st.lists(st.text("ab12", min_size=1, max_size=4), max_size=5),
    st.sampled_from([", ", "、", "；", " ", "\n"]),
)
def test_invoice_numbers_are_told_apart_however_they_are_separated(given_, separator):
    found = invoices(claim(1, invoice_no=separator.join(given_) or None))

    assert found == tuple(dict.fromkeys(given_))


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(1, 50_000)), max_size=20))
def test_each_claim_is_pointed_out_at_most_once_and_only_in_its_month(given_):
    claims = [
        claim(place, cents, date=dt.date(2026, 1, 1) + dt.timedelta(days=days))
        for place, (days, cents) in enumerate(given_)
    ]

    found = [each.claim for each in anomalies(claims, OCTOBER, BAR)]
    assert len({each.id for each in found}) == len(found)
    assert all(each["date"] in OCTOBER for each in found)
