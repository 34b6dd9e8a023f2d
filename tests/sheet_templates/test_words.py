import datetime as dt
from decimal import Decimal

import pytest

from sheet_templates.form import Labels, Lang
from sheet_templates.record import named, text
from sheet_templates.words import Words, WordsError


def test_the_shipped_sentences_load():
    words = Words.load()

    assert words.say(text("yes"), Lang.ZH_HANT) == "是"
    assert words.say(text("yes"), Lang.EN) == "Yes"


def test_a_companys_folder_adds_sentences_and_rewords_shipped_ones_in_one_language(tmp_path):
    (tmp_path / "own.toml").write_text(
        '["yes"]\nen = "Aye"\n[own.greeting]\nen = "Dear {name}"\nzh-Hant = "{name}您好"\nzh-Hans = "{name}您好"\n',
        encoding="utf-8",
    )

    words = Words.load(tmp_path)

    assert words.say(text("yes"), Lang.EN) == "Aye"
    assert words.say(text("yes"), Lang.ZH_HANS) == "是"
    assert words.say(text("own.greeting", name="王"), Lang.ZH_HANS) == "王您好"


def test_all_faults_of_all_files_are_said_at_once(tmp_path):
    (tmp_path / "a.toml").write_text(
        '["one"]\nen = "One {a}"\nzh-Hant = "一{b}"\nzh-Hans = "一{a}"\n'
        '["two"]\nen = "Two"\nfr = "Deux"\n'
        '["three"]\nen = "{0}"\nzh-Hant = "{a!r}"\nzh-Hans = ""\n'
        'four = "x"\n',
        encoding="utf-8",
    )
    (tmp_path / "b.toml").write_text(
        '["one"]\nen = "1"\nzh-Hant = "1"\nzh-Hans = "1"\n["yes"]\nen = "{who}"\n', encoding="utf-8"
    )
    (tmp_path / "c.toml").write_text("[broken", encoding="utf-8")

    with pytest.raises(WordsError) as caught:
        Words.load(tmp_path)

    said = "\n".join(caught.value.faults)
    for part in (
        "a.toml: one: the blanks differ",
        "a.toml: two.fr: not a language",
        "a.toml: two: zh-Hant, zh-Hans is missing",
        "a.toml: three.en: a blank must be a simple name",
        "a.toml: three.zh-Hant: a blank must be a simple name",
        "a.toml: three.zh-Hans: must be text",
        "b.toml: one: stands in a.toml already",
        "b.toml: yes.en: unknown blanks who",
        "c.toml: not a readable TOML file",
    ):
        assert part in said


def test_blanks_are_written_for_people():
    words = Words(
        sentences={
            "x": {Lang.EN: "{a} {b} {c} {d}", Lang.ZH_HANT: "{a} {b} {c} {d}", Lang.ZH_HANS: ""},
            "yes": {Lang.EN: "Yes", Lang.ZH_HANT: "是", Lang.ZH_HANS: "是"},
        }
    )
    said = text(
        "x", a=Decimal("1234567.50"), b=dt.date(2026, 11, 3), c=text("yes"), d=dt.datetime(2026, 11, 3, 9, 5)
    )

    assert words.say(said, Lang.EN) == "1,234,567.50 3 Nov 2026 Yes 3 Nov 2026 09:05"
    assert words.say(said, Lang.ZH_HANT) == "1,234,567.50 2026年11月3日 是 2026年11月3日 09:05"


def test_a_value_with_braces_is_shown_as_it_is():
    words = Words(sentences={"x": {Lang.EN: "Typed {value}."}})

    assert words.say(text("x", value="{evil} {0}"), Lang.EN) == "Typed {evil} {0}."


def test_an_unknown_key_or_an_unfilled_blank_is_a_bug():
    words = Words(sentences={"x": {Lang.EN: "{value}"}})

    with pytest.raises(KeyError):
        words.say(text("nothing"), Lang.EN)
    with pytest.raises(KeyError):
        words.say(text("x"), Lang.EN)


def test_labels_are_said_in_the_readers_language_and_as_a_blank():
    labels = Labels(zh_hant="訂單", zh_hans="订单", en="Order {n}")
    words = Words.load()

    assert words.say(named(labels), Lang.ZH_HANS) == "订单"
    assert words.say(text("schema.required", field=named(labels)), Lang.EN).startswith("Order {n} is empty")


def test_every_shipped_role_has_its_name_and_a_company_can_name_more():
    words = Words.load().naming({"role.quality": Labels(zh_hant="品管", zh_hans="质检", en="Quality {QA}")})

    assert words.say(text("role.rep"), Lang.ZH_HANT) == "銷售代表"
    assert words.say(text("role.quality"), Lang.EN) == "Quality {QA}"


def test_an_entry_of_a_wrong_kind_and_a_broken_blank_are_faults(tmp_path):
    (tmp_path / "a.toml").write_text(
        'one = 5\n["two"]\nen = "{"\nzh-Hant = "二"\nzh-Hans = "二"\n', encoding="utf-8"
    )

    with pytest.raises(WordsError) as caught:
        Words.load(tmp_path)

    assert "a.toml: one: must be a table" in str(caught.value)
    assert "a.toml: two.en: " in str(caught.value)
