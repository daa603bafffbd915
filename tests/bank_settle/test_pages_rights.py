"""Finance's pages as each role meets them: who sees, who acts, nobody decides on his own proposal, and no text of others is ever markup."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote

import pytest

from bank_settle.pages import BAD_FIELD, BUSY, DONE, IMPOSSIBLE
from bank_settle.pipeline import Pipeline
from recharge import EndpointKind
from recharge.engine.administration import SHELL
from tests.bank_settle.banks.test_bank_days import SCOPE, BankScene
from tests.bank_settle.scene import DAY
from tests.bank_settle.test_pages import SIGN_IN, Desk, Office
from tests.support.world import PASSWORD

HOSTILE = "<script>alert(1)</script>"
ENTITY = "&lt;script&gt;alert(1)&lt;/script&gt;"
PAGES = ("/finance/", "/finance/cases", f"/finance/day/{DAY}", "/finance/payments/ICBC")
PAYMENT = {"debited": "deposit:A", "amount": "100.00", "name": "南昌网点张三", "payee_account": "6217000012345678901",
           "bank_code": "102421000013", "purpose": "退还预存", "token": "t" * 32}  # fmt: skip


class Seat(Desk):
    """A browser that asks for its session's guard once, and from a page that costs little."""

    _known = ""

    def _guard(self, path: str) -> str:
        if path == "/login":
            return super()._guard(path)
        self._known = self._known or super()._guard("/finance/cases")
        return self._known


class Room:
    """The site over a bank's day with a hostile deposit in suspense; people come in as a test wants them."""

    def __init__(self, scene: BankScene, monkeypatch: pytest.MonkeyPatch) -> None:
        self.scene, self.office = scene, Office(scene, monkeypatch)
        self._here: dict[str, Desk] = {}
        # Escaped in the bank's XML, as a bank would have to.
        scene.statement({"amount": "2.00", "payer": "6217001", "name": ENTITY, "text": f"{ENTITY} '+'"})
        (self.case,) = scene.cases(DAY, SCOPE)

    def person(self, code: str) -> Desk:
        """Somebody who has signed in."""
        if code not in self._here:
            if code not in {"FIN1", "FIN2", "AUD1"}:
                self.scene.world.office.endpoints.bind(SHELL, EndpointKind.WEB_LOGIN, f"web-{code.lower()}", "ROOT", code)
            self.scene.world.office.endpoints.set_login(SHELL, f"web-{code.lower()}", SIGN_IN)
            self._here[code] = Seat(self.office.app.test_client(), code)
        return self._here[code]

    @property
    def path(self) -> str:
        """The page of the deposit in suspense."""
        return f"/finance/case/{self.case.id}"


