"""An engine at work, with the daemon's own rounds and hands at its desks: in memory, or (office.py) on real files."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from pathlib import Path, PurePath

from rules.effect import Decision
from sheet_templates.form import NUMBER, Desk, DeskKey, FieldKey, FormKey
from sheet_templates.record import Cell, Problem, Record, RecordId, Shown, Value
from sync.code_letters import CodeLetters
from sync.daemon import Daemon
from sync.declared import Declared
from sync.disputes import escalated
from sync.engine import Engine, Ingested
from sync.holds import Answer, Hold, Word, standing
from sync.log import Log
from sync.mailroom import Mailroom
from sync.one_time import Filling, Seal
from sync.outbox import deliver_all
from sync.ports import Clock, Ids, Mailer, Message, Refused, RowCopy, Sent, Store, Workbooks, Written
from sync.rounds import Rounds
from sync.settled import Settled
from sync.visible import overnight, todo
from sync.work import Work
from tests.support.clock import FakeClock
from tests.support.ids import SequentialIds
from tests.support.memory_store import MemoryStore
from tests.support.small_company import cells, hire
from tests.support.workbooks import FakeWorkbooks
from tests.support.workbooks_contract import Hands

SEAL = Seal(secret=b"the secret of a town, thirty-two b")
"""Whoever knows it knows all codes."""


class Loud:
    """A log that raises what the daemon would only note: in tests a bug must not be swallowed."""

    def info(self, event: str, **what: object) -> None:
        pass

    def warning(self, event: str, **what: object) -> None:
        pass

    def exception(self, event: str, **what: object) -> None:
        raise  # noqa: PLE0704 — called while the error is handled


class Calm(Loud):
    """A log that counts what it is told: where disks fail, errors are told and the daemon goes on."""

    def __init__(self) -> None:
        self.told: Counter[str] = Counter()

    def warning(self, event: str, **what: object) -> None:
        self.told[event] += 1

    def exception(self, event: str, **what: object) -> None:
        self.told[event] += 1


class PostOffice:
    """A mail server that may drop the line, and knows what it has taken. Fulfils `sync.ports.Mailer`."""

    idempotent = False

    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()
        self.letters: dict[str, Message] = {}
        """What arrived, by its key."""
        self.drops: list[bool] = []
        """How the next deliveries end: the line is dropped after (True) or before the message was taken."""

    def deliver(self, message: Message, at: dt.datetime) -> tuple[Sent, str]:
        after = self.drops.pop(0) if self.drops else None
        if after is False:
            return Sent.LATER, "the line was dropped"
        self.taken[message.key] += 1
        self.letters[message.key] = message
        return (Sent.SENT, "250") if after is None else (Sent.UNKNOWN, "the line was dropped after DATA")

    def close(self) -> None:
        pass


class Wishes:
    """What a person says of held saves on the command line."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []

    def asked(self) -> tuple[Answer, ...]:
        return tuple(self.answers)

    def done(self, answer: Answer) -> None:
        self.answers.remove(answer)


