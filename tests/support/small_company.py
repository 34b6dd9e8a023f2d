"""A small company for tests of the engine: few forms, a chain with two steps, a transfer, and its staff."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

from rules.columns import with_chains, with_not_me
from sheet_templates.expression import Expression, Scope
from sheet_templates.form import DeskKey, FieldKey, FieldType, Lang, Role, Source, Stage
from sync.declared import Declared
from sync.follow import following
from sync.opening import OldRow, enter
from sync.ports import Store
from tests.support import shipped
from tests.support.book import book, words
from tests.support.ids import SequentialIds
from tests.support.small import field, form

SALES = "rep", "manager"

PEOPLE = form(
    "people",
    field("name", unique=True, required=Stage.SAVE, owners=["admin"]),
    field("role", FieldType.CHOICE, choices=sorted(shipped.roles()), required=Stage.SAVE, owners=["admin"]),
    field("team", owners=["admin"]),
    field("region", owners=["admin"]),
    field("industries", owners=["admin"]),
    field("superior", FieldType.PERSON, owners=["admin"]),
    field("email", FieldType.EMAIL, owners=["admin"]),
    field("left", FieldType.DATE, owners=["admin"]),
    field("successor", FieldType.PERSON, owners=["admin"]),
    adders=["admin"],
    title="name",
    views={"admin": "true", "manager": "empty(left)"},
    order=90,
    settings=True,
)
LIMITS = form(
    "limits",
    field("key", unique=True, owners=["admin"]),
    field("value", FieldType.NUMBER, owners=["admin"]),
    adders=["admin"],
    views={"admin": "true"},
    order=91,
    settings=True,
)
CUSTOMER = form(
    "customer",
    field("name", unique=True, required=Stage.SAVE, max_length=60, owners=SALES),
    field("owner", FieldType.PERSON, owners=["manager"], default="me.number"),
    field("note", owners=SALES),
    field("size", FieldType.NUMBER, minimum=Decimal(0), integer=True, owners=SALES),
    field("credit", FieldType.MONEY, owners=["finance"], readers=frozenset({Role("finance")})),
    field("klass", FieldType.CHOICE, choices=("A", "B"), owners=["manager"]),
    adders=SALES,
    title="name",
    owner="owner",
    views={"rep": "owner == me.number", "manager": "true", "finance": "true"},
    order=1,
)
CLAIM = form(
    "claim",
    field("owner", FieldType.PERSON, owners=["finance"], default="me.number"),
    field("customer", FieldType.LINK, link="customer"),
    field("what", required=Stage.SAVE, material=True),
    field("amount", FieldType.MONEY, required=Stage.SAVE, material=True),
    field(
        "total",
        FieldType.MONEY,
        source=Source.COMPUTED,
        computed="sum([l.cost for l in lines])",
        owners=(),
        material=True,
    ),
    field("note", owners=SALES),
    field("margin", FieldType.MONEY, owners=["finance"], readers=frozenset({Role("finance")})),
    field("paid_on", FieldType.DATE, owners=["finance"]),
    field("shipped_on", FieldType.DATE, owners=["logistics"]),
    adders=["rep"],
    retractors=frozenset({Role("rep")}),
    title="what",
    owner="owner",
    views={
        "rep": "owner == me.number",
        "manager": "link.owner.superior == me.number",
        "leader": 'state != "draft"',
        "finance": 'state != "draft"',
        "marketing": 'state != "draft"',
        "logistics": 'state == "approved"',
    },
    order=2,
)
CLAIM_LINE = form(
    "claim_line",
    field("claim", FieldType.LINK, link="claim", required=Stage.SAVE, material=True),
    field("cost", FieldType.MONEY, material=True),
    field("thing"),
    adders=["rep"],
    retractors=frozenset({Role("rep")}),
    parent="claim",
    views={"rep": "link.claim.owner == me.number", "manager": "link.claim.link.owner.superior == me.number"},
    order=3,
)
PAYMENT = form(
    "payment",
    field("claim", FieldType.LINK, link="claim", owners=()),
    field("amount", FieldType.MONEY, owners=()),
    field("paid", FieldType.MONEY, owners=["finance"]),
    adders=[],
    views={"finance": "true"},
    order=4,
)
LEAVE = form(
    "leave",
    field("owner", FieldType.PERSON, owners=["admin"], default="me.number"),
    field("start_on", FieldType.DATE, required=Stage.SAVE, owners=["manager"]),
    field("end_on", FieldType.DATE, required=Stage.SAVE, owners=["manager"]),
    field("delegate", FieldType.PERSON, owners=["manager"]),
    field("scope", owners=["manager"]),
    field("up_to", FieldType.MONEY, owners=["manager"]),
    adders=["manager"],
    owner="owner",
    views={"manager": "owner == me.number", "leader": "true", "admin": "true"},
    order=5,
)
TODO = form(
    "todo",
    field("what", owners=()),
    field("form_label", owners=()),
    field("subject_number", owners=()),
    field("title", owners=()),
    field("base", owners=()),
    field("mine", owners=()),
    field("theirs", owners=()),
    field("by", owners=()),
    field(
        "pick",
        FieldType.CHOICE,
        choices=("mine", "theirs", "stands", "take", "drop"),
        owners=(*SALES, "finance", "marketing", "logistics", "leader", "admin"),
    ),
    field("since", FieldType.DATE, owners=()),
    field("hint", owners=()),
    adders=[],
    views=dict.fromkeys((*SALES, "finance", "marketing", "logistics", "leader", "admin"), "true"),
    order=0,
)
FORMS = {each.key: each for each in (PEOPLE, LIMITS, CUSTOMER, CLAIM, CLAIM_LINE, PAYMENT, LEAVE)}

BOOK = """
[chain.claim]
form = "claim"
clauses = ["IT-5.2.2"]
show = ["what", "amount"]

