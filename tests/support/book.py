"""Books of rules for tests: TOML as a company writes it, read by the real reader; and a small company to try it on."""

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from rules.columns import with_chains
from rules.content import content_hash, lines_of
from rules.effect import Advance, Create, Decide, Decision, Effects, Notify, Run, Set, Verdict, Void
from rules.happened import Happened, Signing
from rules.load import read_book
from rules.names import Names
from rules.rule import Book
from sheet_templates.form import DeskKey, FieldKey, FieldType, Form, FormKey, Lang, Role, Stage
from sheet_templates.record import Record, State
from sheet_templates.words import Words
from tests.support import shipped
from tests.support.small import Shelf, field, form, record

NOW = dt.datetime(2026, 3, 10, 9, 0, tzinfo=dt.UTC)

PEOPLE = form(
    "people",
    field("name", unique=True),
    field("role"),
    field("superior", FieldType.PERSON),
    field("left", FieldType.DATE),
    field("successor", FieldType.PERSON),
    title="name",
)
LIMITS = form("limits", field("key", unique=True), field("value", FieldType.NUMBER))
VIEWERS = ("rep", "manager", "leader", "finance", "marketing")
CLAIM = form(
    "claim",
    field("owner", FieldType.PERSON),
    field("what", required=Stage.SUBMIT, material=True),
    field("amount", FieldType.MONEY, material=True, tolerance=Decimal("0.02")),
    field("total", FieldType.MONEY, computed="sum([l.cost for l in lines])", owners=()),
    field("kind", FieldType.CHOICE, choices=("small", "big"), material=True),
    field("secret", readers=frozenset({Role("finance")}), material=True),
    field("note"),
    owner="owner",
    title="what",
    views=dict.fromkeys(map(Role, VIEWERS), "true"),
)
CLAIM_LINE = form(
    "claim_line",
    field("claim", FieldType.LINK, link="claim"),
    field("cost", FieldType.MONEY, material=True),
    field("note"),
    parent="claim",
)
FORMS = {each.key: each for each in (PEOPLE, LIMITS, CLAIM, CLAIM_LINE)}

STAFF = (
    record("people", "P-1", name="Lena", role="leader"),
    record("people", "P-2", name="Mo", role="manager", superior="P-1"),
    record("people", "P-3", name="Rae", role="rep", superior="P-2"),
    record("people", "P-4", name="Fay", role="finance", superior="P-1"),
    record("people", "P-5", name="Max", role="marketing", superior="P-1"),
    record("people", "P-6", name="Ada", role="admin"),
    record("limits", "L-1", key="joint", value=Decimal(1000)),
)

CHAIN = """
[chain.claim]
form = "claim"
clauses = ["IT-5.2.2", "IT-5.2.3"]
show = ["what", "amount"]

[chain.claim.steps.joint]
labels = { zh-Hant = "會審", zh-Hans = "会审", en = "Joint review" }
roles = ["finance", "marketing"]
when = "amount >= limit.joint"

[chain.claim.steps.manager]
labels = { zh-Hant = "經理", zh-Hans = "经理", en = "Manager" }
roles = ["manager"]

[chain.claim.steps.leader]
labels = { zh-Hant = "領導", zh-Hans = "领导", en = "Leader" }
roles = ["leader"]
"""


def words(folder: Path, sentences: Mapping[str, str]) -> Words:
    """Return the shipped words and *sentences*, the same in all languages."""
    own = folder / "words"
    own.mkdir(exist_ok=True)
    tables = (
        f'["{key}"]\n' + "".join(f"{lang} = '''{said}'''\n" for lang in Lang)
        for key, said in sentences.items()
    )
    (own / "test.toml").write_text("\n".join(tables), encoding="utf-8")
    return Words.load(own)


def book(
    folder: Path,
    toml: str,
    forms: Mapping[FormKey, Form] = FORMS,
    sentences: Mapping[str, str] | None = None,
    limits: Iterable[str] = ("joint",),
) -> Book:
    """Return the book that *toml* declares for *forms*. Raises RuleError."""
    own = folder / "book"
    own.mkdir(exist_ok=True)
    (own / "test.toml").write_text(toml, encoding="utf-8")
    said = words(folder, sentences or {})
    names = Names(forms=forms, words=said, roles=shipped.roles().keys(), limits=frozenset(limits))
    return read_book((own,), names)


