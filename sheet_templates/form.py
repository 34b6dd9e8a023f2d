"""The nouns of a form: what a register is, who owns its fields and who sees it. No I/O.

A form is declared in one TOML file (see `sheet_templates.load`); everything else in Deskbook is about
forms, so these classes are the bottom of the import graph.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Final, NewType

FormKey = NewType("FormKey", str)
FieldKey = NewType("FieldKey", str)
Role = NewType("Role", str)
DeskKey = NewType("DeskKey", str)

MASTER: Final = Role("master")
"""The role of the master workbook: it reads everything and owns nothing."""

ID: Final = FieldKey("_id")
MARK: Final = FieldKey("_mark")
NUMBER: Final = FieldKey("number")
STATE: Final = FieldKey("state")
CHECK: Final = FieldKey("check")


class Lang(StrEnum):
    """A language that people see."""

    ZH_HANT = "zh-Hant"
    ZH_HANS = "zh-Hans"
    EN = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """One name in three languages, and the names that older sheets use."""

    zh_hant: str
    zh_hans: str
    en: str
    aliases: tuple[str, ...] = ()

    def in_(self, lang: Lang) -> str:
        """Return the name in *lang*."""
        match lang:
            case Lang.ZH_HANT:
                return self.zh_hant
            case Lang.ZH_HANS:
                return self.zh_hans
            case Lang.EN:
                return self.en

    def every(self) -> tuple[str, ...]:
        """Return all names by which a person may call it."""
        return (self.zh_hant, self.zh_hans, self.en, *self.aliases)


YES: Final = Labels(
    zh_hant="是",
    zh_hans="是",
    en="Yes",
    aliases=("有", "對", "要", "✓", "✔", "√", "☑", "Y", "True", "T", "1"),
)
"""How a ticked YES_NO cell is shown, and what else people write in it."""
NO: Final = Labels(
    zh_hant="否",
    zh_hans="否",
    en="No",
    aliases=("沒有", "無", "不", "不是", "不要", "✗", "✘", "×", "☐", "□", "N", "False", "F", "0", "-"),
)


class FieldType(StrEnum):
    """How the text of a cell is understood."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    NUMBER = "number"
    MONEY = "money"
    PERCENT = "percent"
    DATE = "date"
    TIME = "time"
    CHOICE = "choice"
    YES_NO = "yes_no"
    PHONE = "phone"
    EMAIL = "email"
    LINK = "link"
    PERSON = "person"
    FILE = "file"


class Stage(StrEnum):
    """From when on a field must be filled."""

    NEVER = "never"
    SAVE = "save"
    SUBMIT = "submit"


