"""What the computer says of itself."""

from pathlib import Path

import pytest

from sheet_templates.form import Lang
from sync.edges.machine import machine_lang, machine_zone


@pytest.mark.parametrize(
    ("said", "lang"),
    [
        ("zh_TW.UTF-8", Lang.ZH_HANT),
        ("zh_HK", Lang.ZH_HANT),
        ("zh-Hant-MO", Lang.ZH_HANT),
        ("zh_CN.UTF-8", Lang.ZH_HANS),
        ("zh_SG", Lang.ZH_HANS),
        ("zh_Hans_HK", Lang.ZH_HANS),
        ("en_GB.UTF-8", Lang.EN),
        ("de_DE.UTF-8", Lang.EN),
        ("C.UTF-8", Lang.EN),
    ],
)
def test_the_locale_s_language_is_spoken_if_it_is_one_of_the_three(said: str, lang: Lang):
    assert machine_lang({"LANG": said}) is lang


def test_variables_count_in_the_order_of_the_standard_and_empty_ones_not_at_all():
    assert machine_lang({"LC_ALL": "zh_TW", "LC_MESSAGES": "en_US", "LANG": "zh_CN"}) is Lang.ZH_HANT
    assert machine_lang({"LC_ALL": "", "LC_MESSAGES": "zh_CN", "LANG": "en_US"}) is Lang.ZH_HANS


def test_a_zone_is_named_by_the_environment_or_by_the_link_of_the_local_time(tmp_path: Path):
    link = tmp_path / "localtime"
    link.symlink_to("/usr/share/zoneinfo/Asia/Taipei")

    assert machine_zone({"TZ": ":Europe/Paris"}, link) == "Europe/Paris"
    assert machine_zone({}, link) == "Asia/Taipei"


@pytest.mark.parametrize("named", ["UTC", "CST-8", "Asia/Nowhere", "../../etc/passwd"])
def test_what_is_no_named_zone_says_nothing(tmp_path: Path, named: str):
    assert machine_zone({"TZ": named}, tmp_path / "localtime") == ""


def test_a_copied_local_time_says_nothing(tmp_path: Path):
    (tmp_path / "localtime").write_bytes(b"TZif2")

    assert machine_zone({}, tmp_path / "localtime") == ""
