"""Which sheets a desk's workbook has, and in which order. Pure."""

from collections.abc import Mapping
from typing import Final

from sheet_templates.form import MASTER, Form, FormKey, Role

TODO: Final = FormKey("todo")
"""The pseudo-form of the 待辦 sheet."""


def sheets_of(role: Role, forms: Mapping[FormKey, Form]) -> tuple[Form, ...]:
    """Return the forms whose sheets a desk of *role* has, in order. The master has every form that is kept."""
    shown = (form for form in forms.values() if (form.key != TODO if role == MASTER else role in form.views))
    return tuple(sorted(shown, key=lambda form: (form.key != TODO, form.settings, form.order, form.key)))