class AtWork:
    """An engine, its rounds, and people at their desks."""

    declared: Declared
    clock: FakeClock
    store: Store
    engine: Engine
    rounds: Rounds
    hands: Hands

    # The daemon

    def begin_rounds(self, log: Log | None = None) -> None:
        """Begin with rounds as a daemon does that has just been started."""
        self.wishes = Wishes()
        self.rounds = Rounds(
            engine=self.engine,
            pulse=self.clock,
            log=log or Loud(),
            settled=Settled(dt.timedelta()),
            answers=self.wishes,
        )

    def round(self) -> tuple[tuple[Ingested, ...], tuple[Written | Refused, ...]]:
        """Let one round go by."""
        self.clock.step(seconds=1)
        return self.rounds.look(), self.rounds.write()

    def settle(self, most: int = 8) -> int:
        """Let rounds go by until one reads and writes nothing; return how many did something."""
        for done in range(most):
            read, written = self.round()
            taken = [each for each in read if each.outcome is not None or each.problem is not None]
            if not taken and not any(isinstance(each, Written) for each in written):
                return done
        raise AssertionError(f"it does not come to rest in {most} rounds")

    # The people

    def employs(self, key: str) -> bool:
        """Return whether there is such a desk now."""
        return any(key in (each.key, each.name) for each in self.engine.desks())

    def desk(self, key: str) -> Desk:
        """Return a desk by its key, or by the name of its file."""
        return next(each for each in self.engine.desks() if key in (each.key, each.name))

    def path(self, key: str) -> PurePath:
        return self.engine.path_of(self.desk(key))

    def row(self, key: str, form: str, named: str) -> RowCopy:
        """Return the row of a record, named by its number, its title or its id."""
        title = self.declared.forms[FormKey(form)].title
        for each in self.hands.rows(self.path(key), FormKey(form)):
            if named in (each.id, each.cells.get(NUMBER), each.cells.get(title) if title else None):
                return each
        raise LookupError(f"{key} has no row of {form} {named}")

    def at(self, key: str, form: str, named: str) -> int:
        return self.row(key, form, named).at

    def shows(self, key: str, form: str, named: str, field: str) -> Cell:
        return self.row(key, form, named).cells.get(FieldKey(field))

    def has(self, key: str, form: str, named: str) -> bool:
        try:
            self.row(key, form, named)
        except LookupError:
            return False
        return True

    def types(self, key: str, form: str, named: str, **values: Shown) -> None:
        """Type into a row that is there, cell by cell, and save."""
        at = self.at(key, form, named)
        for name, value in values.items():
            self.hands.type_cell(self.path(key), FormKey(form), at, FieldKey(name), value)

    def adds(self, key: str, form: str, **values: Shown) -> RecordId | None:
        """Fill the first empty row and save; return its id, if the row was stamped."""
        path = self.path(key)
        at = self.hands.add_row(path, FormKey(form), cells(**values))
        return next(each.id for each in self.hands.rows(path, FormKey(form)) if each.at == at)

    def adds_unstamped(self, key: str, form: str, **values: Shown) -> int:
        """Type below everything, where no row is stamped, and save."""
        path = self.path(key)
        at = max((each.at for each in self.hands.rows(path, FormKey(form))), default=2) + 1
        for name, value in values.items():
            self.hands.type_cell(path, FormKey(form), at, FieldKey(name), value)
        return at

    def opens(self, key: str) -> None:
        self.hands.open_by(self.path(key), key)

    def closes(self, key: str) -> None:
        self.hands.close(self.path(key))

    def held(self, key: str) -> Hold | None:
        """Return what is held of a desk."""
        return standing(self.store, self.desk(key).key)

    def answers(self, key: str, word: str) -> None:
        """Say a word to the held save of a desk on the command line."""
        hold = self.held(key)
        assert hold is not None, f"nothing of {key} is held"
        self.wishes.answers.append(Answer(desk=hold.desk, hold=hold.key, word=Word(word), by="boss"))

    # What is asked afterwards

    def every(self, form: str) -> tuple[Record, ...]:
        return self.store.every(FormKey(form))

    def record(self, form: str, named: str) -> Record:
        """Return a record by number, title or id."""
        title = self.declared.forms[FormKey(form)].title
        for each in self.every(form):
            if named in (each.number, each.id, each[title] if title else None):
                return each
        raise LookupError(f"no {form} {named}")

    def value(self, form: str, named: str, field: str) -> Value:
        return self.record(form, named)[field]

    def problems(self, key: str | None = None) -> list[str]:
        return [each.what.key for each in self.store.problems(DeskKey(key) if key else None)]

    def problem(self, key: str, what: str) -> Problem:
        return next(each for each in self.store.problems(DeskKey(key)) if each.what.key == what)

    def decisions(self, form: str, named: str) -> tuple[Decision, ...]:
        record = self.record(form, named)
        return self.store.decisions(record.form, record.id)

    def journal(self, kind: str) -> list[Value]:
        """Return what was entered as new in the lines of *kind*."""
        return [each.entry.new for each in self.store.journal() if each.entry.kind == kind]

    def todo(self, key: str) -> list[Mapping[FieldKey, Cell]]:
        """Return the filled lines of a desk's 待辦 sheet."""
        rows = self.hands.rows(self.path(key), FormKey("todo"))
        return [each.cells for each in rows if each.cells.get(FieldKey("what"))]


