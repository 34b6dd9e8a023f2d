"""The house in which the demo is lived: who sits where, and which day it is."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from dataclasses import field as made

from sheet_templates.form import Desk, Field, FormKey, Role, Source
from sheet_templates.record import Param, State, named, text
from sync.declared import TODO
from sync.demo.company import Company
from sync.demo.mishaps import Mishaps
from sync.demo.online import OnlineSeat
from sync.demo.plan import Plan
from sync.demo.records import Account
from sync.demo.seat import Book, Seat, Sheet
from sync.demo.words import Speech
from sync.edges.either import Either
from sync.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A line of the 待辦 sheet that asks for a decision: where it is to be typed."""

    form: FormKey
    number: str
    decision: Field


@dataclass(slots=True, kw_only=True)
class House:
    """Everybody's seats, and what they have in mind from one day to the next."""

    workspace: Workspace
    company: Company
    days: Sequence[dt.date]
    """The working days that are lived."""
    plan: Plan
    mishaps: Mishaps
    speech: Speech
    shows: Callable[[str], None]
    """Shows what somebody does."""
    strangers: list[Account]
    """Accounts that the office does not know yet."""
    paid_until: dt.date
    """The last day of which finance has entered what was received."""
    nicknames: int = 0
    """So many provisional numbers were given."""
    late: dict[str, list[str]] = made(default_factory=dict)
    """Agent → the opportunities that are still to become orders, by id."""
    called: set[str] = made(default_factory=set)
    """Agents who have a reason to look into their desk tomorrow."""

    @property
    def today(self) -> dt.date:
        """The day that is lived."""
        return self.workspace.clock.now().date()

    def after(self, days: int) -> dt.date:
        """Return the day so many days from today."""
        return self.today + dt.timedelta(days=days)

    def tells(self, key: str, /, **params: Param) -> None:
        """Show what somebody does (words/demo.toml, under `demo.did`)."""
        self.shows(self.speech.say(text(f"demo.did.{key}", **params)))

    def nickname(self) -> str:
        """Return a provisional number: what a rep calls a record before it has one."""
        self.nicknames += 1
        return self.speech.said("new", n=self.nicknames)

    # Who sits where ---------------------------------------------------------------------------------------

    def seat(self, name: str) -> Seat:
        """Return the seat of the person with this name. Raises LookupError if there is none."""
        found = self._seat(lambda desk: desk.name == name, name)
        assert isinstance(found, Seat), f"{name} sits at a spreadsheet"
        return found

    def leader(self) -> Seat | OnlineSeat:
        """Return the company leader's seat."""
        return self._seat(lambda desk: desk.role == "leader", self.company.names.leader)

    def department(self, role: str) -> Seat | OnlineSeat:
        """Return the seat of a department."""
        return self._seat(lambda desk: desk.role == role, self.company.names.departments[Role(role)])

    def managers(self) -> tuple[str, ...]:
        """Return the sales managers, in order of the records."""
        return tuple(dict.fromkeys(each.manager for each in self.company.agents))

    def manager(self, agent: str) -> str:
        """Return an agent's manager."""
        return next(each.manager for each in self.company.agents if each.name == agent)

    # What they see ----------------------------------------------------------------------------------------

    def in_state(self, sheet: Sheet, state: State) -> tuple[int, ...]:
        """Return the rows whose 狀態 column says *state*."""
        return sheet.find(state=self.speech.state(state))

    def waiting(self, book: Book, role: str) -> Iterator[Waiting]:
        """Yield what the 待辦 sheet of a desk of *role* asks its people to decide."""
        todo = book.sheet(TODO)
        for at in todo.rows():
            form = book.form_called(todo.read(at, "form_label"))
            asked = todo.read(at, "what")
            if form is None:
                continue
            columns = [each for each in self._decisions(form, role) if self._asked(form, each) == asked]
            if columns:
                # Its own column; if the step has gone up to this role, that of those who should have signed.
                own = min(columns, key=lambda each: each.signer != role)
                yield Waiting(form=form, number=str(todo.read(at, "subject_number")), decision=own)

    def _decisions(self, form: FormKey, role: str) -> tuple[Field, ...]:
        declared = self.workspace.declared
        chain = declared.book.chain(form)
        # Nobody adds a signer here; that column belongs to no step of the chain.
        steps = {each.key for each in chain.steps} if chain is not None else set()
        return tuple(
            each
            for each in declared.forms[form].fields
            if each.source is Source.DECISION and role in each.owners and each.step in steps
        )

    def _asked(self, form: FormKey, field: Field) -> str:
        chain = self.workspace.declared.book.chain(form)
        assert chain is not None, f"{form} has decisions, so it has a chain"
        step = next(each for each in chain.steps if each.key == field.step)
        return self.speech.say(text("todo.decide", step=named(step.labels)))

    def _seat(self, meant: Callable[[Desk], bool], who: str) -> Seat | OnlineSeat:
        engine, declared = self.workspace.engine, self.workspace.declared
        desk = next((each for each in engine.desks() if meant(each)), None)
        if desk is None:
            raise LookupError(f"nobody sits there: {who}")
        lies = engine.path_of(desk)
        if isinstance(engine.workbooks, Either) and engine.workbooks.live(lies):
            online = engine.workbooks.online
            known = online.mirror.known[lies]
            return OnlineSeat(who=who, id=known.id, desks=online, forms=declared.forms, lang=declared.lang)
        path = self.workspace.root / lies
        return Seat(who=who, path=path, forms=declared.forms, lang=declared.lang)
