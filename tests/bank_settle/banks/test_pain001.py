"""Payment files: valid by the official schemas, without IBAN, in Chinese, and byte for byte the same again."""

from datetime import date, datetime
from pathlib import Path

import pytest
from lxml import etree

from bank_settle.banks import batch, pain001
from bank_settle.banks.answers import Verdict, read_batch_return, read_pain002
from bank_settle.banks.pain001 import MESSAGES, Order, Payer, Payment
from bank_settle.files.errors import BadFile, Fault
from bank_settle.statements.safe_xml import valid
from tests.support.source import ROOT

PAYER = Payer("江西空中充值省级代理有限公司", "62284800001234567", "103421000013")
PAYMENTS = [
    Payment("P0001", 100000, "南昌网点张三", "6217000012345678901", "102421000013", "退还预存"),
    Payment("P0002", 23450, "九江 <网点> & 李四", "6217000012345678902", "104421000013", ""),
]
ORDER = Order("KCICBC-20261120-001", datetime(2026, 11, 20, 10, 0), date(2026, 11, 20), "CNY", PAYER, PAYMENTS)  # noqa: DTZ001


@pytest.mark.parametrize("message", MESSAGES)
def test_it_holds_to_the_official_schema(message: str) -> None:
    content = pain001.render(ORDER, message)
    assert valid(content, message)
    assert content == pain001.render(ORDER, message)
    root = etree.fromstring(content)
    assert root.findtext(".//{*}GrpHdr/{*}CtrlSum") == "1234.50"
    assert [item.text for item in root.iterfind(".//{*}Cdtr/{*}Nm")] == ["南昌网点张三", "九江 <网点> & 李四"]
    assert [item.text for item in root.iterfind(".//{*}CdtrAcct/{*}Id/{*}Othr/{*}Id")] == [item.account for item in PAYMENTS]
    assert [item.text for item in root.iterfind(".//{*}CdtrAgt//{*}MmbId")] == [item.bank_code for item in PAYMENTS]
    assert root.find(".//{*}IBAN") is None


def test_it_says_what_the_sample_says() -> None:
    sample = etree.parse(str(ROOT / "tests" / "data" / "bank" / "own_pain001_cny_othr.xml"))
    ours = etree.fromstring(pain001.render(ORDER, "pain.001.001.09"))
    names = [[etree.QName(item).localname for item in tree.iter() if isinstance(item.tag, str)] for tree in (sample, ours)]
    assert {*names[0]} == {*names[1]}
    assert names[0][:30] == names[1][:30]


def test_a_currency_without_minor_units() -> None:
    order = Order("M1", ORDER.made_at, ORDER.execute_on, "IDR", PAYER, PAYMENTS, 0)
    content = pain001.render(order, "pain.001.001.09")
    assert valid(content, "pain.001.001.09")
    assert b"123450<" in content


def test_the_plain_batch_file() -> None:
    text = batch.render(ORDER).decode("gbk")
    assert text.splitlines()[0] == "2|1234.50|62284800001234567|KCICBC-20261120-001"
    assert text.splitlines()[1] == "KCICBC-20261120-001|1|P0001|6217000012345678901|南昌网点张三|102421000013|1000.00|退还预存"
    nasty = Payment("P3", 1, "a|b\r\nc", "6217", "102421000013", "x|y")
    order = Order("M", ORDER.made_at, ORDER.execute_on, "CNY", PAYER, [nasty])
    assert batch.render(order).decode("gbk").splitlines()[1] == "M|1|P3|6217|a b c|102421000013|0.01|x y"
    unknown = Payment("P4", 1, "\U0001f600", "6217", "102421000013", "")
    with pytest.raises(ValueError, match="gbk"):
        batch.render(Order("M", ORDER.made_at, ORDER.execute_on, "CNY", PAYER, [unknown]))


def pain002(group: str = "", single: str = "", edition: str = "03", message_id: str = "KCICBC-20261120-001") -> str:
    inside = f"<GrpSts>{group}</GrpSts>" if group else ""
    payments = f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>1</OrgnlPmtInfId>{single}</OrgnlPmtInfAndSts>" if single else ""
    return (
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.{edition}"><CstmrPmtStsRpt><GrpHdr><MsgId>R1</MsgId>'
        f"<CreDtTm>2026-11-20T12:00:00</CreDtTm></GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>{message_id}</OrgnlMsgId>"
        f"<OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>{inside}</OrgnlGrpInfAndSts>{payments}</CstmrPmtStsRpt></Document>"
    )


def single(item: str, status: str, reason: str = "") -> str:
    why = f"<StsRsnInf><Rsn><Cd>{reason}</Cd></Rsn><AddtlInf>户名不符</AddtlInf></StsRsnInf>" if reason else ""
    return f"<TxInfAndSts><OrgnlEndToEndId>{item}</OrgnlEndToEndId><TxSts>{status}</TxSts>{why}</TxInfAndSts>"


@pytest.mark.parametrize("edition", ["03", "12"])
def test_pain002(tmp_path: Path, edition: str) -> None:
    path = tmp_path / "answer"
    text = pain002("PART", single("P0001", "ACSC") + single("P0002", "RJCT", "AC01") + single("P0003", "PDNG"), edition)
    assert valid(text.encode(), f"pain.002.001.{edition}")
    path.write_text(text, encoding="utf-8")
    answer = read_pain002(path)
    assert (answer.message_id, answer.group) == ("KCICBC-20261120-001", None)
    assert answer.verdicts == [Verdict("P0001", "accepted"), Verdict("P0002", "rejected", "AC01 户名不符")]
    path.write_text(pain002("RJCT"), encoding="utf-8")
    assert read_pain002(path).group == "rejected"


def test_a_status_nobody_knows_decides_nothing(tmp_path: Path) -> None:
    path = tmp_path / "answer"
    path.write_text(pain002("ABCD", edition="12"), encoding="utf-8")
    with pytest.raises(BadFile) as caught:
        read_pain002(path)
    assert caught.value.fault is Fault.CODE
    path.write_text(pain002("ACCP").replace("pain.002.001.03", "pain.002.001.04"), encoding="utf-8")
    with pytest.raises(BadFile):
        read_pain002(path)


RETURN = "1|1000.00|1|234.50\r\nM1|P0001|1000.00|0|\r\nM1|P0002|234.50|9|户名不符\r\n"


def test_the_return_file_of_a_batch(tmp_path: Path) -> None:
    path = tmp_path / "return"
    path.write_bytes(RETURN.encode("gbk"))
    answer = read_batch_return(path)
    assert answer.message_id == "M1"
    assert answer.verdicts == [Verdict("P0001", "accepted"), Verdict("P0002", "rejected", "户名不符")]
    for old, new, fault in (
        ("1|1000.00|1", "2|1000.00|1", Fault.COUNT),
        ("1|1000.00|1", "1|1000.01|1", Fault.TOTAL),
        ("|9|", "|7|", Fault.CODE),
        ("M1|P0002", "M2|P0002", Fault.HEADER),
        ("234.50|9", "x|9", Fault.AMOUNT),
        ("P0001|", "P0001", Fault.LINE),
        ("1|1000.00|1|234.50\r\n", "head\r\n", Fault.HEADER),
    ):
        path.write_bytes(RETURN.replace(old, new).encode("gbk"))
        with pytest.raises(BadFile) as caught:
            read_batch_return(path)
        assert caught.value.fault is fault
    for content, fault in ((b"", Fault.EMPTY), (b"\xff\xff", Fault.ENCODING)):
        path.write_bytes(content)
        with pytest.raises(BadFile) as caught:
            read_batch_return(path)
        assert caught.value.fault is fault
