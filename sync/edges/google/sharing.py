"""Who may do what with a spreadsheet: its desk's people write, and nobody else has any right that we can take away."""

from collections.abc import Callable
from dataclasses import dataclass

from sheet_templates.form import DeskKey
from sync.edges.google.known import Known
from sync.edges.google.mirror import Mirror
from sync.ports import Writers


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """Shares spreadsheets."""

    mirror: Mirror
    invitation: Callable[[DeskKey], str]
    """What somebody is told with whom a desk is shared."""

    def writers(self, known: Known | None) -> Writers:
        """Return who may write a spreadsheet, as Google says."""
        if known is None or known.file is None or known.file.rights is None:
            return Writers.UNSEEN
        us = self.mirror.drive.line.mail.lower()
        others = [each for each in known.file.rights if each.writes and each.mail != us]
        wanted = self.mirror.shares.get(known.desk, ())
        if known.doubtful and others:
            return Writers.OTHERS
        if len(others) != 1 or others[0].kind != "user" or wanted != (others[0].mail,):
            return Writers.OTHERS if others else Writers.UNSEEN
        return Writers.ACCOUNT if known.file.last in ("", others[0].mail) else Writers.OTHERS

    def share(self, known: Known) -> None:
        """Let in who works in a desk, and nobody else. Raises Trouble."""
        file, shares = known.file, self.mirror.shares
        if file is None or file.rights is None or known.desk not in shares:
            return
        us = self.mirror.drive.line.mail.lower()
        wanted = {each.lower() for each in shares[known.desk]}
        given = {
            each.mail: each
            for each in file.rights
            if each.role != "owner" and not each.inherited and each.mail != us
        }
        let_in = {mail for mail, each in given.items() if each.role == "writer" and each.kind == "user"}
        for mail in sorted(wanted - let_in):
            self.mirror.drive.share(known.id, mail, self.invitation(known.desk))
        for mail, right in sorted(given.items()):
            if mail not in wanted:
                self.mirror.drive.withdraw(known.id, right)
        if wanted != {*given}:
            self.mirror.relist(known.path)
