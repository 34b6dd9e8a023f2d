"""Ids for tests: in sequence, and of the same shape as the real ones."""

_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"


class SequentialIds:
    """Fulfils `sync.ports.Ids`: `aaaaaaaaaaaa`, `aaaaaaaaaaab` …; *prefix* tells several sources apart."""

    def __init__(self, prefix: str = "") -> None:
        self._prefix = prefix
        self._given = 0

    def new(self) -> str:
        number, tail = self._given, ""
        self._given += 1
        for _ in range(12 - len(self._prefix)):
            number, letter = divmod(number, len(_LETTERS))
            tail = _LETTERS[letter] + tail
        return self._prefix + tail
