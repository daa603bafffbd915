"""The channel's settings: what may stand in the file, and that everything wrong is named without a secret."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from stk_sms.configuration import BadConfiguration, Configuration, SmppSettings, read_configuration
from stk_sms.http_link.link import HttpLink
from stk_sms.modem_link.link import ModemLink
from stk_sms.smpp.link import SmppLink
from stk_sms.smpp.ussd import Menu
from tests.support.source import ROOT

SMPP = {"kind": "smpp", "name": "cmcc", "host": "127.0.0.1", "port": 2775, "system_id": "kongchong", "password": "hidden-1", "mode": "pair"}
KANNEL = {"kind": "http", "name": "kannel", "sendsms_url": "http://127.0.0.1:13013/cgi-bin/sendsms", "port": 8190, "secret": "hidden-2"}
PARTNERS = {"port": 2776, "accounts": [{"system_id": "acme", "password": "hidden-3"[:8]}]}
USSD = {"service": "888", "questions": {"number": "手机号?", "amount": "金额?"}}
TICKET = {"amount": "金额?", "password": "密码?"}
WHOLE = {
    "links": [SMPP, KANNEL],
    "partners": PARTNERS,
    "by_carrier": {"CMCC": ["cmcc", "kannel"]},
    "otherwise": ["kannel"],
    "formats": [{"intent": "balance", "template": "00", "sample": "00"}],
    "ussd": USSD | {"tickets": {"service": "888*7", "questions": TICKET}},
    "language": "en",
}


def written(folder: Path, told: Any, mode: int = 0o640) -> Path:
    path = folder / "sms.json"
    path.write_text(json.dumps(told), encoding="utf-8")
    path.chmod(mode)
    return path


def test_a_whole_file(tmp_path: Path) -> None:
    found = read_configuration(written(tmp_path, WHOLE))
    assert [type(link) for link in found.transports()] == [SmppLink, HttpLink]
    assert [link.name for link in found.transports()] == ["cmcc", "kannel"]
    assert found.routes.names("CMCC", "") == ["cmcc", "kannel"]
    assert found.commands.parse("", "00").password is None
    assert found.ussd is not None
    assert found.partners is not None
    assert found.partners.gate().sender("acme").name == "partners/acme"
    assert isinstance(found.ussd.menu(), Menu)
    assert "hidden" not in repr(found)


def test_what_is_left_out_has_a_default() -> None:
    found = Configuration.model_validate({"links": [SMPP]})
    assert found.routes.otherwise == ("cmcc",)
    assert found.plain_text
    assert len(found.formats) > 5


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"links": [], "partners": None, "by_carrier": {}, "otherwise": []}, "neither a link nor partners"),
        ({"links": [SMPP, SMPP]}, "two links have one name"),
        ({"otherwise": ["gone"]}, "no such link: gone"),
        ({"colour": 1}, "colour"),
        ({"links": [{**SMPP, "kind": "cmpp"}]}, "links.0"),
        ({"links": [{**SMPP, "port": 0}]}, "links.0.smpp.port"),
        ({"links": [{**SMPP, "name": "a b"}]}, "links.0.smpp.name"),
        ({"links": [{**SMPP, "system_id": "x" * 16}]}, "system_id"),
        ({"formats": [{"intent": "balance", "template": "00", "sample": "1"}]}, "is not read"),
        ({"formats": "none"}, "formats"),
        ({"partners": {"port": 1, "accounts": []}}, "partners.accounts"),
        ({"partners": {"port": 1, "accounts": [{"system_id": "a", "password": "short"}]}}, "password"),
        ({"ussd": {"service": "x", "questions": {"number": "a", "amount": "b"}}}, "ussd.service"),
        ({"ussd": {"service": "1", "questions": {"colour": "a", "amount": "b"}}}, "ussd.questions"),
        ({"ussd": USSD | {"tickets": {"service": "888", "questions": TICKET}}}, "a code of their own"),
        ({"ussd": USSD | {"tickets": {"service": "888*7*1", "questions": TICKET}}}, "ussd.tickets.service"),
        ({"ussd": USSD | {"tickets": {"service": "889", "questions": {"amount": "金额?"}}}}, "ussd.tickets.questions"),
        ({"language": "fr"}, "language"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    with pytest.raises(BadConfiguration) as caught:
        read_configuration(written(tmp_path, WHOLE | change))
    assert words in str(caught.value)
    assert "hidden" not in str(caught.value)


def test_a_file_that_others_can_read(tmp_path: Path) -> None:
    with pytest.raises(BadConfiguration, match="open to others"):
        read_configuration(written(tmp_path, WHOLE, 0o644))


def test_a_file_that_is_not_there_or_no_json(tmp_path: Path) -> None:
    with pytest.raises(BadConfiguration, match="cannot be read"):
        read_configuration(tmp_path / "gone.json")
    path = written(tmp_path, WHOLE)
    path.write_text("{")
    with pytest.raises(BadConfiguration):
        read_configuration(path)


def test_the_guides_example_can_be_used() -> None:
    guide = (ROOT / "docs" / "sms.md").read_text(encoding="utf-8")
    found = Configuration.model_validate_json(guide.partition("```json\n")[2].partition("```")[0])
    assert [link.name for link in found.links] == ["cmcc", "kannel", "inbox"]
    assert SmppSettings.model_fields.keys() == json.loads(guide.partition("```json\n")[2].partition("```")[0])["links"][0].keys()


def test_sims_of_one_pattern_share_their_modems() -> None:
    sims = [{"kind": "modem", "name": name, "ports": ports, "iccid": iccid} for name, ports, iccid in (
        ("a", "/dev/x*", "8962000000000000001"), ("b", "/dev/x*", "8962000000000000002"), ("c", "/dev/y*", ""))]  # fmt: skip
    links = Configuration.model_validate({"links": sims}).transports()
    assert all(isinstance(link, ModemLink) for link in links)
    rooms = [link._room for link in links if isinstance(link, ModemLink)]
    assert rooms[0] is rooms[1]
    assert rooms[0] is not rooms[2]


@pytest.mark.parametrize("wrong", [{"ports": ""}, {"iccid": "12"}, {"number": "abc"}, {"strange": 1}])
def test_a_sim_that_cannot_be_used(wrong: dict[str, Any]) -> None:
    told = {"kind": "modem", "name": "a", "ports": "/dev/x*", "pin": "4711"} | wrong
    with pytest.raises(ValidationError) as failed:
        Configuration.model_validate({"links": [told]})
    assert "4711" not in str(failed.value)
