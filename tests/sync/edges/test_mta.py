"""Through a real mail system: Postfix takes the mail, Dovecot hands it to whoever reads."""

import imaplib
import io
import ssl
import tempfile
import time
from collections.abc import Iterator
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP
from pathlib import Path

import openpyxl
import pytest

from sync.edges.mail import SmtpMailer
from sync.edges.mime import Sender, message_id
from sync.edges.settings import Mail
from sync.outbox import Delivered, deliver_all
from sync.ports import Attachment, Message, MessageState
from tests.support.clock import FakeClock
from tests.support.outbox import MemoryOutbox
from tests.support.postfix import RECEIVER, MailSystem, mail_system, missing
from tests.support.smtp import PASSWORD, USER, Certificate, make_certificate

pytestmark = [pytest.mark.mta, pytest.mark.slow, pytest.mark.skipif(bool(missing()), reason=missing())]

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SENDER = Sender(address="deskbook@desk.example", name="示例科技", workspace="w-000001")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="module")
def running(certificate: Certificate) -> Iterator[MailSystem]:
    # Not in pytest's own folder: the servers' users must reach their files, and that folder is root's alone.
    with tempfile.TemporaryDirectory() as folder, mail_system(Path(folder), certificate) as system:
        yield system


def mailer(running: MailSystem, certificate: Certificate) -> SmtpMailer:
    settings = Mail(host="localhost", port=running.smtp_port, user=USER, password_env="X")
    return SmtpMailer(settings, PASSWORD, SENDER, ssl.create_default_context(cafile=certificate.chain))


def message(key: str, **given: object) -> Message:
    fields: dict[str, object] = {
        "to": RECEIVER,
        "subject": f"訂單 {key} 已批准",
        "text": "已批准",
        "html": "<p>已批准</p>",
    }
    return Message(key=key, **{**fields, **given})  # type: ignore[arg-type]


def read(running: MailSystem, certificate: Certificate, identity: str, wanted: int = 1) -> list[EmailMessage]:
    """Return the mails with the Message-ID *identity* as soon as *wanted* of them are there."""
    end = time.monotonic() + 20
    with imaplib.IMAP4_SSL(
        "localhost", running.imap_port, ssl_context=ssl.create_default_context(cafile=certificate.chain)
    ) as imap:
        imap.login(USER, PASSWORD)
        while True:
            imap.select("INBOX", readonly=True)
            found = imap.search(None, "HEADER", "Message-ID", f'"{identity}"')[1][0].split()
            if len(found) >= wanted or time.monotonic() > end:
                return [_parsed(imap.fetch(each, "(RFC822)")[1][0][1]) for each in found]
            time.sleep(0.2)


def _parsed(text: bytes) -> EmailMessage:
    mail = BytesParser(policy=SMTP).parsebytes(text)
    assert isinstance(mail, EmailMessage)
    return mail


def test_mails_pass_a_real_mail_system_unharmed(running: MailSystem, certificate: Certificate):
    book = openpyxl.Workbook()
    book.active["A1"] = "十月"
    out = io.BytesIO()
    book.save(out)
    paper = Attachment(name="費用報告 2026年10月.xlsx", mime=XLSX, content=out.getvalue())
    picture = Attachment(name="chart.png", mime="image/png", content=b"\x89PNG", cid="chart")
    keys = [f"SO-{number}" for number in range(5)]
    outbox = MemoryOutbox(*(message(key, attachments=(paper, picture)) for key in keys))

    assert deliver_all(outbox, mailer(running, certificate), FakeClock(), limit=10) == Delivered(sent=5)

    for key in keys:
        [mail] = read(running, certificate, message_id(key, SENDER))
        assert mail["Subject"] == f"訂單 {key} 已批准"
        assert mail["From"].addresses[0].display_name == "示例科技"
        assert mail["Return-Path"] == "<deskbook@desk.example>"
        [attached] = mail.iter_attachments()
        assert attached.get_filename() == "費用報告 2026年10月.xlsx"
        assert openpyxl.load_workbook(io.BytesIO(attached.get_content())).active["A1"].value == "十月"


def test_what_a_real_mail_system_refuses_is_refused_for_good_and_the_rest_arrives(
    running: MailSystem, certificate: Certificate
):
    big = Attachment(name="big.bin", mime="application/octet-stream", content=bytes(300_000))
    outbox = MemoryOutbox(
        message("nobody", to="nobody@desk.example"), message("big", attachments=(big,)), message("good")
    )

    assert deliver_all(outbox, mailer(running, certificate), FakeClock(), limit=10) == Delivered(
        sent=1, failed=2
    )

    assert outbox.states() == {
        "nobody": MessageState.FAILED,
        "big": MessageState.FAILED,
        "good": MessageState.SENT,
    }
    assert "550" in outbox.kept["nobody"].detail
    assert "552" in outbox.kept["big"].detail
    assert len(read(running, certificate, message_id("good", SENDER))) == 1


def test_a_wrong_password_sends_nothing_and_keeps_everything(running: MailSystem, certificate: Certificate):
    settings = Mail(host="localhost", port=running.smtp_port, user=USER, password_env="X")
    context = ssl.create_default_context(cafile=certificate.chain)
    outbox = MemoryOutbox(message("a"), message("b"))

    counts = deliver_all(outbox, SmtpMailer(settings, "wrong", SENDER, context), FakeClock(), limit=10)

    assert counts == Delivered(later=2)
    assert all("535" in each.detail for each in outbox.kept.values())
