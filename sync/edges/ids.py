"""Where ids come from: chance."""

import base64
import secrets


class RandomIds:
    """Ids of 60 random bits: that a million of them hold two equal ones has a chance of one in two million."""

    def new(self) -> str:
        """Return 12 characters of a–z and 2–7."""
        return base64.b32encode(secrets.token_bytes(8)).decode("ascii")[:12].lower()
