"""What people type, and what the demo tells of them, in the company's language."""

from dataclasses import dataclass
from typing import Final

from sheet_templates.form import YES, FieldKey, FormKey, Lang
from sheet_templates.record import Param, State, Text, text
from sync.declared import Declared

_SAID: Final = "demo.said"


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """Puts things into words as the people of one company would."""

    declared: Declared

    @property
    def lang(self) -> Lang:
        """The company's language."""
        return self.declared.lang

    def say(self, said: Text) -> str:
        """Return a sentence."""
        return self.declared.words.say(said, self.lang)

    def said(self, key: str, /, **params: Param) -> str:
        """Return what people type (words/demo.toml, under `demo.said`)."""
        return self.say(text(f"{_SAID}.{key}", **params))

    def choice(self, form: str, key: str, choice: str) -> str:
        """Return what the drop-down of a field calls a choice."""
        field = self.declared.forms[FormKey(form)].field(FieldKey(key))
        assert field is not None, f"{form} has no field {key}"
        return next(each for each in field.choices if each.key == choice).labels.in_(self.lang)

    @property
    def yes(self) -> str:
        """A tick."""
        return YES.in_(self.lang)

    def state(self, state: State) -> str:
        """Return what the 狀態 column says of a record in *state*."""
        return self.say(text(f"state.{state}"))
