import tomllib
from pathlib import Path, PurePath
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheet_templates.form import Lang
from sync.edges.settings import (
    Company,
    Mail,
    Security,
    Settings,
    SettingsError,
    desks_folder,
    load_settings,
    mail_password,
    store_url,
    write_default,
)

COMPANY = """\
[company]
id = "w-000001"
name = "示例科技"
"""


def load(folder: Path, text: str) -> Settings:
    (folder / "deskbook.toml").write_text(text, encoding="utf-8")
    return load_settings(folder)


def faults(folder: Path, text: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as raised:
        load(folder, text)
    return raised.value.faults


def test_a_first_file_says_what_it_was_given_and_leaves_the_rest_to_defaults(tmp_path):
    company = Company(
        id="w-000001", name='示例 "科技"\\有限公司', language=Lang.ZH_HANT, zone="Asia/Taipei", currency="TWD"
    )

    path = write_default(tmp_path, company)
    settings = load_settings(tmp_path)

    assert path == tmp_path / "deskbook.toml"
    assert settings.company == company
    assert settings == Settings(company=company)
    assert settings.zone == ZoneInfo("Asia/Taipei")


@given(name=st.text(min_size=1, max_size=100))
def test_any_company_name_is_written_so_that_it_is_read_again(name, tmp_path_factory):
    folder = tmp_path_factory.mktemp("workspace")

    write_default(folder, Company(id="w-000001", name=name))

    assert load_settings(folder).company.name == name


def test_the_settings_that_are_commented_out_in_the_first_file_are_right(tmp_path):
    text = write_default(tmp_path, Company(id="w-000001", name="x")).read_text(encoding="utf-8")
    commented = [
        line.removeprefix("# ") for line in text.splitlines() if line.startswith("# ") and " = " in line
    ]

    settings = load(tmp_path, text + "\n".join(commented))

    assert settings.mail.host == "smtp.example.com"
    assert len(commented) == 5


def test_a_first_file_never_replaces_one_that_is_there(tmp_path):
    (tmp_path / "deskbook.toml").write_text("mine")

    with pytest.raises(FileExistsError):
        write_default(tmp_path, Company(id="w-000001", name="x"))
    assert (tmp_path / "deskbook.toml").read_text() == "mine"


def test_all_faults_are_said_at_once_with_their_places(tmp_path):
    said = faults(
        tmp_path,
        """\
[company]
nmae = "x"
zone = "Asia/Shangai"
language = "zh"
[desks]
settle_seconds = -1
poling = "auto"
[mail]
host = "smtp.example.com"
port = 99999
""",
    )

    assert said == (
        "deskbook.toml: company.id: is missing",
        "deskbook.toml: company.name: is missing",
        "deskbook.toml: company.language: input should be 'zh-Hant', 'zh-Hans' or 'en', not 'zh'",
        "deskbook.toml: company.zone: “Asia/Shangai” is not a time zone; did you mean Asia/Shanghai?",
        "deskbook.toml: company.nmae: there is no such setting; did you mean name?",
        "deskbook.toml: desks.settle_seconds: input should be greater than or equal to 0, not -1",
        "deskbook.toml: desks.poling: there is no such setting; did you mean polling?",
        "deskbook.toml: mail.port: input should be less than or equal to 65535, not 99999",
    )


def test_two_desks_cannot_be_one_spreadsheet(tmp_path):
    link = "https://docs.google.com/spreadsheets/d/1AbCdEfGhIjKlMnOpQrStUvWxYz0123456789/edit"
    text = f'[google]\nkey_file = "k.json"\n[google.spreadsheets]\nfinance = "{link}"\nmarketing = "{link}#gid=0"\n'
    [said] = faults(tmp_path, COMPANY + text)

    assert said == (
        "deskbook.toml: google.spreadsheets: each desk needs a spreadsheet of its own, but finance, marketing share one"
    )


def test_an_unknown_setting_that_resembles_none_is_told_which_there_are(tmp_path):
    [said] = faults(tmp_path, COMPANY + "[wiki]\nx = 1\n")

    assert (
        said == "deskbook.toml: wiki: there is no such setting; there are company, desks, google, mail, store"
    )


@pytest.mark.parametrize(
    ("mail", "fault"),
    [
        ('password = "secret"', "mail.password: there is no such setting; did you mean password_env?"),
        (
            'host = "a.example"\nsecurity = "none"',
            "mail: security = “none” would send mail and password readable",
        ),
        ('host = "a.example"\nuser = "u"', "mail: user is given: name its password in"),
        ('password_env = "A"\npassword_file = "b"', "mail: password_env and password_file are both given"),
        ('from = "示例 <a@b.c>"', "mail.from: “示例 <a@b.c>” is not one mail address"),
        ('from = "a@b.c\\r\\nBcc: x@y.z"', "mail.from: "),
    ],
)
def test_a_mail_setting_that_cannot_work_is_refused_at_once(tmp_path, mail, fault):
    [said] = faults(tmp_path, f"{COMPANY}[mail]\n{mail}\n")

    assert said.startswith(f"deskbook.toml: {fault}")


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"[company", "not a readable TOML file: "),
        (b"\xff\xfe", "not a readable TOML file: "),
        (None, "not found in "),
    ],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path, content, fault):
    if content is not None:
        (tmp_path / "deskbook.toml").write_bytes(content)

    with pytest.raises(SettingsError) as raised:
        load_settings(tmp_path)
    assert raised.value.faults[0].startswith(f"deskbook.toml: {fault}")


