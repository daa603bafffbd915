"""A private Asterisk in one folder: its configuration filled in, then the program itself in our place (`python -m ivr.exchange`)."""

import argparse
import os
import secrets
import shutil
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

TEMPLATES = Path(__file__).resolve().parent.parent / "deploy" / "asterisk" / "etc"
LANGUAGES = ("zh", "en", "id")
SOUNDS = "kongchong"
"""The folder of our prompts within Asterisk's folder of each language's sounds."""
_OWNER_ONLY = 0o077
# Asterisk complains about each of these that is not there, and goes on with its defaults.
_EMPTY = ("acl", "ccss", "cel", "features", "geolocation", "indications", "pjproject", "udptl", "websocket_client")
# The control socket's path, run/asterisk.ctl, is cut by the kernel.
_LONGEST_HOME = 80


class NoExchange(Exception):
    """Asterisk, its templates or the prompts are not here; the text says which."""


@dataclass(frozen=True, slots=True)
class ExchangeSettings:
    """What is filled into the templates. Ports are of the loopback address; `most` is calls at once; `way` is async or fast."""

    sip_port: int
    ami_port: int
    ami_user: str = "kongchong"
    rtp_first: int = 20000
    rtp_last: int = 20998
    most: int = 200
    way: str = "async"
    fast: str = "127.0.0.1:4573"
    name: str = "kongchong"


def folder() -> Path:
    """Where deploy/asterisk/install.sh puts Asterisk: KONGCHONG_ASTERISK, or what the script chooses by itself."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(os.environ.get("KONGCHONG_ASTERISK") or cache / "kongchong" / "asterisk")


def installed() -> Path | None:
    """The folder, if an Asterisk stands there."""
    return folder() if (folder() / "bin" / "asterisk").exists() else None


def prepare(prefix: Path, home: Path, prompts: Path, settings: ExchangeSettings) -> Path:
    """Write a home for one Asterisk; the file with the secret of its manager user. Raises NoExchange.

    Everything stands in `home` and is the owner's alone; `prompts` has a folder a language, with A-law files.
    """
    if not TEMPLATES.is_dir():
        raise NoExchange(f"{TEMPLATES} is not here")
    if len(str(home)) > _LONGEST_HOME:
        raise NoExchange(f"{home} is too long a path for a socket")
    umask = os.umask(_OWNER_ONLY)
    try:
        return _written(prefix, home, prompts, settings)
    finally:
        os.umask(umask)


def filled(text: str, facts: dict[str, str]) -> str:
    """A template with its @NAMES@ replaced."""
    for name, value in facts.items():
        text = text.replace(f"@{name}@", value)
    return text


def command(prefix: Path, home: Path) -> list[str]:
    """What starts the prepared Asterisk in the foreground."""
    return [str(prefix / "bin" / "asterisk"), "-f", "-C", str(home / "etc" / "asterisk.conf")]


def _written(prefix: Path, home: Path, prompts: Path, settings: ExchangeSettings) -> Path:
    for name in ("etc", "lib/keys", "spool", "run", "log", "data"):
        (home / name).mkdir(parents=True, exist_ok=True)
    secret = home / "ami.secret"
    if not secret.exists():
        secret.write_text(secrets.token_hex(24), encoding="ascii")
    facts = {name.upper(): str(value) for name, value in asdict(settings).items()}
    facts |= {"HOME": str(home), "PREFIX": str(prefix), "AMI_SECRET": secret.read_text(encoding="ascii")}
    for name in _EMPTY:
        (home / "etc" / f"{name}.conf").touch()
    for template in TEMPLATES.glob("*.conf"):
        text = filled(template.read_text(encoding="utf-8"), facts)
        (home / "etc" / template.name).write_text(_without_missing(text, prefix), encoding="utf-8")
    _link(home / "data" / "documentation", prefix / "share" / "documentation")
    for language in (prompts / name for name in LANGUAGES):
        (home / "data" / "sounds" / language.name).mkdir(parents=True, exist_ok=True)
        _link(home / "data" / "sounds" / language.name / SOUNDS, language)
    return secret


def _without_missing(text: str, prefix: Path) -> str:
    """Modules that this release of Asterisk does not have are not asked for."""
    lines = text.splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith("load = ") or (prefix / "modules" / line[7:].strip()).exists())


def _link(link: Path, target: Path) -> None:
    if link.is_symlink():
        link.unlink()
    if link.exists():
        shutil.rmtree(link)
    link.symlink_to(target.resolve())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m ivr.exchange", description="A private Asterisk for voice access, on this machine only."
    )
    parser.add_argument("--home", type=Path, required=True, help="its folder, with a short path")
    parser.add_argument("--prompts", type=Path, required=True, help="what `python -m ivr.prompts` made")
    parser.add_argument("--prefix", type=Path, help="what deploy/asterisk/install.sh made (default: where it puts it)")
    parser.add_argument("--sip-port", type=int, default=5060)
    parser.add_argument("--ami-port", type=int, default=5038)
    parser.add_argument("--most", type=int, default=200, help="calls at once")
    parser.add_argument("--fast", default="", metavar="HOST:PORT", help="serve calls by FastAGI at this address instead of over AMI")
    parser.add_argument("--rtp-first", type=int, default=20000)
    parser.add_argument("--rtp-last", type=int, default=20998)
    return parser.parse_args()


def main() -> None:
    """Prepare, and become Asterisk."""
    told = _arguments()
    prefix = told.prefix or installed()
    if prefix is None:
        sys.exit("Asterisk is not here (deploy/asterisk/install.sh)")
    way = {"way": "fast", "fast": told.fast} if told.fast else {}
    settings = ExchangeSettings(told.sip_port, told.ami_port, rtp_first=told.rtp_first, rtp_last=told.rtp_last, most=told.most, **way)
    home = told.home.resolve()
    try:
        prepare(prefix.resolve(), home, told.prompts.resolve(), settings)
    except NoExchange as error:
        sys.exit(str(error))
    words = command(prefix.resolve(), home)
    os.execv(words[0], words)  # noqa: S606  our own words


if __name__ == "__main__":
    main()
