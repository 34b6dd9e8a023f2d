"""Which records a sharing scope reaches, as conditions on each form: own, team, region, industry. Pure."""

from collections.abc import Collection, Iterator, Mapping
from enum import StrEnum
from typing import Final

from sheet_templates.expression import Expression, Scope
from sheet_templates.form import Form, FormKey
from sheet_templates.scope import linked_form

_CUSTOMER: Final = FormKey("customer")
_REGION: Final = "region"
_INDUSTRY: Final = "industry"


class Reach(StrEnum):
    """How far a sharing scope lets somebody see; the keys of `sharing.records`."""

    NONE = "none"
    OWN = "own"
    TEAM = "team"
    REGION = "region"
    INDUSTRY = "industry"
    ALL = "all"


Reaches = Mapping[tuple[FormKey, Reach], Expression]
"""The conditions; what is missing a form cannot tell: it has no owner, no region or no industry."""


def reaches(forms: Mapping[FormKey, Form], limits: Collection[str]) -> Reaches:
    """Return the conditions for *forms*, the stored ones."""
    found: dict[tuple[FormKey, Reach], Expression] = {}
    for form in forms.values():
        conditions = dict(_conditions(form, forms))
        scope = Scope.of(form, forms, limits=limits, me=True) if conditions else None
        for reach, condition in conditions.items():
            assert scope is not None
            found[form.key, reach] = Expression.load(condition, scope)
    return found


def _conditions(form: Form, forms: Mapping[FormKey, Form]) -> Iterator[tuple[Reach, str]]:
    """Yield a condition for each reach that *form* can tell. What is one's own is within each."""
    owner, above = _owner(form, forms)
    own = [f"{owner} == me.number"] if owner else []
    if own:
        yield Reach.OWN, own[0]
        team = (f"{above}.superior == me.number", f"{above}.team == me.team")
        yield Reach.TEAM, " or ".join((*own, *team))
    region = _of_customer(form, forms, _REGION) or (f"{above}.region" if owner else "")
    if region:
        yield Reach.REGION, " or ".join((*own, f"{region} == me.region"))
    industry = _of_customer(form, forms, _INDUSTRY)
    if industry:
        yield Reach.INDUSTRY, " or ".join((*own, f"contains(me.industries, {industry})"))


def _owner(form: Form, forms: Mapping[FormKey, Form]) -> tuple[str, str]:
    """Return the name of the owner of a record, and the name through which the owner is looked at; '' for none."""
    if form.owner is not None:
        return str(form.owner), f"link.{form.owner}"
    parent = _parent(form, forms)
    if parent is None or parent.owner is None:
        return "", ""
    return f"link.{form.parent}.{parent.owner}", f"link.{form.parent}.link.{parent.owner}"


def _of_customer(form: Form, forms: Mapping[FormKey, Form], key: str) -> str:
    """Return the name of the field *key* of a record, or else of the customer that it is about; '' for none."""
    if any(each.key == key for each in form.fields):
        return key
    parent = _parent(form, forms)
    through, looked = ("", form) if parent is None else (f"link.{form.parent}.", parent)
    link = next((each for each in looked.fields if linked_form(each) == _CUSTOMER), None)
    customer = forms.get(_CUSTOMER)
    if link is None or customer is None or not any(each.key == key for each in customer.fields):
        return ""
    return f"{through}link.{link.key}.{key}"


def _parent(form: Form, forms: Mapping[FormKey, Form]) -> Form | None:
    field = next((each for each in form.fields if each.key == form.parent), None)
    target = linked_form(field) if field is not None else None
    return forms.get(target) if target is not None else None
