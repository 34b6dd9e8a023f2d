"""`deskbook check` on real workbooks."""

from pathlib import Path

import pytest

from sheet_templates.form import FieldKey
from sync.exits import Exit
from tests.support.acme import ANNA, CUSTOMER, EXPENSE, OLE, QUOTATION, hands
from tests.support.shell import contents, deskbook, typed


@pytest.mark.long
def test_check_says_for_each_workbook_what_is_wrong_where_and_how_to_mend_it(root: Path, tmp_path: Path):
    person = hands(root)
    fresh = person.take(ANNA)
    mail = tmp_path / "from the mail"
    mail.mkdir()

    def arrived(name: str) -> Path:
        """Let what stands in Anna's desk arrive by mail, and put her desk back."""
        path = mail / f"{name}.xlsx"
        path.write_bytes(person.take(ANNA))
        person.put_back(ANNA, fresh)
        return path

    def claim(amount: object) -> None:
        row = {"date": "2026-11-02", "category": "Travel", "description": "Taxi", "amount": amount}
        person.add_row(ANNA, EXPENSE, {FieldKey(key): value for key, value in row.items()})  # type: ignore[misc]

    said: dict[Path, tuple[str, ...]] = {}
    (mail / "letter.xlsx").write_bytes(bytes(range(256)))
    said[mail / "letter.xlsx"] = ("✗ letter.xlsx", "not a workbook")
    (mail / "secret.xlsx").write_bytes(OLE + "EncryptedPackage".encode("utf-16-le"))
    said[mail / "secret.xlsx"] = ("✗ secret.xlsx", "protected with a password", "Save it without a password")
    (mail / "half.xlsx").write_bytes(fresh[: len(fresh) // 2])
    said[mail / "half.xlsx"] = ("✗ half.xlsx", "not complete", "save the workbook again")
    claim("twelve")
    said[arrived("words")] = (
        "› Expense claims › row 3 › Amount  “twelve”",
        "is not a number",
        "→ Enter digits only",
    )
    claim("１２００")
    said[arrived("wide")] = ("Expense claims (new)", "    Amount: 1,200.00\n")
    person.add_row(ANNA, QUOTATION, {FieldKey("customer"): "Akme 03"})
    said[arrived("unknown")] = ("› Quotations › row 3 › Customer  “Akme 03”", "Acme 03")
    with person.sheet(ANNA, CUSTOMER) as sheet:
        header = next(cell for cell in sheet[2] if cell.value == "Industry")
        header.value = "Branch of trade"
    said[arrived("renamed")] = (
        "• renamed.xlsx › Customers",
        "now called “Branch of trade”. It is still read as Industry",
    )
    with person.sheet(ANNA, CUSTOMER) as sheet:
        column = next(cell.column for cell in sheet[1] if cell.value == "contact_name")
        sheet.cell(row=4, column=column).value = '="Mr "&C4'
    said[arrived("formula")] = ("› Customers › row 4 › Contact person",)
    before = contents(root)

    ended = deskbook("check", *said, "-w", root, at=tmp_path)

    assert (ended.code, ended.err) == (3, "")
    assert contents(root) == before
    parts = ended.out.split(f"{mail}/")[1:]
    for (path, expected), part in zip(said.items(), parts, strict=True):
        assert part.startswith(path.name)
        for each in expected:
            assert each in part, (path.name, part)


def test_check_of_a_desk_in_which_all_is_well_finds_its_workspace_by_itself(
    root: Path, capsys: pytest.CaptureFixture[str]
):
    hands(root).type_cell(ANNA, CUSTOMER, 3, FieldKey("industry"), "aviation")
    before = contents(root)

    assert typed("check", root / ANNA) == Exit.OK
    out = capsys.readouterr().out
    assert "Industry: retail → aviation" in out
    assert out.endswith("All is well: everything in it would be taken.\n")
    assert contents(root) == before


def test_check_of_a_file_that_is_not_there_says_so(root: Path, capsys: pytest.CaptureFixture[str]):
    assert typed("check", root / "desks" / "nobody.xlsx", "-w", root) == Exit.PROBLEMS
    assert "The file nobody.xlsx is not there." in capsys.readouterr().out
