"""What operators answer, in their own wording: four styles, each with what it says of success, failure, stock and the latest credits.

`server` and `wallet` use wording that was seen in public code and public documents (tests/data/supplier_replies.json, marked real);
`mkios` and `fen` are made up in the manner of their kind, since no public text of theirs was found.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from simulators.modem_farm.commands import international
from simulators.modem_farm.config import OperatorPlan

_INDONESIAN: Final = {
    "failed": "Maaf, pengisian {units}rb ke {number} gagal. Nomor tujuan tidak dapat diisi.",
    "no_stock": "Maaf, stok {units}rb Anda tidak cukup. Transaksi ke {number} gagal.",
    "wrong_pin": "PIN yang Anda masukkan salah.",
    "locked": "Layanan Anda diblokir. Hubungi dealer Anda.",
    "bad_amount": "Nominal {units} tidak tersedia.",
    "repeat": "Transaksi {units}rb ke {number} sudah pernah dilakukan. Mohon tunggu.",
    "pending": "Transaksi {units}rb ke {number} sedang diproses.",
    "last": "Trx terakhir: {lines}",
    "line": "{n}) {day}/{month} {time} {units}rb {number} SN {sn}",
    "none": "Belum ada transaksi.",
    "unknown": "Format salah.",
    "confirm": "Isi {units}rb ke {number}? 1.Ya 2.Tidak",
    "cancelled": "Transaksi dibatalkan.",
    "received": "Anda menerima stok Rp{amount} dari dealer. Sisa {all}",
    "menu": "1.Isi pulsa\n2.Cek stok\n3.Trx terakhir",
    "ask_number": "No tujuan:",
    "ask_units": "Nominal (rb):",
    "ask_pin": "PIN:",
}
_ENGLISH: Final = {
    "failed": "{stamp}:Unable to load {units} to {number}. Subscriber cannot be loaded. Ref:{ref}",
    "no_stock": "{stamp}:Sorry, you have insufficient load wallet balance to load {units} to {number}. Ref:{ref}",
    "wrong_pin": "You entered an invalid PIN.",
    "locked": "Your retailer SIM is blocked. Please contact your dealer.",
    "bad_amount": "Invalid amount {units}.",
    "repeat": "You have already loaded {units} to {number}. Please try again later. Ref:{ref}",
    "pending": "{stamp}: Your request to load {units} to {number} is being processed. Ref:{ref}",
    "last": "Last transactions: {lines}",
    "line": "{n}. {day}{mon} {time} P{units} {number} Ref:{sn}",
    "none": "No transactions.",
    "unknown": "Invalid keyword.",
    "confirm": (
        "{stamp}: You are about to Pasaload P{units} to +{msisdn}. Reply YES to confirm or NO to cancel to 808 w/in 15mins."
        " P1/Pasa Txn.Ref:{ref}"
    ),
    "cancelled": "Transaction cancelled.",
    "received": "{short}: P{amount} is loaded to Load Wallet of {dealer} from TOP MOBILE D 639170000004.New Balance:P{balance} Ref:{ref}",
    "menu": "1 Load\n2 Balance\n3 Last transactions",
    "ask_number": "Mobile number:",
    "ask_units": "Amount:",
    "ask_pin": "PIN:",
}
_CHINESE: Final = {
    "failed": "充值失败:客户{number}不在可充值状态,未扣款。",
    "no_stock": "充值失败:您的空中充值账户余额不足,客户{number}未充值。",
    "wrong_pin": "密码错误。",
    "locked": "您的账户已锁定,请联系上级。",
    "bad_amount": "面额{units}元不可用。",
    "repeat": "您已为客户{number}充值{units}元,请勿重复提交。",
    "pending": "您为客户{number}充值{units}元的请求正在处理。",
    "last": "最近交易:{lines}",
    "line": "{n}.{month}-{day} {time} {number} {units}元 流水号{sn}",
    "none": "没有交易。",
    "unknown": "指令错误。",
    "confirm": "为客户{number}充值{units}元,回复1确认,2取消。",
    "cancelled": "已取消。",
    "received": "上级向您划拨{amount}元,您的空中充值账户余额为{balance}元。",
    "menu": "1.充值\n2.余额\n3.最近交易",
    "ask_number": "客户号码:",
    "ask_units": "金额(元):",
    "ask_pin": "密码:",
}
_STYLES: Final[Mapping[str, Mapping[str, str]]] = {
    "mkios": _INDONESIAN
    | {
        "success": "Pengisian pulsa Rp{amount} ke {number} berhasil. SN: {sn}. Sisa {left}",
        "changed": "Selamat! {number} sudah terisi Rp{amount}, kode {sn}. Sisa {left}. Terima kasih",
        "stock": "Stok M-KIOS Anda: {all}. Berlaku s/d 31/12/2026",
    },
    "server": _INDONESIAN
    | {
        "success": (
            "T#{ticket} R# Tsel {units}rb S{units}.{number} SUKSES. SN/Ref: {sn}. Sisa saldo {before} - {charged} = {balance}"
            " @{day}/{month} {seconds}"
        ),
        "changed": "T#{ticket} S{units} {number} OK, VSN {sn}, sal {balance}",
        "pending": "S{units}.{number} transaksi sedang diproses",
        "failed": "S{units}.{number} Hrg={price} Status: gagal.",
        "stock": "Saldo Anda Rp.{balance} @{day}/{month} {seconds}",
    },
    "wallet": _ENGLISH
    | {
        "success": "{stamp}: {dealer63} has loaded SMARTLoad (P{charged}) to {number}. New Load Wallet Balance: P{balance}. Ref:{sn}",
        "changed": "{stamp}:{dealer63} sent P{units} load to {number}. Wallet now P{balance}. Trace no. {sn}",
        "part1": "1/2 {stamp}:{dealer63} has loaded SMARTLoad All Text {units} (P{charged}) to {number}. "
        "Your new Load Wallet Balance is P{balance}.",
        "part2": "2/2 Maari ring ibenta ang Big Bytes 50 w/ 700 MB valid for 3 days! Text BIG50 to 2477. Ref:{sn}",
        "stock": "{short}: {dealer} Load Wallet Balance: P{balance}. Ref:{ref}",
    },
    "fen": _CHINESE
    | {
        "success": "尊敬的代理商,您已成功为客户{number}充值{amount}元,交易流水号:{sn},您的空中充值账户余额为{balance}元。{title}",
        "changed": "【充值到账】{number} {amount}元 凭证{sn} 余额{balance}",
        "stock": "您的空中充值账户余额为{balance}元。",
    },
}
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class Facts:
    """What an answer may tell. Amounts in minor units; `pieces` are what the chip holds of each denomination."""

    dealer: str
    at: datetime
    number: str = ""
    units: int = 0
    amount_minor: int = 0
    charged_minor: int = 0
    balance_minor: int = 0
    pieces: Mapping[int, int] | None = None
    serial_number: str = ""
    ticket: int = 0
    lines: str = ""
    n: int = 0


def money(operator: OperatorPlan, amount_minor: int) -> str:
    """An amount as this operator writes it: 10.000 in Indonesia, 4,686.50 or 4686.50 elsewhere."""
    if operator.style in ("mkios", "server"):
        return f"{amount_minor // 10**operator.minor_digits:,}".replace(",", ".")
    whole, rest = divmod(amount_minor, 10**operator.minor_digits)
    return f"{whole}.{rest:0{operator.minor_digits}d}" if operator.minor_digits else str(whole)


def answer(operator: OperatorPlan, kind: str, facts: Facts) -> str:
    """An answer's text."""
    return _STYLES[operator.style][kind].format_map(_words(operator, facts))


