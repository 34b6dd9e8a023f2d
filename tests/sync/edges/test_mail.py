import io
import socket
import ssl
import time
from collections.abc import Iterator
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP
from pathlib import Path

import openpyxl
import pytest

from sheet_templates.form import Lang
from sync.edges.mail import EmlMailer, SmtpMailer, judge, mailer
from sync.edges.mime import Sender
from sync.edges.settings import Company, Mail, Security, Settings, SettingsError
from sync.outbox import deliver_all
from sync.ports import Attachment, Message, MessageState, Sent
from tests.support.clock import FakeClock
from tests.support.outbox import MemoryOutbox
from tests.support.smtp import (
    DROP,
    KEEP_AND_DROP,
    PASSWORD,
    USER,
    Certificate,
    MailServer,
    mail_server,
    make_certificate,
)

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SENDER = Sender(address="deskbook@example.com", name="示例科技", workspace="w-000001")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def server(certificate: Certificate) -> Iterator[MailServer]:
    with mail_server(certificate) as running:
        yield running


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def message(key: str = "k1", **given: object) -> Message:
    fields: dict[str, object] = {
        "to": "wang@example.com",
        "subject": "訂單已批准",
        "text": "已批准。\n.\n..\n",
        "html": "<p>已批准。</p>",
    }
    return Message(key=key, **{**fields, **given})  # type: ignore[arg-type]


def smtp_mailer(server: MailServer, certificate: Certificate, **given: object) -> SmtpMailer:
    fields: dict[str, object] = {
        "host": "127.0.0.1",
        "port": server.port,
        "user": USER,
        "password_env": "X",
        "timeout_seconds": 3,
    }
    settings = Mail.model_validate({**fields, **given})
    context = ssl.create_default_context(cafile=certificate.chain)
    return SmtpMailer(settings, PASSWORD, SENDER, context)


def deliver(mailer: SmtpMailer, clock: FakeClock, *messages: Message) -> list[Sent]:
    sent = [mailer.deliver(each, clock.now())[0] for each in messages]
    mailer.close()
    return sent


# Through a mail server ------------------------------------------------------------------------------------


def test_a_message_arrives_as_it_was_written(server, certificate, clock):
    book = openpyxl.Workbook()
    book.active["A1"] = "十月"
    out = io.BytesIO()
    book.save(out)
    paper = Attachment(name="費用 十月.xlsx", mime=XLSX, content=out.getvalue())

    sent = deliver(smtp_mailer(server, certificate), clock, message(attachments=(paper,)))

    assert sent == [Sent.SENT]
    [mail] = server.received.messages
    assert server.received.receivers == ["wang@example.com"]
    assert mail["Subject"] == "訂單已批准"
    assert mail["Date"].datetime == clock.now()
    assert mail.get_body(("plain",)).get_content().splitlines() == ["已批准。", ".", ".."]
    [attached] = mail.iter_attachments()
    assert attached.get_filename() == "費用 十月.xlsx"
    assert openpyxl.load_workbook(io.BytesIO(attached.get_content())).active["A1"].value == "十月"


def test_a_line_of_plain_text_that_is_only_a_dot_does_not_end_the_message(server, certificate, clock):
    plain = message(subject="plain", text="first\n.\nlast", html="")

    assert deliver(smtp_mailer(server, certificate), clock, plain) == [Sent.SENT]

    assert server.received.messages[0].get_content().splitlines() == ["first", ".", "last"]


def test_many_messages_take_one_connection_and_one_login(server, certificate, clock):
    many = [message(f"k{number}") for number in range(20)]

    sent = deliver(smtp_mailer(server, certificate), clock, *many)

    assert sent == [Sent.SENT] * 20
    assert len({mail["Message-ID"] for mail in server.received.messages}) == 20
    assert (server.received.connections, server.received.logins) == (1, 1)


# aiosmtpd does not count TLS from the first byte as TLS.
@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_a_server_that_speaks_tls_from_the_start_is_understood(certificate, clock):
    with mail_server(certificate, tls=True) as server:
        sent = deliver(smtp_mailer(server, certificate, security="tls"), clock, message())

        assert sent == [Sent.SENT]
        assert len(server.received.messages) == 1


def test_a_relay_on_this_machine_needs_no_login(certificate, clock):
    with mail_server(None, login=False) as server:
        relay = smtp_mailer(server, certificate, security="none", user="", password_env="")

        assert deliver(relay, clock, message()) == [Sent.SENT]
        assert len(server.received.messages) == 1


