"""The line to Google: gspread's HTTP client with timeouts, bounded repetition and errors in words.

Not gspread's `BackOffHTTPClient`: it repeats for ever, and not what fails most. A request is repeated when it came
to nothing for a reason that passes (429, 5xx, a dropped line, a page in place of an answer), after a pause with jitter
or the one that `Retry-After` asks for, and only while there is time. Everything asked here may be asked twice: ids are
derived (`marks`), values are absolute. Only making a file is not, so it is sent once (`once`), and looked up after.

The one module that imports gspread.
"""

import json
import random
from collections.abc import Callable, MutableMapping
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

from google.auth.exceptions import GoogleAuthError, RefreshError, TransportError
from google.auth.transport.requests import AuthorizedSession, Request
from google.oauth2.service_account import Credentials
from gspread.exceptions import APIError
from gspread.http_client import HTTPClient
from requests import PreparedRequest, RequestException, Response, Session
from requests.adapters import HTTPAdapter
from requests.exceptions import SSLError, Timeout
from tenacity import RetryCallState, Retrying, stop_after_attempt

from sheet_templates.record import text
from sync.edges.google.call import Call
from sync.edges.google.faults import Away, Denied, Gone, Rejected, away, denied
from sync.edges.google.pace import Breaker, Budget
from sync.edges.google.payload import encoded

SCOPES: Final = (
    "https://www.googleapis.com/auth/spreadsheets",
    "https://www.googleapis.com/auth/drive",
)
SHEETS: Final = "https://sheets.googleapis.com"
DRIVE: Final = "https://www.googleapis.com"

_SIGNING: Final = ("https://oauth2.googleapis.com", "https://iamcredentials.googleapis.com")
"""Where tokens come from, and where Google's library asks which regions an account is bound to."""
_CONNECT: Final = 4.0
_READ: Final = 20.0
_ATTEMPTS: Final = 3
_PAUSE: Final = 0.4
_LONGEST_PAUSE: Final = 3.0
"""Google asks for more at times; then the line is left alone until then, and nothing waits for it."""
_HUNG: Final = 10.0
"""Seconds that a line is left alone on which no answer came in time."""
_USAGE: Final = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "RESOURCE_EXHAUSTED"})
_STORAGE: Final = frozenset({"storageQuotaExceeded", "teamDriveFileLimitExceeded"})
_DISABLED: Final = frozenset({"SERVICE_DISABLED", "accessNotConfigured"})


