"""Finance's pages inside the real site over the real engine: who may look, who may act, and two people at work in a browser's forms."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bank_settle import pages
from bank_settle.board import board_of, chart_of
from bank_settle.configuration import Delivery
from bank_settle.deposit_tickets import CONFIG
from bank_settle.pages import tab
from bank_settle.pipeline import Pipeline
from bank_settle.reports import files
from bank_settle.reports.files import NoFont
from recharge import EndpointKind, OutcomeState
from recharge.engine.administration import SHELL
from recharge.engine.door import Engine
from recharge.keys.logins import Logins
from tests.bank_settle.banks.test_bank_days import BankScene
from tests.bank_settle.scene import DAY, Scene
from tests.support.world import PASSWORD
from web.app import create_app
from web.sessions import Sessions
from web.site import Options, Site

SIGN_IN = "Gold-77-lantern-pond"


class Office:
    """The site with staff who can sign in, over a scene."""

    def __init__(self, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
        self.scene, world = scene, scene.world
        for code in ("FIN1", "FIN2", "AUD1"):
            world.office.endpoints.bind(SHELL, EndpointKind.WEB_LOGIN, f"web-{code.lower()}", "ROOT", code)
        self.engine = Engine(world.new_parts(), Logins(world.database, world.clock, world.keys), lambda: None)
        site = Site(self.engine, Sessions(world.database), Options(secret=b"s" * 32), world.clock.now)
        self.app: Flask = create_app(site)
        monkeypatch.setattr(pages, "parts", lambda: scene.parts)

    def person(self, code: str) -> "Desk":
        self.scene.world.office.endpoints.set_login(SHELL, f"web-{code.lower()}", SIGN_IN)
        return Desk(self.app.test_client(), code)


class Desk:
    """One person's browser."""

    def __init__(self, client: FlaskClient, code: str) -> None:
        self.client = client
        answer = self.client.post("/login", data={"name": f"web-{code.lower()}", "password": SIGN_IN, "guard": self._guard("/login")})
        assert answer.status_code == 303, answer.text

    def _guard(self, path: str) -> str:
        found = re.search(r'name="guard" value="([0-9a-f]+)"', self.client.get(path).text)
        assert found is not None
        return found[1]

    def read(self, path: str) -> str:
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    def send(self, path: str, **fields: str) -> str:
        """Fill a form in and read the page it leads to."""
        data = {"guard": self._guard("/finance/"), "password": PASSWORD, **fields}
        answer = self.client.post(path, data=data)
        assert answer.status_code == 303, answer.text
        return self.read(answer.headers["Location"])