class Deaf:
    """Hears nothing. Fulfils `sync.daemon.Hints`."""

    def wait(self, timeout: float) -> frozenset[Path]:
        return frozenset()

    def wake(self) -> None:
        pass


class Town(AtWork):
    """The small company at work, in memory."""

    store: MemoryStore
    online: frozenset[str] = frozenset()
    """Which desks are online: none."""

    def __init__(self, declared: Declared) -> None:
        self.declared = declared
        self.clock = FakeClock()
        self.ids: Ids = SequentialIds()
        self.store = MemoryStore(declared.forms)
        self.workbooks = self.furnished()
        self.hands = self.workbooks
        self.post = PostOffice()
        hire(self.store, declared, self.clock.now())
        self.start()
        self.settle()

    def furnished(self) -> FakeWorkbooks:
        """Return where its desks lie, before there is one."""
        return FakeWorkbooks(self.declared.forms)

    def twin(
        self,
        declared: Declared | None = None,
        store: type[MemoryStore] = MemoryStore,
        workbooks: type[FakeWorkbooks] = FakeWorkbooks,
        engine: type[Engine] = Engine,
    ) -> "Town":
        """Return a town that stands as this one does and goes its own way from here; made of other parts, if given."""
        town = type(self).__new__(type(self))
        town.declared = declared or self.declared
        town.clock = FakeClock(self.clock.now())
        town.ids = SequentialIds("t")
        town.store = store(self.declared.forms)
        town.store._state = self.store._state.copy()
        town.workbooks = workbooks(self.declared.forms)
        town.workbooks.begin_as(self.workbooks)
        self.beside(town)
        town.hands = town.workbooks
        town.post = PostOffice()
        town.start(engine=engine)
        return town

    def beside(self, twin: "Town") -> None:
        """Give a twin what it has beside its files."""

    def start(
        self,
        store: Store | None = None,
        workbooks: Workbooks | None = None,
        engine: type[Engine] | None = None,
        mailer: Mailer | None = None,
        log: Log | None = None,
    ) -> None:
        """Start the daemon: anew, if it ran before. *store*, *workbooks*, *mailer*: in place of the town's own."""
        self.outbox, self.mailer = store or self.store, mailer or self.post
        clock: Clock = self.clock
        self.kind = engine or getattr(self, "kind", Engine)
        self.engine = self.kind(
            declared=self.declared,
            store=store or self.store,
            workbooks=workbooks or self.workbooks,
            clock=clock,
            ids=self.ids,
            folder=PurePath("desks"),
            online=self.online,
            seal=SEAL,
        )
        self.begin_rounds(log)

    def tell(self) -> None:
        """Tell what is to be told at once, as the daemon does after each round."""
        self.write_letters()
        deliver_all(self.outbox, Filling(mailer=self.mailer, seal=SEAL), self.clock, 50)

    def write_letters(self) -> None:
        """Put what is to be told at once into the outbox."""
        Mailroom(declared=self.declared, store=self.outbox).urgent(self.clock.now())
        CodeLetters(declared=self.declared, store=self.outbox).send(self.clock.now())

    def daily(self) -> None:
        """Do what is due once a day: tell of conflicts that nobody decides, show for whom things wait by now."""
        work = Work.start(self.declared, self.outbox, self.clock.now())
        late, desks = escalated(self.declared, self.outbox, self.clock.now())
        work.notices.update({each.event: each for each in late})
        rows = overnight(self.declared, self.outbox, self.clock.now().date())
        self.outbox.commit(work.commit(None, {*rows, *(todo(desk) for desk in desks)}))

    def daemon_round(self) -> None:
        """Let the daemon go round by itself: whatever goes wrong, it goes on."""
        Daemon(
            rounds=self.rounds,
            hints=Deaf(),
            deliver=self.tell,
            tick=lambda: None,
            scan=60,
        ).round()
