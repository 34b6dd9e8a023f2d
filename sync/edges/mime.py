"""A message as mail: RFC 5322 text with everything that people typed made harmless."""

import datetime as dt
import hashlib
import re
import unicodedata
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Final

from sync.ports import Attachment, Message

_POLICY: Final = SMTP.clone(cte_type="7bit")
"""Lines end in CRLF and every byte is ASCII: none of the server's extensions is needed."""

_BIDI: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks that turn the direction of text: `fdp.exe` can be made to read `exe.pdf`."""

_MIME_TYPE: Final = re.compile(r"([a-z]+)/([a-z0-9][a-z0-9.+-]*)")
_BYTES_TYPE: Final = ("application", "octet-stream")
_COMPOSITE: Final = frozenset({"message", "multipart"})
_FORBIDDEN_IN_NAMES: Final = frozenset('\\/:*?"<>|')
_LONGEST_SUBJECT: Final = 250
_LONGEST_NAME: Final = 120
_LONGEST_SUFFIX: Final = 8


class AddressError(ValueError):
    """Not exactly one address that mail can be sent to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Whose mail it is."""

    address: str
    name: str = ""
    workspace: str
    """The workspace's id. With a message's key it makes the Message-ID: the same at every try."""


def compose(message: Message, sender: Sender, at: dt.datetime) -> EmailMessage:
    """Return *message* as mail from *sender*; the same message, sender and time give the same bytes.

    Text, HTML with its pictures (`Attachment.cid`), and the other attachments. Raises AddressError.
    """
    identity = message_id(message.key, sender)
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = Address(display_name=one_line(sender.name), addr_spec=str(one_address(sender.address)))
    mail["To"] = one_address(message.to)
    mail["Subject"] = one_line(message.subject)[:_LONGEST_SUBJECT]
    mail["Date"] = at
    mail["Message-ID"] = identity
    # RFC 3834: no vacation notice, and no robot, shall answer this; the second header says it to Exchange.
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(_printable(message.text) + "\n")
    if message.html:
        _add_html(mail, message)
    for each in message.attachments:
        if each.cid is None:
            _attach(mail, each)
    _name_boundaries(mail, identity)
    return mail


def message_id(key: str, sender: Sender) -> str:
    """Return the Message-ID of the message *key*: made from key and workspace, never from the time."""
    digest = hashlib.sha256(f"{sender.workspace}\0{key}".encode("utf-8", "surrogatepass")).hexdigest()
    return f"<{digest[:40]}@{one_address(sender.address).domain}>"


def one_address(text: str) -> Address:
    """Return the one address that *text* is, its domain in ASCII (RFC 5890). Raises AddressError."""
    bare = text.strip()
    local, _, domain = bare.rpartition("@")
    if not local or not domain or any(_unprintable(each) or each in ' ,;<>()[]"' for each in bare):
        raise AddressError(f"“{one_line(text)}” is not one mail address")
    try:
        return Address(username=local.encode("ascii").decode(), domain=_ascii_domain(domain))
    except ValueError as fault:  # UnicodeError is one too
        raise AddressError(f"“{one_line(text)}” is not one mail address: {fault}") from fault


def one_line(text: str) -> str:
    """Return *text* fit for a header: one line, no control characters, nothing that turns the text around."""
    return " ".join("".join(" " if _unprintable(each) else each for each in text).split())


def file_name(text: str) -> str:
    """Return *text* fit to name a file on every system: no path, no control characters, not too long."""
    bare = "".join("-" if each in _FORBIDDEN_IN_NAMES else each for each in one_line(text)).strip(". ")
    stem, dot, suffix = bare.rpartition(".")
    if not dot or len(suffix) > _LONGEST_SUFFIX:
        stem, dot, suffix = bare, "", ""
    return f"{stem[:_LONGEST_NAME]}{dot}{suffix}" if bare else "attachment"


def _ascii_domain(domain: str) -> str:
    ascii_domain = domain.encode("idna").decode("ascii").lower()
    if not re.fullmatch(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*", ascii_domain):
        raise ValueError(f"{domain!r} is not a domain")
    return ascii_domain


def _unprintable(char: str) -> bool:
    # Cc: controls, CR and LF among them. Zl, Zp: Unicode's own line ends. Cs: half a character.
    return unicodedata.category(char) in {"Cc", "Zl", "Zp", "Cs"} or char in _BIDI


def _printable(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join("\ufffd" if _unprintable(each) and each not in "\n\t" else each for each in lines).rstrip(
        "\n"
    )


def _add_html(mail: EmailMessage, message: Message) -> None:
    mail.add_alternative(_printable(message.html) + "\n", subtype="html")
    html = mail.get_body(("html",))
    assert html is not None  # it was added one line above
    for each in message.attachments:
        if each.cid is not None:
            maintype, subtype = _mime_type(each.mime)
            html.add_related(
                each.content,
                maintype=maintype,
                subtype=subtype,
                cid=f"<{_cid(each.cid)}>",
                disposition="inline",
                filename=file_name(each.name),
            )


def _attach(mail: EmailMessage, attachment: Attachment) -> None:
    maintype, subtype = _mime_type(attachment.mime)
    mail.add_attachment(
        attachment.content, maintype=maintype, subtype=subtype, filename=file_name(attachment.name)
    )


def _mime_type(mime: str) -> tuple[str, str]:
    found = _MIME_TYPE.fullmatch(mime.lower())
    if found is None or found[1] in _COMPOSITE:
        return _BYTES_TYPE
    return found[1], found[2]


def _cid(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._@-]", "-", text)


def _name_boundaries(mail: EmailMessage, identity: str) -> None:
    # `=_` cannot stand in base64 or quoted-printable text, so no part can contain its own boundary there;
    # a name of its own for each level keeps the bytes the same at every try.
    digest = hashlib.sha256(identity.encode()).hexdigest()[:32]
    for number, part in enumerate(each for each in mail.walk() if each.is_multipart()):
        part.set_boundary(f"=_{digest}_{number}")
