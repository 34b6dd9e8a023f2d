"""Whether somebody is still saving: a file counts only when it has stood still for a while. No I/O."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePath

from sync.ports import Found


@dataclass(frozen=True, slots=True)
class _Seen:
    found: Found
    since: dt.datetime
    told: bool


class Settled:
    """Remembers what the last looks at the desks' folder saw.

    Programs save in several steps, and a copy over the network takes its time: a file that was read in
    between would be half a file, or none.
    """

    def __init__(self, settle: dt.timedelta) -> None:
        self._settle = settle
        self._seen: dict[PurePath, _Seen] = {}

    def look(self, found: Iterable[Found], at: dt.datetime) -> tuple[Found, ...]:
        """Return those of *found* that have settled and were not returned before as they are now.

        Settled is what had the same size and time on two looks that are at least the settling time apart.
        """
        looked = {each.path: self._looked(each, at) for each in found}
        settled = tuple(
            each.found for each in looked.values() if not each.told and at - each.since >= self._settle
        )
        for each in settled:
            looked[each.path] = _Seen(each, looked[each.path].since, told=True)
        self._seen = looked
        return settled

    def again(self, *paths: PurePath) -> None:
        """Return *paths*, or all files if none is named, once more: they were open, or shall be checked anew."""
        for path in paths or tuple(self._seen):
            if path in self._seen:
                self._seen[path] = _Seen(self._seen[path].found, self._seen[path].since, told=False)

    def pause(self, at: dt.datetime) -> dt.timedelta | None:
        """Return how long to wait until a look can find something settled; None if nothing is unsettled."""
        waiting = [each.since + self._settle - at for each in self._seen.values() if not each.told]
        return max(min(waiting), dt.timedelta()) if waiting else None

    def _looked(self, found: Found, at: dt.datetime) -> _Seen:
        before = self._seen.get(found.path)
        if before is None or before.found != found:
            return _Seen(found, at, told=False)
        if at < before.since:  # the computer's clock was set back
            return _Seen(found, at, told=before.told)
        return before
