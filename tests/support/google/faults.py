"""What goes wrong on demand, and people who act just when a request comes in."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from fnmatch import fnmatchcase

from tests.support.google import errors
from tests.support.google.asked import Reply
from tests.support.google.errors import Answer, Json


class Line(Enum):
    """What happens to the connection."""

    DROP_BEFORE = "the request is never applied, and the connection closes without an answer"
    DROP_AFTER = "the request is applied, and the connection closes without an answer"
    HANG_BEFORE = "nothing is applied, and nothing ever comes back while the connection stays open"
    HANG_AFTER = "the request is applied, and nothing ever comes back while the connection stays open"
    HALF = "the request is applied; headers and half of the answer come, then silence"
    CUT = "the request is applied; half of the answer comes, then the connection closes"


@dataclass(slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong with requests whose operation matches *on*."""

    on: str
    times: int = 1
    skip: int = 0
    """So many matching requests pass first."""
    reply: Reply | None = None
    line: Line | None = None
    seconds: float = 0.0
    """The answer comes so much later, by the real clock."""
    applied: bool = False
    """With a *reply*: the request is applied all the same."""

    def strikes(self, operation: str) -> bool:
        """Does it strike this request? Counts the request."""
        if self.times <= 0 or not fnmatchcase(operation, self.on):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.times -= 1
        return True


@dataclass(slots=True, kw_only=True)
class Meanwhile:
    """Somebody acts when a matching request comes: *first*, before it is applied; *then*, before it is answered."""

    on: str
    first: Callable[[], object] | None = None
    then: Callable[[], object] | None = None
    times: int = 1
    skip: int = 0
    about: str = ""
    """The id of the only file that is meant; all, if it is empty."""

    def strikes(self, operation: str, file: str = "") -> bool:
        if self.times <= 0 or not fnmatchcase(operation, self.on) or self.about not in ("", file):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.times -= 1
        return True


@dataclass(slots=True, kw_only=True)
class Script:
    """Everything that is planned to happen to coming requests."""

    faults: list[Fault] = field(default_factory=list)
    meanwhile: list[Meanwhile] = field(default_factory=list)

    def fault(self, operation: str) -> Fault | None:
        return next((fault for fault in self.faults if fault.strikes(operation)), None)

    def actors(self, operation: str, file: str = "") -> list[Meanwhile]:
        return [one for one in self.meanwhile if one.strikes(operation, file)]


STATUS = {
    400: ("INVALID_ARGUMENT", "Request contains an invalid argument."),
    401: ("UNAUTHENTICATED", errors.UNAUTHENTICATED),
    403: ("PERMISSION_DENIED", "The caller does not have permission"),
    404: ("NOT_FOUND", "Requested entity was not found."),
    409: ("ABORTED", "The operation was aborted."),
    429: ("RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota)."),
    500: ("INTERNAL", "Internal error encountered."),
    502: ("UNAVAILABLE", "Bad Gateway"),
    503: ("UNAVAILABLE", "The service is currently unavailable."),
    504: ("DEADLINE_EXCEEDED", "Deadline expired before operation could complete."),
}
PAGE = """<!DOCTYPE html>
<html lang=en>
  <meta charset=utf-8>
  <title>Error {code} ({title})!!1</title>
  <p><b>{code}.</b> <ins>That’s an error.</ins>
  <p>{words} <ins>That’s all we know.</ins>
"""
WORDS = {
    413: ("Request Entity Too Large", "Your client issued a request that was too large."),
    429: ("Too Many Requests", "We're sorry, but you have sent too many requests to us recently."),
    500: ("Server Error", "There was an error. Please try again later."),
    502: ("Server Error", "The server encountered a temporary error. Please try again in 30 seconds."),
    503: ("Service Unavailable", "The service is temporarily unavailable. Please try again later."),
}  # fmt: skip


def reply(
    code: int, html: bool = False, message: str = "", reason: str = "", retry_after: int | None = None
) -> Reply:
    """A refusal as Google would send it: JSON of the Sheets API, of Drive (with a *reason*), or a page of HTML."""
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    if html or code == 413:
        title, words = WORDS.get(code, ("Error", "The requested URL was not found on this server."))
        page = PAGE.format(code=code, title=title, words=words).encode()
        return Reply(code=code, body=page, kind="text/html; charset=UTF-8", headers=headers)
    if reason:
        body: Json = errors.drive_error(code, reason, message or STATUS[code][1]).body
    elif code == 429 and not message:
        metric, limit = "Read requests", "Read requests per minute per user"
        body = errors.quota_exceeded(metric, limit, "123456789012").body
    else:
        status, words = STATUS[code]
        body = errors.sheets_error(code, status, message or words).body
    return Reply(code=code, body=body, headers=headers)


def told(no: Answer) -> Reply:
    return Reply(code=no.code, body=no.body)