class Source(StrEnum):
    """Where the value of a field comes from."""

    TYPED = "typed"
    """An owner types it."""
    COMPUTED = "computed"
    """An expression over the record, its lines and its links."""
    STAMPED = "stamped"
    """A rule sets it."""
    SUBMIT = "submit"
    """The requester's tick that starts an approval chain. Made from the chain, not declared."""
    DECISION = "decision"
    """A signer's verdict. Made from a chain's step; shown from the journal, never stored as a value."""
    OPINION = "opinion"
    """The words beside a decision."""
    CODE = "code"
    """The one-time code beside a decision. Never stored, never shown: the cell is emptied whatever was typed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One allowed value of a choice field; *key* is what is stored, the labels are what is seen."""

    key: str
    labels: Labels


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One column of a form."""

    key: FieldKey
    type: FieldType
    labels: Labels
    source: Source = Source.TYPED
    owners: frozenset[Role] = frozenset()
    """Roles that may type here. Empty: only the daemon writes it."""
    readers: frozenset[Role] | None = None
    """Roles that may see it, beside the owners. None: everybody who sees the record."""
    wider: frozenset[Role] = frozenset()
    """Roles to which a sharing scope may show it though they are no readers; until then their column is empty."""
    required: Stage = Stage.NEVER
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    """For NUMBER, MONEY and PERCENT (a fraction: 0.3 is 30 %)."""
    integer: bool = False
    max_length: int = 2000
    pattern: str | None = None
    """A regular expression that the whole text must match."""
    unique: bool = False
    found_by: bool = False
    """Records are found by what it holds, as by a unique field; several may hold the same."""
    choices: tuple[Choice, ...] = ()
    columns: bool = False
    """Its choices are the forms, their groups of fields and their fields (`sheet_templates.load` puts them in)."""
    transfers: bool = False
    """Its choices are the transfers that the rules declare (`rules.columns` puts them in)."""
    link: FormKey | None = None
    """The form that a LINK refers to (a PERSON: `people`). The stored value is that record's number."""
    material: bool = False
    """A change voids sign-offs (TX-3.3.1, IT-3.3.2)."""
    tolerance: Decimal = Decimal(0)
    """A numeric change up to this share of the signed value is not material (0.02 is 2 %)."""
    default: str | None = None
    """An expression, evaluated when a record is new and the cell empty."""
    computed: str | None = None
    """An expression, for COMPUTED."""
    step: str | None = None
    """For DECISION, OPINION and CODE: the chain's step that this column decides."""
    signer: Role | None = None
    """For DECISION, OPINION and CODE: the role that signs here. Owners are also those whom the step may go up to."""
    before: FieldKey | None = None
    """The field in which stands what this one is to replace: people are told old → new."""
    copies: bool = True
    """Whether it goes along when somebody copies a row to begin another record with it."""
    width: int = 14
    """In characters."""
    help: Labels | None = None

    def read_by(self, role: Role) -> bool:
        """Return whether *role* may see this field of a record that it sees."""
        return role == MASTER or self.readers is None or role in self.readers or role in self.owners


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Fields of a form that are shared, or not, together."""

    key: str
    labels: Labels
    fields: frozenset[FieldKey]


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One standard register, such as 客戶信息登記表."""

    key: FormKey
    labels: Labels
    fields: tuple[Field, ...]
    number: str
    """Pattern of the visible number: `SO-{year}-{n:04}` (with a year the count starts again each year)."""
    help: Labels
    """A short guide that stands on the 說明 sheet and in the docs."""
    clauses: tuple[str, ...] = ()
    title: FieldKey | None = None
    """The field by which people call a record. If it is unique, links show it in place of the number."""
    owner: FieldKey | None = None
    """The PERSON field that says whose record it is."""
    parent: FieldKey | None = None
    """For a line form: the LINK field that names the record it belongs to."""
    adders: frozenset[Role] = frozenset()
    """Roles whose desks may add records."""
    retractors: frozenset[Role] = frozenset()
    """Roles that withdraw a record of their own by deleting its row (`sync.gone` says which)."""
    views: Mapping[Role, str] = field(default_factory=dict)
    """Role → the condition under which it sees a record (an expression; `true` for all)."""
    wider: frozenset[Role] = frozenset()
    """Roles to which a sharing scope may show more records than their view does."""
    groups: tuple[Group, ...] = ()
    order: int = 100
    """Place of its sheet in a workbook."""
    settings: bool = False
    """A settings form (people, limits): shown on the administrator's desk."""
    signed: frozenset[FieldKey] = frozenset()
    """Settings that decide over money or sign-off: a change counts once it has been signed off (`sync.setting`)."""
    signed_rows: bool = False
    """So do new rows, and that one goes."""
    system: tuple[Field, ...] = field(init=False, repr=False, compare=False)
    """The columns that every sheet begins with."""
    by_key: Mapping[FieldKey, Field] = field(init=False, repr=False, compare=False)
    """Every column, system columns included: they are asked for with every cell."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "system", system_fields(self))
        object.__setattr__(self, "by_key", {each.key: each for each in (*self.system, *self.fields)})

    def field(self, key: FieldKey) -> Field | None:
        """Return the field called *key*, a system column's included."""
        return self.by_key.get(key)

    def columns(self, role: Role) -> tuple[Field, ...]:
        """Return the columns that a desk of *role* shows, in order: system columns, then the form's own."""
        return (*self.system, *(each for each in self.fields if each.read_by(role) or role in each.wider))

    @property
    def titled(self) -> Field | None:
        """The unique title field by which links show a record of this form, if it has one."""
        found = self.field(self.title) if self.title else None
        return found if found is not None and found.unique else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One workbook that belongs to a person or a department."""

    key: DeskKey
    """Stable, from the person's number or the department's role: `P-0007`, `finance`."""
    name: str
    """What people call it: the file's stem."""
    role: Role
    people: tuple[str, ...]
    """Numbers in `people` of those who work in it, the one it belongs to first."""
    shared: bool = False
    """Several people work in it: sign-offs carry evidence grade D."""
    lang: Lang = Lang.EN


_NUMBER_LABELS = Labels(
    zh_hant="編號", zh_hans="编号", en="No.", aliases=("單號", "单号", "Number", "ID", "序號", "序号")
)
_STATE_LABELS = Labels(zh_hant="狀態", zh_hans="状态", en="State", aliases=("审批状态",))
_CHECK_LABELS = Labels(zh_hant="檢查", zh_hans="检查", en="Check", aliases=("校验", "問題", "问题"))
_HIDDEN = Labels(zh_hant="", zh_hans="", en="")


def system_fields(form: Form) -> tuple[Field, ...]:
    """Return the columns that every sheet begins with: id and marks (hidden), number, state, check."""
    return (
        Field(key=ID, type=FieldType.TEXT, labels=_HIDDEN, source=Source.STAMPED, width=2),
        Field(key=MARK, type=FieldType.TEXT, labels=_HIDDEN, source=Source.STAMPED, width=2),
        Field(
            key=NUMBER,
            type=FieldType.TEXT,
            labels=_NUMBER_LABELS,
            owners=form.adders,
            max_length=40,
            width=15,
        ),
        Field(key=STATE, type=FieldType.TEXT, labels=_STATE_LABELS, source=Source.STAMPED, width=22),
        Field(key=CHECK, type=FieldType.LONG_TEXT, labels=_CHECK_LABELS, source=Source.STAMPED, width=30),
    )
