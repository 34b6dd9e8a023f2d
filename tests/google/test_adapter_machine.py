"""A random fortnight of a company some of whose desks are online, under faults, crashes and edits at the same moment.

The walk of `tests.soak.files`, and what must hold after it, with desks at Google among the workbooks: every word that
was typed is in the journal, the journal tells all that the store holds, and everything comes to rest.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest

from sheet_templates.form import FieldKey
from sync.edges.google.mirror import ENDING
from sync.edges.xlsx.a1 import ref
from tests.soak.files import CUSTOMER, OWN, TEXTS, Walk
from tests.support.google.faults import Line
from tests.support.google.people import NotAllowed
from tests.support.office import furnish
from tests.support.online_office import OnlineOffice, online_office

pytestmark = pytest.mark.long

ONLINE: Final = ("Roy",)
"""His, because he adds and withdraws; one, because the emulator takes its time for twenty sheets."""
OPERATIONS: Final = (
    *("spreadsheets.get", "spreadsheets.batchUpdate", "spreadsheets.values.batchUpdateByDataFilter"),
    *("drive.files.list", "spreadsheets.*", "*"),
)
TROUBLE: Final[tuple[dict[str, Any], ...]] = (
    {"status": 503},
    {"status": 500},
    {"status": 429, "retry_after": 30},
    {"status": 502, "html": True},
    {"line": Line.DROP_BEFORE},
    {"line": Line.DROP_AFTER},
    {"status": 503, "applied": True},
)


class MixedWalk(Walk):
    """People at workbooks and at spreadsheets, in random order."""

    office: OnlineOffice

    def __init__(self, office: OnlineOffice, chance: Random, met: Counter[str]) -> None:
        super().__init__(office, chance, met)
        self.office = office
        self.pending: list[str] = []

    def step(self) -> None:
        act = self.chance.choices(
            (self.google_fails, self.somebody_types_meanwhile, self.google_is_well, super().step),
            weights=(2, 3, 2, 8),
        )[0]
        act()
        self.met[getattr(act, "__name__", "step")] += 1

    def google_fails(self) -> None:
        """Let some of the next requests go wrong."""
        fault = self.chance.choice(TROUBLE)
        on = self.chance.choice(OPERATIONS)
        self.office.google.fault(
            on, skip=self.chance.randrange(6), times=self.chance.randrange(1, 12), **fault
        )

    def google_is_well(self) -> None:
        self.office.google.well()
        self.office.pulse.at += 900

    def somebody_types_meanwhile(self) -> None:
        """Let somebody type between two of the next requests, and Deskbook have something to write then."""
        desk, name = self.chance.choice([each for each in OWN if each[0] in ONLINE])
        if self.office.path(desk).suffix != ENDING or not self.office.has(desk, "customer", name):
            return
        self.settles()
        path, hands = self.office.path(desk), self.office.online_hands(self.office.path(desk))
        title, columns, _ = hands.layout(path, CUSTOMER)
        at = self.office.at(desk, "customer", name)
        token = self.token()
        place = f"'{title}'!{ref(at, columns[FieldKey(self.chance.choice(TEXTS))])}"
        self.typed.discard(token)

        def typing() -> None:
            try:
                hands.hand(path).type(place, token)
                self.pending.append(token)
                self.met["typed between two requests"] += 1
            except NotAllowed:
                self.met["refused by the lock"] += 1

        on = self.chance.choice(OPERATIONS[:3])
        self.office.google.when(on, **{self.chance.choice(("first", "then")): typing})  # type: ignore[arg-type]
        other = "Mo"
        if self.office.has(other, "customer", name):
            self.office.types(other, "customer", name, **{self.chance.choice(TEXTS): self.token()})
        self.settles()
        # It may have been overwritten by the same person since: until then it was there to be read.
        self.typed.update(self.pending)
        self.pending.clear()

    def takes_a_copy_home(self) -> None:
        desk = self.chance.choice(("Rae",))
        self.copies.append((desk, self.office.raw(desk)))

    def settles(self) -> None:
        """Let rounds go by in spite of what goes wrong; then let all be well, and come to rest."""
        for _ in range(3):
            self.office.round()
        for _ in range(2):
            self.google_is_well()
            self.office.settle(12)

    def look(self) -> None:
        self.settles()
        for desk in ONLINE:
            path = self.office.path(desk)
            book = self.office.google.file(self.office.id(desk)).book
            assert book is not None
            locks = [k.description for s in book.sheets for k in s.protected.values()]
            assert not [each for each in locks if each.startswith("Deskbook is writing")]
            seen = self.office.online_hands(path).seen(path)
            assert self.office.either.digest(path) == seen.hash
        super().look()


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("furnished")
    furnish(root)
    return root


@pytest.fixture
def office(furnished: Path, tmp_path: Path) -> Iterator[OnlineOffice]:
    with online_office(furnished, tmp_path, ONLINE, ids="s") as found:
        yield found


@pytest.mark.parametrize(("seed", "apart"), [(1, False), (2, True)], ids=["waited for", "apart"])
def test_whatever_people_do_in_workbooks_and_spreadsheets_nothing_is_lost(
    office: OnlineOffice, seed: int, apart: bool
):
    """*apart*: as in the daemon, whose rounds do not wait for what is done at Google."""
    office.online.errands.apart = apart
    met: Counter[str] = Counter()
    walk = MixedWalk(office, Random(seed), met)
    for step in range(1, 25):
        walk.step()
        if step % 8 == 0:
            walk.look()
    walk.look()
    assert met["typed between two requests"] + met["refused by the lock"]
