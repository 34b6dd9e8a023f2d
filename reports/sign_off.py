"""The monthly report on sign-offs: how long they took, what they prove, and where seats are empty. No I/O.

Nobody is assessed by it: it shows where approvals wait, and which evidence they rest on (TX-4.1, TX-3.3.1, IT-5.2).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median
from typing import Final, TypeVar

from reports.books import PEOPLE, Books, Scope, Staff, detail, so_far, staff
from reports.grouping import count, grouped
from reports.page import Column, Figure, Figures, Kind, Page, PageCell, Row, Table, Tone, with_total
from reports.period import Period
from reports.signed import Awaited, SignOff
from sheet_templates.form import FormKey, Labels
from sheet_templates.record import RecordId, Text, text

_Found = TypeVar("_Found", SignOff, Awaited)

_GRADES: Final = ("A", "B", "C", "D")
_WEAKEST: Final = "D"
_DISOWNED: Final = "chain.void.not_me"
"""Why a decision no longer counts whose signer says that it was not him."""


def sign_off(books: Books, period: Period, scope: Scope) -> Page:
    """Return the report on the sign-offs of the month *period*."""
    view = _View(books=books, people=staff(books), scope=scope)
    now, before = view.kept(books.sign_offs(period)), view.kept(books.sign_offs(period.previous))
    waiting = view.kept(books.awaited())
    return Page(
        key="sign_off",
        subject=text(
            "reports.sign_off.subject",
            period=period.name,
            count=str(len(now)),
            waiting=str(len(waiting)),
        ),
        title=_say("title"),
        subtitle=period.name,
        period=period,
        blocks=(
            *so_far(books, period),
            view.tiles(now, before),
            view.by_step(now),
            view.by_grade(now),
            view.by_signer(now),
            view.gaps(now, waiting),
            view.late(waiting),
            view.voided(now),
        ),
        details=view.details((*now, *waiting)),
        footnotes=(
            *(_say(f"note.{each}") for each in ("hours", "late", "grade", "gap", "void")),
            text("reports.sign_off.note.limit", hours=str(view.limit)),
        ),
        clauses=("TX-4.1", "TX-3.3.1", "TX-3.4.2", "IT-5.2.2", "IT-5.2.3"),
        why=_say("why"),
        made=books.today,
        currency=books.currency,
    )


def _say(name: str) -> Text:
    return text(f"reports.sign_off.{name}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _View:
    """What the readers of one copy may see."""

    books: Books
    people: Staff
    scope: Scope

    @property
    def limit(self) -> Decimal:
        """The working hours after which a sign-off is late."""
        return self.books.limit("decision_hours", "8")

    def kept(self, found: Iterable[_Found]) -> tuple[_Found, ...]:
        """Return those about records that the readers' desks show."""
        return tuple(each for each in found if self._seen(each.form, each.record))

    def _seen(self, form: FormKey, record: RecordId) -> bool:
        known, found = self.books.forms.get(form), self.books.records.get(form, record)
        if known is None or found is None or self.scope.role not in known.views:
            return False
        inside = self.people.inside(self.scope)
        return inside is None or (known.owner is not None and found[known.owner] in inside)

    # Blocks -----------------------------------------------------------------------------------------------

    def tiles(self, now: Sequence[SignOff], before: Sequence[SignOff]) -> Figures:
        """Return how many there were, how long they took, how many were late and how many prove little."""
        return Figures(
            figures=(
                self._counted("given", now, before, Tone.PLAIN),
                Figure(label=_say("median"), value=_median(now), before=_median(before), growth=Tone.BAD),
                self._counted("late", self._late(now), self._late(before), Tone.BAD),
                self._counted("weak", _weak(now), _weak(before), Tone.BAD),
                self._counted("disowned", _disowned(now), _disowned(before), Tone.BAD),
            )
        )

    def _counted(self, name: str, now: Sequence[SignOff], before: Sequence[SignOff], growth: Tone) -> Figure:
        return Figure(
            label=_say(name),
            value=Decimal(len(now)),
            before=Decimal(len(before)),
            growth=growth,
            numbers=self._numbers(now),
        )

    def by_step(self, now: Sequence[SignOff]) -> Table:
        """Return for each step of each form how many were given and how long they took."""
        steps = grouped(now, lambda each: (self._form(each.form), each.step))
        rows = [
            Row(cells=(form, step, *self._measures(found)), numbers=self._numbers(found))
            for (form, step), found in steps.items()
        ]
        return self._measured("by_step", (_say("form"), _say("step")), rows)

    def by_signer(self, now: Sequence[SignOff]) -> Table:
        """Return for each signer how many he gave and how long they took, and how many in another's place."""
        rows = []
        for person, found in grouped(now, lambda each: each.person).items():
            instead = Decimal(sum(bool(each.behalf) for each in found))
            row = (self.people.name(person), instead, *self._measures(found))
            rows.append(Row(cells=row, numbers=self._numbers(found)))
        return self._measured("by_signer", (_say("signer"), _say("behalf")), rows)

    def by_grade(self, now: Sequence[SignOff]) -> Table:
        """Return how many sign-offs prove how much; the weakest are named."""
        grades = grouped(now, lambda each: each.grade)
        columns = (Column(label=_say("grade")), Column(label=_say("means")), count(_say("given")))
        rows = tuple(
            Row(
                cells=(grade, text(f"cli.grade.{grade}"), Decimal(len(grades[grade]))),
                numbers=self._numbers(grades[grade]),
            )
            for grade in _GRADES
            if grade in grades
        )
        return with_total(Table(title=_say("by_grade"), columns=columns, rows=rows, empty=_say("none")))

    def gaps(self, now: Sequence[SignOff], waiting: Sequence[Awaited]) -> Table:
        """Return where nobody may sign, and what others signed because a seat was empty or its holder away."""
        rows = [
            *(self._line(each, _say("nobody"), each.hours, Tone.BAD) for each in waiting if not each.people),
            *(
                self._line(each, self._names(each.people), each.hours)
                for each in waiting
                if each.up and each.people
            ),
            *(self._line(each, self.people.name(each.person), each.hours) for each in now if each.up),
        ]
        return self._listed("gaps", rows, "none_gaps")

    def late(self, waiting: Sequence[Awaited]) -> Table:
        """Return what has waited longer than the limit, the longest first."""
        over = sorted((each for each in waiting if each.hours > self.limit), key=lambda each: -each.hours)
        rows = [self._line(each, self._names(each.people), each.hours, Tone.BAD) for each in over]
        return self._listed("waiting_list", rows, "none_waiting")

    def voided(self, now: Sequence[SignOff]) -> Table:
        """Return the sign-offs that no longer count, and why."""
        columns = (*self._heads(), Column(label=_say("signer")), Column(label=_say("reason")))
        rows = tuple(
            Row(
                cells=(*self._cells(each), self.people.name(each.person), text(each.voided)),
                numbers=self._numbers((each,)),
                tone=Tone.BAD if each.voided == _DISOWNED else Tone.PLAIN,
            )
            for each in now
            if each.voided is not None
        )
        return Table(title=_say("voided"), columns=columns, rows=rows, empty=_say("none_voided"))

    def details(self, found: Iterable[SignOff | Awaited]) -> tuple[Table, ...]:
        """Return the records that were signed, or wait to be: a table a form."""
        return tuple(
            self._detail(form, these) for form, these in grouped(found, lambda each: each.form).items()
        )

    def _detail(self, key: FormKey, found: Iterable[SignOff | Awaited]) -> Table:
        form = self.books.forms[key]
        records = (self.books.records.get(key, each) for each in dict.fromkeys(one.record for one in found))
        chosen = [form.owner, form.title, *(each.key for each in form.fields if each.material)]
        fields = tuple(dict.fromkeys(str(each) for each in chosen if each is not None))
        return detail(self.books, self.scope, key, tuple(each for each in records if each), fields)

    # Cells ------------------------------------------------------------------------------------------------

    def _measured(self, title: str, first: tuple[Text, Text], rows: list[Row]) -> Table:
        counted = first[1].key.endswith(".behalf")
        columns = (
            Column(label=first[0]),
            count(first[1]) if counted else Column(label=first[1]),
            count(_say("given")),
            Column(label=_say("median"), kind=Kind.NUMBER),
            Column(label=_say("longest"), kind=Kind.NUMBER),
            count(_say("late")),
        )
        return with_total(Table(title=_say(title), columns=columns, rows=tuple(rows), empty=_say("none")))

    def _measures(self, found: Sequence[SignOff]) -> tuple[PageCell, ...]:
        longest = max((each.hours for each in found), default=Decimal(0))
        return Decimal(len(found)), _median(found), _tenths(longest), Decimal(len(self._late(found)))

    def _listed(self, title: str, rows: list[Row], empty: str) -> Table:
        columns = (
            *self._heads(),
            Column(label=_say("role")),
            Column(label=_say("who")),
            Column(label=_say("hours"), kind=Kind.NUMBER),
        )
        return Table(title=_say(title), columns=columns, rows=tuple(rows), empty=_say(empty))

    def _line(self, each: SignOff | Awaited, who: PageCell, hours: Decimal, tone: Tone = Tone.PLAIN) -> Row:
        role = self.books.choices(PEOPLE, "role").get(each.role, each.role)
        return Row(
            cells=(*self._cells(each), role, who, _tenths(hours)), numbers=self._numbers((each,)), tone=tone
        )

    def _heads(self) -> tuple[Column, ...]:
        return (
            Column(label=text("reports.number")),
            Column(label=_say("form")),
            Column(label=_say("step")),
        )

    def _cells(self, each: SignOff | Awaited) -> tuple[PageCell, ...]:
        return self._number(each), self._form(each.form), each.step

    def _form(self, key: FormKey) -> Labels:
        return self.books.forms[key].labels

    def _number(self, each: SignOff | Awaited) -> str:
        found = self.books.records.get(each.form, each.record)
        return found.number if found is not None else ""

    def _numbers(self, found: Iterable[SignOff | Awaited]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self._number(each) for each in found))

    def _names(self, people: Iterable[str]) -> PageCell:
        return ", ".join(str(self.people.name(each)) for each in people) or _say("nobody")

    def _late(self, found: Iterable[SignOff]) -> tuple[SignOff, ...]:
        return tuple(each for each in found if each.hours > self.limit)


def _weak(found: Iterable[SignOff]) -> tuple[SignOff, ...]:
    return tuple(each for each in found if each.grade == _WEAKEST)


def _disowned(found: Iterable[SignOff]) -> tuple[SignOff, ...]:
    return tuple(each for each in found if each.voided == _DISOWNED)


def _median(found: Sequence[SignOff]) -> Decimal | None:
    return _tenths(median(each.hours for each in found)) if found else None


def _tenths(hours: Decimal) -> Decimal:
    return hours.quantize(Decimal("0.1"))