def has(operator: OperatorPlan, kind: str) -> bool:
    """Whether this operator's style knows such an answer."""
    return kind in _STYLES[operator.style]


def latest(operator: OperatorPlan, facts: Facts, done: Sequence[Facts]) -> str:
    """The answer that lists the latest credits."""
    if not done:
        return answer(operator, "none", facts)
    lines = "; ".join(answer(operator, "line", one) for one in done)
    return answer(operator, "last", Facts(facts.dealer, facts.at, lines=lines))


def _words(operator: OperatorPlan, facts: Facts) -> dict[str, str | int]:
    at = facts.at.astimezone()
    reference = f"{facts.ticket:012d}"
    return {
        "number": facts.number,
        "msisdn": international(operator, facts.number),
        "dealer": facts.dealer,
        "dealer63": international(operator, facts.dealer),
        "units": facts.units,
        "amount": money(operator, facts.amount_minor),
        "charged": money(operator, facts.charged_minor),
        "price": facts.charged_minor,
        "balance": money(operator, facts.balance_minor),
        "before": money(operator, facts.balance_minor + facts.charged_minor),
        "left": _left(operator, facts),
        "all": _everything(operator, facts),
        "sn": facts.serial_number,
        "ref": reference,
        "ticket": facts.ticket,
        "title": operator.title or operator.name,
        "lines": facts.lines,
        "n": facts.n,
        **_moments(at),
    }


def _moments(at: datetime) -> dict[str, str]:
    month = _MONTHS[at.month - 1]
    return {
        "stamp": f"{at:%d}-{month} {at:%H:%M}",
        "short": f"{at:%d}{month} {at:%H:%M}",
        "day": f"{at:%d}",
        "month": f"{at:%m}",
        "mon": month,
        "time": f"{at:%H:%M}",
        "seconds": f"{at:%H:%M:%S}",
    }


def _left(operator: OperatorPlan, facts: Facts) -> str:
    if facts.pieces is None:
        return f"saldo Rp{money(operator, facts.balance_minor)}"
    return f"stok {facts.units}rb={facts.pieces.get(facts.units, 0)}"


def _everything(operator: OperatorPlan, facts: Facts) -> str:
    if facts.pieces is None:
        return _left(operator, facts)
    return " ".join(f"{units}rb={pieces}" for units, pieces in facts.pieces.items())
