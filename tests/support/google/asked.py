"""One HTTP request as the emulator's functions see it, and one answer."""

import json
from dataclasses import dataclass, field
from typing import Any

from tests.support.google.errors import Json, bad_field


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request that was understood so far: where it goes, for whom, with what."""

    operation: str
    """As Google's discovery documents name it: `spreadsheets.values.get`, `drive.files.list`."""
    method: str
    path: str
    parts: dict[str, str]
    """What stands in the path: spreadsheetId, range, fileId …"""
    query: dict[str, list[str]]
    raw: bytes
    mail: str = ""
    narrow: bool = False
    """The token reaches only files that its account made (`drive.file`)."""
    headers: dict[str, str] = field(default_factory=dict)
    base: str = ""

    def one(self, name: str, default: str = "") -> str:
        return self.query.get(name, [default])[0]

    def yes(self, name: str) -> bool:
        return self.one(name).lower() == "true"

    def options(self) -> Json:
        return {name: values[0] for name, values in self.query.items()}

    def body(self) -> Json:
        """The JSON object that was sent. Raises Answer (400) if it is none."""
        if not self.raw:
            return {}
        try:
            found = json.loads(self.raw)
        except ValueError:
            raise bad_field("", "Invalid JSON payload received. Unexpected token.") from None
        if not isinstance(found, dict):
            raise bad_field("", "Invalid value at '' (type.googleapis.com), the body is no \"object\".")
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What goes back."""

    code: int = 200
    body: Any = None
    """JSON, or bytes as they are."""
    kind: str = "application/json; charset=UTF-8"
    headers: dict[str, str] = field(default_factory=dict)

    def encoded(self) -> bytes:
        if self.body is None:
            return b""
        return self.body if isinstance(self.body, bytes) else (json.dumps(self.body) + "\n").encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One request in the emulator's log."""

    operation: str
    method: str
    path: str
    mail: str
    code: int
    """The status that was sent; 0 where the line was dropped."""
    body: Any = None
    query: dict[str, list[str]] = field(default_factory=dict)
    size: int = 0
    """Bytes of its body."""
