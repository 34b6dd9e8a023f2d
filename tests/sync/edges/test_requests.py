"""What the command line asks of a daemon that runs."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from sheet_templates.form import DeskKey
from sync.chosen import Choice
from sync.edges.requests import answers as answers_in
from sync.edges.requests import emergencies as emergencies_in
from sync.edges.requests import undos as undos_in
from sync.emergency import Emergency
from sync.holds import Answer, Word
from sync.undoing import Asked


def test_a_word_waits_as_it_was_said_until_it_is_done_and_the_last_one_counts(tmp_path: Path):
    answers = answers_in(tmp_path / "hold")
    assert answers.asked() == ()

    first = Answer(desk=DeskKey("finance"), hold="k3k3k3k3k3k3", word=Word.TAKE, by="王")
    other = Answer(desk=DeskKey("銷售/07"), hold="m4m4m4m4m4m4", word=Word.DROP, by="wang")
    last = replace(first, word=Word.DROP)
    for each in (first, other, last):
        answers.ask(each)
    assert set(answers.asked()) == {last, other}

    answers.done(first)
    assert set(answers.asked()) == {last, other}, "another word was said while the first was carried out"
    answers.done(last)
    answers.done(last)
    assert answers.asked() == (other,)


def test_an_undo_that_is_asked_for_waits_as_it_was_asked_until_it_is_done(tmp_path: Path):
    undos = undos_in(tmp_path / "undo")
    assert undos.asked() == ()

    since = dt.datetime(2026, 11, 21, 14, tzinfo=dt.timezone(dt.timedelta(hours=8)))
    one = Asked(name="k3k3k3k3k3k3", by="王", choice=Choice(cause="ab" * 32, upto=7))
    other = Asked(name="m4m4m4m4m4m4", by="wang", choice=Choice(desk=DeskKey("finance"), since=since))
    for each in (one, other, one):
        undos.ask(each)
    assert sorted(undos.asked(), key=lambda each: each.name) == [one, other]

    undos.done(one)
    undos.done(one)
    assert undos.asked() == (other,)


def test_a_limit_that_is_to_count_at_once_waits_as_it_was_said_until_it_is_done(tmp_path: Path):
    limits = emergencies_in(tmp_path / "emergency")
    one = Emergency(key="joint_review_amount", value=Decimal("60000.50"), reason="董事會決議", by="王")
    last = replace(one, value=Decimal(70000))
    limits.ask(one)
    assert limits.asked() == (one,)

    limits.ask(last)
    limits.done(one)
    assert limits.asked() == (last,), "what was said of the same limit last counts"
    limits.done(last)
    assert limits.asked() == ()
