"""One request to Google, and who sends it: what `drive` asks and `line` answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request."""

    method: str
    url: str
    params: Mapping[str, Any] | None = None
    body: Mapping[str, Any] | None = None
    once: bool = False
    """It must not be sent twice."""


class Asking(Protocol):
    """A line to Google (`line.Line`)."""

    @property
    def mail(self) -> str:
        """The service account's address."""
        ...

    def ask(self, call: Call) -> Any:
        """Return the answer to one request; raises what `faults` has."""
        ...
