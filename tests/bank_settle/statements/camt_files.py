"""camt files for tests, written by hand and not with the product's code; amounts as a bank writes them, negative for what went out."""

TOPS = {"053": ("BkToCstmrStmt", "Stmt"), "052": ("BkToCstmrAcctRpt", "Rpt"), "054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn")}
CODES = "<BkTxCd><Prtry><Cd>TRF</Cd></Prtry></BkTxCd>"


def _other(account: str) -> str:
    return f"<Id><Othr><Id>{account}</Id></Othr></Id>"


def entry(
    message: str,
    amount: str,
    *,
    reference: str = "",
    payer: str = "",
    name: str = "",
    text: str = "",
    structured: str = "",
    virtual: str = "",
    end_to_end: str = "",
    status: str = "BOOK",
    reversal: bool = False,
    parts: list[str] | None = None,
    day: str = "2026-11-20",
) -> str:
    """One entry."""
    new = message.endswith(".08")
    out, plain = amount.startswith("-"), amount.lstrip("-")
    side = "Cdtr" if out else "Dbtr"
    who = f"<Pty><Nm>{name}</Nm></Pty>" if new else f"<Nm>{name}</Nm>"
    parties = (f"<{side}>{who}</{side}>" if name else "") + (f"<{side}Acct>{_other(payer)}</{side}Acct>" if payer else "")
    parties += f"<CdtrAcct>{_other(virtual)}</CdtrAcct>" if virtual else ""
    told = f"<Refs><EndToEndId>{end_to_end}</EndToEndId></Refs>" if end_to_end else ""
    own = f'<Amt Ccy="CNY">{{part}}</Amt><CdtDbtInd>{"DBIT" if out else "CRDT"}</CdtDbtInd>' if new else (
        '<AmtDtls><TxAmt><Amt Ccy="CNY">{part}</Amt></TxAmt></AmtDtls>'
    )  # fmt: skip
    remittance = f"<Ustrd>{text}</Ustrd>" if text else ""
    remittance += f"<Strd><CdtrRefInf><Ref>{structured}</Ref></CdtrRefInf></Strd>" if structured else ""
    tail = (f"<RltdPties>{parties}</RltdPties>" if parties else "") + (f"<RmtInf>{remittance}</RmtInf>" if remittance else "")
    details = "".join(f"<TxDtls>{told}{own.replace('{part}', part)}{tail}</TxDtls>" for part in parts or [plain])
    return (
        f'<Ntry><Amt Ccy="CNY">{plain}</Amt><CdtDbtInd>{"DBIT" if out else "CRDT"}</CdtDbtInd>'
        + ("<RvslInd>true</RvslInd>" if reversal else "")
        + (f"<Sts><Cd>{status}</Cd></Sts>" if new else f"<Sts>{status}</Sts>")
        + f"<BookgDt><Dt>{day}</Dt></BookgDt>"
        + (f"<AcctSvcrRef>{reference}</AcctSvcrRef>" if reference else "")
        + f"{CODES}<NtryDtls>{details}</NtryDtls></Ntry>"
    )


def _cents(text: str) -> int:
    return round(float(text) * 100)


def camt(
    message: str,
    entries: list[str],
    *,
    account: str = "62284800001234567",
    opening: str = "100.00",
    number: int = 7,
    moved: str | None = None,
    day: str = "2026-11-20",
) -> str:
    """A whole message; its closing balance is what opening and entries make, unless `moved` says otherwise."""
    outer, top = TOPS[message[5:8]]
    total = sum(
        (-1 if "<CdtDbtInd>DBIT" in item.split("<BookgDt>")[0] else 1) * _cents(item.split(">")[2].split("<")[0]) for item in entries
    )
    closing = _cents(opening) + (total if moved is None else _cents(moved))
    balances = "".join(
        f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="CNY">{abs(value) // 100}.{abs(value) % 100:02d}</Amt>'
        f"<CdtDbtInd>{'CRDT' if value >= 0 else 'DBIT'}</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"
        for code, value in (("OPBD", _cents(opening)), ("CLBD", closing))
    )
    balances = "" if "054" in message else balances
    group = f"<GrpHdr><MsgId>M1</MsgId><CreDtTm>{day}T23:59:59</CreDtTm></GrpHdr>"
    body = f"<{top}><Id>S1</Id><ElctrncSeqNb>{number}</ElctrncSeqNb><CreDtTm>{day}T23:59:59</CreDtTm>"
    body += f"<Acct>{_other(account)}<Ccy>CNY</Ccy></Acct>"
    start = f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:{message}">'
    return f"{start}<{outer}>{group}{body}{balances}{''.join(entries)}</{top}></{outer}></Document>"
