"""How Google says no: the words and shapes of the Sheets and the Drive API's refusals."""

from collections.abc import Iterable
from typing import Any

Json = dict[str, Any]

PROTECTED = (
    "You are trying to edit a protected cell or object. "
    "Please contact the spreadsheet owner to remove protection if you need to edit."
)
UNSUPPORTED = "This operation is not supported for this document"
UNAUTHENTICATED = (
    "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid "
    "authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project."
)


class Refused(Exception):  # noqa: N818 - a refusal, not a fault
    """What was asked for cannot be done (400 INVALID_ARGUMENT); whoever answers adds the place in the request."""


class Answer(Exception):  # noqa: N818 - it is what is answered
    """A request ends with this code and JSON body."""

    def __init__(self, code: int, body: Json) -> None:
        super().__init__(str(body["error"]["message"]))
        self.code = code
        self.body = body


def sheets_error(code: int, status: str, message: str, details: Iterable[Json] = ()) -> Answer:
    """As the Sheets API words it: code, message, status, sometimes details."""
    error: Json = {"code": code, "message": message, "status": status}
    found = list(details)
    if found:
        error["details"] = found
    return Answer(code, {"error": error})


def invalid(message: str) -> Answer:
    return sheets_error(400, "INVALID_ARGUMENT", message)


def bad_field(field: str, description: str) -> Answer:
    """A field of the request that cannot be understood, with the violation spelled out."""
    violation = {"field": field, "description": description} if field else {"description": description}
    kind = "type.googleapis.com/google.rpc.BadRequest"
    return sheets_error(
        400, "INVALID_ARGUMENT", description, [{"@type": kind, "fieldViolations": [violation]}]
    )


def unsupported_document() -> Answer:
    """The file is no Google spreadsheet (an .xlsx that lies in Drive)."""
    return sheets_error(400, "FAILED_PRECONDITION", UNSUPPORTED)


def no_such_entity() -> Answer:
    return sheets_error(404, "NOT_FOUND", "Requested entity was not found.")


def not_permitted() -> Answer:
    return sheets_error(403, "PERMISSION_DENIED", "The caller does not have permission")


def too_few_scopes() -> Answer:
    return sheets_error(403, "PERMISSION_DENIED", "Request had insufficient authentication scopes.")


def quota_exceeded(metric: str, limit: str, project: str, service: str = "sheets.googleapis.com") -> Answer:
    """429: *metric* such as `Read requests`, *limit* such as `Read requests per minute per user`."""
    message = (
        f"Quota exceeded for quota metric '{metric}' and limit '{limit}' of service '{service}' "
        f"for consumer 'project_number:{project}'."
    )
    reason = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "RATE_LIMIT_EXCEEDED",
        "domain": "googleapis.com",
        "metadata": {"service": service, "consumer": f"projects/{project}"},
    }
    return sheets_error(429, "RESOURCE_EXHAUSTED", message, [reason])


def drive_error(code: int, reason: str, message: str, location: str = "") -> Answer:
    """As the Drive API words it: a list of errors with reasons, then code and message."""
    one: Json = {"message": message, "domain": "global", "reason": reason}
    if location:
        one |= {"location": location, "locationType": "parameter"}
    return Answer(code, {"error": {"code": code, "message": message, "errors": [one]}})


def no_such_file(file: str) -> Answer:
    return drive_error(404, "notFound", f"File not found: {file}.", "fileId")


def file_not_permitted() -> Answer:
    return drive_error(
        403, "insufficientFilePermissions", "The user does not have sufficient permissions for this file."
    )


def no_storage() -> Answer:
    """A service account owns no storage, so it can create files on a shared drive only."""
    return drive_error(
        403,
        "storageQuotaExceeded",
        "Service Accounts do not have storage quota. Leverage shared drives "
        "(https://developers.google.com/workspace/drive/api/guides/about-shareddrives), or use OAuth delegation "
        "(http://support.google.com/a/answer/7281227) instead.",
    )


def not_modelled(name: str) -> Answer:
    """What the emulator does not know is said aloud: 501 with its name."""
    return sheets_error(501, "UNIMPLEMENTED", f"The emulator does not model {name}.")
