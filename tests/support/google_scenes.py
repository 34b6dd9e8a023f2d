"""What happens where desks are at Google: requests that come to nothing, people who act between two of them, spreadsheets
that are taken away, a daemon that forgets. Scenes, to be played among all the others; and what must hold there beside."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any, Final

from rules.effect import Decision
from sheet_templates.form import DeskKey, FieldKey
from sheet_templates.record import RecordId
from sync.declared import Declared
from sync.edges.google.drive import READY
from sync.edges.google.guards import is_lock
from sync.ports import Commit, Hash
from tests.support.forging import FORGING
from tests.support.fuse import Crash
from tests.support.google.drive import File
from tests.support.google.faults import Fault, Line
from tests.support.google.people import NotAllowed, Person
from tests.support.mixed_town import ONLINE, MixedTown
from tests.support.mixed_workbooks import PUTTING, WRITING, Place
from tests.support.planted import Parts
from tests.support.scenes import AMOUNT, CLAIM, CUSTOMER, NAME, NOTE, Scene, Scenes, stroll
from tests.support.small_company import MO, RAE, ROY
from tests.support.town import Town
from tests.support.witness import Witness

MALLORY: Final = "mallory@example.com"
VERDICT: Final = "manager_manager"

TROUBLE: Final[Mapping[str, dict[str, Any]]] = {
    "500": {"status": 500},
    "503": {"status": 503},
    "429": {"status": 429, "retry_after": 30},
    "a page": {"status": 502, "html": True},
    "403 for too much": {"status": 403, "reason": "userRateLimitExceeded"},
    "applied, but 503": {"status": 503, "applied": True},
    "dropped before": {"line": Line.DROP_BEFORE},
    "dropped after": {"line": Line.DROP_AFTER},
    "cut": {"line": Line.CUT},
}
OPERATIONS: Final = (
    *("spreadsheets.get", "spreadsheets.batchUpdate", "spreadsheets.values.batchUpdateByDataFilter"),
    *("drive.files.list", "spreadsheets.*", "drive.*", "*"),
)


class MixedWitness(Witness):
    """Looks at Google too."""

    town: MixedTown

    def __init__(self, town: Town, truth: Declared, met: Counter[str]) -> None:
        self.others: set[DeskKey] = set()
        """Online desks in which somebody else could write lately."""
        super().__init__(town, truth, met)

    def look(self) -> None:
        super().look()
        bugs = self.town.workbooks.side.google.desk.bugs
        assert not bugs, bugs[0]

    def _delivered(self, commit: Commit, decision: Decision) -> None:
        """3, and what it is worth: no more than Google can say of who wrote in a spreadsheet."""
        super()._delivered(commit, decision)
        assert commit.ingest is not None
        if commit.ingest.desk not in ONLINE:
            return
        rows = self.town.workbooks.versions[Hash(commit.ingest.file)].sheets[decision.form].rows.values()
        beside = FieldKey(f"{decision.step}_{decision.role}_code")
        coded = [row for row in rows if row.get(FieldKey("_id")) == decision.record and row.get(beside)]
        if not (decision.grade == "A" and coded):
            most = "D" if commit.ingest.desk in self.others else "B"
            assert decision.grade in {most, "D"}, f"3: {decision.grade} in a spreadsheet that proves {most}"
            self.met[f"online, worth {decision.grade}"] += 1

    def at_rest(self) -> None:
        super().at_rest()
        workbooks = self.town.workbooks
        for key in ONLINE:
            desk, path = self.town.desk(key), self.town.path(key)
            mine = [each for each in workbooks.world.files.values() if _is_of(each, key)]
            whole = [each for each in mine if each.app_properties["deskbook_state"] == READY]
            assert len(mine) == len(whole) == 1, f"10: {len(mine)} spreadsheets of {desk.name}"
            (file,) = whole
            assert workbooks.files[path].hash == workbooks.desks.digest(path), f"20: {path} was not read"
            self._rights(file, desk.key)
            assert file.book is not None
            locks = [
                each.description
                for sheet in file.book.sheets
                for each in sheet.protected.values()
                if is_lock(each.description)
            ]
            assert not locks, f"15: {path} is still locked: {locks}"

    def _rights(self, file: File, desk: DeskKey) -> None:
        """13: who works in a desk may write in its spreadsheet, and nobody else but its owner and we."""
        us = self.town.workbooks.line.mail
        may = {each.mail for each in file.permissions.values() if each.role != "owner"} - {us}
        assert may == {*self.town.mails()[desk]}, f"13: {may} may write in {desk}"


def _is_of(file: File, key: str) -> bool:
    said = file.app_properties
    return not file.trashed and said.get("deskbook_desk") == key and said["deskbook_state"] != "filed"


class MixedScenes(Scenes):
    """Hands at workbooks and at spreadsheets, and whoever plays tricks at Google."""

    town: MixedTown
    witness: MixedWitness
    witnesses = MixedWitness

    def __init__(self, pristine: Town, parts: Parts, met: Counter[str]) -> None:
        super().__init__(pristine, parts, met)
        self.faults: list[tuple[str, Fault, int]] = []
        self.typed: set[str] = set()
        """What was typed between two requests, and may not have been read yet."""

    def trouble(self, kind: str, on: str, *, times: int, skip: int = 0) -> None:
        """Let requests go wrong."""
        fault = self.town.workbooks.side.google.fault(on, times=times, skip=skip, **TROUBLE[kind])
        self.faults.append((kind, fault, times))

    def well(self) -> None:
        """Nothing goes wrong any more; count what did."""
        self.town.workbooks.side.google.well()
        for kind, fault, times in self.faults:
            self.met[f"Google: {kind}"] += times - fault.times
        self.faults.clear()
        self.town.workbooks.pulse.at += 1000

    def go_home(self) -> None:
        self.well()
        super().go_home()
        workbooks = self.town.workbooks
        self.met["online, refused"] += workbooks.refused
        workbooks.refused = 0

    def person(self, mail: str) -> Person:
        return Person(world=self.town.workbooks.world, mail=mail)

    def at_google(self, desk: str) -> File:
        return self.town.workbooks.online()[self.town.path(desk)]

    def changes_what_is_shown(self, desk: str, at: int) -> None:
        """Let somebody type what an online desk shows too, so that it is to be written."""
        partner = MO if desk == ROY else RAE
        row = self.pick(partner, CUSTOMER, at)
        for each in self.rows(self.file(partner), CUSTOMER):
            if self.row_of(desk, CUSTOMER, self.cell(partner, CUSTOMER, each, "_id")) is not None:
                row = each
        if row is not None:
            self.put(partner, CUSTOMER, row, NOTE, self.token())

    def acts(
        self, desk: str, at: int, act: "Act", *, when: str, chance: Random, places: Sequence[Place]
    ) -> None:
        """Let somebody act at one of *places* of the next write of a desk, and let all be well again then."""

        def acting() -> None:
            before = self.town.workbooks.refused
            done = act(self, desk, at)
            # Who may not move rows has their owner do it: that is no refusal.
            refused = act not in (_inserts, _sorts, _deletes) and self.town.workbooks.refused > before
            self.met[f"{when}: {act.__name__.strip('_')}"] += done
            self.met[f"{when}: refused"] += refused

        self.town.workbooks.between(self.town.path(desk), acting, chance, places)
        self.round()
        self.well()
        self.town.workbooks.early.clear()
        self.settle()
        # It stood there, so it was there to be read.
        self.witness.owed |= self.typed
        self.typed.clear()
        self.witness.look()

    def briefly(self) -> None:
        """Let one round go by in which nobody waits for Google."""
        self.town.patient = False
        try:
            self.town.round()
        finally:
            self.town.patient = True
        self.town.tell()
        self.witness.look()


Act = Callable[[MixedScenes, str, int], bool]
"""What somebody does in an online desk; returns whether Google let him."""


def _online(desk: str) -> str:
    return MO if desk == MO else ROY


def _chance(play: MixedScenes, at: int, *choices: bool) -> Random:
    return Random(f"{play.count} {at} {choices}")


def google_fails(play: MixedScenes, desk: str, at: int, one: bool, other: bool) -> None:
    """Some of the next requests come to nothing, or seem to, in the middle of everybody's work."""
    desk, chance = _online(desk), _chance(play, at, one, other)
    for _ in range(1 + one):
        kind, on = chance.choice([*TROUBLE]), chance.choice(OPERATIONS)
        play.trouble(kind, on, times=chance.randrange(1, 9), skip=chance.randrange(6))
    row = play.pick(desk, CUSTOMER, at)
    if row is not None:
        play.put(desk, CUSTOMER, row, NOTE, play.token())
    play.changes_what_is_shown(desk, at)
    play.round()
    if other:
        play.registers(desk, stamped=one, wrong=False)
        play.round()


