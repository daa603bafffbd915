"""Sends a day's reports where they are wanted: into a folder, to an SFTP server, by mail. One way that fails keeps none of the others."""

import shutil
import smtplib
import ssl
from collections.abc import Callable, Sequence
from email.message import EmailMessage
from pathlib import Path, PurePosixPath

import paramiko

from bank_settle.configuration import Delivery, Sftp
from bank_settle.texts import lazy_gettext as _
from bank_settle.texts import say

_SECONDS = 30
NOT_DELIVERED = _("报表已写好，但没有送到：{reason}")
_TROUBLE = (OSError, EOFError, smtplib.SMTPException, paramiko.SSHException)


class NotDelivered(Exception):
    """The reports lie in their folder, and did not get to every place; the same again is safe. `reasons` are by place."""

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__("; ".join(reasons))

    def told(self, language: str | None = None) -> str:
        """One sentence for people."""
        return say(NOT_DELIVERED, language, {"reason": str(self)})


def deliver(to: Delivery, subject: str, files: Sequence[Path]) -> None:
    """Send files of one day and version wherever it is set. Raises NotDelivered when every place has been tried."""
    ways: list[tuple[str, Callable[[], None]]] = []
    if to.folder is not None:
        folder = to.folder
        ways.append((str(folder), lambda: _copy(folder, files)))
    if to.sftp is not None:
        server = to.sftp
        ways.append((f"sftp {server.host}", lambda: upload(server, files)))
    if to.smtp and to.recipients:
        ways.append((f"smtp {to.smtp}", lambda: _mail(to, subject, [path for path in files if path.suffix in {".xlsx", ".pdf"}])))
    failed = [f"{place}: {reason}" for place, way in ways if (reason := _tried(way))]
    if failed:
        raise NotDelivered(failed)


def _tried(way: Callable[[], None]) -> str:
    """Why it did not go; "" where it did."""
    try:
        way()
    except _TROUBLE as error:
        return str(error) or type(error).__name__
    return ""


def _place_of(files: Sequence[Path]) -> tuple[str, str]:
    """Day and version, as the reports' own folders say them."""
    return files[0].parent.parent.name, files[0].parent.name


def _copy(folder: Path, files: Sequence[Path]) -> None:
    target = folder.joinpath(*_place_of(files))
    target.mkdir(parents=True, exist_ok=True)
    for path in files:
        shutil.copy2(path, target / path.name)


def upload(to: Sftp, files: Sequence[Path]) -> None:
    """Put files on the server: each under a name of its own until it is whole, then renamed over what was there; the same files again give
    the same result. Only a server whose key is known is spoken to, with our key file alone. Raises OSError or SSHException."""
    with paramiko.SSHClient() as client:
        client.load_host_keys(str(to.known_hosts))
        client.set_missing_host_key_policy(paramiko.RejectPolicy())
        client.connect(
            to.host, to.port, to.username, key_filename=str(to.key_file), allow_agent=False, look_for_keys=False,
            timeout=_SECONDS, banner_timeout=_SECONDS, auth_timeout=_SECONDS, channel_timeout=_SECONDS,
        )  # fmt: skip
        with client.open_sftp() as server:
            # A server that falls silent in the middle ends the try, and holds nothing up for ever.
            if (channel := server.get_channel()) is not None:
                channel.settimeout(_SECONDS)
            target = _folder(server, PurePosixPath(to.folder), _place_of(files))
            for path in files:
                under_way = str(target / f".{path.name}.part")
                server.put(str(path), under_way)
                server.posix_rename(under_way, str(target / path.name))


def _folder(server: paramiko.SFTPClient, root: PurePosixPath, below: Sequence[str]) -> PurePosixPath:
    """The folder of a day and version; the root itself is the receiver's to make."""
    for name in below:
        root /= name
        try:
            server.stat(str(root))
        except FileNotFoundError:
            server.mkdir(str(root))
    return root


def _mail(to: Delivery, subject: str, files: Sequence[Path]) -> None:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, to.sender, ", ".join(to.recipients)
    message.set_content(subject)
    for path in files:
        subtype = "pdf" if path.suffix == ".pdf" else "vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        message.add_attachment(path.read_bytes(), maintype="application", subtype=subtype, filename=path.name)
    host, _colon, port = to.smtp.rpartition(":")
    with smtplib.SMTP(host, int(port), timeout=_SECONDS) as server:
        if to.starttls:
            server.starttls(context=ssl.create_default_context())
        if to.username and to.password_file is not None:
            server.login(to.username, to.password_file.read_text(encoding="utf-8").strip())
        server.send_message(message)
