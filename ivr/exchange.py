"""A private Asterisk in one folder: its configuration filled in, then the program itself in our place (`python -m ivr.exchange`)."""

import argparse
import hashlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
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
    """Where deploy/asterisk/install.sh puts Asterisk: ASTERISK_PREFIX, or what the script chooses by itself."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(os.environ.get("ASTERISK_PREFIX") or cache / "kongchong" / "asterisk")


def installed() -> Path | None:
    """The folder, if an Asterisk stands there."""
    return folder() if (folder() / "bin" / "asterisk").exists() else None


def prepare(prefix: Path, home: Path, prompts: Path, settings: ExchangeSettings, secret: Path | None = None) -> Path:
    """Write a home for one Asterisk; the file with the secret of its manager user. Raises NoExchange.

    Everything stands in `home` and is the owner's alone; `prompts` has a folder a language, with A-law files. Where no file with a secret
    is given, one is made.
    """
    if not TEMPLATES.is_dir():
        raise NoExchange(f"{TEMPLATES} is not here")
    umask = os.umask(_OWNER_ONLY)
    try:
        return _written(prefix, home, prompts, settings, secret or home / "ami.secret")
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


def _written(prefix: Path, home: Path, prompts: Path, settings: ExchangeSettings, secret: Path) -> Path:
    for name in ("etc", "lib/keys", "spool", "run", "log", "data"):
        (home / name).mkdir(parents=True, exist_ok=True)
    if not secret.exists():
        secret.write_text(secrets.token_hex(24), encoding="ascii")
    facts = {name.upper(): str(value) for name, value in asdict(settings).items()}
    facts |= {"HOME": str(home), "PREFIX": str(prefix), "RUN": str(_run_folder(home)), "AMI_SECRET": secret.read_text("ascii").strip()}
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


def _run_folder(home: Path) -> Path:
    """Where the control socket is: in the home, or for a home with a long path in a short folder of our own. Raises NoExchange."""
    if len(str(home)) <= _LONGEST_HOME:
        return home / "run"
    short = Path(tempfile.gettempdir()) / f"kongchong-{hashlib.sha256(str(home).encode()).hexdigest()[:12]}"
    short.mkdir(mode=0o700, exist_ok=True)
    told = short.lstat()
    if told.st_uid != os.getuid() or told.st_mode & _OWNER_ONLY or short.is_symlink():
        raise NoExchange(f"{short} is somebody else's")
    return short


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
    parser.add_argument("--secret-file", type=Path, help="the secret of the manager's user (default: one is made in the home)")
    parser.add_argument("--most", type=int, default=200, help="calls at once")
    parser.add_argument("--fast", default="", metavar="HOST:PORT", help="serve calls by FastAGI at this address instead of over AMI")
    parser.add_argument("--fetch", action="store_true", help="first bring Asterisk and speak the prompts, where they are not here yet")
    parser.add_argument("--rtp-first", type=int, default=20000)
    parser.add_argument("--rtp-last", type=int, default=20998)
    return parser.parse_args()


def fetch(prompts: Path) -> str:
    """Bring Asterisk and the prompts; why that cannot be, or an empty text."""
    script = TEMPLATES.parent / "install.sh"
    if installed() is None and not script.exists():
        return f"{script} is not here"
    steps = [[str(script), str(folder())]] if installed() is None else []
    for words in (*steps, [sys.executable, "-m", "ivr.prompts", str(prompts)]):
        done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603  our own words
        sys.stderr.write(done.stderr)
        if done.returncode != 0:
            return next(iter(done.stderr.strip().splitlines()[-1:]), words[0])
    return ""


def _fetch_or_stand_by(home: Path, prompts: Path) -> None:
    """While it is being fetched, and for good where it cannot be, a file in the home says so, for whoever wonders."""
    home.mkdir(parents=True, exist_ok=True)
    state = home / "state"
    state.write_text("fetching", encoding="utf-8")
    why = fetch(prompts)
    if why:
        state.write_text(f"missing: {why}", encoding="utf-8")
        sys.stderr.write(f"no Asterisk: {why}\n")
        signal.pause()
    state.unlink()


def main() -> None:
    """Prepare, and become Asterisk."""
    told = _arguments()
    home, prompts = told.home.resolve(), told.prompts.resolve()
    if told.fetch:
        _fetch_or_stand_by(home, prompts)
    prefix = told.prefix or installed()
    if prefix is None:
        sys.exit("Asterisk is not here (deploy/asterisk/install.sh)")
    way, fast = ("fast", told.fast) if told.fast else ("async", "")
    settings = ExchangeSettings(
        told.sip_port, told.ami_port, rtp_first=told.rtp_first, rtp_last=told.rtp_last, most=told.most, way=way, fast=fast
    )
    try:
        prepare(prefix.resolve(), home, prompts, settings, told.secret_file)
    except NoExchange as error:
        sys.exit(str(error))
    words = command(prefix.resolve(), home)
    os.execv(words[0], words)  # noqa: S606  our own words


if __name__ == "__main__":
    main()
