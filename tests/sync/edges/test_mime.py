import datetime as dt
import io
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.edges.mime import AddressError, Sender, compose, file_name, message_id, one_address, one_line
from sync.ports import Attachment, Message

AT = dt.datetime(2026, 11, 2, 9, 0, tzinfo=dt.timezone(dt.timedelta(hours=8)))
SENDER = Sender(address="deskbook@example.com", name="示例科技有限公司", workspace="w-000001")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ALLOWED_HEADERS = {
    "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress",
    "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
}  # fmt: skip


def message(**given: object) -> Message:
    fields: dict[str, object] = {
        "key": "order.approved:SO-2026-0042:1:P-0007",
        "to": "wang@example.com",
        "subject": "訂單已批准",
        "text": "訂單 SO-2026-0042 已批准。",
        "html": "<p>訂單 SO-2026-0042 已批准。</p>",
    }
    return Message(**{**fields, **given})  # type: ignore[arg-type]


def read(mail: EmailMessage) -> EmailMessage:
    parsed = BytesParser(policy=SMTP).parsebytes(mail.as_bytes())
    assert isinstance(parsed, EmailMessage)
    return parsed


def workbook() -> bytes:
    book = openpyxl.Workbook()
    book.active["A1"] = "十月費用"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_text_and_html_in_chinese_come_out_as_they_went_in():
    mail = read(compose(message(), SENDER, AT))

    assert mail["Subject"] == "訂單已批准"
    assert mail["From"] == "示例科技有限公司 <deskbook@example.com>"
    assert mail["From"].addresses[0].display_name == "示例科技有限公司"
    assert mail["Date"].datetime == AT
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_body(("plain",)).get_content().strip() == "訂單 SO-2026-0042 已批准。"
    assert mail.get_body(("html",)).get_content().strip() == "<p>訂單 SO-2026-0042 已批准。</p>"


def test_a_picture_stands_beside_the_html_under_its_cid_and_is_no_attachment():
    picture = Attachment(name="chart.png", mime="image/png", content=b"\x89PNG", cid="chart")

    mail = read(compose(message(html='<img src="cid:chart">', attachments=(picture,)), SENDER, AT))

    shown = [part for part in mail.walk() if part["Content-ID"] == "<chart>"]
    assert [part.get_content() for part in shown] == [b"\x89PNG"]
    assert shown[0].get_content_disposition() == "inline"
    assert list(mail.iter_attachments()) == []
    assert mail.get_content_type() == "multipart/alternative"


def test_a_workbook_with_a_chinese_name_opens_again():
    attached = Attachment(name="費用報告 2026年10月（財務）.xlsx", mime=XLSX, content=workbook())

    mail = read(compose(message(attachments=(attached,)), SENDER, AT))

    [part] = mail.iter_attachments()
    assert part.get_filename() == "費用報告 2026年10月（財務）.xlsx"
    assert part.get_content_type() == XLSX
    assert part.get_content_disposition() == "attachment"
    assert openpyxl.load_workbook(io.BytesIO(part.get_content())).active["A1"].value == "十月費用"


@pytest.mark.parametrize(
    "mime", ["", "xlsx", "multipart/mixed", "message/rfc822", "text/plain\r\nBcc: a@b.c"]
)
def test_an_attachment_without_a_usable_type_goes_as_plain_bytes(mime):
    mail = read(
        compose(message(attachments=(Attachment(name="a.bin", mime=mime, content=b"\0\r\n."),)), SENDER, AT)
    )

    [part] = mail.iter_attachments()
    assert (part.get_content_type(), part.get_content()) == ("application/octet-stream", b"\0\r\n.")


def test_the_same_message_has_the_same_id_and_the_same_bytes():
    first, again = (compose(message(), SENDER, AT) for _ in range(2))

    assert first.as_bytes() == again.as_bytes()
    assert compose(message(), SENDER, AT + dt.timedelta(days=1))["Message-ID"] == first["Message-ID"]


def test_other_keys_and_other_workspaces_have_other_ids():
    other = Sender(address=SENDER.address, workspace="w-000002")

    ids = {message_id("a", SENDER), message_id("b", SENDER), message_id("a", other)}

    assert len(ids) == 3
    assert all(each.endswith("@example.com>") for each in ids)


ATTACKS = [
    "x\r\nBcc: evil@example.com",
    "x\nBcc: evil@example.com\n\nbody",
    "x\rBcc: evil@example.com",
    "x\u2028Bcc: evil@example.com",
    "x\x85Bcc: evil@example.com",
    "x\x0b\x0cBcc: evil@example.com\0",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_that_people_type_becomes_a_header(attack):
    picture = Attachment(name=attack, mime="image/png", content=b"", cid=attack)
    paper = Attachment(name=attack, mime="application/pdf", content=b"")
    sender = Sender(address=SENDER.address, name=attack, workspace="w")

    mail = compose(
        message(subject=attack, key=attack, text=attack, html=attack, attachments=(picture, paper)),
        sender,
        AT,
    )

    for text in (mail.as_bytes(), mail.as_string(policy=mail.policy).encode()):
        parsed = BytesParser(policy=SMTP).parsebytes(text)
        assert set(parsed.keys()) <= ALLOWED_HEADERS
        assert all(part["Bcc"] is None for part in parsed.walk())
        assert "evil@example.com" in parsed["Subject"]


ANY_TEXT = st.text(st.characters(), max_size=80)  # half characters too, which no UTF-8 can carry


@given(subject=ANY_TEXT, text=ANY_TEXT, name=ANY_TEXT)
def test_any_text_at_all_can_be_mailed(subject, text, name):
    paper = Attachment(name=name, mime="application/pdf", content=b"%PDF")

    parsed = read(
        compose(message(subject=subject, text=text, html=text or "-", attachments=(paper,)), SENDER, AT)
    )

    assert set(parsed.keys()) <= ALLOWED_HEADERS
    assert parsed["Subject"] == one_line(subject)[:250].strip()
    assert parsed.get_body(("plain",)) is not None
    [part] = parsed.iter_attachments()
    assert part.get_content() == b"%PDF"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a@",
        "@b.c",
        "a@b, c@d.e",
        "a@b.c;d@e.f",
        "A <a@b.c>",
        "a@b.c\r\nBcc: x@y.z",
        "王@例子.公司",
        "a@-b.c",
        "a@b..c",
        "a b@c.d",
    ],
)
def test_what_is_not_exactly_one_address_is_refused(text):
    with pytest.raises(AddressError):
        one_address(text)


def test_a_domain_in_chinese_is_written_in_its_ascii_form():
    assert str(one_address(" wang@例子.公司 ")) == "wang@xn--fsqu00a.xn--55qx5d"


@pytest.mark.parametrize(
    ("typed", "safe"),
    [
        ("費用 報告.xlsx", "費用 報告.xlsx"),
        ("../../etc/passwd", "-..-etc-passwd"),
        ("a\u202efdp.exe", "a fdp.exe"),
        ("C:\\x?.pdf", "C--x-.pdf"),
        ("", "attachment"),
        ("...", "attachment"),
        ("長" * 300 + ".xlsx", "長" * 120 + ".xlsx"),
        ("a.b c d e f g h i j", "a.b c d e f g h i j"),
    ],
)
def test_a_file_is_named_so_that_every_system_takes_it(typed, safe):
    assert file_name(typed) == safe
