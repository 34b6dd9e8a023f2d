"""The mails of a workspace without a mail server: files that anybody can open, as people read them."""

from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path

from sync.running import Duties
from tests.support.office import Office
from tests.support.town import Loud


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One mail."""

    to: str
    subject: str
    text: str


@dataclass(slots=True)
class Letters:
    """Whoever looks into the folder again and again."""

    office: Office
    seen: frozenset[Path] = frozenset()

    def fresh(self) -> list[Letter]:
        """Let the daemon send what is to be told at once; return what has come since somebody looked."""
        Duties(workspace=self.office.workspace, clock=self.office.clock, log=Loud()).tell()
        lying = frozenset((self.office.workspace.root / "mail").glob("*.eml"))
        fresh, self.seen = lying - self.seen, lying
        return sorted((_read(each) for each in fresh), key=lambda each: (each.to, each.subject))

    def to(self, whom: str) -> list[Letter]:
        """Return what has come for *whom*, by the name before the `@`; what came for others is passed over."""
        return [each for each in self.fresh() if each.to.startswith(f"{whom}@")]


def _read(place: Path) -> Letter:
    found = message_from_bytes(place.read_bytes(), policy=policy.default)
    body = found.get_body(("plain",))
    assert body is not None
    return Letter(to=str(found["To"]), subject=str(found["Subject"]), text=str(body.get_content()))
