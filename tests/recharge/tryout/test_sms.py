"""SMS in a try-out: a shopkeeper's phone sells, both SMS arrive; where it cannot start, the rest sells without it."""

import json
import re
import stat
import urllib.parse
import urllib.request
from html import unescape

import pytest

from recharge import OrderState
from recharge.engine.administration.password_book import SERVICE, PasswordBook
from recharge.tryout import play as play_module
from recharge.tryout.commands import Commands
from recharge.tryout.home import Home
from recharge.tryout.sms import DEMO_CARDS, KEY_SET, SmsPart
from tests.recharge.tryout.conftest import TryOut, free_ports, said_by
from tests.recharge.tryout.test_children import until
from tests.recharge.tryout.test_play import engine_of, sell

CARD, CUSTOMER = DEMO_CARDS[0], "13800138000"
TO_SHOP, TO_CUSTOMER = "sms in", "sms to-customer"


def ask(address: str, **form: str) -> str:
    """A page, or what comes after a form was sent."""
    data = urllib.parse.urlencode(form).encode() if form else None
    with urllib.request.urlopen(address, data, timeout=30) as answer:  # noqa: S310  our own page
        text = answer.read().decode()
    assert isinstance(text, str)
    return text


class Phone:
    """The page as a shopkeeper uses it."""

    def __init__(self, try_out: TryOut) -> None:
        self._address = f"http://127.0.0.1:{try_out.ports.of('phone')}"
        self._digits = PasswordBook(try_out.folder / "logins.txt").known(SERVICE, CARD.point) or ""

    def send(self, item: str, card: str = CARD.iccid, **filled: str) -> None:
        """Send one item of the menu."""
        page = ask(self._address + "/send", card=card, item=item, lang="zh_CN", password=self._digits, **filled)
        assert "已发送" in page

    def play(self, trick: str) -> None:
        """Press one of the lower keys."""
        assert 'class="notice good"' in ask(self._address + "/trick", card=CARD.iccid, item="recharge", lang="zh_CN", trick=trick)

    def screen(self, look: str) -> list[str]:
        """The SMS of one kind, newest first."""
        page = ask(f"{self._address}/screen?card={CARD.iccid}")
        return [unescape(text) for text in re.findall(rf'<div class="{look}"><small>[^<]*</small>([^<]*)</div>', page)]

    def gets(self, look: str, words: str) -> str:
        """Wait for an SMS with these words."""
        until(lambda: any(words in text for text in self.screen(look)), 60)
        return next(text for text in self.screen(look) if words in text)


@pytest.mark.slow
def test_a_shopkeeper_sells_by_sms_and_both_sms_arrive(try_out: TryOut, monkeypatch: pytest.MonkeyPatch) -> None:
    try_out.only = "sms"
    try_out.start()
    phone = Phone(try_out)
    phone.send("recharge", number=CUSTOMER, amount="50")
    sold = phone.gets(TO_SHOP, "充值成功")
    told = phone.gets(TO_CUSTOMER, "已成功")
    assert "50.00" in sold
    assert "50.00" in told
    assert phone.gets(TO_SHOP, "已受理")
    (serial,) = re.findall(r"凭证号(\w+)", sold)
    assert serial in told

    # The same packet again, and the agent's own repeat, are the first order; a damaged one is nobody's.
    count = len(phone.screen(TO_SHOP))
    phone.play("resend")
    until(lambda: len(phone.screen(TO_SHOP)) == count + 1, 60)
    phone.play("corrupt")
    phone.send("repeat")
    until(lambda: len(phone.screen(TO_SHOP)) == count + 2, 60)
    assert all(serial in text for text in phone.screen(TO_SHOP)[:2])
    assert len(phone.screen(TO_CUSTOMER)) == 1
    assert try_out.stop() == 0

    # What the card counted, and what the platform saw, is still there: a new order is a new one, an old packet the old one.
    try_out.ports = free_ports()
    try_out.start()
    again = Phone(try_out)
    again.play("resend")
    assert serial in again.gets(TO_SHOP, serial)
    again.send("recharge", number=CUSTOMER, amount="30")
    assert "30.00" in again.gets(TO_CUSTOMER, "已成功")
    again.send("reversal")
    again.gets(TO_SHOP, "返销成功")
    engine = engine_of(try_out, monkeypatch)
    assert sell(engine, try_out, "web-1", 100_00) is OrderState.SUCCEEDED
    assert "100.00" in again.gets(TO_CUSTOMER, "充值100.00")
    engine.close()
    a_cloned_card_is_blocked_and_nothing_is_sold_on_it(try_out, again)