def google_takes_no_login(play: MixedScenes, desk: str, at: int, one: bool, other: bool) -> None:
    """The token is worthless, or (*one*) the account is disabled for a while."""
    google, world = play.town.workbooks.side.google, play.town.workbooks.world
    account = world.accounts[play.town.workbooks.line.mail]
    google.tokens.revoke()
    account.disabled = one
    play.changes_what_is_shown(_online(desk), at)
    play.briefly()
    if one:
        play.registers(_online(desk), stamped=other, wrong=False)
        play.briefly()
    account.disabled = False
    play.town.workbooks.pulse.at += 1000
    play.round()
    play.met["login refused" if one else "token revoked"] += 1


def somebody_acts_between_two_requests(play: MixedScenes, desk: str, at: int, one: bool, other: bool) -> None:
    """Types, clears, inserts, sorts or deletes while the spreadsheet is written."""
    desk, chance = _online(desk), _chance(play, at, one, other)
    play.settle()
    play.changes_what_is_shown(desk, at)
    if one:
        kind, times = chance.choice([*TROUBLE]), chance.randrange(1, 5)
        play.trouble(kind, "spreadsheets.*", times=times, skip=chance.randrange(5))
    play.acts(desk, at, chance.choice(BETWEEN), when="between", chance=chance, places=WRITING)


