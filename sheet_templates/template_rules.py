"""Drop-downs, prompts and conditional formats of a desk's sheets. They help; the daemon decides.

So an unusual entry only warns: the person may keep it. Rules cover a sheet by range, never cell by cell.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final, Literal

from openpyxl.formatting.rule import Rule
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from sheet_templates import template_look as look
from sheet_templates.form import (
    MARK,
    NUMBER,
    STATE,
    Field,
    FieldKey,
    FieldType,
    Lang,
    Role,
    Stage,
)
from sheet_templates.record import State, Text, text
from sheet_templates.words import Words

FIRST_ROW: Final = 3
LAST_ROW: Final = 5000
"""Rules reach so far from the start; appended rows take them further."""

Tinted = Callable[[str, str], int]
"""Says where the workbook keeps the style of a conditional format, by the colours of fill and ink."""

_TITLE: Final = 32
_PROMPT: Final = 255
_NUMBERS: Final = frozenset({FieldType.NUMBER, FieldType.MONEY, FieldType.PERCENT})
_TEXTS: Final = frozenset(
    {FieldType.TEXT, FieldType.LONG_TEXT, FieldType.PHONE, FieldType.EMAIL, FieldType.FILE}
)
_HUGE: Final = Decimal(10) ** 15


def validation(
    field: Field, role: Role, *, choices: Sequence[str], source: str | None, words: Words, lang: Lang
) -> DataValidation | None:
    """Return the rule of an owned field's column; None if there is nothing to say.

    *source*: the range that holds a list too long for the rule itself.
    """
    rule = _rule(field, choices, source)
    told = _unusual(field)
    prompt = _prompt(field, words, lang)
    if rule is None and not prompt:
        return None
    made = rule if rule is not None else DataValidation()
    made.errorStyle = "information" if field.type in {FieldType.LINK, FieldType.PERSON} else "warning"
    made.showErrorMessage = told is not None and rule is not None
    if told is not None:
        made.errorTitle = words.say(text("workbook.unusual"), lang)[:_TITLE]
        made.error = words.say(told, lang)[:_PROMPT]
    if prompt and role in field.owners:
        made.showInputMessage = True
        made.promptTitle = field.labels.in_(lang)[:_TITLE]
        made.prompt = prompt[:_PROMPT]
    made.allowBlank = True
    return made


def _rule(field: Field, choices: Sequence[str], source: str | None) -> DataValidation | None:
    if source is not None:
        return DataValidation(type="list", formula1=source)
    if choices:
        return DataValidation(type="list", formula1=f'"{",".join(choices)}"')
    if field.type in _NUMBERS:
        least, most = field.minimum, field.maximum
        kind: Literal["whole", "decimal"] = "whole" if field.integer else "decimal"
        if least is not None and most is None:
            return DataValidation(type=kind, operator="greaterThanOrEqual", formula1=str(least))
        if most is not None and least is None:
            return DataValidation(type=kind, operator="lessThanOrEqual", formula1=str(most))
        low, high = (-_HUGE, _HUGE) if least is None or most is None else (least, most)
        return DataValidation(type=kind, operator="between", formula1=f"{low:f}", formula2=f"{high:f}")
    if field.type is FieldType.DATE:
        return DataValidation(type="date", operator="greaterThanOrEqual", formula1="DATE(1950,1,1)")
    if field.type is FieldType.TIME:
        return DataValidation(type="time", operator="between", formula1="0", formula2="0.999988425925926")
    if field.type in _TEXTS:
        return DataValidation(type="textLength", operator="lessThanOrEqual", formula1=str(field.max_length))
    return None


def _unusual(field: Field) -> Text | None:
    match field.type:
        case FieldType.CHOICE | FieldType.YES_NO:
            return text("workbook.unusual_choice")
        case FieldType.LINK | FieldType.PERSON:
            return text("workbook.unusual_link")
        case FieldType.NUMBER | FieldType.MONEY | FieldType.PERCENT:
            return _unusual_number(field)
        case FieldType.DATE:
            return text("workbook.unusual_date")
        case FieldType.TIME:
            return text("workbook.unusual_time")
        case _:
            return text("workbook.unusual_length", most=field.max_length)


def _unusual_number(field: Field) -> Text:
    least, most = (_said(field, each) for each in (field.minimum, field.maximum))
    match least, most:
        case None, None:
            return text("workbook.unusual_number_open")
        case str(), None:
            return text("workbook.unusual_number_least", least=least)
        case None, str():
            return text("workbook.unusual_number_most", most=most)
        case _:
            return text("workbook.unusual_number", least=str(least), most=str(most))


def _said(field: Field, limit: Decimal | None) -> str | None:
    if limit is None:
        return None
    return f"{limit * 100:f}%".replace(".00%", "%") if field.type is FieldType.PERCENT else f"{limit:,f}"


def _prompt(field: Field, words: Words, lang: Lang) -> str:
    if field.key == NUMBER:
        return words.say(text("workbook.number_prompt"), lang)
    required = {
        Stage.NEVER: "",
        Stage.SAVE: words.say(text("workbook.required"), lang),
        Stage.SUBMIT: words.say(text("workbook.required_to_submit"), lang),
    }[field.required]
    said = field.help.in_(lang) if field.help is not None else ""
    return " ".join(each for each in (said, required) if each)


def add_formats(
    sheet: Worksheet, columns: Mapping[FieldKey, int], states: Mapping[State, str], tinted: Tinted
) -> None:
    """Add the red marks of every column, and the colours of the state. *tinted*: as in `Look`."""
    for rule_range, rule in (*_marks(columns, tinted), *_state_colours(columns, states, tinted)):
        sheet.conditional_formatting.add(rule_range, rule)


def _marks(columns: Mapping[FieldKey, int], tinted: Tinted) -> Iterator[tuple[str, Rule]]:
    red = tinted(look.RED, look.RED_TEXT)
    mark = get_column_letter(columns[MARK])
    for key, column in columns.items():
        if column <= columns[MARK] or key == STATE:
            continue
        letter = get_column_letter(column)
        wrong = f'ISNUMBER(SEARCH(",{key},",${mark}{FIRST_ROW}))'
        yield f"{letter}{FIRST_ROW}:{letter}{LAST_ROW}", _coloured(wrong, red, stop=True)


def _state_colours(
    columns: Mapping[FieldKey, int], states: Mapping[State, str], tinted: Tinted
) -> Iterator[tuple[str, Rule]]:
    if STATE not in columns or not states:
        return
    at = f"${get_column_letter(columns[STATE])}{FIRST_ROW}"
    first, last = get_column_letter(columns[NUMBER]), get_column_letter(max(columns.values()))
    strip = f"{first}{FIRST_ROW}:{get_column_letter(columns[STATE])}{LAST_ROW}"
    ended = [states[each] for each in (State.REFUSED, State.WITHDRAWN, State.VOIDED)]
    over = ",".join(f"{at}={_quoted(each)}" for each in ended)
    yield (
        f"{first}{FIRST_ROW}:{last}{LAST_ROW}",
        _coloured(f"OR({over})", tinted(look.ENDED, look.ENDED_TEXT)),
    )
    approved = f"{at}={_quoted(states[State.APPROVED])}"
    yield strip, _coloured(approved, tinted(look.APPROVED, look.APPROVED_TEXT))
    returned = f"{at}={_quoted(states[State.RETURNED])}"
    yield strip, _coloured(returned, tinted(look.RETURNED, look.RETURNED_TEXT))
    resting = ",".join(f"{at}<>{_quoted(states[each])}" for each in states if each is not State.SUBMITTED)
    yield strip, _coloured(f'AND({at}<>"",{resting})', tinted(look.WAITING, look.WAITING_TEXT))


def _coloured(formula: str, style: int, *, stop: bool = False) -> Rule:
    return Rule(type="expression", dxfId=style, formula=[formula], stopIfTrue=stop)


def _quoted(said: str) -> str:
    return '"' + said.replace('"', '""') + '"'