def test_a_folder_in_the_place_of_the_file_is_said(tmp_path):
    (tmp_path / "deskbook.toml").mkdir()

    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings(tmp_path)


def test_a_file_that_notepad_wrote_is_read(tmp_path):
    (tmp_path / "deskbook.toml").write_bytes(b"\xef\xbb\xbf" + COMPANY.replace("\n", "\r\n").encode())

    assert load_settings(tmp_path).company.name == "示例科技"


@pytest.mark.parametrize(("security", "port"), [("starttls", 587), ("tls", 465), ("none", 25)])
def test_the_port_follows_from_how_the_line_is_kept_private(security, port):
    assert Mail(host="localhost", security=Security(security)).at_port == port
    assert Mail(host="127.0.0.1", security=Security(security), port=2525).at_port == 2525


def test_the_desks_may_lie_elsewhere(tmp_path):
    assert desks_folder(load(tmp_path, COMPANY), tmp_path) == tmp_path / "desks"
    elsewhere = load(tmp_path, COMPANY + '[desks]\nfolder = "/srv/share"\n')

    assert desks_folder(elsewhere, tmp_path) == PurePath("/srv/share")


def test_the_store_is_sqlite_in_the_workspace_unless_said_otherwise(tmp_path):
    assert (
        store_url(load(tmp_path, COMPANY), tmp_path, {})
        == f"sqlite:///{tmp_path.as_posix()}/.deskbook/deskbook.db"
    )


def test_a_password_stands_in_the_environment_or_a_file_and_never_in_the_settings(tmp_path):
    [said] = faults(tmp_path, COMPANY + '[store]\nurl = "postgresql+psycopg://deskbook:secret@db/deskbook"\n')
    assert "write {password} in place of the password" in said
    assert "secret" not in said

    local = load(tmp_path, f'{COMPANY}[store]\nurl = "postgresql+psycopg:///deskbook"\n')
    assert store_url(local, tmp_path, {}) == "postgresql+psycopg:///deskbook"

    url = 'url = "postgresql+psycopg://deskbook:{password}@db/deskbook"\n'
    settings = load(tmp_path, f'{COMPANY}[store]\n{url}password_env = "PW"\n')
    assert (
        store_url(settings, tmp_path, {"PW": "a/b@c"})
        == "postgresql+psycopg://deskbook:a%2Fb%40c@db/deskbook"
    )

    (tmp_path / "secret").write_text("from file\n")
    settings = load(tmp_path, f'{COMPANY}[store]\n{url}password_file = "secret"\n')
    assert store_url(settings, tmp_path, {}).endswith(":from%20file@db/deskbook")


def mail(tmp_path: Path, how: str) -> Settings:
    return load(tmp_path, f'{COMPANY}[mail]\nhost = "a.example"\nuser = "u"\n{how}\n')


def test_the_mail_password_comes_from_where_the_settings_say(tmp_path):
    (tmp_path / "pw").write_text("first line\nsecond line\n")

    assert mail_password(load(tmp_path, COMPANY), tmp_path, {}) == ""
    assert mail_password(mail(tmp_path, 'password_env = "PW"'), tmp_path, {"PW": "x"}) == "x"
    assert mail_password(mail(tmp_path, 'password_file = "pw"'), tmp_path, {}) == "first line"


@pytest.mark.parametrize(
    ("how", "environment", "fault"),
    [
        ('password_env = "PW"', {}, "mail.password_env: the environment has no variable PW"),
        ('password_env = "PW"', {"PW": "密碼"}, "mail: the password has other than ASCII characters"),
        ('password_file = "nowhere"', {}, "mail.password_file: nowhere cannot be read"),
        ('password_file = "empty"', {}, "mail.password_file: the first line of empty is empty"),
    ],
)
def test_a_password_that_is_not_there_is_said_at_the_start(tmp_path, how, environment, fault):
    (tmp_path / "empty").write_text("\n")

    with pytest.raises(SettingsError) as raised:
        mail_password(mail(tmp_path, how), tmp_path, environment)
    assert raised.value.faults[0].startswith(f"deskbook.toml: {fault}")


def test_a_store_url_that_wants_a_password_must_say_where_it_is(tmp_path):
    settings = load(tmp_path, COMPANY + '[store]\nurl = "postgresql://u:{password}@db/x"\n')

    with pytest.raises(SettingsError, match="a password is needed"):
        store_url(settings, tmp_path, {})


def test_the_first_file_is_toml_in_every_language(tmp_path):
    for lang in Lang:
        folder = tmp_path / lang
        folder.mkdir()
        path = write_default(folder, Company(id="w-000001", name="x", language=lang))

        assert tomllib.loads(path.read_text(encoding="utf-8"))["company"]["language"] == lang


def test_every_setting_is_explained_in_the_docs():
    docs = (Path(__file__).parents[3] / "docs" / "operations.md").read_text(encoding="utf-8")
    settings = {
        f"{table}.{field.alias or name}"
        for table, outer in Settings.model_fields.items()
        for name, field in outer.annotation.model_fields.items()
    }

    assert {each for each in settings if f"`{each}`" not in docs} == set()
    assert "mail.from" in settings
