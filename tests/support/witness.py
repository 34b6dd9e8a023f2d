"""Watches an engine at work in memory, and says what it did wrong: the invariants of the synchronisation.

The numbers are those of docs/merge.md. A `Witness` knows what was typed only from the files that the daemon
read, and what became of it only from the store, the journal and the desks' files: never from the engine.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import PurePath

from rules.content import content_hash, lines_of
from rules.effect import Decision
from rules.frozen import thaw
from rules.turn import in_force
from sheet_templates.form import ID, NUMBER, DeskKey, FieldKey, Form, FormKey, Source
from sheet_templates.link import Nowhere
from sheet_templates.record import Address, Cell, Problem, Record, RecordId, State, Value
from sheet_templates.value import parse
from sync.declared import TODO, Declared
from sync.edges.store.chain import verify_journal
from sync.eyes import Eyes
from sync.placement import show_cell
from sync.ports import Commit, Entry, Hash, MessageState, RenderId
from tests.support.memory_store import MemoryStore
from tests.support.replay import differences, held_to_be_true, replay
from tests.support.town import Town
from tests.support.workbooks import FakeFile, _cell

TOKEN = re.compile(r"(?:tok|wrong)\d{5}")
_NOWHERE = Nowhere()


class RecordingStore(MemoryStore):
    """A store that remembers what was committed, so that a witness can look at each commit by itself."""

    def __init__(self, forms: Mapping[FormKey, Form]) -> None:
        super().__init__(forms)
        self.commits: list[Commit] = []

    def commit(self, commit: Commit) -> None:
        super().commit(commit)
        self.commits.append(commit)


def tokens(*said: object) -> set[str]:
    """Return the tokens in what is said."""
    return {each for one in said for each in TOKEN.findall(str(one))}


def tokens_of(file: FakeFile) -> set[str]:
    """Return the tokens that stand in a file."""
    return {
        each
        for sheet in file.sheets.values()
        for row in sheet.rows.values()
        for each in tokens(*row.values())
    }


class Witness:
    """Looks at a town after every step."""

    def __init__(self, town: Town, truth: Declared, met: Counter[str]) -> None:
        """*truth*: the declarations as they are meant. *met*: counts what was come across, over all runs."""
        assert isinstance(town.store, RecordingStore)
        self.town = town
        self.store = town.store
        self.truth = truth
        self.met = met
        self.seen_commits = 0
        self.seen_files: set[Hash] = set(self.store._state.ingested)
        self.owed: set[str] = set()
        """Tokens in files that were read."""
        self.heard: set[str] = set()
        """Tokens of which the journal knows."""
        self.history: defaultdict[tuple[FormKey, RecordId, FieldKey], list[Value]] = defaultdict(list)
        self.retyped: set[str] = set()
        """Tokens that somebody typed again."""
        self.secrets: set[Value] = set()
        self.bad: dict[str, DeskKey] = {}
        """What no field takes → the only desk that may show it."""
        self.names: set[str] = set()
        """Names typed into new rows that must each be one record."""
        self.placed: dict[str, tuple[FormKey, RecordId]] = {}
        """Tokens that were typed into a row with an id → whose row it was."""
        self.forgotten: set[RenderId] = set()
        """Renders that were thinned out."""
        self.events: set[str] = set()
        """What is to be told by mail at once."""
        self.standing = {(each.form, each.id): each for each in self._records()}
        """Records as the commits that were looked at left them."""
        self.replayed = replay(self.store.journal(), truth.forms)
        self.lines, _ = self.store.head()

    # After every step

    def look(self) -> None:
        for commit in self.store.commits[self.seen_commits :]:
            self._commit(commit)
        self.seen_commits = len(self.store.commits)
        self._files()
        self._approvals()
        self._isolation()
        self._journal()
        self._renders()
        self._mails()

    def _journal(self) -> None:
        """17: the journal alone tells all that the store holds."""
        head, _ = self.store.head()
        assert head >= self.lines, "17: the journal went back"
        replay(self.store.journal(since=self.lines), self.truth.forms, self.replayed)
        self.lines = head
        wrong = differences(self.replayed, held_to_be_true(self.store.truth()))
        assert not wrong, f"17: {wrong}"

    def _renders(self) -> None:
        """16: what a file was rendered from is known, wherever the file lies."""
        for path, file in self.town.workbooks.files.items():
            known = file.render is None or file.render in {*self.store._state.renders, *self.forgotten}
            assert known, f"16: nobody knows what {path} was made from"
        trespasses = getattr(self.town.workbooks, "trespasses", ())
        assert not trespasses, f"15: written while somebody had it open: {trespasses}"

    def _mails(self) -> None:
        """22: no message leaves twice, and what is said to be sent was taken."""
        taken = self.town.post.taken
        twice = [key for key, times in taken.items() if times > 1]
        assert not twice, f"22: sent twice: {twice}"
        for message in self.store.messages(MessageState.SENT):
            assert taken[message.key], f"22: {message.key} never left"

    def _commit(self, commit: Commit) -> None:
        created = {each.record for each in commit.entries if each.kind == "create"}
        for entry in commit.entries:
            self.met[entry.kind] += 1
            self.heard |= tokens(entry.new, entry.old, *entry.detail.values())
            if entry.kind == "change":
                self._author(entry, fresh=entry.record in created)
                self._saw(entry, fresh=entry.record in created)
                self._no_revert(entry)
            if entry.kind == "create":
                self._of_one_form(entry)
            if entry.kind == "state" and entry.new == State.RETRACTED and entry.desk is not None:
                self._withdrawn(commit, entry)
            if entry.kind in ("reject", "draft", "conflict"):
                self._told(commit, entry)
            if entry.kind == "hold":
                assert commit.problems, "7: held, and nobody was told"
        for problem in commit.problems:
            self.met[problem.what.key] += 1
        self.events |= {each.event for each in commit.notices if each.urgent}
        self.standing.update({(each.form, each.id): each for each in commit.records})
        for decision in commit.decisions:
            if decision.voided is None:
                self._delivered(commit, decision)

    def _of_one_form(self, entry: Entry) -> None:
        """9: an id that was pasted into another sheet is not the other form's."""
        assert entry.record is not None
        same = [
            form.key for form in self.truth.stored() if self.store.get(form.key, entry.record) is not None
        ]
        assert same == [entry.form], f"9: one id in {same}"

    def _withdrawn(self, commit: Commit, entry: Entry) -> None:
        """5: what is withdrawn was the deleter's own, as he was shown it, unsigned, nowhere referred to; he is told."""
        self.met["withdrawn"] += 1
        assert entry.form is not None
        assert entry.record is not None
        assert entry.desk is not None
        form, place = self.truth.forms[entry.form], (entry.form, entry.record)
        record = self.store.get(*place)
        assert record is not None
        assert self.town.desk(entry.desk).role in form.retractors, f"5: {entry.desk} may not withdraw"
        typed = {
            line.entry.desk for line in self.store.journal(*place) if line.entry.kind in ("create", "change")
        }
        assert typed <= {entry.desk, None}, f"5: withdrawn, though {typed} typed in it"
        assert not [
            each for each in (*commit.runs, *commit.decisions) if (each.form, each.record) == place
        ], "5: withdrawn, though it was signed or waited for it"
        for each in self.truth.stored():
            for field in each.fields:
                refers = field.link == entry.form and self.store.holding(each.key, field.key, record.number)
                assert not refers, f"5: withdrawn, though {refers} refer to it"
        self._as_shown(entry, form, record)
        told = [each.what.key for each in commit.problems if (each.form, each.record) == place]
        assert told == ["merge.withdrawn"], f"8: withdrawn, and told {told}"

    def _as_shown(self, entry: Entry, form: Form, record: Record) -> None:
        """5: what is withdrawn is as the copy in which its row was deleted had shown it, or brought it."""
        file = self.town.workbooks.versions[Hash(entry.cause)]
        assert file.render is not None
        shown = self.store._state.renders[file.render][1].get((record.form, record.id))
        brought = self.store._state.delivered.get(file.render, {})
        assert shown is not None, "5: withdrawn by who was never shown it"
        for field in form.fields:
            address = Address(form=record.form, record=record.id, field=field.key)
            seen = (shown.get(field.key), *brought.get(address, ()))[-1]
            known = field.source is Source.TYPED and field.read_by(self.town.desk(file.desk).role)
            assert not known or seen == record[field.key], f"5: {field.key} was {seen!r} for who deleted it"

    def _author(self, entry: Entry, *, fresh: bool) -> None:
        """1: each change is by a role that may make it, and stands in the file that it names."""
        if entry.desk is None:
            return
        assert entry.form is not None
        field = self.truth.forms[entry.form].field(entry.field or NUMBER)
        assert field is not None
        if field.source is Source.COMPUTED or (fresh and field.default is not None and entry.old is None):
            return
        desk = self.town.desk(entry.desk)
        assert desk.role in field.owners, f"1: {entry.desk} changed {entry.form}.{entry.field}"
        if tokens(entry.new):
            file = self.town.workbooks.versions[Hash(entry.cause)]
            rows = file.sheets[entry.form].rows.values()
            assert entry.new in {row.get(field.key) for row in rows}, f"1: {entry.new} is not in its file"

            where = self.placed.get(str(entry.new), (entry.form, entry.record))
            assert fresh or where == (entry.form, entry.record), f"1: {entry.new} came into another row"

    def _saw(self, entry: Entry, *, fresh: bool) -> None:
        """6: nobody overwrites what his copy never showed and never brought: both values would not be kept."""
        file = self.town.workbooks.versions.get(Hash(entry.cause))
        if fresh or entry.desk is None or file is None or file.render is None:
            return
        assert entry.form is not None
        assert entry.record is not None
        assert entry.field is not None
        field = self.truth.forms[entry.form].field(entry.field)
        shown = self.store._state.renders[file.render][1].get((entry.form, entry.record))
        if shown is None or field is None or field.source is Source.COMPUTED:
            return
        address = Address(form=entry.form, record=entry.record, field=entry.field)
        brought = self.store._state.delivered.get(file.render, {}).get(address, ())
        seen = (shown.get(entry.field), *brought)
        assert entry.old in seen, f"6: {entry.desk} overwrote {entry.old!r} in {address}, having seen {seen}"

    def _no_revert(self, entry: Entry) -> None:
        """2: no cell takes a value that it had before, unless somebody typed it again."""
        assert entry.form is not None
        assert entry.record is not None
        history = self.history[entry.form, entry.record, entry.field or NUMBER]
        if tokens(entry.new) - self.retyped:
            assert entry.new not in history, f"2: {entry.field} went back to {entry.new}"
        history.append(entry.new)

    def _told(self, commit: Commit, entry: Entry) -> None:
        """7, 8: what was not taken was told, to whom typed it."""
        assert entry.form is not None
        field = self.truth.forms[entry.form].field(entry.field or NUMBER)
        assert field is not None
        if entry.kind == "draft" and (
            field.key == NUMBER or field.source in (Source.OPINION, Source.DECISION)
        ):
            return
        told = [each for each in commit.problems if (each.desk, each.record) == (entry.desk, entry.record)]
        assert told, f"7: {entry.kind} of {entry.field} = {entry.new} was not told to {entry.desk}"

    def _files(self) -> None:
        """7: every token in a file that was read is in the journal, or its file is held and that was told."""
        for file in set(self.store._state.ingested) - self.seen_files:
            self.seen_files.add(file)
            read = self.town.workbooks.versions.get(file)
            if read is not None and not self._held(file):
                self.owed |= tokens_of(read)
        lost = self.owed - self.heard - self._dropped()
        assert not lost, f"7: lost without a word: {sorted(lost)}"

    def _dropped(self) -> set[str]:
        """Return the tokens of saves that somebody let drop: they stand in the kept versions."""
        return {
            token
            for each in self.store.commits
            for entry in each.entries
            if entry.kind == "drop"
            for token in tokens_of(self.town.workbooks.versions[Hash(entry.cause)])
        }

    def _held(self, file: Hash) -> bool:
        """Return whether nothing of *file* was to be taken: it is held, or dropped, or only asks in one line more."""
        held = {
            Hash(entry.cause)
            for each in self.store.commits
            for entry in each.entries
            if entry.kind in ("hold", "drop")
        }
        return file in held or self._typed(file) in [self._typed(each) for each in held]

    def _typed(self, file: Hash) -> object:
        found = self.town.workbooks.versions.get(file)
        return file if found is None else {key: each for key, each in found.sheets.items() if key != TODO}

    def _delivered(self, commit: Commit, decision: Decision) -> None:
        """3: a decision comes out of the signer's own file, from beside the content that it signs."""
        assert commit.ingest is not None, "3: a decision out of nowhere"
        desk = self.town.desk(commit.ingest.desk)
        assert decision.desk == desk.key
        form = self.truth.forms[decision.form]
        field = form.field(FieldKey(f"{decision.step}_{decision.role}"))
        assert field is not None
        assert desk.role in field.owners, f"3: {desk.key} signed for {decision.role}"
        place = (decision.form, decision.record)
        record = self.standing.get(place) or self.store.get(*place)
        assert record is not None
        asked = {record["owner"]}
        assert not asked & set(desk.people), "3: signed his own request"
        file = self.town.workbooks.versions[commit.ingest.file]
        rows = [row for row in file.sheets[form.key].rows.values() if row.get(ID) == record.id]
        beside = [
            row
            for row in rows
            if parse(field, row.get(field.key), _NOWHERE) == decision.verdict.value
            and all(row.get(key) == _cell(record[key]) for key in (FieldKey("what"), FieldKey("amount")))
        ]
        assert beside, f"3: {decision.person} did not see what he signed: {rows}"

    def _approvals(self) -> None:
        """3, 4: what is approved was agreed to by all signers, on the content as it is now."""
        forms = self.truth.forms
        for record in self.store.every(FormKey("claim")):
            if record.state is not State.APPROVED:
                continue
            run = self.store.run(record.form, record.id)
            assert run is not None, "3: approved without a run"
            form = forms[record.form]
            content = content_hash(form, record, lines_of(form, record, forms, self.store), forms)
            agreed = {
                (each.step, each.role): each.content
                for each in in_force(run, self.store.decisions(record.form, record.id))
            }
            self.met["approved"] += 1
            for step in thaw(run.frozen).taken():
                for role in step.roles:
                    assert agreed.get((step.key, role)) == content, (
                        f"4: {record.number} is not what was signed"
                    )

    def _isolation(self) -> None:
        """11: what no field takes is in no record, and in no other desk; 13: secrets are in no other file."""
        if self.bad:
            for record in self._records():
                assert not tokens(*record.values.values()) & self.bad.keys(), f"11: {record}"
        for path, file in self.town.workbooks.files.items():
            found = tokens_of(file) & self.bad.keys() if self.bad else set()
            assert all(self.bad[each] == file.desk for each in found), f"11: {found} in {path}"
            if self.secrets and file.desk not in ("finance", "master"):
                cells = {cell for _, _, cell in _cells(file)}
                assert not cells & self.secrets, f"13: a secret is in {path}"

    def _records(self) -> Iterator[Record]:
        for form in self.truth.stored():
            yield from self.store.every(form.key)

    # When nothing moves any more

    def at_rest(self) -> None:
        """Check what must hold when everybody has closed his file and the daemon has nothing to do."""
        self.look()
        assert verify_journal(self.store) == (), "17"
        self._unique()
        for desk in self.town.engine.desks():
            if not self.town.engine.held(desk):
                path = self.town.path(desk.key)
                self._converged(desk.key, path, self.town.workbooks.files[path])
        missing = {name for name in self.names & self.owed if not self._stands(name)}
        assert not missing, f"10: typed as new rows and gone: {missing}"
        self._idempotent()
        self._told_by_mail()

    def _told_by_mail(self) -> None:
        """22: what was to be told at once is in the outbox, and has left, or may have."""
        keys = {each.key: each for each in self.store.messages()}
        untold = {event for event in self.events if not any(key.startswith(f"{event}|") for key in keys)}
        assert not untold, f"22: nobody was told: {untold}"
        for key, message in keys.items():
            assert message.state in (MessageState.SENT, MessageState.UNKNOWN), f"22: {key} waits"
            self.met[f"mail {message.state.value}"] += 1

    def _unique(self) -> None:
        """9, 10: ids and numbers are given once; of one new row comes one record."""
        numbers = [(each.form, each.number) for each in self._records()]
        assert len(set(numbers)) == len(numbers), "9"
        first = Counter(
            values[0]
            for (form, _, field), values in self.history.items()
            if (form, field) == ("customer", "name") and values[0] in self.names
        )
        assert all(count == 1 for count in first.values()), f"10: entered more than once: {first}"
        again = [
            draft
            for draft in self.store._state.drafts.values()
            if draft.typed in first and self.store.get(draft.address.form, draft.address.record) is None
        ]
        assert not again, f"10: entered, and asked for once more: {again}"

    def _stands(self, name: str) -> bool:
        if any(name == each["name"] for each in self.store.every(FormKey("customer"))):
            return True
        return any(name == draft.typed for draft in self.store._state.drafts.values())

    def _converged(self, key: DeskKey, path: PurePath, file: FakeFile) -> None:
        """20: each desk shows its view of the store and its drafts, each row once, and nothing else."""
        engine = self.town.engine
        desk = self.town.desk(key)
        wanted = dict(engine.projection.rows(desk, engine.projection.everything(desk)))
        eyes = Eyes.open(self.truth, self.store, self.town.clock.now().date())
        for form, sheet in file.sheets.items():
            declared = engine.declared.forms[form]
            for at, row in sheet.rows.items():
                shown = {key: cell for key, cell in row.items() if key != ID}
                if not shown:
                    continue
                shows = wanted.pop((form, RecordId(str(row.get(ID)))), None)
                assert shows is not None, f"20: {path} row {at} of {form} should not stand there: {row}"
                cells = {
                    each: _cell(
                        show_cell(shows, each, lambda k, v, f=declared: engine.projection.show(desk, f, k, v))  # type: ignore[misc]
                    )
                    for each in sheet.columns
                    if each != ID
                }
                wrong = [
                    each for each, cell in cells.items() if not _same(declared, each, shown.get(each), cell)
                ]
                assert not wrong, f"20: {path} row {at} of {form}: {wrong} of {shown}, not {cells}"
                record = self.store.get(form, RecordId(str(row[ID]))) if form != TODO else None
                assert record is None or eyes.sees(desk, record), f"13: {path} shows {record}"
        left = [place for place, shows in wanted.items() if shows]
        assert not left, f"20: {path} does not show {left}"

    def _idempotent(self) -> None:
        """21: one more round changes nothing."""
        before = (self.store.head(), dict(self.town.workbooks.files), len(self.store.messages()))
        self.town.round()
        after = (self.store.head(), dict(self.town.workbooks.files), len(self.store.messages()))
        assert before == after, "21: it does not come to rest"


def _same(form: Form, key: FieldKey, cell: Cell, expected: Cell) -> bool:
    """Return whether two cells say the same: somebody may write a choice in his own way."""
    field = form.field(key)
    if cell == expected or field is None:
        return cell == expected
    said = parse(field, cell, _NOWHERE)
    return not isinstance(said, Problem) and said == parse(field, expected, _NOWHERE)


def _cells(file: FakeFile) -> Iterator[tuple[FormKey, FieldKey, Cell]]:
    for form, sheet in file.sheets.items():
        for row in sheet.rows.values():
            for key, cell in row.items():
                yield form, key, cell
