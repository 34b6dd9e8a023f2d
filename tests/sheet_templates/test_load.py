from decimal import Decimal
from pathlib import Path

import pytest

from sheet_templates.form import MASTER, FieldType, Lang, Role, Source, Stage
from sheet_templates.load import FormError, LimitError, load_forms, load_limits
from sheet_templates.role import RoleError, load_roles
from sheet_templates.words import Words

FORMS = load_forms()
LABELS = '{ zh-Hant = "新", zh-Hans = "新", en = "New" }'


def write(folder: Path, name: str, content: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(content, encoding="utf-8")
    return folder


def faults_of(folder: Path) -> str:
    with pytest.raises(FormError) as caught:
        load_forms(folder)
    return str(caught.value)


def labels(name):
    return f'{{ zh-Hant = "{name}", zh-Hans = "{name}", en = "{name}" }}'


def sees(role, form, field):
    found = FORMS[form].field(field)
    assert found is not None
    return Role(role) in FORMS[form].views and found.read_by(Role(role))


def test_the_shipped_forms_stand_in_the_order_of_their_sheets():
    assert list(FORMS) == [
        "todo", "customer", "contact", "lead", "quotation", "quotation_line", "contract", "contract_review",
        "order", "order_line",
        "order_change", "order_change_line", "order_cancel", "settlement", "collection", "budget", "budget_request",
        "expense", "product",
        "leave", "receipt", "people", "limits", "calendar", "matrix", "sharing", "setting_change",
    ]  # fmt: skip


def test_a_form_is_read_as_it_is_declared():
    order = FORMS["order"]

    assert order.labels.in_(Lang.ZH_HANT) == "銷售訂單"
    assert order.number == "SO-{year}-{n:04}"
    assert order.owner == "owner"
    assert order.adders == {"rep"}
    deposit = order.field("deposit_percent")
    assert deposit.type is FieldType.PERCENT
    assert deposit.owners == {"rep"}
    assert deposit.readers == {"manager", "leader", "finance"}
    assert (deposit.minimum, deposit.maximum) == (Decimal(0), Decimal(1))
    assert deposit.material
    assert order.field("total").source is Source.COMPUTED
    assert order.field("delivery_on").required is Stage.SUBMIT
    assert FORMS["limits"].field("key").source is Source.STAMPED
    assert [each.key for each in FORMS["people"].field("role").choices] == list(load_roles())


def test_every_field_has_a_label_in_every_language_and_every_typed_field_an_owner_who_sees_the_form():
    for form in FORMS.values():
        for field in form.fields:
            assert all(field.labels.in_(lang).strip() for lang in Lang)
            if field.source is Source.TYPED:
                assert field.owners
                assert field.owners <= form.views.keys()


def test_every_clause_about_records_of_the_spine_is_named_by_a_form():
    named = {clause for form in FORMS.values() for clause in form.clauses}

    assert {
        "TX-2.1",
        "TX-2.2",
        "TX-2.3",
        "TX-2.4",
        "TX-3.1",
        "TX-3.2",
        "TX-3.3",
        "TX-3.4",
        "IT-5.2",
        "IT-6.1",
    } <= named


def test_finance_sees_no_leads():
    assert Role("finance") not in FORMS["lead"].views
    assert not sees("finance", "quotation", "lead")


@pytest.mark.parametrize("role", ["production", "logistics", "technical", "procurement"])
def test_departments_that_make_and_ship_see_no_money(role):
    for key, form in FORMS.items():
        # What a cancelled order cost them, and up to which amount who stands in for them signs, they say themselves.
        if Role(role) in form.views and key not in {"settlement", "leave"}:
            money = [
                each.key for each in form.fields if each.type is FieldType.MONEY and each.read_by(Role(role))
            ]
            assert money == [], key
    assert not sees(role, "order", "margin")
    assert not sees(role, "order", "deposit_percent")


@pytest.mark.parametrize("role", ["rep", "presales", "marketing", "service", "production"])
def test_only_managers_leaders_finance_and_the_administrator_see_costs(role):
    for form, field in (
        ("product", "cost"),
        ("order", "cost"),
        ("order_line", "cost_amount"),
        ("quotation", "margin"),
    ):
        assert not sees(role, form, field)


@pytest.mark.parametrize("role", ["marketing", "finance"])
def test_who_reviews_orders_jointly_sees_those_beside_the_approved_ones(role):
    joint = 'state == "approved" or (state == "submitted" and joint_review)'
    assert FORMS["order"].views[Role(role)] == joint


@pytest.mark.parametrize("role", ["service", "production", "logistics", "technical", "procurement"])
def test_departments_see_orders_only_once_they_are_approved(role):
    assert FORMS["order"].views[Role(role)] == 'state == "approved"'
    assert FORMS["order_line"].views[Role(role)] == 'link.order.state == "approved"'


def test_marketing_sees_customers_without_the_ways_to_reach_them():
    assert sees("marketing", "customer", "industry")
    for field in ("phone", "email", "contact_name", "decision_maker", "budget"):
        assert not sees("marketing", "customer", field)


def test_the_master_reads_every_field():
    for form in FORMS.values():
        assert all(field.read_by(MASTER) for field in form.fields)


def test_a_company_extends_a_form_with_fields_in_their_place_and_overrides_settings(tmp_path):
    forms = load_forms(
        write(
            tmp_path,
            "customer.toml",
            "extends = true\n"
            f'[fields.tax_no]\ntype = "text"\nlabels = {LABELS}\nowners = ["rep"]\nafter = "name"\n'
            '[fields.phone]\nrequired = "save"\n',
        )
    )
    keys = [each.key for each in forms["customer"].fields]

    assert keys[:2] == ["name", "tax_no"]
    assert forms["customer"].field("phone").required is Stage.SAVE
    assert forms["customer"].field("phone").readers == FORMS["customer"].field("phone").readers
    assert len(keys) == len(FORMS["customer"].fields) + 1
    assert forms["order"] == FORMS["order"]


def test_a_company_replaces_a_form_and_adds_another(tmp_path):
    content = (
        f'labels = {LABELS}\nhelp = {LABELS}\nnumber = "V-{{n}}"\nadders = ["rep"]\nowners = ["rep"]\n'
        f'[views]\nrep = "true"\n[fields.what]\ntype = "text"\nlabels = {LABELS}\n'
    )
    forms = load_forms(write(tmp_path, "visit.toml", content))

    assert forms["visit"].number == "V-{n}"
    assert len(forms) == len(FORMS) + 1


def test_all_faults_of_a_form_are_said_at_once_with_file_and_path(tmp_path):
    write(tmp_path, "broken.toml", "[broken")
    write(tmp_path, "stray.toml", "extends = true\n[fields.x]\n")
    said = faults_of(
        write(
            tmp_path,
            "visit.toml",
            f'labels = {{ zh-Hant = "拜訪", en = "Visits" }}\nhelp = {LABELS}\nnumber = "V-{{year}}-{{m}}"\n'
            'adders = ["boss"]\ncolour = "red"\norder = 0\n'
            '[views]\nboss = "true"\n'
            f'[fields.a]\ntype = "texd"\nlabels = {LABELS}\nowners = ["rep"]\n'
            f'[fields.b]\ntype = "choice"\nlabels = {LABELS}\nowners = ["rep"]\nwidht = 3\n'
            f'[fields.c]\ntype = "link"\nlabels = {LABELS}\n'
            f'[fields.d]\ntype = "number"\nlabels = {LABELS}\nowners = ["rep"]\nminimum = "x"\npattern = "("\n'
            f'[fields.e]\ntype = "money"\nlabels = {LABELS}\nowners = ["rep"]\nminimum = 5\nmaximum = 1\ninteger = true\n'
            f'[fields.f]\ntype = "text"\nlabels = {LABELS}\ncomputed = "1"\nowners = ["rep"]\nrequired = "later"\n'
            '[fields."G-1"]\ntype = "text"\nowners = ["rep"]\n',
        )
    )

    for part in (
        "broken.toml: not a readable TOML file",
        "stray.toml: extends: there is no form stray to extend",
        "visit.toml: labels.zh-Hans: is missing",
        "visit.toml: number: needs {n}",
        "visit.toml: number: knows only {n} and {year}, not m",
        "visit.toml: adders: no such role: boss",
        "visit.toml: colour: unknown key",
        "visit.toml: order: must be a whole number above zero",
        "visit.toml: views.boss: no such role",
        "visit.toml: fields.a.type: must be one of text, long_text",
        "visit.toml: fields.b.choices: a choice field needs choices",
        "visit.toml: fields.b.widht: unknown key",
        "visit.toml: fields.c.link: a link needs the form",
        "visit.toml: fields.c.owners: somebody must own",
        "visit.toml: fields.d.minimum: must be a number",
        "visit.toml: fields.d.pattern: only for text",
        "visit.toml: fields.d.pattern: not a regular expression",
        "visit.toml: fields.e.minimum: is above the maximum",
        "visit.toml: fields.e.integer: only for type number",
        "visit.toml: fields.f.owners: nobody types in a computed",
        "visit.toml: fields.f.required: must be one of never, save, submit",
        "visit.toml: fields.G-1: a field's key must be",
        "visit.toml: fields.G-1.labels: is missing",
    ):
        assert part in said


def test_faults_between_forms_and_in_expressions_are_said_at_once(tmp_path):
    head = f'labels = {labels("Visits")}\nhelp = {LABELS}\nnumber = "V-{{n}}"\nadders = ["rep", "service"]\nowners = ["rep"]\n'
    said = faults_of(
        write(
            tmp_path,
            "visit.toml",
            f'{head}title = "nothing"\nowner = "a"\nparent = "b"\n[views]\nrep = "true"\n'
            f'[fields.a]\ntype = "text"\nlabels = {labels("A")}\n'
            f'[fields.b]\ntype = "link"\nlink = "nowhere"\nlabels = {labels("a")}\n'
            f'[fields.today]\ntype = "text"\nlabels = {labels("編號")}\nowners = ["service"]\nreaders = ["admin"]\n'
            f'[fields.c]\ntype = "choice"\nlabels = {labels("C")}\n'
            f"[fields.c.choices]\none = {labels('Same')}\ntwo = {labels('same')}\n",
        )
    )

    for part in (
        "visit.toml: title: there is no field nothing",
        "visit.toml: owner: a must be of type person",
        "visit.toml: fields.b: 'a' is a name of a too",
        "visit.toml: fields.b: refers to nowhere, but there is no such form",
        "visit.toml: fields.today: this key means something else in every form",
        "visit.toml: fields.today: '编号' is a name of number too",
        "visit.toml: fields.c.choices.two: 'same' is a name of one too",
        "visit.toml: adders: service adds records but has no view",
        "visit.toml: fields.today.owners: service has no view",
        "visit.toml: fields.today.readers: admin has no view",
    ):
        assert part in said

    only_rep = head.replace(', "service"', "")
    said = faults_of(
        write(
            tmp_path,
            "visit.toml",
            f'{only_rep}[views]\nrep = "own == me.number"\n'
            f'[fields.a]\ntype = "text"\nlabels = {labels("A")}\ndefault = "5"\n'
            f'[fields.b]\ntype = "number"\nlabels = {labels("B")}\ncomputed = "a + 1"\n',
        )
    )

    assert "visit.toml: views.rep: in “own == me.number”: there is no “own” here" in said
    assert "visit.toml: fields.a.default: in “5”" in said
    assert "visit.toml: fields.b.computed: in “a + 1”" in said


@pytest.mark.parametrize("name", ["Customers", "A/B", "x" * 32])
def test_a_name_that_no_sheet_can_have_or_another_form_has_is_a_fault(tmp_path, name):
    said = faults_of(
        write(
            tmp_path,
            "visit.toml",
            f'labels = {{ zh-Hant = "拜訪", zh-Hans = "拜访", en = "{name}" }}\nhelp = {LABELS}\nnumber = "V-{{n}}"\n'
            f'[fields.a]\ntype = "text"\nlabels = {LABELS}\nstamped = true\n',
        )
    )

    assert "visit.toml: labels:" in said


def test_limits_have_a_default_and_somebody_who_answers_for_them(tmp_path):
    limits = load_limits()

    assert limits["joint_review_amount"].value == 50000
    assert limits["deposit_percent"].value == Decimal("0.3")
    assert all(each.owner in load_roles() and each.clause for each in limits.values())

    own = write(
        tmp_path,
        "limits.toml",
        f'[payment_days]\nvalue = 45\nlabels = {LABELS}\nclause = "own"\nowner = "finance"\n',
    )
    assert load_limits(own)["payment_days"].value == 45
    assert len(load_limits(own)) == len(limits)


def test_all_faults_of_limits_and_roles_are_said(tmp_path):
    write(tmp_path, "limits.toml", f'[x]\nlabels = {LABELS}\nowner = "boss"\n')
    write(
        tmp_path, "roles.toml", f'[quality]\nlabels = {{ en = "Quality" }}\n["no name"]\nlabels = {LABELS}\n'
    )

    with pytest.raises(LimitError) as limit_faults:
        load_limits(tmp_path)
    with pytest.raises(RoleError) as role_faults:
        load_roles(tmp_path)

    assert "limits.toml: x.value: is missing" in str(limit_faults.value)
    assert "limits.toml: x.clause: is missing" in str(limit_faults.value)
    assert "limits.toml: x.owner: no such role: boss" in str(limit_faults.value)
    assert "roles.toml: quality.labels.zh-Hant: is missing" in str(role_faults.value)
    assert "roles.toml: no name: is not a name that a role may have" in str(role_faults.value)


def test_a_companys_own_role_can_own_fields_and_has_a_name(tmp_path):
    write(tmp_path, "roles.toml", f"[quality]\nlabels = {LABELS}\n")
    roles = load_roles(tmp_path)
    folder = write(
        tmp_path / "forms",
        "visit.toml",
        f'labels = {LABELS}\nhelp = {LABELS}\nnumber = "V-{{n}}"\nadders = ["quality"]\nowners = ["quality"]\n'
        f'[views]\nquality = "true"\n[fields.what]\ntype = "text"\nlabels = {LABELS}\n',
    )
    words = Words.load().naming({f"role.{key}": each.labels for key, each in roles.items()})

    assert load_forms(folder, roles=roles)["visit"].adders == {"quality"}
    assert "role.quality" in words


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('number = "V-{n"', "visit.toml: number: "),
        ('number = "V-{n:x}"', "visit.toml: number: {n} may only have a width"),
        ("number = 5", "visit.toml: number: must be text in quotes"),
        ('adders = "rep"', "visit.toml: adders: must be a list of texts"),
        ('adders = ["rep", "rep"]', "visit.toml: adders: rep stands twice"),
        ("views = 5", "visit.toml: views: must be a table"),
        ('settings = "yes"', "visit.toml: settings: must be true or false"),
        ('fields.a.choices."1x" = 5', "visit.toml: fields.a.choices.1x: must be a table"),
        (
            "fields.a.choices.\"1x\".en = 'X'",
            "visit.toml: fields.a.choices.1x: a choice's key must be letters",
        ),
        ("fields.a.maximum = nan", "visit.toml: fields.a.maximum: must be a number"),
    ],
)
def test_a_setting_of_a_wrong_kind_is_a_fault_at_its_path(tmp_path, line, said):
    assert said in faults_of(write(tmp_path, "visit.toml", f"{line}\n"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("extends = true\n", "order.toml: fields: is missing"),
        ("extends = true\ntitle = 'date'\n[fields]\n", "order.toml: title: unknown key"),
        (
            'extends = true\n[fields.date]\nafter = "owner"\n',
            "order.toml: fields.date.after: this field has its place",
        ),
        (
            'extends = true\n[fields.new]\nafter = "nothing"\n',
            "order.toml: fields.new.after: there is no field nothing",
        ),
    ],
)
def test_an_extension_that_reaches_too_far_is_a_fault(tmp_path, content, said):
    assert said in faults_of(write(tmp_path, "order.toml", content))


def test_a_file_whose_name_is_no_key_is_a_fault(tmp_path):
    assert "Visit-1.toml: the file's name must be" in faults_of(write(tmp_path, "Visit-1.toml", ""))


def test_a_limit_with_a_broken_key_is_a_fault(tmp_path):
    write(tmp_path, "limits.toml", f'["A b"]\nvalue = 1\nlabels = {LABELS}\nowner = "rep"\nclause = "x"\n')

    with pytest.raises(LimitError, match=r"limits\.toml: A b: a limit's key must be"):
        load_limits(tmp_path)


def test_files_that_are_no_toml_are_faults_of_limits_and_roles_too(tmp_path):
    write(tmp_path, "limits.toml", "[")
    write(tmp_path, "roles.toml", "[")

    with pytest.raises(LimitError, match="not a readable TOML file"):
        load_limits(tmp_path)
    with pytest.raises(RoleError, match="not a readable TOML file"):
        load_roles(tmp_path)
