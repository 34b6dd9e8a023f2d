"""The HTTP side: one thread a connection, each request looked up, allowed, counted, applied and answered."""

import json
import socket
import threading
import traceback
from contextlib import suppress
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.support.google import routes, scopes
from tests.support.google.asked import Asked, Reply, Seen
from tests.support.google.errors import Answer, invalid, not_modelled, sheets_error
from tests.support.google.faults import Fault, Line, Script, told
from tests.support.google.quota import Quota
from tests.support.google.tokens import Denied, Token, Tokens
from tests.support.google.world import World

LARGEST_REQUEST = 10 * 1024 * 1024
REALM = 'Bearer realm="https://accounts.google.com/", error="invalid_token"'
UNREGISTERED = (
    "Method doesn't allow unregistered callers (callers without established identity). "
    "Please use API Key or other form of API consumer identity to call this API."
)
LOCATIONS = "iamcredentials.allowedLocations"
"""What google-auth asks in a thread of its own, once and then every six hours: where the account may be used."""


@dataclass(slots=True, kw_only=True)
class Desk:
    """What every request needs."""

    world: World
    tokens: Tokens
    script: Script
    quota: Quota | None
    log: list[Seen] = field(default_factory=list)
    bugs: list[str] = field(default_factory=list)
    """Tracebacks of the emulator itself; the test that caused one fails."""
    stopped: threading.Event = field(default_factory=threading.Event)
    base: str = ""


def answer(desk: Desk, asked: Asked, route: routes.Route | None) -> tuple[Reply, str]:
    """Apply one request; the reply, and for whom it was made. Raises nothing: a bug is a 500 and is noted."""
    mail = ""
    try:
        if asked.operation == "token":
            return Reply(body=desk.tokens.exchange(desk.world, asked.raw, desk.base + "/token")), mail
        if asked.operation == LOCATIONS:
            return Reply(body={"locations": [], "encodedLocations": "0x0"}), mail
        token = _token(desk, asked)
        mail = token.mail
        return _called(desk, asked, route, token), mail
    except Answer as no:
        headers = {"WWW-Authenticate": REALM} if no.code == 401 else {}
        return replace(told(no), headers=headers), mail
    except Denied as no:
        return Reply(code=no.code, body=no.body), mail
    except Exception:  # noqa: BLE001 - whatever it is, the test is told
        desk.bugs.append(traceback.format_exc())
        return told(sheets_error(500, "INTERNAL", "The emulator has a bug: " + traceback.format_exc())), mail


def _token(desk: Desk, asked: Asked) -> Token:
    if "authorization" not in asked.headers:
        raise sheets_error(403, "PERMISSION_DENIED", UNREGISTERED)
    return desk.tokens.found(asked.headers["authorization"], desk.world.clock.now())


