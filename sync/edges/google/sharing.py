"""Who may do what with a spreadsheet: its desk's people write, and nobody else has any right that we can take away."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from sheet_templates.form import DeskKey
from sync.edges.google.drive import OnlineFile, Right
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
        wanted = {each.lower() for each in shares[known.desk]}
        given = self._given(file)
        let_in = {each.mail for each in file.rights if each.writes and each.kind == "user"}
        wrong = [each for each in given if each.mail not in wanted or each.kind != "user"]
        for mail in sorted(wanted - let_in):
            self.mirror.drive.share(known.id, mail, self.invitation(known.desk))
        for right in wrong:
            self.mirror.drive.withdraw(known.id, right)
        if wrong or wanted - let_in:
            self.mirror.relist(known.path)

    def end(self, file: OnlineFile, readers: Collection[str]) -> None:
        """Let nobody write in a spreadsheet any more; *readers* go on reading it. Raises Trouble."""
        for right in self._given(file):
            if right.kind != "user" or right.mail not in readers:
                self.mirror.drive.withdraw(file.id, right)
            elif right.writes:
                self.mirror.drive.let_read(file.id, right)

    def keep_out(self) -> None:
        """Withdraw spreadsheets that are no desks any more from those who have left since. Raises Trouble."""
        people = self.mirror.people
        if people is None:
            return
        for file in self.mirror.filed:
            self.end(file, people.get(file.desk, ()))

    def _given(self, file: OnlineFile) -> tuple[Right, ...]:
        """Return the rights that we can take away, but our own."""
        us = self.mirror.drive.line.mail.lower()
        return tuple(
            each
            for each in file.rights or ()
            if each.role != "owner" and not each.inherited and each.mail != us
        )
