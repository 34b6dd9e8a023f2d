"""What can go wrong between us and Google, as the rest of this package sees it."""

from typing import Final

from sheet_templates.record import Text, text

AWAY: Final = "Google Sheets"
"""Who keeps a desk from being written while Google cannot be reached, as the log says it."""


class Trouble(Exception):  # noqa: N818 — the base of what follows, some of which is no error
    """A request came to nothing. *what* says so to people, *detail* to the log."""

    def __init__(self, what: Text, detail: str = "") -> None:
        super().__init__(f"{what.key}: {detail}" if detail else what.key)
        self.what = what
        self.detail = detail


class Away(Trouble):
    """It passes by itself: no network, a server's error, a quota used up. What was asked may have been done."""

    def __init__(
        self, what: Text, detail: str = "", wait: float | None = None, *, whole: bool = True
    ) -> None:
        super().__init__(what, detail)
        self.wait = wait
        """Seconds that Google asks to wait."""
        self.whole = whole
        """It concerns everything; else perhaps this one spreadsheet only."""


class Denied(Trouble):
    """A person must do something: a key that is revoked, a right that is missing, an API that is off."""


class Gone(Trouble):
    """There is no such spreadsheet, or we may not see it."""


class Rejected(Trouble):
    """The request was not carried out, as a whole: what it says does not fit what is there."""


def away(key: str, detail: str = "", wait: float | None = None, *, whole: bool = True) -> Away:
    """Return that Google cannot be reached now, for the reason *key* of the words."""
    return Away(text(f"google.{key}"), detail, wait, whole=whole)


def denied(key: str, detail: str = "") -> Denied:
    """Return that a person must do something, for the reason *key* of the words."""
    return Denied(text(f"google.{key}"), detail)