def _called(desk: Desk, asked: Asked, route: routes.Route | None, token: Token) -> Reply:
    if route is None:
        raise not_modelled(f"{asked.method} {asked.path}")
    narrow = scopes.narrow(token.scopes, route.counts, asked.method)
    number = asked.parts.get("spreadsheetId") or asked.parts.get("fileId") or ""
    if narrow and number:
        scopes.check_own(desk.world.files.get(number), token.mail, number, route.counts)
    if desk.quota:
        project = desk.world.accounts[token.mail].project
        desk.quota.count(route.counts, token.mail, project, desk.world.clock.now())
    if len(asked.raw) > LARGEST_REQUEST:
        raise invalid(f"Request payload size exceeds the limit: {LARGEST_REQUEST} bytes.")
    return route.function(desk.world, replace(asked, mail=token.mail, narrow=narrow))


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    server: "Server"

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        """Answer one request, whatever its method."""
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        desk, asked, route = self.server.desk, *self._understood(raw)
        with desk.world.lock:
            fault = desk.script.fault(asked.operation)
            file = asked.parts.get("spreadsheetId") or asked.parts.get("fileId") or ""
            actors = desk.script.actors(asked.operation, file)
        for actor in actors:
            if actor.first:
                actor.first()
        reply = self._applied(desk, asked, route, fault)
        for actor in actors:
            if actor.then:
                actor.then()
        if fault and fault.seconds:
            desk.stopped.wait(fault.seconds)
        self._send(desk, reply, fault.line if fault else None)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815 - the names that http.server looks for

    def _understood(self, raw: bytes) -> tuple[Asked, routes.Route | None]:
        parts = urlsplit(self.path)
        match = routes.found(self.command, parts.path)
        operation = match[0].operation if match else "unknown"
        if parts.path == "/token":
            operation = "token"
        elif parts.path.endswith("/allowedLocations"):
            operation = LOCATIONS
        asked = Asked(
            operation=operation,
            method=self.command,
            path=unquote(parts.path),
            parts={name: unquote(part) for name, part in match[1].items()} if match else {},
            query=parse_qs(parts.query, keep_blank_values=True),
            raw=raw,
            headers={name.lower(): value for name, value in self.headers.items()},
        )
        return asked, match[0] if match else None

    def _applied(self, desk: Desk, asked: Asked, route: routes.Route | None, fault: Fault | None) -> Reply:
        """The reply of the emulator or of the fault; with a fault that strikes first, nothing is applied."""
        reply, mail = Reply(code=0), ""
        spared = fault and (
            fault.line in (Line.DROP_BEFORE, Line.HANG_BEFORE) or (fault.reply and not fault.applied)
        )
        if not spared:
            with desk.world.lock:
                reply, mail = answer(desk, asked, route)
        if fault and fault.reply:
            reply = fault.reply
        lost = fault is not None and fault.line is not None
        if asked.operation == LOCATIONS:
            return reply
        desk.log.append(
            Seen(
                operation=asked.operation,
                method=asked.method,
                path=asked.path,
                mail=mail,
                code=0 if lost else reply.code,
                body=_body(asked),
                query=asked.query,
                size=len(asked.raw),
            )
        )
        return reply

    def _send(self, desk: Desk, reply: Reply, line: Line | None) -> None:
        self.close_connection = self.close_connection or line is not None
        if line in (Line.DROP_BEFORE, Line.DROP_AFTER):
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        if line in (Line.HANG_BEFORE, Line.HANG_AFTER):
            desk.stopped.wait()
            return
        content = reply.encoded()
        self.send_response(reply.code)
        for name, value in ({"Content-Type": reply.kind} | reply.headers).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content if line is None else content[: len(content) // 2])
        self.wfile.flush()
        if line is Line.HALF:
            desk.stopped.wait()


def _body(asked: Asked) -> Any:
    try:
        return json.loads(asked.raw) if asked.raw and asked.operation != "token" else None
    except ValueError:
        return None


class Server(ThreadingHTTPServer):
    """On 127.0.0.1, at the port of the desk's address, or at one that the system chooses."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.lines: set[socket.socket] = set()
        super().__init__(("127.0.0.1", int(desk.base.rpartition(":")[2] or 0)), Handler)
        desk.base = f"http://127.0.0.1:{self.server_address[1]}"
        self.thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.thread.start()

    def get_request(self) -> tuple[socket.socket, Any]:
        line, address = super().get_request()
        self.lines.add(line)
        return line, address

    def shutdown_request(self, request: Any) -> None:
        self.lines.discard(request)
        super().shutdown_request(request)

    def stop(self) -> None:
        """Nobody listens any more, and open lines are cut."""
        self.shutdown()
        self.server_close()
        self.thread.join()
        for line in list(self.lines):
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def handle_error(self, *_: Any) -> None:
        """A client that hung up is no error of ours; anything else is noted."""
        text = traceback.format_exc()
        if not any(
            word in text
            for word in ("BrokenPipe", "ConnectionReset", "Bad file descriptor", "ConnectionAborted")
        ):
            self.desk.bugs.append(text)