@pytest.fixture
def office(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    scene.sale()
    scene.sale(listed=False, number="13800138002")
    scene.morning_after()
    made = Office(scene, monkeypatch)
    yield made
    made.engine.close()


@pytest.fixture
def bank_office(clean_sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    scene = BankScene(clean_sqlite_url, tmp_path)
    made = Office(scene, monkeypatch)
    yield made
    made.engine.close()
    scene.close()


def test_a_day_from_the_first_run_to_the_lock(office: Office) -> None:
    first, second = office.person("FIN1"), office.person("FIN2")
    assert DAY.isoformat() in first.read("/finance/")
    page = first.send(f"/finance/day/{DAY}", what="run")
    assert "我方成功，运营商无此单" in page
    assert "财务还没有签字" in second.send(f"/finance/day/{DAY}", what="close")
    assert "已完成" in first.send(f"/finance/day/{DAY}", what="sign")
    assert "不能是同一个人" in first.send(f"/finance/day/{DAY}", what="close")
    assert "已关账" in second.send(f"/finance/day/{DAY}", what="close")
    assert "agents.pdf" in first.send(f"/finance/day/{DAY}", what="report")
    got = first.client.get(f"/finance/day/{DAY}/1/agents.pdf")
    assert got.data.startswith(b"%PDF")
    got.close()
    for bad in ("../../settle.toml", "agents.exe", "none.pdf"):
        assert first.client.get(f"/finance/day/{DAY}/1/{bad}").status_code == 404


def test_a_wrong_password_signs_nothing(office: Office) -> None:
    desk = office.person("FIN1")
    desk.send(f"/finance/day/{DAY}", what="run")
    desk.send(f"/finance/day/{DAY}", what="sign", password="000000")
    assert office.scene.parts.days.read("house", DAY).maker == ""


def test_a_run_books_money_and_asks_who_it_is_a_report_does_not(office: Office) -> None:
    desk = office.person("FIN1")
    assert "已完成" not in desk.send(f"/finance/day/{DAY}", what="run", password="000000")
    assert office.scene.parts.days.read("house", DAY).state == "open"
    desk.send(f"/finance/day/{DAY}", what="run")
    assert "已完成" in desk.send(f"/finance/day/{DAY}", what="report", password="")
    assert "填得不对" in desk.send(f"/finance/day/{DAY}", what="burn")


def test_a_run_says_what_has_still_to_come(office: Office) -> None:
    desk, tomorrow = office.person("FIN1"), DAY + timedelta(days=1)
    page = desk.send(f"/finance/day/{tomorrow}", what="run")
    assert "这一天还没有过完" in page
    assert "总账：这一天还没有过完" in page
    assert "已完成" not in page


def test_a_machine_without_letters_is_told_of_and_the_workbook_is_there(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = office.person("FIN1")
    desk.send(f"/finance/day/{DAY}", what="run")

    def no_font() -> str:
        raise NoFont

    monkeypatch.setattr(files, "_font", no_font)
    page = desk.send(f"/finance/day/{DAY}", what="report")
    assert "fonts-wqy-microhei" in page
    assert f"{DAY:%Y%m%d}.xlsx" in page


def test_a_case_is_decided_by_two(office: Office) -> None:
    Pipeline(office.scene.parts).run(DAY)
    (case,) = office.scene.cases()
    first, second, path = office.person("FIN1"), office.person("FIN2"), f"/finance/case/{case.id}"
    assert case.reference in first.read("/finance/cases")
    before = office.scene.world.balance("A")
    assert "不适用" in first.send(path, action="credit_party", note="x", party="A")
    assert "已完成" in first.send(path, action="refund_agent", note="运营商确认未到账")
    first.send(path, action="refund_agent", decision="approve")
    assert office.scene.world.balance("A") == before
    assert "退款给网点" in second.send(path, action="refund_agent", decision="approve")
    assert office.scene.world.balance("A") == before + 4900
    assert office.scene.cases()[0].state == "resolved"


def test_an_explanation_needs_two_as_well(office: Office) -> None:
    Pipeline(office.scene.parts).run(DAY)
    (case,) = office.scene.cases()
    path = f"/finance/case/{case.id}"
    first, second = office.person("FIN1"), office.person("FIN2")
    first.send(path, action="explain", note="次日已补")
    second.send(path, action="explain", decision="reject")
    assert office.scene.cases()[0].state == "suspect"
    first.send(path, action="explain", note="次日已补，见对方函")
    second.send(path, action="explain", decision="approve")
    assert office.scene.cases()[0].resolution == "explain"


def test_payments_out(bank_office: Office) -> None:
    first, second = bank_office.person("FIN1"), bank_office.person("FIN2")
    form = {"debited": "deposit:A", "amount": "100.00", "name": "南昌网点张三", "payee_account": "6217000012345678901",
            "bank_code": "102421000013", "purpose": "退还预存", "token": "t" * 32}  # fmt: skip
    assert "填得不对" in first.send("/finance/payments/ICBC", **(form | {"amount": "x"}))
    page = first.send("/finance/payments/ICBC", **form)
    number = re.search(r">(P[0-9A-F]{19})<", page)
    assert number is not None
    assert "已复核" in second.send("/finance/payments/ICBC", number=number[1], what="approve")
    assert bank_office.scene.world.balance("A") == 990000
    assert first.client.get("/finance/payments/NOBODY").status_code == 404


@pytest.mark.parametrize("path", ["/finance/", "/finance/cases", f"/finance/day/{DAY}"])
def test_strangers_and_points_see_nothing(office: Office, path: str) -> None:
    stranger = office.app.test_client()
    assert stranger.get(path).headers["Location"] == "/login"
    office.scene.world.office.endpoints.set_login(SHELL, "shop-a", SIGN_IN)
    client = office.app.test_client()
    found = re.search(r'name="guard" value="([0-9a-f]+)"', client.get("/login").text)
    assert found is not None
    client.post("/login", data={"name": "shop-a", "password": SIGN_IN, "guard": found[1]})
    assert client.get(path).status_code == 403


def test_an_auditor_looks_and_does_nothing(office: Office) -> None:
    desk = office.person("AUD1")
    assert 'name="what"' not in desk.read(f"/finance/day/{DAY}")
    guard = desk._guard("/finance/")
    assert desk.client.post(f"/finance/day/{DAY}", data={"guard": guard, "what": "run"}).status_code == 403


def test_what_is_not_there(office: Office) -> None:
    desk = office.person("FIN1")
    for path in ("/finance/day/x", "/finance/case/5"):
        assert desk.client.get(path).status_code == 404


def test_the_menu_leads_there_for_staff_only(office: Office) -> None:
    endpoints = {code: office.engine.endpoint(int(office.scene.world.one("SELECT id FROM endpoint WHERE identity = ?", code)))
                 for code in ("web-fin1", "shop-a")}  # fmt: skip
    assert [bool(endpoint and tab(endpoint, "en")) for endpoint in endpoints.values()] == [True, False]
    assert 'href="/finance/"' in office.person("FIN1").read("/finance/")


def test_the_board_and_its_chart(scene: Scene) -> None:
    scene.sale()
    scene.sale(listed=False)
    scene.unsettled(OutcomeState.FAILED)
    scene.morning_after()
    Pipeline(scene.parts).run(DAY)
    rows = board_of(scene.parts, [DAY, DAY - timedelta(days=1)])
    assert [(row.cases, row.open_cases, row.booked_minor, row.effect_minor, row.closed) for row in rows] == [
        (1, 1, 9600, 4800, False), (0, 0, 0, 0, False)
    ]  # fmt: skip
    bars = chart_of(rows)
    assert [(bar.height, bar.short) for bar in bars] == [(0, 0), (100, 50)]


def test_without_settings_the_pages_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(CONFIG, raising=False)
    app = Flask("bare")
    with app.app_context(), pytest.raises(Exception, match="503") as caught:
        pages.parts()
    found: Any = caught.value
    assert found.code == 503


def test_finance_sees_open_tickets_and_opens_one_for_an_agent(bank_office: Office) -> None:
    desk = bank_office.person("FIN1")
    assert "没有等待中的预约" in desk.read("/finance/tickets")
    page = desk.send("/finance/tickets", party="A", amount="500")
    assert re.search(r"A须在[0-9-]{10} [0-9:]{5}前转账500.01元，一分不差", page)
    assert re.search(r"ICBC</td><td>A</td><td[^>]*>500.00</td><td[^>]*>500.01</td>", page)
    # The same again is the same ticket.
    assert desk.send("/finance/tickets", party="A", amount="500").count("500.01") == page.count("500.01")
    for fields, said in (({"party": "ROOT", "amount": "500"}, "填得不对"), ({"party": "A", "amount": "x"}, "填得不对")):
        assert said in desk.send("/finance/tickets", **fields)
    bank_office.scene.world.clock.pass_time(hours=25)
    desk = bank_office.person("FIN1")
    assert "没有等待中的预约" in desk.read("/finance/tickets")


def test_auditors_look_at_tickets_and_open_none(bank_office: Office) -> None:
    desk = bank_office.person("AUD1")
    assert "替网点预约" not in desk.read("/finance/tickets")
    guard = desk._guard("/balance")
    assert desk.client.post("/finance/tickets", data={"guard": guard, "party": "A", "amount": "5"}).status_code == 403


def test_reports_that_do_not_get_there_are_told_above_the_page(office: Office, tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("no folder", encoding="utf-8")
    scene = office.scene
    scene.configuration = scene.configuration.model_copy(update={"delivery": Delivery(folder=blocked)})
    scene.parts = scene.new_parts("delivery")
    Pipeline(scene.parts).run(DAY)
    page = office.person("FIN1").send(f"/finance/day/{DAY}", what="report")
    assert "报表已写好，但没有送到" in page
    assert "agents.pdf" in page
