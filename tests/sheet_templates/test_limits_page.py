"""docs/limits.md says of every number what limits.toml declares, and every number is used."""

import re
from pathlib import Path

from tests.support import shipped

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| `(\w+)` \| (.*?) \| (.*?) \| (.*?) \| (.*?) \|$", flags=re.MULTILINE)


def test_the_page_lists_every_limit_as_it_is_declared():
    page = (ROOT / "docs" / "limits.md").read_text(encoding="utf-8")

    declared = [
        (key, f"{each.value:f}", each.owner, each.clause, each.labels.en)
        for key, each in shipped.limits().items()
    ]
    assert ROW.findall(page) == declared, (
        "a row of the table in docs/limits.md for each limit, in their order"
    )


def test_every_limit_has_a_clause_of_the_policies_and_a_role_that_answers_for_it():
    for key, each in shipped.limits().items():
        assert re.fullmatch(r"(IT|TX)-\d(\.\d){0,2}", each.clause), key
        assert each.owner in shipped.roles(), key


def test_no_limit_is_dead():
    sources = [*ROOT.glob("rules/**/*.toml"), *ROOT.glob("sheet_templates/forms/*.toml")]
    sources += [
        path
        for name in ("sync", "rules", "reports", "sheet_templates")
        for path in ROOT.glob(f"{name}/**/*.py")
    ]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)

    unused = {key for key in shipped.limits() if not re.search(rf"\b{key}\b", text)}

    # The terms of one-time codes are read together, by the names of `sync.codes.Terms`.
    assert unused == {f"code_{each}" for each in ("hours", "tries", "sends")}