def somebody_acts_while_it_is_put(play: MixedScenes, desk: str, at: int, one: bool, other: bool) -> None:
    """When it is laid out what goes where: it goes to its record, wherever that is now, and over nobody's words."""
    chance = _chance(play, at, one, other)
    _acts_while_it_is_put(play, desk, at, (_types_over_all, _inserts, _sorts, _sorts, _deletes), chance)


def somebody_types_over_what_is_put(play: MixedScenes, desk: str, at: int, one: bool, other: bool) -> None:
    """The same, and always into the very cells: it is refused, or it stays, or both values are kept."""
    _acts_while_it_is_put(play, desk, at, (_types_over_all,), _chance(play, at, one, other))


def _acts_while_it_is_put(play: MixedScenes, desk: str, at: int, acts: Sequence[Act], chance: Random) -> None:
    desk = _online(desk)
    play.settle()
    play.well()
    partner = MO if desk == ROY else RAE
    play.shut(partner)
    for row in play.rows(play.file(partner), CUSTOMER):
        play.put(partner, CUSTOMER, row, NOTE, play.token())
    play.acts(desk, at, chance.choice(acts), when="while put", chance=chance, places=PUTTING)


def _types(play: MixedScenes, desk: str, at: int) -> bool:
    """Into another sheet than the one that is written, perhaps."""
    row, typed = play.pick(desk, CLAIM, at), play.token()
    done = row is not None and play.put(desk, CLAIM, row, NOTE, typed)
    if done:
        play.typed.add(typed)
    return done


def _types_over_all(play: MixedScenes, desk: str, at: int) -> bool:
    """Into the very cells that are written, too."""
    done = False
    for row in play.rows(play.file(desk), CUSTOMER):
        typed = play.token()
        if play.put(desk, CUSTOMER, row, NOTE, typed):
            play.typed.add(typed)
            done = True
    return done


def _clears(play: MixedScenes, desk: str, at: int) -> bool:
    row = play.pick(desk, CUSTOMER, at)
    return row is not None and play.put(desk, CUSTOMER, row, NOTE, None)


