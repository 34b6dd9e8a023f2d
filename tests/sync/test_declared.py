"""Tests for loading what a company declares beside what is shipped: all of it from its one folder."""

from pathlib import Path

import pytest

from sheet_templates.declaration import DeclarationError
from sheet_templates.form import FieldKey, FormKey, Lang, Role
from sync.look import declarations

LABELS = '{{ zh-Hant = "{0}", zh-Hans = "{0}", en = "{0}" }}'

ROLES = f"[quality]\nlabels = {LABELS.format('Quality')}\n"
LIMITS = f"""
[scrap_share]
value = 0.02
labels = {LABELS.format("Scrap")}
clause = "IT-6.3.2"
owner = "quality"
"""
VISIT = f"""
labels = {LABELS.format("Visits")}
help = {LABELS.format("One row a visit.")}
number = "V-{{n}}"
adders = ["quality"]
owners = ["quality"]
[views]
quality = "scrap <= limit.scrap_share"
[fields.scrap]
type = "percent"
labels = {LABELS.format("Scrapped")}
"""


def company(root: Path, **files: str) -> Path:
    """Write a company's own declarations: `forms_visit` is `forms/visit.toml`, `roles` is `roles.toml`."""
    for name, text in files.items():
        path = root / f"{name.replace('_', '/', 1)}.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def test_a_folder_without_declarations_has_the_shipped_ones(tmp_path):
    declared = declarations(tmp_path, Lang.EN)

    assert FormKey("order") in declared.forms
    assert Role("rep") in declared.posts


def test_a_companys_form_may_name_its_own_roles_and_limits(tmp_path):
    declared = declarations(company(tmp_path, roles=ROLES, limits=LIMITS, forms_visit=VISIT), Lang.EN)

    assert declared.forms[FormKey("visit")].adders == {"quality"}
    assert declared.limits["scrap_share"].owner == "quality"
    role = declared.forms[FormKey("people")].field(FieldKey("role"))
    assert role is not None
    assert "quality" in {each.key for each in role.choices}


def test_without_the_role_and_the_limit_the_same_form_is_refused(tmp_path):
    with pytest.raises(DeclarationError, match=r"visit\.toml: adders: no such role: quality"):
        declarations(company(tmp_path, forms_visit=VISIT), Lang.EN)
    with pytest.raises(DeclarationError, match="scrap_share"):
        declarations(company(tmp_path, roles=ROLES), Lang.EN)
