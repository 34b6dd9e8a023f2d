"""`deskbook.toml`: where things are and how mail leaves. Everything else that a company sets is a form."""

import difflib
import re
import tomllib
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path, PurePath
from typing import Annotated, Any, Final, Self
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from sheet_templates.declaration import DeclarationError
from sheet_templates.form import Lang
from sync.edges.mime import AddressError, one_address

_FEW: Final = 20
"""So many names can be listed in one fault."""

FILE: Final = "deskbook.toml"
STATE_FOLDER: Final = ".deskbook"


class SettingsError(DeclarationError):
    """`deskbook.toml` cannot be used: says every fault with its place."""


class NoWorkspaceError(SettingsError):
    """There is no `deskbook.toml`: the folder is no workspace."""


class Security(StrEnum):
    """How the line to the mail server is kept private."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"
    """Only to a server on this machine."""


class Polling(StrEnum):
    """Whether the desks' folder is asked again and again instead of listening to the file system."""

    AUTO = "auto"
    """On network shares and other places where the file system tells nothing."""
    ALWAYS = "always"
    NEVER = "never"


class Region(StrEnum):
    """Whose public holidays count."""

    AUTO = "auto"
    """Those of the company's time zone."""
    CHINA = "cn"
    TAIWAN = "tw"
    HONG_KONG = "hk"
    NONE = "none"
    """Only weekends are free."""


_PORTS: Final[Mapping[Security, int]] = {Security.STARTTLS: 587, Security.TLS: 465, Security.NONE: 25}


_DEFAULT: Final = """\
# Deskbook: where things are and how mail leaves. What a company decides (people, limits, hours) is in its
# settings forms, on the administrator's desk. Every setting is explained in docs/operations.md.

[company]
id = {id}
name = {name}
# zh-Hant, zh-Hans or en: of the sheets, of the mails and of the commands.
language = {language}
zone = {zone}
currency = {currency}
# Public holidays and make-up days: auto (those of the zone), cn, tw, hk, or none (weekends only).
holidays = {holidays}

[desks]
# Where people's workbooks lie; may be a share.
folder = "desks"
settle_seconds = 0.5
scan_seconds = 60

[mail]
# Without a host, mail is written as .eml files into the folder `mail`.
# host = "smtp.example.com"
# security = "starttls"        # or "tls"
# user = "deskbook@example.com"
# password_env = "DESKBOOK_MAIL_PASSWORD"
# from = "deskbook@example.com"
"""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


