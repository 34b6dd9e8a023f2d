"""How messages leave: through a mail server, or, where there is none, as .eml files into the workspace."""

import datetime as dt
import hashlib
import re
import ssl
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import yagmail

from sync.edges.files import write_whole
from sync.edges.mime import AddressError, Sender, compose, file_name, message_id, one_address
from sync.edges.settings import FILE, Mail, Security, Settings, SettingsError, mail_password
from sync.ports import Mailer, Message, Sent

_REST: Final = dt.timedelta(minutes=1)
"""How long a server that could not be reached, or did not let us in, is left alone."""

_LONGEST_SLUG: Final = 40

MAIL_FOLDER: Final = "mail"

_PERMANENT: Final = 500
_LOGIN_WANTED: Final = 530
_TOO_BIG: Final = 552
_LINE_ENDS: Final = frozenset({421})

_TOO_OFTEN: Final = re.compile(rb"frequency limit|too many (mails|messages|emails)|rate limit", re.IGNORECASE)
"""Some providers say 550 where 450 is meant: Tencent's `550 Domain frequency limited`."""


class EmlMailer:
    """The embedded default: each message becomes a file that any mail program opens."""

    def __init__(self, folder: Path, sender: Sender) -> None:
        self._folder = folder
        self._sender = sender
        self._written: set[str] | None = None

    @property
    def idempotent(self) -> bool:
        """True: the same message is the same file."""
        return True

    def deliver(self, message: Message, at: dt.datetime) -> tuple[Sent, str]:
        """Write *message* as `<date>-<subject>-<hash>.eml`, unless the file with its hash is there."""
        try:
            mail = compose(message, self._sender, at)
        except AddressError as fault:
            return Sent.REFUSED, str(fault)
        mark = hashlib.sha256(message_id(message.key, self._sender).encode()).hexdigest()[:12]
        slug = re.sub(r"[\s.-]+", "-", file_name(message.subject))[:_LONGEST_SLUG].strip("-")
        name = f"{at:%Y-%m-%d}-{slug}-{mark}.eml"
        try:
            written = self._marks()
            if mark not in written:
                write_whole(self._folder / name, mail.as_bytes())
                written.add(mark)
        except OSError as fault:
            return Sent.LATER, str(fault)
        return Sent.SENT, name

    def close(self) -> None:
        """Forget what the folder holds: it is looked at again for the next batch."""
        self._written = None

    def _marks(self) -> set[str]:
        """Return the hashes in the names of the folder's files."""
        if self._written is None:
            self._folder.mkdir(exist_ok=True)
            self._written = {each.stem.rpartition("-")[2] for each in self._folder.glob("*.eml")}
        return self._written


class _Stage(StrEnum):
    """How far the talk with the server has come (RFC 5321, 3.3)."""

    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    TEXT = "TEXT"
    """The text is on its way: if the line breaks now, nobody here knows whether it arrived."""


