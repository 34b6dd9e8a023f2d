"""How values, sentences and problems stand in the store: as JSON text that a person can read."""

import datetime as dt
import json
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from rules.effect import Notify
from sheet_templates.form import FieldKey
from sheet_templates.record import Param, Problem, Severity, Text, Value
from sheet_templates.value import dump, undump

Json: TypeAlias = Any
"""What `json` reads and writes."""

_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def write(content: Json) -> str:
    """Return *content* as JSON in its one canonical form: sorted keys, no spaces, characters as they are."""
    return _ENCODER.encode(content)


def write_value(value: Value) -> str:
    """Return *value* as JSON."""
    return write(dump(value))


def read_value(written: str) -> Value:
    """Return the value that `write_value` wrote."""
    return undump(json.loads(written))


def write_values(values: Mapping[FieldKey, Value]) -> str:
    """Return the *values* of a record as one JSON object."""
    return write({key: dump(value) for key, value in values.items()})


def read_values(written: str) -> Mapping[FieldKey, Value]:
    """Return the values that `write_values` wrote; read-only, for they may be remembered and shared."""
    found = json.loads(written)
    for key, value in found.items():
        if value.__class__ is dict:  # most values are text and stay as they are
            found[key] = undump(value)
    return MappingProxyType(found)


def write_moment(moment: dt.datetime) -> str:
    """Return *moment* in ISO 8601, with its own offset: `2026-01-31T09:00:00+08:00`."""
    return moment.isoformat()


def read_moment(written: str) -> dt.datetime:
    """Return the moment that `write_moment` wrote."""
    return dt.datetime.fromisoformat(written)


def moment_or_none(written: str | None) -> dt.datetime | None:
    """Return the moment that was *written*, if one was."""
    return None if written is None else read_moment(written)


def written_or_none(moment: dt.datetime | None) -> str | None:
    """Return *moment* in ISO 8601, if there is one."""
    return None if moment is None else write_moment(moment)


def write_text(text: Text) -> Json:
    """Return a sentence as JSON: its key and its blanks."""
    return [text.key, [[name, _write_param(param)] for name, param in text.params]]


def read_text(written: Json) -> Text:
    """Return the sentence that `write_text` wrote."""
    key, params = written
    return Text(key=key, params=tuple((name, _read_param(each)) for name, each in params))


def _write_param(param: Param) -> Json:
    match param:
        case Text():
            return {"say": write_text(param)}
        case dt.datetime():
            return {"at": write_moment(param)}
        case Decimal() | dt.date():
            return dump(param)
        case _:
            return param


def _read_param(written: Json) -> Param:
    match written:
        case {"say": said}:
            return read_text(said)
        case {"at": moment}:
            return read_moment(moment)
        case dict():
            return undump(written)  # type: ignore[return-value]  # a date or a Decimal: `_write_param` wrote it
        case _:
            return written  # type: ignore[no-any-return]


def write_problem(problem: Problem) -> str:
    """Return *problem* as JSON; what it does not say is left out."""
    plain = {name: getattr(problem, name) for name in _PROBLEM}
    said = {"what": write_text(problem.what), "mend": write_text(problem.mend), "severity": problem.severity}
    return write({**{name: value for name, value in plain.items() if value is not None}, **said})


def read_problem(written: str) -> Problem:
    """Return the problem that `write_problem` wrote."""
    found = json.loads(written)
    return Problem(
        what=read_text(found.pop("what")),
        mend=read_text(found.pop("mend")),
        severity=Severity(found.pop("severity")),
        **found,
    )


_PROBLEM: Final = ("desk", "file", "form", "record", "field", "row", "value", "rule", "clause")
"""The plain fields of a Problem."""


def write_notify(notify: Notify) -> str:
    """Return *notify* as JSON."""
    return write(
        {
            "event": notify.event,
            "roles": notify.roles,
            "people": notify.people,
            "urgent": notify.urgent,
            "headline": write_text(notify.headline),
            "lines": [write_text(line) for line in notify.lines],
            "form": notify.form,
            "record": notify.record,
            "rule": notify.rule,
            "clause": notify.clause,
        }
    )


def read_notify(written: str) -> Notify:
    """Return what `write_notify` wrote."""
    found = json.loads(written)
    return Notify(
        **{
            **found,
            "roles": tuple(found["roles"]),
            "people": tuple(found["people"]),
            "headline": read_text(found["headline"]),
            "lines": tuple(read_text(line) for line in found["lines"]),
        }
    )
