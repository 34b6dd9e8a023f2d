import io
import json
import logging
from pathlib import Path

import structlog

from sync.edges import log
from sync.edges.log import log_to
from tests.support.clock import FakeClock


def lines(state: Path) -> list[dict[str, object]]:
    text = (state / "log" / "deskbook.log").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def test_each_event_is_one_line_of_json_with_its_time(tmp_path):
    with log_to(tmp_path, FakeClock()) as logger:
        logger.info("ingested", desk="王小明", path=Path("a.xlsx"), cells=3)
        logger.bind(cycle=7).warning("two\nlines")

    assert lines(tmp_path) == [
        {
            "event": "ingested",
            "desk": "王小明",
            "path": "a.xlsx",
            "cells": 3,
            "level": "info",
            "at": "2026-11-02T09:00:00.000+08:00",
        },
        {"event": "two\nlines", "cycle": 7, "level": "warning", "at": "2026-11-02T09:00:00.000+08:00"},
    ]


def test_an_exception_is_logged_with_its_traceback(tmp_path):
    console = io.StringIO()
    with log_to(tmp_path, FakeClock(), console) as logger:
        try:
            (tmp_path / "gone").read_bytes()
        except OSError:
            logger.exception("cycle failed")

    [line] = lines(tmp_path)
    assert str(line["exception"]).startswith("Traceback")
    assert "FileNotFoundError: " in console.getvalue()


def test_a_person_reads_time_event_and_what_belongs_to_it_without_colours_in_a_file(tmp_path):
    console = io.StringIO()

    with log_to(tmp_path, FakeClock(), console) as logger:
        logger.info("ingested", desk="王小明")

    assert console.getvalue() == "09:00:00 [info     ] ingested desk=王小明\n"


def test_what_is_below_the_level_is_not_written(tmp_path):
    with log_to(tmp_path, FakeClock(), level=logging.WARNING) as logger:
        logger.info("quiet")
        logger.error("loud")

    assert [line["event"] for line in lines(tmp_path)] == ["loud"]


def test_half_characters_do_not_break_the_log(tmp_path):
    with log_to(tmp_path, FakeClock()) as logger:
        logger.info("name", value="a\ud800b")
        logger.info("next")

    assert [line["event"] for line in lines(tmp_path)] == ["name", "next"]


def test_the_file_does_not_grow_without_end(tmp_path):
    with log_to(tmp_path, FakeClock()) as logger:
        for number in range(14):
            logger.info("long", number=number, text="x" * 1_000_000)

    kept = sorted(path.name for path in (tmp_path / "log").iterdir())
    assert kept == ["deskbook.log", "deskbook.log.1", "deskbook.log.2", "deskbook.log.3"]
    assert max(path.stat().st_size for path in (tmp_path / "log").iterdir()) <= log._LARGEST


def test_a_second_run_goes_on_in_the_same_file_and_nothing_global_is_left(tmp_path):
    before = structlog.get_config()["processors"]
    for _ in range(2):
        with log_to(tmp_path, FakeClock()) as logger:
            logger.info("started")

    assert len(lines(tmp_path)) == 2
    assert structlog.get_config()["processors"] == before
    assert "deskbook" not in logging.root.manager.loggerDict
