"""A Postfix with a Dovecot behind it, of our own: their files in a temporary folder, ports on the loopback device.

Both want to be started by root, as the system does it; they hand their work to users of their own.
"""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.smtp import PASSWORD, USER, Certificate

RECEIVER = "wang@desk.example"
"""The one mailbox; Dovecot knows it by the login name USER."""


def missing() -> str:
    """Return why the two cannot be run here, or ''."""
    absent = [each for each in ("postfix", "dovecot") if shutil.which(each, path=_PATH) is None]
    if absent:
        return f"needs {' and '.join(absent)}, which .ci/run installs"
    return "" if os.geteuid() == 0 else "needs root to start Postfix"


_PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSystem:
    """A running mail system."""

    smtp_port: int
    imap_port: int


@contextmanager
def mail_system(folder: Path, certificate: Certificate) -> Iterator[MailSystem]:
    """Run Postfix (SMTP with STARTTLS and login) and Dovecot (logins, IMAP over TLS) with their files in *folder*."""
    folder.chmod(0o755)
    ports = MailSystem(smtp_port=_free_port(), imap_port=_free_port())
    postfix, dovecot = folder / "postfix", folder / "dovecot"
    mailboxes = folder / "mail"
    mailboxes.mkdir()
    shutil.chown(mailboxes, "nobody", "nogroup")
    _write_dovecot(dovecot, mailboxes, ports.imap_port, certificate)
    _write_postfix(postfix, mailboxes, dovecot / "run" / "auth", ports.smtp_port, certificate)
    server = subprocess.Popen([_which("dovecot"), "-F", "-c", str(dovecot / "dovecot.conf")])
    try:
        _wait_for(ports.imap_port)
        subprocess.run(
            [_which("postfix"), "-c", str(postfix), "start"], check=True, capture_output=True, timeout=60
        )
        try:
            _wait_for(ports.smtp_port)
            yield ports
        finally:
            subprocess.run(
                [_which("postfix"), "-c", str(postfix), "stop"], check=False, capture_output=True, timeout=60
            )
    finally:
        server.terminate()
        server.wait(timeout=30)


def _write_dovecot(home: Path, mailboxes: Path, port: int, certificate: Certificate) -> None:
    home.mkdir()
    (home / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}::::{mailboxes}::\n")
    (home / "dovecot.conf").write_text(
        f"""
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/log
protocols = imap
listen = 127.0.0.1
ssl = required
ssl_cert = <{certificate.chain}
ssl_key = <{certificate.key}
auth_mechanisms = plain login
auth_failure_delay = 0
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {home}/users
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={mailboxes}
}}
first_valid_uid = 1
mail_location = maildir:{mailboxes}/{RECEIVER}
service imap-login {{
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service auth {{
  unix_listener auth {{
    mode = 0666
  }}
}}
"""
    )


def _write_postfix(home: Path, mailboxes: Path, auth: Path, port: int, certificate: Certificate) -> None:
    home.mkdir()
    for each in ("queue", "state"):
        (home / each).mkdir()
    shutil.chown(home / "state", "postfix")
    (home / "main.cf").write_text(
        f"""
compatibility_level = 3.6
queue_directory = {home}/queue
data_directory = {home}/state
maillog_file = {home}/log
maillog_file_prefixes = {home}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.desk.example
mydestination =
alias_maps =
relayhost = [127.0.0.1]:9
virtual_mailbox_domains = desk.example
virtual_mailbox_base = {mailboxes}
virtual_mailbox_maps = inline:{{ {RECEIVER}={RECEIVER}/ }}
virtual_uid_maps = static:{_id("-u")}
virtual_gid_maps = static:{_id("-g")}
virtual_minimum_uid = 1
smtpd_tls_cert_file = {certificate.chain}
smtpd_tls_key_file = {certificate.key}
smtpd_tls_security_level = encrypt
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = {auth}
smtpd_recipient_restrictions = permit_sasl_authenticated, reject
message_size_limit = 200000
"""
    )
    (home / "master.cf").write_text(
        f"""
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
smtp unix - - n - - smtp
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
tlsmgr unix - - n 1000? 1 tlsmgr
proxymap unix - - n - - proxymap
postlog unix-dgram n - n - 1 postlogd
"""
    )


def _id(flag: str) -> str:
    return subprocess.run(["id", flag, "nobody"], check=True, capture_output=True, text=True).stdout.strip()


def _which(name: str) -> str:
    found = shutil.which(name, path=_PATH)
    assert found is not None
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(port: int, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
        else:
            return