def a_cloned_card_is_blocked_and_nothing_is_sold_on_it(try_out: TryOut, phone: Phone) -> None:
    """In the running try-out, which is stopped to see what the office says of the card."""
    phone.play("clone")
    phone.send("recharge", number=CUSTOMER, amount="10")
    phone.gets(TO_CUSTOMER, "10.00")
    before = phone.screen(TO_CUSTOMER)
    phone.send("recharge", card=f"{CARD.iccid}-clone1", number=CUSTOMER, amount="100")
    until(lambda: "cloned" in (try_out.folder / "logs" / "sms.log").read_text(encoding="utf-8"), 60)
    assert phone.screen(TO_CUSTOMER) == before
    assert try_out.stop() == 0
    shown = said_by(try_out, "stk_sms.office", "show", CARD.iccid)
    assert "blocked" in shown
    assert "100.00" not in shown


@pytest.mark.slow
def test_without_sms_the_shop_still_sells(try_out: TryOut, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(try_out.folder)
    # A folder stands where the gateway's settings should be.
    (home.folder / "sms.json").mkdir()
    home.close()
    try_out.only = "sms"
    try_out.start()
    said = "".join(try_out.said)
    assert "sms did not" in said
    assert f"127.0.0.1:{try_out.ports.of('phone')}" not in said
    assert len(try_out.children()) == 4
    engine = engine_of(try_out, monkeypatch)
    assert sell(engine, try_out, "1", 50_00) is OrderState.SUCCEEDED
    engine.close()
    assert try_out.stop() == 0


@pytest.fixture
def part(home: Home, commands: Commands) -> SmsPart:
    return SmsPart(home, free_ports(), commands)


def test_a_gateway_that_does_not_come_up_takes_its_neighbours_along(part: SmsPart, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(part, "set_up", lambda: part.home.keep("sms.json", "{}"))
    part.begin()
    until(part.settled, 60)
    assert part.failure is not None
    assert part.failure.name == "sms"
    assert "neither a link nor partners" in part.home.log("sms").read_text(encoding="utf-8")
    assert part.look_after() == []
    with pytest.raises(OSError, match="refused"):
        ask(f"http://127.0.0.1:{part.ports.of('phone')}/health")


def test_cards_are_made_once_and_are_the_owners(part: SmsPart) -> None:
    masters = "00112233445566778899aabbccddeeff\nffeeddccbbaa99887766554433221100\n"
    part._personalise(CARD, masters)
    file = part.cards / f"{CARD.iccid}.json"
    made = file.read_bytes()
    part._personalise(CARD, masters)
    assert file.read_bytes() == made
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert json.loads(made)["msisdn"] == CARD.msisdn
    assert b"00112233445566778899aabbccddeeff" not in made


def test_the_keys_are_two_and_the_owners(part: SmsPart) -> None:
    kic, kid = part.card_keys
    assert {stat.S_IMODE(path.stat().st_mode) for path in (kic, kid)} == {0o600}
    assert stat.S_IMODE(part.cards.stat().st_mode) == 0o700
    assert kic.read_bytes() != kid.read_bytes()


def test_the_cards_are_at_points_that_are_seeded_and_have_money() -> None:
    told = (play_module.province_folder() / "province.toml").read_text(encoding="utf-8")
    assert all(f'party = "{card.point}"' in told for card in DEMO_CARDS)
    assert len({card.msisdn for card in DEMO_CARDS} | {CUSTOMER}) == len(DEMO_CARDS) + 1
    assert CARD.point == play_module.SEEDED_PARTY
    assert len(KEY_SET) <= 24
