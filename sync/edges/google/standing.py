"""How the online desks stand, as the daemon kept it last: for `deskbook status`, which asks nobody."""

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sheet_templates.record import Text, text

STANDING: Final = "google.json"
"""In the state folder: what is known of the online desks (`mirror`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlineDesk:
    """One online desk."""

    path: str
    link: str
    waits: bool
    """It changed, and has not been read since."""
    fault: Text | None
    """Why it cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlineStanding:
    """All online desks."""

    reached: dt.datetime | None
    """When Google was reached last."""
    fault: Text | None
    """Why the last look came to nothing."""
    spent: int
    """Requests within the minute before it."""
    most: int
    desks: tuple[OnlineDesk, ...]


def online_standing(state: Path) -> OnlineStanding | None:
    """Return how the online desks stood last; None if there are none, or nothing was kept yet."""
    try:
        said = json.loads((state / STANDING).read_text(encoding="utf-8"))
        return OnlineStanding(
            reached=dt.datetime.fromisoformat(said["reached"]) if said["reached"] else None,
            fault=_text(said["fault"]),
            spent=int(said["spent"]),
            most=int(said["most"]),
            desks=tuple(
                OnlineDesk(
                    path=each["path"],
                    link=each["link"],
                    waits=bool(each["waits"]),
                    fault=_text(each["fault"]),
                )
                for each in said["desks"]
            ),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _text(said: Any) -> Text | None:
    return None if said is None else text(str(said["key"]))