def _begins_a_row(play: MixedScenes, desk: str, at: int) -> bool:
    name = play.token()
    row = play.town.workbooks.add_row(play.town.path(desk), CUSTOMER, {NAME: name})
    if play.file(desk).sheets[CUSTOMER].rows.get(row, {}).get(NAME) != name:
        return False
    play.witness.names.add(name)
    play.typed.add(name)
    return True


def _inserts(play: MixedScenes, desk: str, at: int) -> bool:
    row = play.pick(desk, CUSTOMER, at)
    if row is not None:
        play.town.workbooks.insert_row(play.town.path(desk), CUSTOMER, row)
    return row is not None


def _sorts(play: MixedScenes, desk: str, at: int) -> bool:
    play.town.workbooks.sort(play.town.path(desk), CUSTOMER, NOTE, reverse=bool(at % 2))
    return True


def _deletes(play: MixedScenes, desk: str, at: int) -> bool:
    row = play.pick(desk, CUSTOMER, at)
    if row is not None:
        play.witness.names.discard(str(play.cell(desk, CUSTOMER, row, NAME)))
        play.town.workbooks.delete_row(play.town.path(desk), CUSTOMER, row)
    return row is not None


BETWEEN: Final[Sequence[Act]] = (
    *(_types, _types, _types_over_all, _types_over_all, _clears, _begins_a_row),
    *(_inserts, _sorts, _deletes),
)


def is_away_for_long(play: MixedScenes, desk: str, at: int, one: bool, other: bool) -> None:
    """For days nobody reaches Google: those at files go on, those there too, and then all is made up for."""
    desk = _online(desk)
    play.settle()
    play.well()
    kind = ("dropped before", "503", "429", "a page")[at % 4]
    play.trouble(kind, "*", times=10**6)
    for _ in range(2):
        row = play.pick(desk, CUSTOMER, at)
        if row is not None:
            play.put(desk, CUSTOMER, row, NOTE, play.token())
        play.registers(desk, stamped=one, wrong=False)
        play.shut(RAE)
        name = play.token()
        play.witness.names.add(name)
        play.town.adds(RAE, "customer", name=name)
        play.changes_what_is_shown(desk, at)
        for _ in range(2):
            play.town.clock.step(hours=7)
            play.town.workbooks.pulse.at += 7 * 3600
            play.briefly()
        taken = any(each[NAME] == name for each in play.town.every(CUSTOMER))
        assert taken or play.held(RAE), "Google is away, and a file is not read"
        if other:
            play.town.start()
    play.well()
    play.settle()
    play.met["away for long"] += 1


def the_plug_is_pulled_between_two_requests(
    play: MixedScenes, desk: str, at: int, one: bool, other: bool
) -> None:
    """Before one is sent, or when it was carried out; what it leaves there is found later."""
    desk, chance = _online(desk), _chance(play, at, one, other)
    play.settle()
    row = play.pick(desk, CUSTOMER, at)
    if row is not None and one:
        play.put(desk, CUSTOMER, row, NOTE, play.token())
    play.changes_what_is_shown(desk, at)
    line = play.town.workbooks.line
    line.left, line.after = chance.randrange(9), other
    play.town.patient = False
    try:
        play.town.round()
        play.town.tell()
    except Crash:
        play.met["crash between two requests"] += 1
        if any(_locks(play.at_google(each)) for each in ONLINE):
            play.met["a lock is left"] += 1
    finally:
        play.town.patient = True
        line.left = None
        play.town.start()
    play.witness.look()
    if at % 2:
        play.registers(desk, stamped=one, wrong=False)
    play.round()


def _locks(file: File) -> list[str]:
    assert file.book is not None
    return [
        each.description
        for sheet in file.book.sheets
        for each in sheet.protected.values()
        if is_lock(each.description)
    ]


def forgets_what_it_knew(play: MixedScenes, desk: str, at: int, one: bool, other: bool) -> None:
    """The daemon starts, and what it had kept of Google is gone; *one*: somebody has typed since; *other*: and it fails."""
    desk = _online(desk)
    row = play.pick(desk, CUSTOMER, at)
    if row is not None and one:
        play.put(desk, CUSTOMER, row, NOTE, play.token())
    play.town.workbooks.desks.mirror.place.unlink(missing_ok=True)
    play.town.start()
    if other:
        play.trouble([*TROUBLE][at], "*", times=3 + at)
        play.changes_what_is_shown(desk, at)
    play.round()
    play.met["forgotten"] += 1