class Elsewhere(HTTPAdapter):
    """Sends what is meant for Google to another address: a relay of the company's own, or an emulator."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self._to = urlsplit(address)

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:  # noqa: D102 — as declared above
        found = urlsplit(str(request.url))
        path = self._to.path.rstrip("/") + found.path
        request.url = urlunsplit((self._to.scheme, self._to.netloc, path, found.query, found.fragment))
        return super().send(request, *args, **kwargs)


def credentials(key_file: Path) -> Credentials:
    """Read a service account's key. Raises Denied if it is none."""
    try:
        said = json.loads(key_file.read_text(encoding="utf-8"))
        found: Credentials = Credentials.from_service_account_info(  # type: ignore[no-untyped-call]
            said, scopes=list(SCOPES)
        )
    except OSError as error:
        raise denied("no_key", f"{key_file.name}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError, GoogleAuthError) as error:
        raise denied("bad_key", f"{key_file.name}: {error}") from error
    return found


class Line(HTTPClient):
    """One service account's line to Google. Raises what `faults` has, and nothing else."""

    def __init__(
        self,
        auth: Credentials,
        *,
        budget: Budget,
        breaker: Breaker,
        sleep: Callable[[float], object],
        address: str = "",
        dice: Callable[[], float] = random.random,
    ) -> None:
        asking = Session()
        session = AuthorizedSession(  # type: ignore[no-untyped-call]
            auth, refresh_timeout=_READ, auth_request=Request(session=asking)
        )
        super().__init__(auth, session)
        for each in (asking, session) if address else ():
            for host in (SHEETS, DRIVE, *_SIGNING):
                each.mount(f"{host}/", Elsewhere(address))
        self.set_timeout((_CONNECT, _READ))
        self.mail: str = auth.service_account_email
        self.budget, self.breaker = budget, breaker
        self.sleep, self._dice = sleep, dice

    def ask(self, call: Call) -> Any:
        """Return the answer to one request."""
        if not self.breaker.closed():
            raise away("away", self.breaker.why)
        retrying = Retrying(
            stop=stop_after_attempt(1 if call.once else _ATTEMPTS),
            retry=_soon,
            wait=self._pause,
            sleep=self._rest,
            reraise=True,
        )
        try:
            answer = retrying(self._ask, call)
        except Away as fault:
            if fault.whole:
                self.breaker.failed(fault.detail or fault.what.key, fault.wait)
            raise
        self.breaker.reached()
        return answer

    def _ask(self, call: Call) -> Any:
        self.budget.take()
        asked: MutableMapping[str, Any] = dict(call.params or {})
        try:
            response = self.request(call.method, call.url, params=asked, **_sent(call))
            return response.json() if response.content else {}
        except APIError as fault:
            raise understood(fault) from fault
        except RefreshError as fault:
            raise _refused(fault) from fault
        except SSLError as fault:
            raise denied("certificate", str(fault)[:300]) from fault
        except Timeout as fault:
            # Who waits for an answer in vain has waited for long: not again before the breaker lets a trial through.
            raise away("away", f"{type(fault).__name__}: {fault}"[:300], _HUNG) from fault
        except (RequestException, TransportError, OSError) as fault:
            raise away("away", f"{type(fault).__name__}: {fault}"[:300]) from fault
        except GoogleAuthError as fault:
            raise denied("key_refused", str(fault)[:300]) from fault
        except ValueError as fault:
            # A page of some proxy, with a friendly 200.
            raise away("no_answer", str(fault)[:200]) from fault

    def _rest(self, seconds: float) -> None:
        self.sleep(seconds)

    def _pause(self, state: RetryCallState) -> float:
        fault = state.outcome.exception() if state.outcome is not None else None
        if isinstance(fault, Away) and fault.wait is not None:
            return fault.wait
        pause: float = _PAUSE * 2 ** (state.attempt_number - 1) * (0.5 + self._dice())
        return pause


def _sent(call: Call) -> dict[str, Any]:
    if call.body is None:
        return {}
    return {"data": encoded(call.body), "headers": {"Content-Type": "application/json"}}


def _soon(state: RetryCallState) -> bool:
    """Return whether to try again: not if Google asks to wait for longer than anybody here would."""
    fault = state.outcome.exception() if state.outcome is not None else None
    return isinstance(fault, Away) and (fault.wait or 0.0) <= _LONGEST_PAUSE


def understood(fault: APIError) -> Away | Denied | Gone | Rejected:
    """Return what an answer other than 2xx means. Source: Drive API "Resolve errors", Sheets API usage limits."""
    response, said = fault.response, dict(fault.error)
    status, detail = response.status_code, str(said.get("message", ""))[:300]
    reasons = {str(said.get("status", ""))}
    reasons |= {str(each.get("reason", "")) for key in ("errors", "details") for each in said.get(key) or ()}
    wait = _seconds(response)
    if status == HTTPStatus.TOO_MANY_REQUESTS or reasons & _USAGE:
        return away("quota", detail, wait if wait is not None else _LONGEST_PAUSE + 1)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
        return away(
            "away", f"{status} {detail}"[:300], wait, whole=status != HTTPStatus.INTERNAL_SERVER_ERROR
        )
    if said.get("code") == -1:
        # No JSON: what answered was a proxy, or a page that asks to log in.
        return away("no_answer", f"{status} {detail[:100]}", wait)
    if status == HTTPStatus.UNAUTHORIZED:
        return denied("key_refused", detail)
    if status == HTTPStatus.NOT_FOUND:
        return Gone(text("google.gone"), detail)
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return Rejected(text("google.too_large"), detail)
    if status == HTTPStatus.FORBIDDEN:
        return denied(_why_forbidden(reasons, detail), detail)
    return Rejected(text(_why_rejected(detail)), detail)


def _why_forbidden(reasons: set[str], detail: str) -> str:
    if reasons & _STORAGE or "storage quota" in detail.lower():
        return "no_room"
    if reasons & _DISABLED or "has not been used in project" in detail:
        return "api_off"
    return "protected" if "protected" in detail.lower() else "forbidden"


def _why_rejected(detail: str) -> str:
    said = detail.lower()
    if "protected cell" in said:
        return "google.protected"
    if "not supported for this document" in said:
        return "google.is_xlsx"
    if "payload" in said or "above the limit" in said or "maximum of 50000" in said:
        return "google.too_large"
    return "google.rejected"


def _refused(fault: RefreshError) -> Away | Denied:
    """Return why no token was given: the key is no longer good, or the server had a bad moment."""
    said = str(fault)[:300]
    if fault.retryable:
        return away("away", said)
    return denied("clock" if "reasonable timeframe" in said or "iat" in said else "key_refused", said)


def _seconds(response: Response) -> float | None:
    """Return the pause that the answer asks for. Source: RFC 9110, 10.2.3."""
    said = response.headers.get("Retry-After", "").strip()
    if said.isdigit():
        return float(said)
    sent = response.headers.get("Date", "")
    try:
        return max((parsedate_to_datetime(said) - parsedate_to_datetime(sent)).total_seconds(), 0.0)
    except (ValueError, TypeError):
        return None
