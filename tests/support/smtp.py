"""A real mail server on the loopback device, with STARTTLS and a login, that can be told to misbehave."""

import asyncio
import datetime as dt
import ipaddress
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import field as made
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP as SMTP_POLICY
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER = "relay-login"
PASSWORD = "correct horse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A certificate for 127.0.0.1 and localhost, signed by itself."""

    chain: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.chain, self.key)
        return context


def make_certificate(folder: Path, name: str = "localhost") -> Certificate:
    """Write a certificate for *name* and 127.0.0.1, good for a day, into *folder*."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    names: list[x509.GeneralName] = [x509.DNSName(name)]
    if name == "localhost":
        names.append(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    chain, secret = folder / "server.crt", folder / "server.key"
    chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    secret.chmod(0o600)
    return Certificate(chain=chain, key=secret)


DROP = "drop the line"


@dataclass(slots=True)
class Behaviour:
    """What the server answers; a list is used up from its beginning, and then all is well again."""

    mail: list[str] = made(default_factory=list)
    rcpt: list[str] = made(default_factory=list)
    data: list[str] = made(default_factory=list)
    """An answer, DROP (before keeping the message) or `keep and drop`."""
    silent_after_data: bool = False
    """Keep the message and never answer."""
    ends_after_refusal: bool = False
    """Say no and close the connection."""
    ends_after: int | None = None
    """So many messages on one connection, then 421."""


KEEP_AND_DROP = "keep and drop"


@dataclass(slots=True)
class Received:
    """What has arrived."""

    messages: list[EmailMessage] = made(default_factory=list)
    raw: list[bytes] = made(default_factory=list)
    receivers: list[str] = made(default_factory=list)
    connections: int = 0
    logins: int = 0


class _Handler:
    def __init__(self, behaviour: Behaviour, received: Received) -> None:
        self.behaviour = behaviour
        self.received = received
        self.on_connection: dict[Any, int] = {}

    async def handle_EHLO(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        if session.peer not in self.on_connection:
            self.on_connection[session.peer] = 0
            self.received.connections += 1
        return responses

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        ends = self.behaviour.ends_after
        if ends is not None and self.on_connection[session.peer] >= ends:
            asyncio.get_running_loop().call_later(0.05, server.transport.close)
            return "421 4.7.0 too many messages on this connection"
        if self.behaviour.mail:
            answer = self.behaviour.mail.pop(0)
            if answer == DROP:
                server.transport.abort()
            return answer
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.behaviour.rcpt:
            answer = self.behaviour.rcpt.pop(0)
            if answer == DROP:
                server.transport.abort()
            if self.behaviour.ends_after_refusal:
                asyncio.get_running_loop().call_soon(server.transport.close)
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = self.behaviour.data.pop(0) if self.behaviour.data else ""
        if answer not in {"", KEEP_AND_DROP}:
            if answer == DROP:
                server.transport.abort()
            return answer
        content = envelope.content
        assert isinstance(content, bytes)
        self.received.raw.append(content)
        message = BytesParser(policy=SMTP_POLICY).parsebytes(content)
        assert isinstance(message, EmailMessage)
        self.received.messages.append(message)
        self.received.receivers += envelope.rcpt_tos
        self.on_connection[session.peer] += 1
        if answer == KEEP_AND_DROP:
            server.transport.abort()
        if self.behaviour.silent_after_data:
            await asyncio.sleep(30)
        return "250 2.0.0 kept"


class _Controller(Controller):
    """aiosmtpd's, whose self-test cannot speak TLS from the first byte."""

    def _trigger_server(self) -> None:
        if self.ssl_context is None:
            super()._trigger_server()
            return
        trusting = ssl.create_default_context()
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
        with (
            socket.create_connection((self.hostname, self.port), 5) as plain,
            trusting.wrap_socket(plain) as wrapped,
        ):
            wrapped.recv(1024)


@dataclass(slots=True, kw_only=True)
class MailServer:
    """A running server."""

    host: str
    port: int
    behaviour: Behaviour
    received: Received


@contextmanager
def mail_server(
    certificate: Certificate | None,
    *,
    tls: bool = False,
    login: bool = True,
    port: int = 0,
    size: int | None = None,
) -> Iterator[MailServer]:
    """Run a server on 127.0.0.1 that wants STARTTLS (or *tls* from the start) and a login."""
    behaviour, received = Behaviour(), Received()

    def authenticate(
        server: SMTP, session: Session, envelope: Envelope, mechanism: str, told: Any
    ) -> AuthResult:
        right = isinstance(told, LoginPassword) and (told.login, told.password) == (
            USER.encode(),
            PASSWORD.encode(),
        )
        received.logins += right
        return AuthResult(success=right, handled=False)

    context = certificate.context() if certificate else None
    controller = _Controller(
        _Handler(behaviour, received),
        hostname="127.0.0.1",
        port=port or _free_port(),
        ssl_context=context if tls else None,
        tls_context=None if tls else context,
        require_starttls=certificate is not None and not tls,
        authenticator=authenticate if login else None,
        auth_required=login,
        auth_require_tls=not tls and certificate is not None,
        data_size_limit=size,
        timeout=10,
    )
    controller.start()
    try:
        yield MailServer(host="127.0.0.1", port=controller.port, behaviour=behaviour, received=received)
    finally:
        controller.stop()


def _free_port() -> int:

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