def is_taken_away(play: MixedScenes, desk: str, at: int, one: bool, other: bool) -> None:
    """A spreadsheet is unshared, made read-only or thrown away, shortly or (*one*) for long; and is there again."""
    desk = _online(desk)
    play.settle()
    play.well()
    file, us = play.at_google(desk), play.town.workbooks.line.mail
    owner = play.person(file.owner)
    whose = next(iter(play.town.mails()[DeskKey(desk)]))
    how = _HOW[desk][at % len(_HOW[desk])]
    if how == "deleted" and play.held(desk):
        # Of a file that waits for a person nobody knows what is to be in it.
        how = "in the bin"
    row = play.pick(desk, CUSTOMER, at)
    match how:
        case "unshared":
            owner.unshare(file.id, us)
        case "unshared from its people":
            owner.unshare(file.id, whose)
        case "read-only":
            owner.lock(file.id)
        case "in the bin":
            owner.trash(file.id)
        case _:
            owner.delete(file.id)
    if row is not None and how in ("unshared", "in the bin"):
        _types_at_any_rate(play, file, desk, row)
    partner = RAE if desk == MO else MO
    there = play.pick(partner, CUSTOMER, at)
    if there is not None:
        play.put(partner, CUSTOMER, there, NOTE, play.token())
    if other:
        play.town.start()
    if how == "deleted":
        kind = ("applied, but 503", "dropped after", "a page")[at % 3]
        play.trouble(kind, ("drive.files.create", "spreadsheets.batchUpdate")[other], times=2)
    for _ in range(4 if one or how == "deleted" else 1):
        play.town.clock.step(seconds=15)
        play.town.workbooks.pulse.at += 15
        play.briefly()
    match how:
        case "unshared":
            owner.share(file.id, us)
        case "read-only":
            owner.lock(file.id, False)
        case "in the bin":
            _out_of_the_bin(play, file)
    for _ in range(3):
        play.town.clock.step(seconds=15)
        play.settle()
    for _ in range(12):
        if play.town.path(desk) not in play.town.workbooks.files:
            play.town.clock.step(seconds=30)
            play.settle()
    assert play.town.path(desk) in play.town.workbooks.files, f"20: {desk} has no spreadsheet any more: {how}"
    play.met[f"taken away: {how}"] += 1


_HOW: Final = {
    # What was made by hand and is deleted must be made by hand again: that is asked of the administrator.
    ROY: ("unshared", "read-only", "in the bin", "unshared from its people"),
    # What is Deskbook's own can be taken from Deskbook by nobody.
    MO: ("deleted", "read-only", "in the bin", "deleted", "unshared from its people"),
}


def _types_at_any_rate(play: MixedScenes, file: File, desk: str, row: int) -> None:
    """Who works in it still has it open, wherever it lies."""
    typed = play.token()
    if not file.trashed:
        play.put(desk, CUSTOMER, row, NOTE, typed)


def _out_of_the_bin(play: MixedScenes, file: File) -> None:
    with play.town.workbooks.world.lock:
        if file.trashed:
            file.trashed = False
            play.town.workbooks.world.touch(file, file.owner)


def somebody_else_is_let_in(play: MixedScenes, desk: str, at: int, one: bool, other: bool) -> None:
    """She signs in the manager's spreadsheet, and (*one*) he types there afterwards; she may not for long."""
    record = _asked(play, at)
    if record is None:
        return
    file = play.at_google(MO)
    play.person(file.owner).share(file.id, MALLORY)
    play.witness.others.add(DeskKey(MO))
    row = play.row_of(MO, CLAIM, record)
    assert row is not None
    if other:
        # She was seen before she typed, and withdrawn.
        play.briefly()
    title, columns, _ = play.town.workbooks.layout(play.town.path(MO), CLAIM)
    place = f"'{title}'!{_ref(row, columns[FieldKey(VERDICT)])}"
    try:
        play.person(MALLORY).open(file.id).type(place, "agree")
    except NotAllowed:
        play.met["withdrawn in time"] += 1
    else:
        if one:
            play.put(MO, CLAIM, row, NOTE, play.token())
        play.met["let in, and signed"] += 1
    play.settle()
    for _ in range(2):
        # What she did is read by now, and she is out.
        play.round()
    play.witness.others.discard(DeskKey(MO))
    try:
        play.person(MALLORY).open(play.at_google(MO).id)
    except NotAllowed:
        return
    raise AssertionError("13: somebody else may still write in a spreadsheet")