[chain.claim.steps.joint]
labels = { zh-Hant = "會審", zh-Hans = "会审", en = "Joint review" }
roles = ["finance", "marketing"]
when = "amount >= limit.joint"

[chain.claim.steps.manager]
labels = { zh-Hant = "經理", zh-Hans = "经理", en = "Manager" }
roles = ["manager"]
grades = { A = "amount >= 70000" }

[check.claim_amount]
form = "claim"
clauses = ["IT-5.2.1"]
holds = "amount < 100000"
field = "amount"

[check.claim_large]
form = "claim"
clauses = ["IT-5.2.1"]
severity = "notice"
holds = "amount < 50000"
field = "amount"

[check.claim_paid]
form = "claim"
clauses = ["IT-5.2.3"]
when = 'filled(paid_on)'
holds = 'state == "approved"'
field = "paid_on"

[transfer.claim_approved]
form = "claim"
clauses = ["TX-3.3.2"]
when = 'state == "approved"'
tell = ["finance"]
people = ["owner"]
show = ["what"]
urgent = true
split = { field = "amount", of = "amount" }

[transfer.claim_approved.creates.rest]
form = "payment"
values = { claim = "number" }
"""
SENTENCES = {
    "check.claim_amount": "Too much.",
    "check.claim_amount.mend": "Claim less.",
    "check.claim_large": "That is a lot.",
    "check.claim_large.mend": "Make sure.",
    "check.claim_paid": "Not approved yet.",
    "check.claim_paid.mend": "Wait.",
    "transfer.claim_approved": "{number} is approved.",
}

STAFF = (
    ("Lena", "leader", None),
    ("Mo", "manager", "Lena"),
    ("Fay", "finance", "Lena"),
    ("Max", "marketing", "Lena"),
    ("Lou", "logistics", "Lena"),
    ("Rae", "rep", "Mo"),
    ("Roy", "rep", "Mo"),
)
LENA, MO, FAY, MAX, LOU, RAE, ROY = (f"people-{n:04}" for n in range(1, 8))


def small_company(folder: Path, *, toml: str = BOOK, sentences: Mapping[str, str] = SENTENCES) -> Declared:
    """Declare the company; *folder* takes its files."""
    plain = {
        key: replace(each, views={Role(role): view for role, view in each.views.items()})
        for key, each in {**FORMS, TODO.key: TODO}.items()
    }
    rules = book(folder, toml, plain, sentences)
    posts = shipped.roles()
    said = words(folder, sentences).naming({f"role.{role}": post.labels for role, post in posts.items()})
    chained = with_not_me(with_chains(plain, rules), said)
    stored = {key: each for key, each in chained.items() if key != TODO.key}
    views = {
        (each.key, role): Expression.load(view, Scope.of(each, stored, limits=["joint"], me=True))
        for each in stored.values()
        for role, view in each.views.items()
    }
    return Declared(
        forms=chained,
        order=tuple(FORMS),
        posts=posts,
        limits=MappingProxyType({}),
        book=rules,
        words=said,
        views=views,
        lang=Lang.EN,
        seeing=following(stored, [(key, view) for (key, _), view in views.items()]),
    )


def hire(store: Store, declared: Declared, now: dt.datetime) -> None:
    """Enter the people of the company and its limit, with the numbers that the constants above name."""
    admin = DeskKey("admin")
    rows = [
        OldRow(
            form=PEOPLE.key,
            desk=admin,
            cells=cells(name=name, role=role, superior=superior, email=f"{name.lower()}@example.com"),
        )
        for name, role, superior in STAFF
    ]
    rows.append(OldRow(form=LIMITS.key, desk=admin, cells=cells(key="joint", value=1000)))
    opened = enter(rows, declared, store, SequentialIds("p"), now)
    assert not opened.waiting, store.problems()


def cells(**values: Any) -> dict[FieldKey, Any]:
    """Return cells by field."""
    return {FieldKey(key): value for key, value in values.items()}
