"""A LookUp over a few records that a test writes out."""

from collections.abc import Iterable, Mapping

from sheet_templates.form import FormKey
from sheet_templates.match import fold


class Known:
    """Knows records as form → number → title ('' for none), and nicknames as form → nickname → number."""

    def __init__(
        self,
        records: Mapping[str, Mapping[str, str]],
        nicknames: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        self._records = records
        self._nicknames = nicknames or {}

    def numbered(self, form: FormKey, typed: str) -> str | None:
        return next((each for each in self._of(form) if fold(each) == fold(typed)), None)

    def titled(self, form: FormKey, typed: str) -> tuple[str, ...]:
        return tuple(
            number for number, title in self._of(form).items() if title and fold(title) == fold(typed)
        )

    def nickname(self, form: FormKey, typed: str) -> str | None:
        return self._nicknames.get(form, {}).get(typed)

    def title(self, form: FormKey, number: str) -> str | None:
        return self._of(form).get(number) or None

    def known(self, form: FormKey) -> Iterable[str]:
        return [title or number for number, title in self._of(form).items()]

    def _of(self, form: FormKey) -> Mapping[str, str]:
        return self._records.get(form, {})