class Company(_Table):
    """[company] Who works here, in which language, zone and currency."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9-]{6,40}$")]
    """Made by `init`, never changed: Message-IDs are derived from it."""
    name: Annotated[str, Field(min_length=1, max_length=100)]
    language: Lang = Lang.EN
    zone: str = "Asia/Shanghai"
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "CNY"
    """ISO 4217."""
    holidays: Region = Region.AUTO
    """Whose public holidays and make-up days are free and worked; `auto`: those of the zone."""

    @field_validator("zone")
    @classmethod
    def _zone_exists(cls, zone: str) -> str:
        known = available_timezones()
        if zone not in known:
            raise ValueError(f"“{zone}” is not a time zone{_near(zone, known)}")
        return zone


class Desks(_Table):
    """[desks] Where the workbooks lie and how they are watched."""

    folder: PurePath = PurePath("desks")
    """Absolute, or seen from the workspace; may be a share."""
    settle_seconds: Annotated[float, Field(ge=0, le=600)] = 0.5
    """A file counts as saved when its size and time have stood still for so long."""
    scan_seconds: Annotated[float, Field(ge=1, le=3600)] = 60.0
    """A full look at the folder at least so often, whatever the file system told."""
    polling: Polling = Polling.AUTO
    poll_seconds: Annotated[float, Field(ge=0.2, le=600)] = 2.0


class Storage(_Table):
    """[store] Where the truth is kept."""

    url: str = ""
    """A SQLAlchemy URL; empty: SQLite in the workspace. A `{password}` in it is filled in."""
    password_env: str = ""
    password_file: PurePath | None = None
    keep_renders_days: Annotated[int, Field(ge=60, le=36500)] = 400
    """So long a copy of a desk may stay away and is still merged against what it was taken from."""

    @field_validator("url")
    @classmethod
    def _url_holds_no_secret(cls, url: str) -> str:
        if (urlsplit(url).password or "{password}") != "{password}":
            raise ValueError(
                "write {password} in place of the password, and name it in password_env or password_file"
            )
        return url


class Mail(_Table):
    """[mail] Without a host, messages are written as .eml files into the workspace."""

    model_config = ConfigDict(populate_by_name=True)

    host: str = ""
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    """Without it: 587 for starttls, 465 for tls, 25 for none."""
    security: Security = Security.STARTTLS
    user: str = ""
    """Empty: the server asks for no login."""
    password_env: str = ""
    """The name of the environment variable that holds the password."""
    password_file: PurePath | None = None
    """A file whose first line is the password: absolute, or seen from the workspace."""
    sender: Annotated[str, Field(alias="from")] = "deskbook@localhost.localdomain"
    ca_file: PurePath | None = None
    """Certificates to trust beside the system's, for a company's own authority."""
    timeout_seconds: Annotated[float, Field(ge=1, le=600)] = 30.0
    batch: Annotated[int, Field(ge=1, le=1000)] = 50
    """Messages at most over one connection."""

    @field_validator("sender")
    @classmethod
    def _sender_is_an_address(cls, sender: str) -> str:
        try:
            return str(one_address(sender))
        except AddressError as fault:
            raise ValueError(str(fault)) from fault

    @model_validator(mode="after")
    def _line_is_safe(self) -> Self:
        if self.security is Security.NONE and self.host and not _on_this_machine(self.host):
            raise ValueError(
                f"security = “none” would send mail and password readable over the network to {self.host}; "
                "use “starttls” or “tls”"
            )
        if self.user and not (self.password_env or self.password_file):
            raise ValueError("user is given: name its password in password_env or password_file")
        if self.password_env and self.password_file:
            raise ValueError("password_env and password_file are both given: keep one")
        return self

    @property
    def at_port(self) -> int:
        """The port to connect to."""
        return self.port if self.port is not None else _PORTS[self.security]


class Google(_Table):
    """[google] Desks that are Google spreadsheets. Without a key file there are none."""

    key_file: PurePath | None = None
    """The service account's key: absolute, or seen from the workspace."""
    desks: tuple[str, ...] = ()
    """Which desks are online: a department or role (`finance`, `rep`), or a person by name or number."""
    folder: str = ""
    """A folder on a shared drive, by link or id, in which the spreadsheets are made."""
    spreadsheets: Mapping[str, str] = {}
    """Empty spreadsheets that were made by hand and shared with the service account: desk → link or id."""
    quiet_seconds: Annotated[float, Field(ge=0, le=600)] = 8.0
    """So long nobody may have typed before a spreadsheet is read."""
    poll_seconds: Annotated[float, Field(ge=0, le=600)] = 5.0
    """Google is asked so often what changed while something happens; less often otherwise."""
    requests_a_minute: Annotated[int, Field(ge=20, le=100_000)] = 55
    """Of all kinds together; Google allows 60 reads and 60 writes, and more to who asks for it."""
    address: str = ""
    """A relay of the company's own that passes requests on to Google; empty: Google itself."""

    @field_validator("address")
    @classmethod
    def _address_is_safe(cls, address: str) -> str:
        parts = urlsplit(address)
        if (
            address
            and parts.scheme != "https"
            and not (parts.scheme == "http" and _on_this_machine(parts.hostname or ""))
        ):
            raise ValueError(
                "an address begins with https://: what goes over it could be read by others otherwise"
            )
        return address

    @field_validator("folder")
    @classmethod
    def _folder_is_one(cls, folder: str) -> str:
        return _google_id(folder, "folders") if folder else ""

    @field_validator("spreadsheets")
    @classmethod
    def _spreadsheets_are_such(cls, spreadsheets: Mapping[str, str]) -> Mapping[str, str]:
        found = {desk: _google_id(link, "d") for desk, link in spreadsheets.items()}
        several = sorted(desk for desk, id_ in found.items() if [*found.values()].count(id_) > 1)
        if several:
            raise ValueError(f"each desk needs a spreadsheet of its own, but {', '.join(several)} share one")
        return found

    @model_validator(mode="after")
    def _has_key(self) -> Self:
        if (self.desks or self.spreadsheets) and self.key_file is None:
            raise ValueError("desks are named, but no key_file: docs/google.md says how to get one")
        return self

    @property
    def online(self) -> frozenset[str]:
        """Which desks are online."""
        return frozenset((*self.desks, *self.spreadsheets))


class Settings(_Table):
    """The whole of `deskbook.toml`."""

    company: Company
    desks: Desks = Desks()
    store: Storage = Storage()
    mail: Mail = Mail()
    google: Google = Google()

    @property
    def zone(self) -> ZoneInfo:
        """The company's time zone."""
        return ZoneInfo(self.company.zone)


