"""What people typed, made harmless for a terminal: it neither moves the cursor nor turns the text around."""

import re
from typing import Final

_UNSAFE: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufff9-\ufffb\ud800-\udfff]"
)
"""Controls (an ESC begins commands to the terminal), marks that turn text around, Unicode's own line ends."""


def harmless(said: str) -> str:
    """Return *said* with U+FFFD for each character that is a command to a terminal; lines and tabs stay."""
    return _UNSAFE.sub("\N{REPLACEMENT CHARACTER}", said)


def escaped(json: str) -> str:
    """Return JSON with the same characters escaped, so that it says the same and can be looked at."""
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", json)