def test_a_server_whose_certificate_nobody_vouches_for_gets_nothing(server, certificate, clock):
    settings = Mail(host="127.0.0.1", port=server.port, user=USER, password_env="X")
    stranger = SmtpMailer(settings, PASSWORD, SENDER, ssl.create_default_context())

    sent, why = stranger.deliver(message(), clock.now())

    assert sent is Sent.LATER
    assert "certificate verify failed" in why
    assert server.received.logins == 0


def test_a_certificate_for_another_name_is_not_taken(tmp_path, clock):
    other = make_certificate(tmp_path, "mail.example.org")
    with mail_server(other) as server:
        sent, why = smtp_mailer(server, other).deliver(message(), clock.now())

    assert sent is Sent.LATER
    assert "certificate verify failed" in why


def test_a_server_without_starttls_gets_neither_password_nor_message(certificate, clock):
    with mail_server(None, login=False) as server:
        sent, why = smtp_mailer(server, certificate).deliver(message(), clock.now())

        assert sent is Sent.LATER
        assert "STARTTLS" in why
        assert server.received.logins == 0


def test_a_wrong_password_keeps_the_message_and_says_so(server, certificate, clock):
    settings = Mail(host="127.0.0.1", port=server.port, user=USER, password_env="X")
    wrong = SmtpMailer(settings, "wrong", SENDER, ssl.create_default_context(cafile=certificate.chain))

    sent, why = wrong.deliver(message(), clock.now())
    wrong.close()

    assert sent is Sent.LATER
    assert "535" in why


def test_a_server_that_is_down_is_left_alone_for_a_minute_and_then_found_again(certificate, clock):
    with mail_server(certificate) as server:
        port = server.port
    waiting = smtp_mailer(server, certificate)

    assert waiting.deliver(message(), clock.now())[0] is Sent.LATER
    with mail_server(certificate, port=port) as back:
        clock.step(seconds=59)
        assert waiting.deliver(message(), clock.now())[0] is Sent.LATER
        assert back.received.connections == 0
        clock.step(seconds=1)
        assert waiting.deliver(message(), clock.now())[0] is Sent.SENT
        assert len(back.received.messages) == 1
        waiting.close()


def test_a_clock_that_was_set_back_does_not_make_it_rest_for_hours(server, certificate, clock):
    with mail_server(certificate) as gone:
        pass
    waiting = smtp_mailer(gone, certificate)
    waiting.deliver(message(), clock.now())

    clock.step(hours=-5)
    with mail_server(certificate, port=gone.port):
        assert deliver(waiting, clock, message()) == [Sent.SENT]


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data"])
@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("421 4.3.2 shutting down", Sent.LATER),
        ("450 4.2.0 greylisted", Sent.LATER),
        ("451 4.3.0 try again", Sent.LATER),
        ("530 5.7.0 authentication required", Sent.LATER),
        ("550 Domain frequency limited", Sent.LATER),
        ("552 5.3.4 message too big", Sent.REFUSED),
    ],
)
def test_what_the_server_answers_decides_and_the_next_message_goes(
    server, certificate, stage, answer, expected
):
    getattr(server.behaviour, stage).append(answer)

    first, second = deliver(smtp_mailer(server, certificate), FakeClock(), message("k1"), message("k2"))

    assert first is expected
    assert second is (Sent.LATER if answer.startswith("421") else Sent.SENT)  # after 421 it rests a minute
    assert len(server.received.messages) == (0 if answer.startswith("421") else 1)


@pytest.mark.parametrize("stage", ["rcpt", "data"])
@pytest.mark.parametrize("answer", ["550 5.1.1 no such user", "554 5.7.1 looks like spam", "501 bad address"])
def test_a_message_that_is_not_wanted_is_never_offered_again(server, certificate, clock, stage, answer):
    getattr(server.behaviour, stage).append(answer)

    assert deliver(smtp_mailer(server, certificate), clock, message()) == [Sent.REFUSED]
    assert server.received.messages == []


def test_a_server_that_refuses_one_message_and_hangs_up_is_called_again_for_the_next(
    server, certificate, clock
):
    server.behaviour.ends_after_refusal = True
    server.behaviour.rcpt.append("550 5.1.1 no such user")

    sent = deliver(smtp_mailer(server, certificate), clock, message("k1"), message("k2"))

    assert sent == [Sent.REFUSED, Sent.SENT]
    assert server.received.connections == 2


def test_a_sender_that_is_not_welcome_is_no_fault_of_the_message(server, certificate, clock):
    server.behaviour.mail.append("550 5.7.1 you may not send as this address")

    assert deliver(smtp_mailer(server, certificate), clock, message()) == [Sent.LATER]