class Desk:
    """A company of one record: carries effects out as the engine does, so that tests can say what happens."""

    def __init__(
        self,
        book: Book,
        start: Record,
        *,
        others: Iterable[Record] = STAFF,
        forms: Mapping[FormKey, Form] = FORMS,
    ) -> None:
        self.book = book
        self.forms = with_chains(forms, book)
        self.shelf = Shelf(*others, start)
        self.place = (start.form, start.id)
        self.run: Run | None = None
        self.decisions: list[Decision] = []
        self.told: dict[str, Notify] = {}
        self.created: dict[str, Create] = {}
        self.now = NOW

    @property
    def record(self) -> Record:
        found = self.shelf.get(*self.place)
        assert found is not None
        return found

    @property
    def looked_at(self) -> Shelf:
        """What the rules look at."""
        return self.shelf

    @property
    def content(self) -> str:
        """The hash of the content as it stands, as a desk shows it that has just been rendered."""
        lines = lines_of(self.form, self.record, self.forms, self.shelf)
        return content_hash(self.form, self.record, lines, self.forms)

    @property
    def form(self) -> Form:
        return self.forms[self.record.form]

    def change(self, person: str | None = "P-3", **values: Any) -> Happened:
        """Return the question after somebody changed *values* (None: cleared)."""
        before = self.record
        keys = {FieldKey(key): value for key, value in values.items()}
        kept = {key: value for key, value in {**before.values, **keys}.items() if value is not None}
        after = Record(
            form=before.form,
            id=before.id,
            number=before.number,
            values=kept,
            state=before.state,
            version=before.version + 1,
        )
        self.shelf = self.shelf.put(after)
        return self.happened(before, person)

    def happened(self, before: Record | None, person: str | None = None, *signings: Signing) -> Happened:
        limits = {str(each["key"]): each["value"] for each in self.shelf.every(FormKey("limits"))}
        return Happened(
            before=before,
            after=self.record,
            records=self.looked_at,
            now=self.now,
            limits={key: value for key, value in limits.items() if isinstance(value, Decimal)},
            person=person,
            run=self.run,
            decisions=tuple(self.decisions),
            signings=signings,
        )

    def signing(self, step: str, role: str, person: str, verdict: str = "agree", **other: Any) -> Signing:
        """Return a verdict as *person* types it beside what stands now."""
        given: dict[str, Any] = {
            "content": self.content,
            "grade": "C",
            "opinion": "",
            "people": frozenset({person}),
            **other,
        }
        return Signing(
            step=step, role=Role(role), person=person, desk=DeskKey(person), verdict=Verdict(verdict), **given
        )

    def carry_out(self, wanted: Effects) -> Effects:
        """Do what *wanted* says, as the engine's one transaction does."""
        for effect in wanted.effects:
            match effect:
                case Set(address=address, value=value):
                    found = self.shelf.get(address.form, address.record)
                    assert found is not None
                    values = {**found.values, address.field: value}
                    self.shelf = self.shelf.put(
                        Record(
                            form=found.form,
                            id=found.id,
                            number=found.number,
                            values={key: each for key, each in values.items() if each is not None},
                            state=found.state,
                            version=found.version,
                        )
                    )
                case Advance(run=run):
                    self.run = run
                    self._state(run.state)
                case Decide(decision=decision):
                    self.decisions.append(decision)
                case Void(decision=decision):
                    same = (decision.round, decision.step, decision.role)
                    self.decisions = [
                        decision if (each.round, each.step, each.role) == same else each
                        for each in self.decisions
                    ]
                case Notify():
                    self.told.setdefault(effect.event, effect)
                case Create():
                    self.created.setdefault(effect.key, effect)
        return wanted

    def _state(self, state: State) -> None:
        found = self.record
        self.shelf = self.shelf.put(
            Record(
                form=found.form,
                id=found.id,
                number=found.number,
                values=found.values,
                state=state,
                version=found.version,
            )
        )
