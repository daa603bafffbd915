"""Voice in a try-out: a shopkeeper calls through a real Asterisk and sells; the lines are there once."""

import json
import urllib.parse
import urllib.request
from typing import Any

import pytest

from recharge.engine.administration.password_book import SERVICE, PasswordBook
from recharge.tryout.voice import DEMO_LINES
from tests.recharge.tryout.conftest import TryOut, said_by
from tests.recharge.tryout.test_children import until
from tests.support import machine

LINE = DEMO_LINES[0]


class Telephone:
    """The page as a shopkeeper uses it."""

    def __init__(self, try_out: TryOut) -> None:
        self._address = f"http://127.0.0.1:{try_out.ports.of('telephone')}"

    def post(self, path: str, **form: str) -> None:
        """Press something."""
        with urllib.request.urlopen(self._address + path, urllib.parse.urlencode(form).encode(), timeout=30):  # noqa: S310  our own page
            return

    def press(self, keys: str) -> None:
        """Keys, each when the one before is out."""
        for key in keys:
            self.post("/press", key=key)

    def state(self) -> dict[str, Any]:
        """What the page shows."""
        with urllib.request.urlopen(self._address + "/state?lang=en", timeout=30) as answer:  # noqa: S310  our own page
            told = json.load(answer)
        assert isinstance(told, dict)
        return told

    def dial(self) -> None:
        """Until the call is taken: Asterisk may be on its way yet."""

        def taken() -> bool:
            if self.state()["state"] in ("idle", "refused", "ended"):
                self.post("/dial", line=LINE.number)
            return bool(self.state()["state"] == "talking")

        until(taken, 100)


@pytest.mark.slow
@pytest.mark.asterisk
def test_a_shopkeeper_asks_by_telephone(try_out: TryOut) -> None:
    if (why := machine.asterisk_missing()) is not None:
        pytest.skip(why) if machine.asterisk_nowhere() else machine.skip_or_fail(why)
    try_out.only = "voice"
    try_out.start()
    telephone = Telephone(try_out)
    assert f"127.0.0.1:{try_out.ports.of('telephone')}" in "".join(try_out.said)
    telephone.dial()
    digits = PasswordBook(try_out.folder / "logins.txt").known(SERVICE, LINE.point) or ""
    telephone.press("3")
    until(lambda: "请输入六位服务密码，按井号键结束。" in telephone.state()["heard"], 60)
    telephone.press(digits + "#")
    until(lambda: "余额" in telephone.state()["heard"], 60)
    telephone.post("/hang-up")
    assert try_out.stop() == 0
    for log in (try_out.folder / "logs").iterdir():
        assert digits not in log.read_text(encoding="utf-8", errors="replace") or log.name == "set-up.log"
    rows = said_by(try_out, "recharge.cli", "endpoint", "list").splitlines()
    assert sorted(row.split("\t")[1] for row in rows if row.startswith("phone_line")) == [line.number for line in DEMO_LINES]