def _ref(row: int, column: int) -> str:
    from sync.edges.xlsx.a1 import ref

    return ref(row, column)


def signs_online(play: MixedScenes, desk: str, at: int, one: bool, other: bool) -> None:
    """The manager signs in his spreadsheet; *one*: while it is written what he signs; *other*: and Google fails."""
    record = _asked(play, at)
    if record is None:
        return
    chance = _chance(play, at, one, other)
    if other:
        play.trouble(chance.choice([*TROUBLE]), chance.choice(OPERATIONS), times=4, skip=chance.randrange(4))
    if one:
        row = play.row_of(RAE, CLAIM, record)
        assert row is not None
        play.shut(RAE)
        play.put(RAE, CLAIM, row, AMOUNT, 400 + at)
        play.town.workbooks.between(play.town.path(MO), lambda: _verdict(play, record), chance)
    else:
        _verdict(play, record)
    play.settle()
    play.well()
    found = [each for each in play.town.store.decisions(CLAIM, record) if each.desk == MO]
    assert one or play.held(MO) or [each.grade for each in found] == ["B"], f"3: {found}"
    play.met["signed online"] += len(found)


def _verdict(play: MixedScenes, record: RecordId) -> None:
    row = play.row_of(MO, CLAIM, record)
    if row is not None:
        play.put(MO, CLAIM, row, VERDICT, "agree")


def _asked(play: MixedScenes, at: int) -> RecordId | None:
    """Return a small claim that waits for the manager."""
    play.shut(RAE)
    play.settle()
    play.well()
    if play.held(RAE) or play.held(MO):
        return None
    record = play.town.adds(RAE, "claim", what=play.token(), amount=300 + at, submit="Yes")
    play.settle()
    return record if record is not None and play.row_of(MO, CLAIM, record) is not None else None


RACING: Final[tuple[Any, ...]] = (
    *(somebody_acts_between_two_requests, somebody_acts_between_two_requests),
    somebody_acts_between_two_requests,
    somebody_acts_while_it_is_put,
    the_plug_is_pulled_between_two_requests,
    signs_online,
)
LOSING: Final[tuple[Any, ...]] = (
    google_fails,
    google_takes_no_login,
    is_away_for_long,
    forgets_what_it_knew,
    *(is_taken_away, is_taken_away),
    somebody_else_is_let_in,
)
GOOGLE: Final = (*RACING, *LOSING)


def begin(play: MixedScenes, *, apart: bool, follows: bool) -> None:
    """Let Google, and Deskbook, be of this or that kind.

    *apart*: no round waits for Google. *follows*: the metadata of rows go along when they are sorted.
    """
    play.town.workbooks.world.rules.metadata_follows_a_sort = follows
    play.town.workbooks.apart = apart
    play.town.start()


def walk_over_what_is_put(play: MixedScenes, number: int, steps: int) -> None:
    """Stroll through nothing but people who type into the very cells that are written."""
    begin(play, apart=bool(number % 2), follows=False)
    stroll(play, Random(number), steps, (somebody_types_over_what_is_put,))


def walk_at_google(play: MixedScenes, number: int, steps: int, scenes: Sequence[Scene]) -> None:
    """Stroll through races, through what is lost and comes back, or through all of it and *scenes* too."""
    begin(play, apart=bool(number // 3 % 2), follows=bool(number // 6 % 2))
    many = max(len(scenes) // len(GOOGLE), 1)
    mixed = (*scenes, *(GOOGLE * many))
    races, losses = (*RACING, *FORGING), (*LOSING, Scenes.brings_a_copy_back, Scenes.the_disk_fails)
    stroll(play, Random(number), steps, (mixed, races, losses)[number % 3])