def test_a_message_over_the_size_limit_is_refused_before_its_text_is_sent(certificate, clock):
    with mail_server(certificate, size=2000) as server:
        big = message(attachments=(Attachment(name="a.bin", mime="", content=bytes(5000)),))

        assert deliver(smtp_mailer(server, certificate), clock, big, message("k2")) == [
            Sent.REFUSED,
            Sent.SENT,
        ]


@pytest.mark.parametrize("stage", ["mail", "rcpt"])
def test_a_line_that_breaks_before_the_text_leaves_the_message_for_later(server, certificate, clock, stage):
    getattr(server.behaviour, stage).append(DROP)

    assert deliver(smtp_mailer(server, certificate), clock, message()) == [Sent.LATER]
    assert server.received.messages == []


@pytest.mark.parametrize("drop", [DROP, KEEP_AND_DROP])
def test_a_line_that_breaks_after_the_text_leaves_it_unknown_and_it_goes_at_most_once(
    server, certificate, clock, drop
):
    server.behaviour.data.append(drop)
    outbox = MemoryOutbox(message())
    relay = smtp_mailer(server, certificate)

    for _ in range(5):
        deliver_all(outbox, relay, clock, limit=10)
        clock.step(hours=2)

    assert outbox.states() == {"k1": MessageState.UNKNOWN}
    assert len(server.received.messages) == (1 if drop == KEEP_AND_DROP else 0)


def test_a_server_that_never_answers_the_text_leaves_it_unknown(server, certificate, clock):
    server.behaviour.silent_after_data = True
    begun = time.monotonic()

    sent = deliver(smtp_mailer(server, certificate, timeout_seconds=1), clock, message())

    assert sent == [Sent.UNKNOWN]
    assert time.monotonic() - begun < 6


def test_a_server_that_accepts_the_connection_and_says_nothing_is_given_up(certificate, clock):
    with socket.create_server(("127.0.0.1", 0)) as mute:
        settings = Mail(host="127.0.0.1", port=mute.getsockname()[1], timeout_seconds=1)
        sent, why = SmtpMailer(settings, "", SENDER, ssl.create_default_context()).deliver(
            message(), clock.now()
        )

    assert (sent, "timed out" in why) == (Sent.LATER, True)


def test_a_server_that_ends_the_line_after_a_few_messages_is_called_again(server, certificate, clock):
    server.behaviour.ends_after = 3

    sent = deliver(smtp_mailer(server, certificate), clock, *(message(f"k{number}") for number in range(10)))

    assert sent == [Sent.SENT] * 10
    assert len(server.received.messages) == 10
    assert server.received.connections == 4


def test_an_address_that_is_not_one_is_refused_without_asking_the_server(server, certificate, clock):
    sent, why = smtp_mailer(server, certificate).deliver(message(to="a@x.y, b@x.y"), clock.now())

    assert (sent, server.received.connections) == (Sent.REFUSED, 0)
    assert "not one mail address" in why


def test_people_cannot_add_receivers_through_a_subject(server, certificate, clock):
    attack = message(
        subject="x\r\nBcc: evil@example.com\r\n\r\nbody", text="\r\n.\r\nRCPT TO:<evil@example.com>\r\n"
    )

    assert deliver(smtp_mailer(server, certificate), clock, attack) == [Sent.SENT]

    assert server.received.receivers == ["wang@example.com"]
    assert server.received.messages[0]["Bcc"] is None


@pytest.mark.parametrize(
    ("stage", "code", "words", "expected"),
    [
        ("RCPT", 550, b"no such user", Sent.REFUSED),
        ("RCPT", 450, b"busy", Sent.LATER),
        ("MAIL", 553, b"not your address", Sent.LATER),
        ("MAIL", 552, b"too big", Sent.REFUSED),
        ("TEXT", 554, b"spam", Sent.REFUSED),
        ("TEXT", 550, b"Mail content denied: Too many mails", Sent.LATER),
        ("DATA", 530, b"log in first", Sent.LATER),
    ],
)
def test_an_answer_is_judged_by_code_stage_and_words(stage, code, words, expected):
    assert judge(stage, code, words) is expected


# Without a mail server ------------------------------------------------------------------------------------


def eml(path: Path) -> EmailMessage:
    mail = BytesParser(policy=SMTP).parsebytes(path.read_bytes())
    assert isinstance(mail, EmailMessage)
    return mail


def test_without_a_server_a_message_becomes_a_file_that_says_what_it_is(tmp_path, clock):
    assert (
        EmlMailer(tmp_path / "mail", SENDER).deliver(message(subject="訂單 SO-1: 已批准?"), clock.now())[0]
        is Sent.SENT
    )

    [path] = (tmp_path / "mail").iterdir()
    assert path.name.startswith("2026-11-02-訂單-SO-1-已批准-")
    assert path.suffix == ".eml"
    assert eml(path)["To"] == "wang@example.com"


