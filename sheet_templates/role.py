"""The roles that people may have: the only reader of `roles.toml`."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sheet_templates.declaration import DeclarationError, read_table
from sheet_templates.form import Labels, Role

SHIPPED: Final = Path(__file__).parent / "roles.toml"


class RoleError(DeclarationError):
    """The declaration of a role is broken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """What is declared of one role."""

    role: Role
    labels: Labels
    personal: bool
    """Each person who has it gets an own desk. Otherwise the department shares one."""
    clause: str
    """The policy's clause that knows this role, '' if none does."""


def load_roles(*dirs: Path) -> Mapping[Role, Post]:
    """Read the shipped roles, then the `roles.toml` of each of *dirs*, if it is there.

    A company's file adds roles, or replaces shipped ones whole. Raises RoleError with all faults.
    """
    faults: list[str] = []
    posts: dict[Role, Post] = {}
    for path in (SHIPPED, *(each / "roles.toml" for each in dirs)):
        if path is not SHIPPED and not path.exists():
            continue
        table = read_table(path, faults)
        if table is None:
            continue
        for key, entry in table.tables():
            labels = entry.take_labels("labels")
            personal, clause = entry.take_flag("personal"), entry.find_text("clause") or ""
            entry.close()
            if not key.isidentifier() or key == "master":
                table.fault(key, "is not a name that a role may have")
            elif labels is not None:
                posts[Role(key)] = Post(role=Role(key), labels=labels, personal=personal, clause=clause)
    if faults:
        raise RoleError(faults)
    return posts
