"""The workspace's secret, from which one-time codes are derived: made once, readable by the service alone."""

import os
import secrets
from pathlib import Path
from typing import Final

_NAME: Final = "secret"
_BYTES: Final = 32


def secret_of(state: Path, *, make: bool = True) -> bytes:
    """Return the secret that lies in the state folder, and make it if there is none. Raises OSError.

    *make*: not for who only looks: he gets an empty one, with which no code fits.

    Whoever loses it loses nothing but the codes that are on their way: they no longer fit, and others are sent
    when they are asked for.
    """
    path = state / _NAME
    try:
        found = path.read_bytes()
    except FileNotFoundError:
        found = b""
    if len(found) == _BYTES:
        return found
    if not make:
        return b""
    made = secrets.token_bytes(_BYTES)
    making = path.with_name(f".{_NAME}.part")
    making.unlink(missing_ok=True)
    with os.fdopen(os.open(making, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(made)
        file.flush()
        os.fsync(file.fileno())
    making.replace(path)
    return made
