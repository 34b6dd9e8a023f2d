"""A company with something in every report, and the pages of all reports on it."""

import datetime as dt
from decimal import Decimal

from reports.books import Books, Scope
from reports.catalogue import REPORTS
from reports.page import Page
from reports.period import Period
from reports.signed import Awaited, SignOff
from sheet_templates.form import FormKey, Labels, Role
from sheet_templates.record import RecordId, State
from tests.support.company import ZONE, books, record

HOSTILE = '=HYPERLINK("http://evil.example","pay")'
"""What a formula looks like that somebody typed as text."""

MARKUP = '<script>alert("x")</script><img src=x>'

_STEP = Labels(zh_hant="經理審批", zh_hans="经理审批", en="Manager's approval")
SIGNED = tuple(
    SignOff(
        form=FormKey("order"),
        record=RecordId(f"order:SO-{number}"),
        step=_STEP,
        role=Role("manager"),
        person="P-7",
        at=dt.datetime(2026, 10, 7, 10, tzinfo=ZONE),
        hours=Decimal(9),
        grade=grade,
        up=True,
        voided=voided,
    )
    for number, grade, voided in ((1, "C", None), (2, "D", "chain.void.not_me"))
)
WAITING = Awaited(
    form=FormKey("order"),
    record=RecordId("order:SO-3"),
    step=_STEP,
    role=Role("manager"),
    people=(),
    up=False,
    hours=Decimal(20),
)


def company() -> Books:
    """Return a company whose records bring every table, chart and sentence of the reports to light."""
    approved, waiting = State.APPROVED, State.SUBMITTED
    return books(
        record("customer", "CU-1", name=MARKUP, owner="P-2"),
        record("customer", "CU-2", name="宏遠機電有限公司", owner="P-5"),
        record("product", "PR-1", name="Pump", price=100, cost=60),
        record("product", "PR-2", name=HOSTILE, price=10, cost=5),
        record("expense", "EX-1", approved, owner="P-2", date="2026-10-07", category="travel", amount=100, invoice_no="F1"),
        record("expense", "EX-2", waiting, owner="P-3", date="2026-10-10", category="other", amount=20000, description=HOSTILE),
        record("expense", "EX-3", State.REFUSED, owner="P-5", date="2026-10-12", category="travel", amount=30, invoice_no="F1"),
        record("expense", "EX-4", approved, owner="P-5", date="2026-09-12", category="travel", amount=70, invoice_no="F3"),
        record("order", "SO-1", approved, owner="P-2", customer="CU-1", date="2026-10-02", total=230, status="confirmed"),
        record("order", "SO-2", approved, owner="P-5", customer="CU-2", date="2026-10-09", total=100, status="confirmed"),
        record("order", "SO-3", approved, owner="P-2", customer="CU-2", date="2026-09-09", total=90, status="confirmed"),
        record("order", "SO-4", approved, owner="P-2", customer="CU-2", date="2026-10-10", total=5, status="cancelled"),
        record("order_line", "OL-1", order="SO-1", product="PR-1", quantity=2, unit_price=100, amount=200),
        record("order_line", "OL-2", order="SO-1", product="PR-2", quantity=3, unit_price=10, amount=30),
        record("order_line", "OL-3", order="SO-2", product="PR-1", quantity=1, unit_price=100, amount=100),
        record("collection", "RC-1", order="SO-1", customer="CU-1", owner="P-2", kind="deposit", due_on="2026-10-02", amount=69, received=69, received_on="2026-10-05"),
        record("collection", "RC-2", order="SO-1", customer="CU-1", owner="P-2", kind="balance", due_on="2026-10-20", amount=161, promise_on="2026-10-25"),
        record("collection", "RC-3", order="SO-2", customer="CU-2", owner="P-5", kind="balance", due_on="2026-12-01", amount=100),
        record("collection", "RC-4", order="SO-4", customer="CU-2", owner="P-2", kind="balance", due_on="2026-10-01", amount=5),
        record("collection", "RC-5", customer="CU-2", owner="P-2", amount=10, received=12),
        record("lead", "LD-1", owner="P-2", title="Pumps", status="following", found_on="2026-10-27", follow_up_by="2026-10-29", next_step=MARKUP, expected_amount=500, source="web", important=True),
        record("lead", "LD-2", customer_name="=2+3", status="new", found_on="2026-10-28", region="North", source="referral"),
        record("lead", "LD-3", owner="P-3", title="Old", status="following", found_on="2026-09-01", follow_up="x", next_on="2026-11-05"),
        record("lead", "LD-4", owner="P-3", title="Won", status="converted", found_on="2026-09-01", closed_on="2026-10-28", source="web"),
        record("contact", "CT-1", customer="CU-2", owner="P-5", on="2026-10-28", how="phone", content="called"),
        record("quotation", "QU-1", waiting, owner="P-2", customer="CU-1", date="2026-10-30", valid_until="2026-11-30", total=400),
        record("receipt", "RC-9", owner="P-2", rule="order_approved", role="finance", subject="SO-1", status="open", told="2026-10-02 09:01", due="2026-10-02 13:00", content='{"recorded": "2026-10-02 09:00"}'),
        turn=lambda _form, _record: "Fay Finance",
        sign_offs=lambda _period: SIGNED,
        awaited=lambda: (WAITING,),
    )  # fmt: skip


def pages() -> dict[str, Page]:
    """Return every report, for the whole company."""
    periods = {"leads": Period.parse("2026-W44")}
    month = Period.parse("2026-10")
    return {
        each.key: each.make(company(), periods.get(each.key, month), Scope(role=Role("finance")))
        for each in REPORTS
    }
