"""Adapters to Google that are not as they should be: each has one bug that such adapters commonly have."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePath
from typing import Any, Final

from sheet_templates.form import Desk
from sync.edges.google.answer import Live
from sync.edges.google.call import Call
from sync.edges.google.desks import GoogleDesks
from sync.edges.google.drive import OnlineFile
from sync.edges.google.known import Known
from sync.edges.google.make import Making
from sync.edges.google.mirror import Mirror
from sync.edges.google.sharing import Sharing
from sync.edges.google.snapshot import dump
from sync.edges.google.wire import Wire
from sync.edges.google.write import Writer
from sync.ports import Hash, Patch, Refused, Writers, Written
from tests.support.google_side import WatchedLine
from tests.support.mixed_workbooks import MixedWorkbooks

_VALUES: Final = "values:batchUpdateByDataFilter"


def _with_body(call: Call, body: Mapping[str, Any]) -> Call:
    return replace(call, body=body)


# On the line ----------------------------------------------------------------------------------------------


class ByRowNumber(WatchedLine):
    """Writes rows by the numbers that they had when it looked last, not by the metadata that moves with them."""

    def __init__(self, line: Any) -> None:
        super().__init__(line)
        self.rows: dict[int, tuple[int, int]] = {}

    def asked(self, call: Call) -> Any:
        if call.url.endswith(_VALUES) and call.body is not None:
            there = [self._by_number(each) for each in call.body["data"]]
            return super().asked(_with_body(call, {**call.body, "data": there}))
        answer = super().asked(call)
        if call.method == "get" and "sheets" in answer:
            self._remember(answer)
        return answer

    def _remember(self, answer: Mapping[str, Any]) -> None:
        for sheet in answer["sheets"]:
            number = sheet["properties"].get("sheetId", 0)
            for part in sheet.get("data", ()):
                for at, row in enumerate(part.get("rowMetadata", ())):
                    for mark in row.get("developerMetadata", ()):
                        self.rows[mark["metadataId"]] = (number, at)

    def _by_number(self, put: Mapping[str, Any]) -> Mapping[str, Any]:
        mark = put["dataFilter"].get("developerMetadataLookup", {}).get("metadataId")
        if mark not in self.rows:
            return put
        sheet, at = self.rows[mark]
        place = {"sheetId": sheet, "startRowIndex": at, "endRowIndex": at + 1, "startColumnIndex": 0}
        return {**put, "dataFilter": {"gridRange": {**place, "endColumnIndex": len(put["values"][0])}}}


class WritesWholeRows(WatchedLine):
    """Writes the cells beside those that change, too: empty, because it has nothing to say about them."""

    def asked(self, call: Call) -> Any:
        if call.url.endswith(_VALUES) and call.body is not None:
            there = [
                {**each, "values": [["" if cell is None else cell for cell in each["values"][0]]]}
                for each in call.body["data"]
            ]
            call = _with_body(call, {**call.body, "data": there})
        return super().asked(call)


class NoLock(WatchedLine):
    """Sets no lock: what is typed between its look and its writing is overwritten."""

    def asked(self, call: Call) -> Any:
        if call.url.endswith(":batchUpdate") and call.body is not None:
            kept = [each for each in call.body["requests"] if not _locks(each)]
            if not kept:
                return {}
            call = _with_body(call, {"requests": kept})
        return super().asked(call)


def _locks(request: Mapping[str, Any]) -> bool:
    said = request.get("addProtectedRange", {}).get("protectedRange", {}).get("description", "")
    return str(said).startswith("Deskbook is writing") or "deleteProtectedRange" in request


class LeavesLocks(Mirror):
    """Does not take away the locks that a crash has left."""

    def fetch(self, each: Known) -> Live:
        found = self.drive.read(each.id)
        self.take(each.path, found, each.file.version if each.file is not None else "")
        return found


class NeverLooksAgain(Mirror):
    """Believes, when it has written, that it knows what stands there: what was typed meanwhile has no newer version."""

    def take(self, path: PurePath, found: Live, version: str | None = None) -> Hash:
        known = self.known[path]
        if version is None and known.file is not None:
            version = self.drive.file(known.id).version
        return super().take(path, found, version)


# In one write ---------------------------------------------------------------------------------------------


class NoLookInside(Writer):
    """Trusts, when it writes, what it read before: edits that came between are overwritten, and taken for its own."""

    def write(self, path: PurePath, expect: Hash, patch: Patch, model: Any) -> Written | Refused:
        known = self.mirror.known.get(path)
        found = self.mirror.drive.read(known.id) if known is not None else None
        if known is not None and found is not None and found.snapshot.hash != expect:
            self.mirror.take(path, found)
            expect = found.snapshot.hash
        return super().write(path, expect, patch, model)


class KnowsItByWhatItReadBack(Writer):
    """Takes what it reads back for what it wrote: who typed in between is never heard."""

    def write(self, path: PurePath, expect: Hash, patch: Patch, model: Any) -> Written | Refused:
        written = super().write(path, expect, patch, model)
        known = self.mirror.known.get(path)
        if isinstance(written, Written) and known is not None and known.hash is not None:
            return replace(written, file=known.hash)
        return written


class NoReadBack(Writer):
    """Believes that what it wrote stands where it should."""

    def _end(self, path: PurePath, known: Known, wire: Wire) -> None:
        self._unlock(known.id, wire)
        self.mirror.versions.keep(dump(wire.laid.snapshot))
        self.mirror.take(path, replace(wire.live, snapshot=wire.laid.snapshot))


# Beside it ------------------------------------------------------------------------------------------------


class MakesItTwice(Making):
    """Believes that what was answered with an error was not done."""

    def existing(self, desk: Desk) -> tuple[OnlineFile, ...]:
        return ()


class TrustsEverybody(Sharing):
    """Says that only one person can write there, whatever Google says."""

    def writers(self, known: Known | None) -> Writers:
        return Writers.ACCOUNT


class TrustsWhoIsThereNow(Sharing):
    """Asks who may write now, not who could when it was written."""

    def writers(self, known: Known | None) -> Writers:
        return super().writers(None if known is None else replace(known, doubtful=False))


class CountsAsAFolder(Sharing):
    """Takes a spreadsheet for a folder of which nobody else has the key."""

    def writers(self, known: Known | None) -> Writers:
        return Writers.OWN


class WithdrawsNothing(Sharing):
    """Lets people in, and never out."""

    def share(self, known: Known) -> None:
        wanted = self.mirror.shares.get(known.desk, ())
        if known.file is not None and known.file.rights is not None:
            for mail in {*wanted} - {each.mail for each in known.file.rights}:
                self.mirror.drive.share(known.id, mail, self.invitation(known.desk))


# As workbooks ---------------------------------------------------------------------------------------------


def planted(
    *,
    line: type[WatchedLine] = WatchedLine,
    mirror: type[Mirror] | None = None,
    writer: type[Writer] = Writer,
    making: type[Making] = Making,
    sharing: type[Sharing] = Sharing,
) -> type[MixedWorkbooks]:
    """Return workbooks a part of which, at Google, has a bug."""

    class Planted(MixedWorkbooks):
        lines = line

        def _opened(self) -> GoogleDesks:
            found = super()._opened()
            seen = found.mirror if mirror is None else _as(mirror, found.mirror)
            return replace(
                found,
                mirror=seen,
                writer=writer(mirror=seen, forms=found.forms),
                making=making(drive=found.making.drive, forms=found.forms, given=found.making.given),
                sharing=sharing(mirror=seen, invitation=found.sharing.invitation),
            )

    return Planted


def _as(kind: type[Mirror], found: Mirror) -> Mirror:
    """Return a mirror of another kind that is to see the same."""
    names = ("drive", "versions", "budget", "breaker", "tick", "clock", "place", "folder", "quiet", "eager")
    return kind(**{each: getattr(found, each) for each in names})


WRITING: Final[Mapping[str, type[MixedWorkbooks]]] = {
    # What lands in a wrong row is put right when it is read back: that would mend it.
    ByRowNumber.__name__: planted(line=ByRowNumber, writer=NoReadBack),
    **{each.__name__: planted(line=each) for each in (WritesWholeRows, NoLock)},
    **{each.__name__: planted(mirror=each) for each in (LeavesLocks, NeverLooksAgain)},
    **{each.__name__: planted(writer=each) for each in (NoLookInside, KnowsItByWhatItReadBack, NoReadBack)},
}
"""Bugs in what is written and read, by name."""
BESIDE: Final[Mapping[str, type[MixedWorkbooks]]] = {
    MakesItTwice.__name__: planted(making=MakesItTwice),
    **{
        each.__name__: planted(sharing=each)
        for each in (TrustsEverybody, TrustsWhoIsThereNow, CountsAsAFolder, WithdrawsNothing)
    },
}
"""Bugs in what is beside that: which spreadsheets there are, and whose."""
