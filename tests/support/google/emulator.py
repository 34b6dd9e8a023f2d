"""Starting the emulator, and what a test does with it."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import serialization
from requests import PreparedRequest, Response, Session
from requests.adapters import HTTPAdapter

from google.auth.transport.requests import AuthorizedSession
from tests.support.clock import FakeClock
from tests.support.google.asked import Seen
from tests.support.google.clock import Ticking
from tests.support.google.drive import File
from tests.support.google.faults import Fault, Line, Meanwhile, Script, reply
from tests.support.google.people import Person
from tests.support.google.quota import Quota
from tests.support.google.server import Desk, Server
from tests.support.google.tokens import Tokens, pem, throw_away_key
from tests.support.google.world import Account, Rules, World

HOSTS = (
    "https://sheets.googleapis.com/",
    "https://www.googleapis.com/",
    "https://oauth2.googleapis.com/",
    "https://iamcredentials.googleapis.com/",
)


class ToEmulator(HTTPAdapter):
    """Sends what is meant for Google to the emulator; the client that uses the session does not notice."""

    __attrs__ = [*HTTPAdapter.__attrs__, "base"]  # noqa: RUF012 - as requests has it

    def __init__(self, base: str) -> None:
        super().__init__()
        self.base = base

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        parts, own = urlsplit(str(request.url)), urlsplit(self.base)
        request.url = parts._replace(scheme=own.scheme, netloc=own.netloc).geturl()
        kwargs["proxies"] = {}
        return super().send(request, *args, **kwargs)


@dataclass(slots=True, kw_only=True)
class GoogleEmulator:
    """Google Sheets and Drive on 127.0.0.1."""

    folder: Path
    clock: Ticking
    desk: Desk
    server: Server
    service_account_file: Path = field(init=False)
    """The JSON key file of the first service account, as the Google Cloud console would hand it out."""
    service_account_mail: str = field(init=False)

    def __post_init__(self) -> None:
        self.service_account_file = self.service_account("deskbook")
        self.service_account_mail = json.loads(self.service_account_file.read_text())["client_email"]

    @property
    def base(self) -> str:
        """`http://127.0.0.1:port`; it stays the same when Google was out of reach."""
        return self.desk.base

    @property
    def world(self) -> World:
        return self.desk.world

    @property
    def rules(self) -> Rules:
        """Switches for what is not documented or differs between companies."""
        return self.desk.world.rules

    @property
    def seen(self) -> list[Seen]:
        """Every request so far; `seen.clear()` to begin to count."""
        return self.desk.log

    @property
    def quota(self) -> Quota | None:
        return self.desk.quota

    @property
    def tokens(self) -> Tokens:
        """`tokens.revoke()` makes all access tokens worthless (401)."""
        return self.desk.tokens

    def service_account(self, name: str, project: str = "123456789012") -> Path:
        """Make a service account; its key file."""
        key = throw_away_key()
        mail = f"{name}@deskbook-test.iam.gserviceaccount.com"
        public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self.world.accounts[mail] = Account(mail=mail, public_key=public, project=project)
        written = {
            "type": "service_account",
            "project_id": "deskbook-test",
            "private_key_id": "0" * 40,
            "private_key": pem(key),
            "client_email": mail,
            "client_id": "1" * 21,
            "auth_uri": "https://accounts.google.com/o/oauth2/auth",
            "token_uri": f"{self.base}/token",
            "universe_domain": "googleapis.com",
        }
        path = self.folder / f"{name}.json"
        path.write_text(json.dumps(written, indent=2), encoding="utf-8")
        path.chmod(0o600)
        return path

    def point(self, client: Any) -> Any:
        """Make a gspread client, its HTTP client, or a requests session talk to the emulator; returns what was given."""
        inner = getattr(client, "http_client", client)
        session: Session = getattr(inner, "session", inner)
        sessions = [session]
        if isinstance(session, AuthorizedSession):
            sessions.append(session._auth_request.session)
        for one in sessions:
            for host in HOSTS:
                one.mount(host, ToEmulator(self.base))
        return client

    def person(self, mail: str) -> Person:
        return Person(world=self.world, mail=mail)

    def shared_drive(self, name: str, members: dict[str, str]) -> str:
        """Make a shared drive; *members* are addresses with roles from reader to organizer. Returns its id."""
        number = self.world.new_id(19, "0A")
        self.world.members[number] = dict(members)
        self.world.drive_names[number] = name
        return number

    def file(self, number: str) -> File:
        """A file as Drive has it."""
        return self.world.files[number]

    def put_file(
        self, name: str, kind: str, owner: str, content: bytes = b"", share: dict[str, str] | None = None
    ) -> str:
        """A file that *owner* uploaded (such as an .xlsx), shared as told; returns its id."""
        with self.world.lock:
            file = self.world.new_file(name, kind, owner)
            file.content = content
            for mail, role in (share or {}).items():
                self.world.grant(file, "user", role, mail)
        return file.id

    def fault(
        self,
        on: str = "*",
        *,
        status: int | None = None,
        times: int = 1,
        skip: int = 0,
        html: bool = False,
        message: str = "",
        reason: str = "",
        retry_after: int | None = None,
        applied: bool = False,
        line: Line | None = None,
        seconds: float = 0.0,
    ) -> Fault:
        """Let matching requests go wrong: by a *status*, on the *line*, or late by *seconds*. See `faults`."""
        answer = None if status is None else reply(status, html, message, reason, retry_after)
        fault = Fault(
            on=on, times=times, skip=skip, reply=answer, line=line, seconds=seconds, applied=applied
        )
        self.desk.script.faults.append(fault)
        return fault

    def when(
        self,
        on: str,
        first: Callable[[], object] | None = None,
        then: Callable[[], object] | None = None,
        *,
        times: int = 1,
        skip: int = 0,
        about: str = "",
    ) -> Meanwhile:
        """When a matching request comes, let somebody act *first*, or *then* (applied, not yet answered).

        *about*: only if it is about the file with that id.
        """
        one = Meanwhile(on=on, first=first, then=then, times=times, skip=skip, about=about)
        self.desk.script.meanwhile.append(one)
        return one

    @contextmanager
    def out_of_reach(self) -> Iterator[None]:
        """Within the block connections are refused, and those that were open are cut."""
        self.server.stop()
        try:
            yield
        finally:
            self.server = Server(self.desk)

    def well(self) -> None:
        """Nothing goes wrong any more."""
        self.desk.script.faults.clear()
        self.desk.script.meanwhile.clear()


@contextmanager
def google_emulator(
    folder: Path, *, clock: Ticking | None = None, quota: Quota | None = None, unlimited: bool = False
) -> Iterator[GoogleEmulator]:
    """Run the emulator; key files are written into *folder*. It stops with the block, and hanging answers end then.

    Without *quota* Google's own numbers hold (60 reads and 60 writes a minute of *clock*, which stands still unless
    the test moves it); *unlimited* counts nothing. Raises AssertionError at the end if the emulator had a bug.
    """
    world = World(clock=clock or FakeClock())
    desk = Desk(world=world, tokens=Tokens(), script=Script(), quota=None if unlimited else quota or Quota())
    google = GoogleEmulator(folder=folder, clock=world.clock, desk=desk, server=Server(desk))
    try:
        yield google
    finally:
        desk.stopped.set()
        google.server.stop()
    assert not desk.bugs, desk.bugs[0]