def load_settings(workspace: Path) -> Settings:
    """Read *workspace*'s `deskbook.toml`. Raises SettingsError with all faults."""
    path = workspace / FILE
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise NoWorkspaceError(
            [f"{FILE}: not found in {workspace}: this is not a workspace; `deskbook init` makes one"]
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError([f"{FILE}: not a readable TOML file: {error}"]) from error
    except OSError as error:
        raise SettingsError([f"{FILE}: cannot be read: {error.strerror}"]) from error
    try:
        return Settings.model_validate(tables)
    except ValidationError as error:
        raise SettingsError(_faults(error)) from None


def workspace_at(folder: Path | None, near: Path | None = None) -> Path:
    """Return the workspace that is meant: *folder*, or else the nearest one at or above where one stands.

    *near*: a file; its workspace is meant if there is none where one stands.
    """
    if folder is not None:
        return folder.resolve()
    here = Path.cwd()
    starts = [here] if near is None else [here, near.resolve().parent]
    found = (each for start in starts for each in (start, *start.parents) if (each / FILE).is_file())
    return next(found, here)


def language_of(workspace: Path) -> Lang | None:
    """Return the language that a workspace's settings name; None if they cannot be read, or name none.

    For the words in which it is said that the settings are wrong.
    """
    try:
        tables = tomllib.loads((workspace / FILE).read_text(encoding="utf-8-sig"))
        return Lang(tables["company"]["language"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def make_company(**named: str) -> Company:
    """Return the table [company] with what is *named*. Raises SettingsError, as `load_settings` does."""
    try:
        return Settings.model_validate({"company": named}).company
    except ValidationError as error:
        raise SettingsError(_faults(error)) from None


def desks_folder(settings: Settings, workspace: Path) -> Path:
    """Return the folder of the desks' workbooks."""
    return workspace / settings.desks.folder


def store_url(settings: Settings, workspace: Path, environment: Mapping[str, str]) -> str:
    """Return the SQLAlchemy URL of the store, its password filled in. Raises SettingsError."""
    store = settings.store
    if not store.url:
        return f"sqlite:///{(workspace / STATE_FOLDER / 'deskbook.db').as_posix()}"
    if "{password}" not in store.url:
        return store.url
    password = _secret("store", store.password_env, store.password_file, workspace, environment)
    return store.url.replace("{password}", quote(password, safe=""))


def mail_password(settings: Settings, workspace: Path, environment: Mapping[str, str]) -> str:
    """Return the mail server's password; '' if it asks for none. Raises SettingsError."""
    mail = settings.mail
    if not mail.user:
        return ""
    password = _secret("mail", mail.password_env, mail.password_file, workspace, environment)
    if not password.isascii():
        raise SettingsError(
            [f"{FILE}: mail: the password has other than ASCII characters; SMTP cannot carry them"]
        )
    return password


def write_default(workspace: Path, company: Company) -> Path:
    """Write a first `deskbook.toml` into *workspace*; return its path.

    Raises FileExistsError if there is one: it is never replaced.
    """
    path = workspace / FILE
    text = _DEFAULT.format_map({key: _quoted(value) for key, value in company.model_dump().items()})
    with path.open("x", encoding="utf-8", newline="\n") as file:
        file.write(text)
    return path


def _secret(
    table: str, variable: str, file: PurePath | None, workspace: Path, environment: Mapping[str, str]
) -> str:
    if file is not None:
        place = f"{FILE}: {table}.password_file"
        try:
            lines = (workspace / file).read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError([f"{place}: {file} cannot be read: {error}"]) from error
        if not lines or not lines[0]:
            raise SettingsError([f"{place}: the first line of {file} is empty"])
        return lines[0]
    if not variable:
        raise SettingsError(
            [f"{FILE}: {table}: a password is needed: name it in password_env or password_file"]
        )
    if not environment.get(variable):
        raise SettingsError([f"{FILE}: {table}.password_env: the environment has no variable {variable}"])
    return environment[variable]


def _faults(error: ValidationError) -> Iterator[str]:
    for each in error.errors(include_url=False):
        place = ".".join(str(part) for part in each["loc"])
        yield (
            f"{FILE}: {place}: {_in_words(each, each['loc'])}" if place else f"{FILE}: {_in_words(each, ())}"
        )


def _in_words(fault: Mapping[str, Any], place: tuple[int | str, ...]) -> str:
    match fault["type"]:
        case "extra_forbidden":
            return f"there is no such setting{_near(str(place[-1]), _known(place[:-1]))}"
        case "missing":
            return "is missing"
        case "value_error":
            return str(fault["ctx"]["error"])
        case _:
            said = str(fault["msg"])
            return f"{said[0].lower()}{said[1:]}, not {fault['input']!r}"


def _known(place: tuple[int | str, ...]) -> frozenset[str]:
    """Return the settings that the table at *place* may have."""
    table: type[BaseModel] = Settings
    for part in place:
        inner = table.model_fields[str(part)].annotation
        assert isinstance(inner, type)
        assert issubclass(inner, BaseModel)  # only a table can hold a setting that does not exist
        table = inner
    return frozenset(field.alias or name for name, field in table.model_fields.items())


def _near(word: str, known: AbstractSet[str]) -> str:
    found = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    if found:
        return f"; did you mean {found[0]}?"
    return f"; there are {', '.join(sorted(known))}" if len(known) <= _FEW else ""


def _on_this_machine(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _google_id(said: str, before: str) -> str:
    """Return the id in a link to a folder or a spreadsheet, or *said* if it is one. Raises ValueError."""
    found = re.search(rf"/{before}/([\w-]+)", said) or re.fullmatch(r"([\w-]{15,})", said.strip())
    if found is None:
        raise ValueError(f"“{said}” is no link as the browser shows it, and no id")
    return found[1]


def _quoted(text: str) -> str:
    """Return *text* as a TOML basic string."""
    escaped = "".join(f"\\u{ord(each):04x}" if each < " " or each in '"\\\x7f' else each for each in text)
    return f'"{escaped}"'