@pytest.fixture
def room(clean_sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    scene = BankScene(clean_sqlite_url, tmp_path)
    made = Room(scene, monkeypatch)
    yield made
    made.office.engine.close()
    scene.close()


def test_staff_see_all_pages_and_those_who_may_act_have_forms(room: Room) -> None:
    for code, acts in {"FIN1": True, "AUD1": False}.items():
        desk = room.person(code)
        for path in (*PAGES, room.path):
            assert desk.client.get(path).status_code == 200
        forms = [('name="what"' in desk.read(f"/finance/day/{DAY}")), ('name="action"' in desk.read(room.path)),
                 ('name="debited"' in desk.read("/finance/payments/ICBC"))]  # fmt: skip
        assert forms == [acts] * 3


def test_other_staff_neither_see_nor_act(room: Room) -> None:
    for code in ("CS1", "ADM1"):
        refused_everywhere(room, room.person(code))
    assert room.scene.parts.days.read("house", DAY).state == "open"


def refused_everywhere(room: Room, desk: Desk) -> None:
    for path in (*PAGES, room.path, f"/finance/day/{DAY}/1/agents.pdf"):
        assert desk.client.get(path).status_code == 403
    found = re.search(r'name="guard" value="([0-9a-f]+)"', desk.client.get("/").text)
    token = found[1] if found else ""
    for path in (f"/finance/day/{DAY}", room.path, "/finance/payments/ICBC"):
        assert desk.client.post(path, data={"guard": token, "what": "run", "password": "x"}).status_code in {400, 403}


def test_an_auditor_posts_nothing_anywhere(room: Room) -> None:
    desk = room.person("AUD1")
    token = desk._guard("/finance/")
    for path, fields in (
        (f"/finance/day/{DAY}", {"what": "run"}),
        (f"/finance/day/{DAY}", {"what": "report"}),
        (room.path, {"action": "credit_party", "party": "A", "note": "x"}),
        (room.path, {"action": "credit_party", "decision": "approve"}),
        ("/finance/payments/ICBC", PAYMENT),
    ):
        assert desk.client.post(path, data={"guard": token, **fields}).status_code == 403
    assert (room.scene.world.balance("A"), room.scene.payments.items()) == (1000000, [])


def test_a_form_without_its_guard_or_with_anothers_does_nothing(room: Room) -> None:
    first, second = room.person("FIN1"), room.person("FIN2")
    for token in ("", "0" * 64, second._guard("/finance/")):
        answer = first.client.post(f"/finance/day/{DAY}", data={"guard": token, "what": "run"})
        assert answer.status_code in {400, 403}
    assert room.scene.parts.days.read("house", DAY).state == "open"


def test_strangers_are_led_to_the_door_before_anything_is_looked_up(room: Room) -> None:
    client = room.office.app.test_client()
    for path in (*PAGES, room.path, "/finance/case/1", "/finance/day/x", "/finance/payments/NOBODY"):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/login")


def test_text_of_others_is_never_markup(room: Room) -> None:
    first = room.person("FIN1")
    page = first.read(room.path)
    assert HOSTILE not in page
    assert "&lt;script&gt;" in page
    first.send(room.path, action="credit_party", party="A", note=f'{HOSTILE}" onfocus="x')
    page = first.read(room.path)
    assert HOSTILE not in page
    assert 'onfocus="x' not in page
    page = first.send("/finance/payments/ICBC", **(PAYMENT | {"name": HOSTILE, "purpose": "'><img src=x onerror=y>"}))
    assert HOSTILE not in page
    assert "<img src=x" not in page
    assert "&lt;img" in page


def test_what_a_link_says_above_the_page_is_text(room: Room) -> None:
    page = room.person("FIN1").client.get("/finance/cases", query_string={"said": f"{HOSTILE}<b>"}).text
    assert HOSTILE not in page
    assert "<b>" not in page


def test_nobody_decides_on_his_own_proposal_in_the_browser(room: Room) -> None:
    first, second = room.person("FIN1"), room.person("FIN2")
    first.send(room.path, action="credit_party", party="A", note="电话核实")
    for decision in ("approve", "reject"):
        first.send(room.path, action="credit_party", decision=decision)
        assert room.scene.cases(DAY, SCOPE)[0].state == "open"
    second.send(room.path, action="credit_party", decision="approve", password="000000")
    assert room.scene.world.balance("A") == 1000000
    second.send(room.path, action="credit_party", decision="approve")
    assert room.scene.world.balance("A") == 1000200
    second.send(room.path, action="credit_party", decision="approve")
    assert room.scene.world.balance("A") == 1000200


def test_a_payment_is_approved_by_somebody_else_with_his_password(room: Room) -> None:
    first, second = room.person("FIN1"), room.person("FIN2")
    first.send("/finance/payments/ICBC", **PAYMENT)
    (item,) = room.scene.payments.items()
    for desk, password in ((first, None), (second, "000000")):
        fields = {} if password is None else {"password": password}
        desk.send("/finance/payments/ICBC", number=item.id, what="approve", **fields)
        assert room.scene.payments.item(item.id).state == "draft"
    second.send("/finance/payments/ICBC", number=item.id, what="approve")
    assert (room.scene.payments.item(item.id).state, room.scene.world.balance("A")) == ("approved", 990000)
    # The second press finds nothing to approve; nothing is paid twice.
    second.send("/finance/payments/ICBC", number=item.id, what="approve")
    assert room.scene.world.balance("A") == 990000


def test_the_same_form_sent_twice_is_one_payment(room: Room) -> None:
    desk = room.person("FIN1")
    desk.send("/finance/payments/ICBC", **PAYMENT)
    desk.send("/finance/payments/ICBC", **PAYMENT)
    assert len(room.scene.payments.items()) == 1
    desk.send("/finance/payments/ICBC", **(PAYMENT | {"token": "u" * 32}))
    assert len(room.scene.payments.items()) == 2


WRONG = (
    {"amount": "-1"},
    {"amount": "0"},
    {"amount": "1.001"},
    {"amount": "1e3"},
    {"debited": "stock:CARRIER"},
    {"name": " "},
    {"payee_account": "6217 0000"},
    {"bank_code": "10242100001"},
    {"purpose": "x" * 71},
)


def test_a_payment_that_is_filled_in_wrongly_is_none(room: Room) -> None:
    desk, token = room.person("FIN1"), room.person("FIN1")._guard("/finance/")
    for change in WRONG:
        fields = {"guard": token, "password": PASSWORD, **PAYMENT, **change}
        answer = desk.client.post("/finance/payments/ICBC", data=fields)
        assert BAD_FIELD.partition("{")[0] in unquote(answer.headers["Location"]), change
    assert room.scene.payments.items() == []


def test_a_day_knows_what_can_be_done_with_it_and_nothing_else(room: Room) -> None:
    desk = room.person("FIN1")
    for fields in ({"what": "destroy"}, {"what": ""}):
        assert DONE not in desk.send(f"/finance/day/{DAY}", **fields)
    assert room.scene.parts.days.read("house", DAY).state == "open"


def test_an_action_that_is_none_and_a_case_that_is_not_there(room: Room) -> None:
    desk = room.person("FIN1")
    assert BAD_FIELD.partition("{")[0] in desk.send(room.path, action="pay_me", note="x")
    assert IMPOSSIBLE in desk.send(room.path, action="refund_agent", note="x")
    assert IMPOSSIBLE in desk.send(room.path, action="credit_party", note="  ", party="A")
    assert BAD_FIELD.partition("{")[0] in desk.send(room.path, action="credit_party", decision="approve")
    token = desk._guard("/finance/")
    assert desk.client.post("/finance/payments/NOBODY", data={"guard": token}).status_code == 404
    assert desk.client.post("/finance/day/2026-13-01", data={"guard": token}).status_code == 404


def test_reports_come_from_the_days_own_folder_alone(room: Room) -> None:
    folder = room.scene.configuration.reports
    (folder / f"{DAY:%Y%m%d}" / "v1").mkdir(parents=True)
    (folder / f"{DAY:%Y%m%d}" / "v1" / "agents.csv").write_text("a", encoding="utf-8")
    (folder / "secret.csv").write_text("b", encoding="utf-8")
    (folder / f"{DAY:%Y%m%d}" / "v1" / "key.pem").write_text("c", encoding="utf-8")
    desk = room.person("AUD1")
    with desk.client.get(f"/finance/day/{DAY}/1/agents.csv") as answer:
        assert (answer.status_code, answer.data) == (200, b"a")
        assert "attachment" in answer.headers["Content-Disposition"]
    for name in ("1/..%2f..%2fsecret.csv", "1/key.pem", "2/agents.csv", "1/%2e%2e%2f%2e%2e%2fsecret.csv", "-1/agents.csv", "x/agents.csv"):
        assert desk.client.get(f"/finance/day/{DAY}/{name}").status_code == 404
    assert "agents.csv" in desk.read(f"/finance/day/{DAY}")
    assert "key.pem" not in desk.read(f"/finance/day/{DAY}")


def test_another_process_at_work_is_told_and_nothing_is_done(room: Room) -> None:
    with room.scene.new_parts("two").days.working_on(SCOPE):
        assert BUSY in room.person("FIN1").send(f"/finance/day/{DAY}", what="run")
    assert room.scene.parts.days.read("house", DAY).state == "open"


def test_what_a_case_is_about_stands_on_every_list(room: Room) -> None:
    Pipeline(room.scene.parts).run_scope("house", DAY)
    desk = room.person("AUD1")
    for page in (desk.read("/finance/cases"), desk.read(f"/finance/day/{DAY}")):
        assert room.case.reference in page
        assert f'href="{room.path}"' in page
        assert "2.00" in page
        assert "长款" in page
    assert room.case.reference not in desk.read(f"/finance/day/{DAY - timedelta(days=1)}")


def test_a_case_that_has_ended_has_no_forms_any_more(room: Room) -> None:
    first, second = room.person("FIN1"), room.person("FIN2")
    first.send(room.path, action="credit_party", party="A", note="x")
    second.send(room.path, action="credit_party", decision="approve")
    page = first.read(room.path)
    assert 'name="decision"' not in page
    assert 'name="action"' not in page
    assert "FIN1 / FIN2" in page
    assert room.case.reference not in first.read("/finance/cases")
