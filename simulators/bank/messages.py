"""The bank's messages: camt.053.001.08 out, pain.001 in, pain.002.001.03 out; plain standard library, no code of the product."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from simulators.bank.account import Line


@dataclass(frozen=True, slots=True)
class Ordered:
    """One payment we were ordered to make; amount in fen."""

    end_to_end: str
    amount_minor: int
    name: str
    account: str


def read_orders(content: bytes) -> tuple[str, list[Ordered]]:
    """Message id and payments of a pain.001 in any edition. Raises ValueError where its own sums do not hold."""
    root = ElementTree.fromstring(content)  # noqa: S314  our own files only
    payments = [_ordered(item) for item in root.iterfind(".//{*}CdtTrfTxInf")]
    told = int(root.findtext(".//{*}GrpHdr/{*}NbOfTxs") or 0), _fen(root.findtext(".//{*}GrpHdr/{*}CtrlSum") or "0")
    if told != (len(payments), sum(payment.amount_minor for payment in payments)):
        raise ValueError("the file's own sums do not hold")
    return root.findtext(".//{*}GrpHdr/{*}MsgId") or "", payments


def _ordered(item: ElementTree.Element) -> Ordered:
    def text(path: str) -> str:
        return item.findtext(path) or ""

    return Ordered(
        text("{*}PmtId/{*}EndToEndId"), _fen(text("{*}Amt/{*}InstdAmt")), text("{*}Cdtr/{*}Nm"), text("{*}CdtrAcct/{*}Id/{*}Othr/{*}Id")
    )


def _fen(text: str) -> int:
    return int(Decimal(text) * 100)


def _yuan(minor: int) -> str:
    return f"{abs(minor) // 100}.{abs(minor) % 100:02d}"


def answer(message_id: str, refused: Sequence[str], accepted: Sequence[str], day: str) -> str:
    """pain.002: what is refused, and what is accepted."""
    status = "RJCT" if not accepted else "PART" if refused else "ACCP"
    told = "".join(_told(item, "RJCT", "<StsRsnInf><Rsn><Cd>AC01</Cd></Rsn></StsRsnInf>") for item in refused)
    told += "".join(_told(item, "ACSP", "") for item in accepted) if refused else ""
    inside = f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>{message_id}</OrgnlPmtInfId>{told}</OrgnlPmtInfAndSts>" if told else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.03"><CstmrPmtStsRpt>'
        f"<GrpHdr><MsgId>R-{message_id}</MsgId><CreDtTm>{day}T18:00:00</CreDtTm></GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>{message_id}"
        f"</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId><GrpSts>{status}</GrpSts></OrgnlGrpInfAndSts>{inside}"
        "</CstmrPmtStsRpt></Document>"
    )


def _told(item: str, status: str, why: str) -> str:
    return f"<TxInfAndSts><OrgnlEndToEndId>{item}</OrgnlEndToEndId><TxSts>{status}</TxSts>{why}</TxInfAndSts>"


def statement(account: str, number: int, day: str, opening: int, lines: Sequence[Line]) -> str:
    """camt.053.001.08 of a day."""
    closing = opening + sum(line.amount_minor for line in lines)
    balances = "".join(
        f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="CNY">{_yuan(minor)}</Amt><CdtDbtInd>{_side(minor)}</CdtDbtInd>'
        f"<Dt><Dt>{day}</Dt></Dt></Bal>"
        for code, minor in (("OPBD", opening), ("CLBD", closing))
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>'
        f"<GrpHdr><MsgId>S{number}</MsgId><CreDtTm>{day}T23:59:59</CreDtTm></GrpHdr><Stmt><Id>S{number}</Id><ElctrncSeqNb>{number}</ElctrncSeqNb>"
        f"<Acct><Id><Othr><Id>{account}</Id></Othr></Id><Ccy>CNY</Ccy></Acct>{balances}{''.join(_entry(line, day) for line in lines)}"
        "</Stmt></BkToCstmrStmt></Document>"
    )


def _side(minor: int) -> str:
    return "DBIT" if minor < 0 else "CRDT"


def _entry(line: Line, day: str) -> str:
    side = "Cdtr" if line.amount_minor < 0 else "Dbtr"
    refs = f"<Refs><EndToEndId>{line.end_to_end}</EndToEndId></Refs>" if line.end_to_end else ""
    parties = f"<{side}><Pty><Nm>{escape(line.name)}</Nm></Pty></{side}>" if line.name else ""
    parties += f"<{side}Acct>{_other(line.other_account)}</{side}Acct>" if line.other_account else ""
    parties += f"<CdtrAcct>{_other(line.virtual)}</CdtrAcct>" if line.virtual else ""
    told = f"<Ustrd>{escape(line.text)}</Ustrd>" if line.text else ""
    told += f"<Strd><CdtrRefInf><Ref>{line.structured}</Ref></CdtrRefInf></Strd>" if line.structured else ""
    amount = f'<Amt Ccy="CNY">{_yuan(line.amount_minor)}</Amt><CdtDbtInd>{_side(line.amount_minor)}</CdtDbtInd>'
    reversal = "<RvslInd>true</RvslInd>" if line.reversal else ""
    inside = (f"<RltdPties>{parties}</RltdPties>" if parties else "") + (f"<RmtInf>{told}</RmtInf>" if told else "")
    return (
        f"<Ntry>{amount}{reversal}<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{day}</Dt></BookgDt><AcctSvcrRef>{line.reference}</AcctSvcrRef>"
        f"<BkTxCd><Prtry><Cd>TRF</Cd></Prtry></BkTxCd><NtryDtls><TxDtls>{refs}{amount}{inside}</TxDtls></NtryDtls></Ntry>"
    )


def _other(number: str) -> str:
    return f"<Id><Othr><Id>{number}</Id></Othr></Id>"