def test_the_same_message_delivered_again_on_another_day_is_the_same_file(tmp_path, clock):
    first = EmlMailer(tmp_path / "mail", SENDER)
    first.deliver(message(), clock.now())
    first.deliver(message(), clock.now())
    clock.step(days=3)

    assert EmlMailer(tmp_path / "mail", SENDER).deliver(message(), clock.now())[0] is Sent.SENT
    assert len(list((tmp_path / "mail").iterdir())) == 1


def test_messages_with_the_same_subject_are_files_of_their_own(tmp_path, clock):
    folder = EmlMailer(tmp_path / "mail", SENDER)

    for number in range(5):
        folder.deliver(message(f"k{number}"), clock.now())

    assert len(list((tmp_path / "mail").glob("*.eml"))) == 5


@pytest.mark.parametrize("subject", ["", "...", "../../x", "CON", "長" * 300, "a/b\\c\0d\re", "-"])
def test_no_subject_leads_out_of_the_folder(tmp_path, clock, subject):
    assert EmlMailer(tmp_path / "mail", SENDER).deliver(message(subject=subject), clock.now())[0] is Sent.SENT

    assert [path.name for path in tmp_path.iterdir()] == ["mail"]
    assert len(list((tmp_path / "mail").glob("2026-11-02-*.eml"))) == 1


def test_a_message_without_one_address_is_refused_and_leaves_no_file(tmp_path, clock):
    sent, why = EmlMailer(tmp_path / "mail", SENDER).deliver(message(to="王小明"), clock.now())

    assert (sent, "not one mail address" in why) == (Sent.REFUSED, True)
    assert not (tmp_path / "mail").exists()


def test_files_that_were_cut_short_by_a_crash_are_made_again(tmp_path, clock):
    outbox = MemoryOutbox(message(state=MessageState.SENDING, tries=1))

    deliver_all(outbox, EmlMailer(tmp_path / "mail", SENDER), clock, limit=10)

    assert outbox.states() == {"k1": MessageState.SENT}
    assert len(list((tmp_path / "mail").glob("*.eml"))) == 1


def test_a_folder_that_cannot_be_written_leaves_the_message_for_later(tmp_path, clock):
    (tmp_path / "mail").write_text("a file where the folder should be")

    sent, why = EmlMailer(tmp_path / "mail", SENDER).deliver(message(), clock.now())

    assert sent is Sent.LATER
    assert why


def test_a_file_in_the_making_that_a_crash_left_behind_does_no_harm(tmp_path, clock):
    folder = tmp_path / "mail"
    EmlMailer(folder, SENDER).deliver(message(), clock.now())
    [path] = folder.iterdir()
    path.rename(folder / f".{path.name}.part")

    assert EmlMailer(folder, SENDER).deliver(message(), clock.now())[0] is Sent.SENT
    assert [each.name for each in folder.iterdir()] == [path.name]


# Which of the two -----------------------------------------------------------------------------------------


def settings(**mail: object) -> Settings:
    company = Company(id="w-000001", name="示例科技", language=Lang.ZH_HANT)
    return Settings(company=company, mail=Mail.model_validate(mail))


def test_without_a_host_mail_becomes_files(tmp_path):
    assert isinstance(mailer(settings(), tmp_path, {}), EmlMailer)


def test_with_a_host_and_a_companys_own_authority_mail_is_sent(tmp_path, server, certificate, clock):
    (tmp_path / "ca.crt").write_bytes(certificate.chain.read_bytes())
    asked = settings(
        host="localhost",
        port=server.port,
        user=USER,
        password_env="PW",
        ca_file="ca.crt",
        **{"from": "a@b.cn"},
    )

    made = mailer(asked, tmp_path, {"PW": PASSWORD})

    assert made.deliver(message(), clock.now())[0] is Sent.SENT
    made.close()
    assert server.received.messages[0]["From"].addresses[0].addr_spec == "a@b.cn"
    assert made.idempotent is False


def test_a_certificate_file_that_is_not_there_is_said_at_the_start(tmp_path):
    with pytest.raises(SettingsError, match=r"mail\.ca_file"):
        mailer(settings(host="mail.example.com", ca_file="ca.crt"), tmp_path, {})


def test_a_mail_to_a_server_elsewhere_is_never_sent_in_the_clear():
    with pytest.raises(ValueError, match="starttls"):
        Mail(host="mail.example.com", security=Security.NONE)