class SmtpMailer:
    """A mail server, through yagmail: one login for a batch, our own text (see `mime`)."""

    def __init__(self, settings: Mail, password: str, sender: Sender, context: ssl.SSLContext) -> None:
        self._settings = settings
        self._password = password
        self._sender = sender
        self._from = one_address(sender.address)
        self._context = context
        self._line: Any = None
        self._resting: tuple[dt.datetime, str] | None = None

    @property
    def idempotent(self) -> bool:
        """False: what is handed over twice arrives twice, even under one Message-ID."""
        return False

    def deliver(self, message: Message, at: dt.datetime) -> tuple[Sent, str]:
        """Hand *message* to the server; one that is down is left alone for a minute."""
        try:
            text = compose(message, self._sender, at).as_bytes()
            receiver = str(one_address(message.to))
        except AddressError as fault:
            return Sent.REFUSED, str(fault)
        if self._line is not None:
            sent, why = self._hand_over(text, receiver)
            if sent is not Sent.LATER or self._line is not None:
                return sent, why
            # A server may end a line that was quiet, or carried many: not this message's fault, so once more.
        if self._resting is not None and dt.timedelta() <= at - self._resting[0] < _REST:
            return Sent.LATER, self._resting[1]
        try:
            self._line = self._opened()
        except OSError as fault:  # smtplib's errors are OSErrors too
            self._resting = at, f"{self._settings.host}:{self._settings.at_port}: {fault}"
            return Sent.LATER, self._resting[1]
        sent, why = self._hand_over(text, receiver)
        self._resting = (at, why) if sent is Sent.LATER and self._line is None else None
        return sent, why

    def close(self) -> None:
        """Say goodbye to the server."""
        line, self._line = self._line, None
        if line is not None:
            _hang_up(line)

    def _opened(self) -> Any:
        """Return a yagmail object that is connected and logged in. Raises OSError."""
        mail = self._settings
        wrapped = {"context": self._context} if mail.security is Security.TLS else {}
        line: Any = yagmail.SMTP(
            user=mail.user or self._sender.address,
            password=self._password,
            host=mail.host,
            port=mail.at_port,
            smtp_ssl=mail.security is Security.TLS,
            smtp_starttls={"context": self._context} if mail.security is Security.STARTTLS else False,
            smtp_skip_login=not mail.user,
            soft_email_validation=False,
            timeout=mail.timeout_seconds,
            # Without a name smtplib asks the DNS for one, and fails on a computer that is called 小王的電腦.
            local_hostname=self._from.domain,
            **wrapped,
        )
        line.set_logging(None)
        line.user = mail.user  # yagmail adds @gmail.com to a login name that is not an address
        try:
            line.login()
            line.smtp.ehlo_or_helo_if_needed()
        except OSError:
            _hang_up(line)
            raise
        return line

    def _hand_over(self, text: bytes, receiver: str) -> tuple[Sent, str]:
        """Send *text* over the open line. If that breaks, or the server ends it, the line is gone afterwards."""
        smtp = self._line.smtp
        size = [f"size={len(text)}"] if smtp.has_extn("size") else []
        steps: tuple[tuple[_Stage, Callable[[], tuple[int, bytes]], tuple[int, ...]], ...] = (
            (_Stage.MAIL, lambda: smtp.mail(str(self._from), size), (250,)),
            (_Stage.RCPT, lambda: smtp.rcpt(receiver), (250, 251)),
            (_Stage.DATA, lambda: smtp.docmd("DATA"), (354,)),
            (_Stage.TEXT, lambda: _sent_text(smtp, text), (250,)),
        )
        stage = _Stage.MAIL
        try:
            for stage, step, good in steps:
                code, words = step()
                if code not in good:
                    self._begin_anew(code)
                    return judge(stage, code, words), f"{stage}: {code} {words.decode('utf-8', 'replace')}"
        except OSError as fault:
            self.close()
            return (Sent.UNKNOWN if stage is _Stage.TEXT else Sent.LATER), f"{stage}: {fault}"
        return Sent.SENT, words.decode("utf-8", "replace")

    def _begin_anew(self, code: int) -> None:
        """Make the line ready for the next message after the server said no to one with *code*."""
        if code in _LINE_ENDS:
            self.close()
            return
        try:
            self._line.smtp.rset()
        except OSError:
            self.close()


def judge(stage: str, code: int, words: bytes) -> Sent:
    """Return what a server's answer other than yes at *stage* means for the message (RFC 5321, 4.2.1)."""
    permanent = code >= _PERMANENT
    if not permanent or code == _LOGIN_WANTED or _TOO_OFTEN.search(words):
        return Sent.LATER
    if stage == _Stage.MAIL and code != _TOO_BIG:
        return Sent.LATER  # it is we who are not welcome: a setting is wrong, the message is not
    return Sent.REFUSED


def mailer(settings: Settings, workspace: Path, environment: Mapping[str, str]) -> Mailer:
    """Return the mailer that *settings* ask for. Raises SettingsError."""
    company, mail = settings.company, settings.mail
    sender = Sender(address=mail.sender, name=company.name, workspace=company.id)
    if not mail.host:
        return EmlMailer(workspace / MAIL_FOLDER, sender)
    context = ssl.create_default_context()
    if mail.ca_file is not None:
        try:
            context.load_verify_locations(workspace / mail.ca_file)
        except OSError as fault:
            raise SettingsError([f"{FILE}: mail.ca_file: {mail.ca_file} cannot be used: {fault}"]) from fault
    return SmtpMailer(mail, mail_password(settings, workspace, environment), sender, context)


def _sent_text(smtp: Any, text: bytes) -> tuple[int, bytes]:
    """Send the message's text and return the server's answer."""
    # A line that is only a dot ends the text, so each first dot is doubled (RFC 5321, 4.5.2).
    smtp.send(re.sub(rb"(?m)^\.", b"..", text) + b".\r\n")
    answer: tuple[int, bytes] = smtp.getreply()
    return answer


def _hang_up(line: Any) -> None:
    try:
        line.close()
    except OSError:
        return  # it has ended already
