"""What happened, for the administrator: JSON lines in a file that does not grow without end, and for the eye."""

import io
import json
import logging
import logging.handlers
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TextIO

import structlog
from structlog.typing import EventDict, ExcInfo, FilteringBoundLogger, Processor

from sync.edges.harmless import escaped, harmless
from sync.ports import Clock

LOG_FOLDER: Final = "log"
_FILE: Final = "deskbook.log"
_LARGEST: Final = 5_000_000
"""Bytes; then the file is put aside as `deskbook.log.1`."""
_KEPT: Final = 5


@contextmanager
def log_to(
    state: Path, clock: Clock, console: TextIO | None = None, level: int = logging.INFO
) -> Iterator[FilteringBoundLogger]:
    """Log into the folder `log` of *state*, and in colour to *console* if it is a terminal, until the end.

    Nothing global is configured: who wants to log is given the logger.
    """
    folder = state / LOG_FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    file = logging.handlers.RotatingFileHandler(
        folder / _FILE, maxBytes=_LARGEST, backupCount=_KEPT, encoding="utf-8", errors="backslashreplace"
    )
    file.setFormatter(_formatter(_for_machines()))
    handlers: list[logging.Handler] = [file]
    if console is not None:
        stream = logging.StreamHandler(console)
        stream.setFormatter(_formatter(_for_people(colours=console.isatty())))
        handlers.append(stream)
    out = logging.Logger("deskbook", level)  # noqa: LOG001 - getLogger would hand out a global one
    for each in handlers:
        out.addHandler(each)
    try:
        yield _logger(out, clock)
    finally:
        for each in handlers:
            each.close()


def _logger(out: logging.Logger, clock: Clock) -> FilteringBoundLogger:
    def stamped(_logger: object, _method: str, event: EventDict) -> EventDict:
        event["at"] = clock.now().isoformat(timespec="milliseconds")
        return event

    logger: FilteringBoundLogger = structlog.wrap_logger(
        out,
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.add_log_level,
            stamped,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return logger


def _formatter(processors: list[Processor]) -> structlog.stdlib.ProcessorFormatter:
    return structlog.stdlib.ProcessorFormatter(
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *processors]
    )


def _for_machines() -> list[Processor]:
    return [
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(_json, ensure_ascii=False, default=str),
    ]


def _traceback(exc_info: ExcInfo) -> str:
    """Return a traceback as text: what it quotes is made harmless with all the rest."""
    out = io.StringIO()
    structlog.dev.plain_traceback(out, exc_info)
    return out.getvalue().rstrip("\n")


def _json(event: EventDict, **how: Any) -> str:
    """Return *event* as JSON that is safe to look at in a terminal too."""
    return escaped(json.dumps(event, **how))


def _for_people(*, colours: bool) -> list[Processor]:
    def brief(_logger: object, _method: str, event: EventDict) -> EventDict:
        event["timestamp"] = event.pop("at")[11:19]
        return event

    def safe(_logger: object, _method: str, event: EventDict) -> EventDict:
        return {key: harmless(value) if isinstance(value, str) else value for key, value in event.items()}

    return [
        brief,
        structlog.processors.ExceptionRenderer(_traceback),
        safe,
        structlog.dev.ConsoleRenderer(
            colors=colours, exception_formatter=structlog.dev.plain_traceback, pad_event_to=0
        ),
    ]
