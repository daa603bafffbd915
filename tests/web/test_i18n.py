"""Languages, and how money, numbers and moments are written; no text is left untranslated."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from flask import Flask

from tests.web.browsing import Browser
from tests.web.fake_engine import SERVICE_PASSWORD, FakeEngine, login, point
from tools import translations
from web import i18n

WEB = Path(i18n.__file__).parent
CHINESE = re.compile(r"[\u3400-\u9fff\u3000-\u303f\uff01-\uff60]")
PLACEHOLDER = re.compile(r"%\(\w+\)s")


@pytest.fixture
def in_request(app: Flask) -> Iterator[None]:
    with app.test_request_context("/"):
        yield


def messages(name: str) -> list[Message]:
    path = WEB / "translations" / name / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as file:
        return [message for message in read_po(file, locale=name) if message.id]


class TestCatalogues:
    @pytest.mark.parametrize("name", ["en", "id"])
    def test_nothing_is_untranslated(self, name: str) -> None:
        assert not list(translations.untranslated(WEB, name))

    @pytest.mark.parametrize("name", ["en", "id"])
    def test_no_translation_is_for_a_text_that_is_gone(self, name: str) -> None:
        present = {message.id for message in translations.collected(WEB) if message.id}
        assert {message.id for message in messages(name)} == present

    @pytest.mark.parametrize("name", ["en", "id"])
    def test_a_translation_names_the_same_facts_and_has_no_chinese_in_it(self, name: str) -> None:
        for message in messages(name):
            assert sorted(PLACEHOLDER.findall(str(message.id))) == sorted(PLACEHOLDER.findall(str(message.string))), message.id
            assert not CHINESE.search(str(message.string)), message.id
            assert not message.fuzzy

    def test_every_piece_of_chinese_in_the_templates_is_marked(self) -> None:
        marked = re.compile(r"_\((\"[^\"]*\"|'[^']*')")
        for path in (WEB / "templates").glob("*.html"):
            bare = marked.sub("", re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8")))
            assert not CHINESE.search(bare), (path.name, CHINESE.findall(bare))

    def test_chinese_needs_no_catalogue(self) -> None:
        assert i18n.catalogue("zh_CN").gettext("充值") == "充值"

    def test_the_po_file_itself_is_read(self) -> None:
        assert i18n.catalogue("en").gettext("充值") == "Recharge"
        assert i18n.catalogue("id").gettext("充值") == "Isi pulsa"


class TestChoice:
    @pytest.mark.parametrize(
        ("liked", "shown"),
        [
            ("zh-CN,zh;q=0.9", "代理网点登录"),
            ("zh", "代理网点登录"),
            ("en-GB,en;q=0.8", "Agent point sign-in"),
            ("id", "Masuk agen"),
            ("fr", "代理网点登录"),
            ("", "代理网点登录"),
        ],
    )
    def test_a_stranger_reads_what_his_browser_likes(self, visitor: Browser, liked: str, shown: str) -> None:
        visitor.open("/login", Accept_Language=liked)
        assert shown in visitor.text

    def test_an_agent_reads_what_his_login_says(self, visitor: Browser, fake_engine: FakeEngine) -> None:
        fake_engine.logins[1] = login(party=point(language="id"))
        visitor.sign_in("chaoyang")
        assert "Nomor pelanggan" in visitor.text

    def test_a_choice_made_here_beats_the_login(self, visitor: Browser) -> None:
        visitor.open("/login")
        visitor.send("/language", {"language": "en"})
        visitor.sign_in("chaoyang")
        assert "Customer's number" in visitor.text

    def test_the_engine_is_told_the_language(self, agent: Browser, fake_engine: FakeEngine) -> None:
        agent.send("/language", {"language": "id"})
        agent.confirm()
        agent.charge(SERVICE_PASSWORD)
        assert fake_engine.asked[-1].language == "id"

    def test_a_deployment_may_offer_fewer(self, make_app: Callable[..., Flask]) -> None:
        browser = Browser(make_app(languages=("id", "en")).test_client())
        browser.open("/login", Accept_Language="zh-CN")
        assert "Masuk agen" in browser.text
        assert "中文" not in browser.text

    @pytest.mark.parametrize("name", ["en", "id"])
    @pytest.mark.parametrize("path", ["/recharge", "/orders", "/balance", "/password", "/nothing"])
    def test_no_page_of_another_language_has_chinese_in_it(self, agent: Browser, name: str, path: str) -> None:
        agent.client.set_cookie(i18n.COOKIE, name)
        agent.open(path)
        shown = agent.text.replace("中文", "").replace("朝阳路通讯店", "").replace("王小红", "")
        assert not CHINESE.search(shown), shown
        assert agent.root.get("lang") == name


@pytest.mark.usefixtures("in_request")
class TestWriting:
    @pytest.mark.parametrize(("amount_minor", "text"), [(5000, "¥50.00"), (1, "¥0.01"), (-250, "-¥2.50"), (0, "¥0.00")])
    def test_money(self, amount_minor: int, text: str) -> None:
        assert i18n.money(amount_minor) == text

    @pytest.mark.parametrize(("amount_minor", "text"), [(5000, "50"), (5050, "50.50"), (100000, "1000"), (5, "0.05")])
    def test_an_amount_as_typed(self, amount_minor: int, text: str) -> None:
        assert i18n.plain_amount(amount_minor) == text
        assert i18n.typed_amount(text) == amount_minor

    @pytest.mark.parametrize(
        ("number", "text"), [("13800138000", "138 0013 8000"), ("081312345678", "0813 1234 5678"), ("0813", "0813"), ("", "")]
    )
    def test_a_number_is_grouped_as_people_say_it(self, number: str, text: str) -> None:
        assert i18n.grouped(number) == text

    def test_a_moment_is_on_the_deployments_clock(self) -> None:
        at = datetime(2026, 11, 21, 16, 30, 5, tzinfo=UTC)
        assert i18n.moment(at) == "2026-11-22 00:30:05"
        assert i18n.clock_time(at) == "11-22 00:30"

    def test_a_province_nobody_knows(self) -> None:
        assert i18n.province_text("北京") == "北京"
        assert i18n.province_text("") == "省份未知"


def test_another_currency(make_app: Callable[..., Flask]) -> None:
    with make_app(currency="IDR", minor_digits=0).test_request_context("/"):
        assert i18n.money(50000) == "Rp50000"
        assert i18n.plain_amount(50000) == "50000"
        assert i18n.typed_amount("50000") == 50000


@pytest.mark.parametrize(("code", "sign"), [("CNY", "¥"), ("IDR", "Rp"), ("USD", "$")])
def test_a_currencys_own_sign(code: str, sign: str) -> None:
    assert i18n.currency_sign(code) == sign
