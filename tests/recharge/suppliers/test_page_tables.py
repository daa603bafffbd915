"""What the tables of the link kinds' pages say is what the code does: each code's meaning, each setting's default."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from gsm.modem.channel import Answer
from recharge.domain.outcomes import OutcomeState
from recharge.domain.reply_rules import Meaning
from recharge.suppliers.carrier_platform import codes as carrier_codes
from recharge.suppliers.carrier_platform.codes import Asked
from recharge.suppliers.carrier_platform.settings import CarrierPlatformSettings
from recharge.suppliers.chip_modem.outcomes import refused
from recharge.suppliers.chip_modem.settings import ChipSettings
from recharge.suppliers.contract import LinkParts
from recharge.suppliers.h2h.codes import after_question, after_sale
from recharge.suppliers.h2h.settings import H2hSettings
from recharge.suppliers.md5_form.dialects import PRESETS
from recharge.suppliers.pretups import codes as pretups_codes
from recharge.suppliers.pretups.settings import PretupsSettings
from recharge.suppliers.registry import make_link
from recharge.suppliers.ucip import codes as ucip_codes
from recharge.suppliers.ucip.settings import UcipSettings
from tests.support.source import ROOT
from tests.support.world import ManualClock

S = OutcomeState
Cells = list[str]
WORDS = {
    "success": S.SUCCESS,
    "success, in part": S.SUCCESS,
    "accepted": S.ACCEPTED,
    "failed": S.FAILED,
    "failed, of a reversal": S.FAILED,
    "not sent": S.NOT_SENT,
    "not found": S.NOT_FOUND,
    "reversed": S.REVERSED,
    "taken back": S.SUCCESS,
    "it stands": S.FAILED,
    "unknown": S.UNKNOWN,
}
MODELS: dict[str, tuple[type[BaseModel], str]] = {
    "carrier_platform": (CarrierPlatformSettings, "suppliers.md"),
    "chip_modem": (ChipSettings, "chip-modems.md"),
    "h2h": (H2hSettings, "link-h2h.md"),
    "pretups": (PretupsSettings, "link-pretups.md"),
    "ucip": (UcipSettings, "link-ucip.md"),
}
NOTHING = {"none", "empty", ""}


def tables(page: str) -> Iterator[list[Cells]]:
    """Every table of a page, its head first, as the text of its cells."""
    found: list[Cells] = []
    for line in [*(ROOT / "docs" / page).read_text(encoding="utf-8").splitlines(), ""]:
        if not line.startswith("|"):
            if found:
                yield found
            found = []
        elif not re.fullmatch(r"[|\- ]+", line):
            found.append([cell.strip() for cell in line.strip().strip("|").split("|")])


def table(page: str, *heads: str) -> list[Cells]:
    """The rows of the one table with this head; each given head begins a cell of it."""
    [found] = [rows for rows in tables(page) if len(rows[0]) >= len(heads) and all(map(str.startswith, rows[0], heads))]
    return found[1:]


def word(cell: str) -> OutcomeState:
    """The state a cell begins with."""
    plain = cell.replace("*", "").replace("`", "")
    return WORDS[plain] if plain in WORDS else WORDS[re.split(r"[:;,]", plain)[0].strip()]


def numbers(cell: str) -> list[str]:
    """The codes a cell lists, with `3001–3005` as all of them."""
    found = []
    for first, last in re.findall(r"(\d+)(?:–(\d+))?", cell):
        found += [f"{code:0{len(first)}}" for code in range(int(first), int(last or first) + 1)]
    return found


def test_the_carrier_platforms_codes() -> None:
    asked = (Asked.SUBMIT, Asked.REVERSE, Asked.QUERY_ORDER, Asked.CALLBACK_ORDER)
    listed = set()
    for codes, *cells in table("suppliers.md", "code", "submit", "reverse"):
        for code in numbers(codes):
            listed.add(code)
            for where, cell in zip(asked, cells, strict=True):
                # A query and a callback may speak of a reversal; the page says so in their cells.
                reversal = {Asked.QUERY_ORDER: Asked.QUERY_REVERSAL, Asked.CALLBACK_ORDER: Asked.CALLBACK_REVERSAL}
                place = reversal[where] if cell.endswith("of a reversal") else where
                assert carrier_codes.meaning(code, place) is word(cell), (code, place)
    for code in (f"{number:04}" for number in range(10_000)):
        if code not in listed:
            assert {carrier_codes.meaning(code, where) for where in Asked} == {S.UNKNOWN}, code


def test_the_gateways_codes() -> None:
    rows = table("link-pretups.md", "code", "a sale", "a question", "a reversal")
    told = {numbers(code)[0]: (sale, question, reversal) for code, sale, question, reversal in rows if numbers(code)}
    assert set(told) == set(pretups_codes.MEANINGS)
    for code, cells in told.items():
        assert {word(cell) for cell in cells} == {pretups_codes.meaning(code, {})}, code


def test_the_charging_systems_codes() -> None:
    for codes, refill, back in table("link-ucip.md", "response code", "a refill"):
        for code in map(int, numbers(codes)):
            assert ucip_codes.of_refill(code) is word(refill), code
            assert ucip_codes.of_reversal(code) is word(back), code


def test_what_another_servers_text_says() -> None:
    for meanings, sale, question in table("link-h2h.md", "the text says", "a sale")[:-1]:
        for name in re.findall(r"`(\w+)`", meanings):
            meaning = Meaning(name)
            assert after_sale(meaning) is (meaning.state if sale == "that" else word(sale)), name
            assert after_question(meaning) is (meaning.state if question == "that" else word(question)), name


def test_yrapis_states() -> None:
    reading = PRESETS["yrapi"]["query"]["reading"]
    for said, _sale, question in table("link-md5-form.md", "`yrapi`"):
        state = re.match(r"`state` (−?\d)", said)
        if state:
            wanted = "part" if "in part, of" in question else question.partition(",")[0]
            assert reading["states"][state[1].replace("−", "-")] == wanted, said
    assert reading["no_row"] == "not_found"
    assert PRESETS["yrapi"]["submit"]["reading"]["codes"] == {"0": "accepted"}


def test_ofpays_states() -> None:
    reading = PRESETS["ofpay"]["query"]["reading"]
    states = {**reading.get("codes", {}), **reading.get("states", {})}
    cells = [row[2] for row in table("link-md5-form.md", "`ofpay`")]
    told = {code.replace("−", "-"): said.replace(" ", "_") for cell in cells for code, said in re.findall(r"(−?\d): (not found|\w+)", cell)}
    assert told
    assert told.items() <= states.items()


def test_what_a_modems_errors_mean() -> None:
    told = dict(table("chip-modems.md", "what happened", "outcome"))
    [cme] = [what for what in told if "no signal" in what]
    sent_not = {int(code) for code in numbers(cme.partition("ERROR`")[2])}
    assert {code for code in range(600) if refused(Answer(f"+CME ERROR: {code}")) is S.NOT_SENT} == sent_not
    [cms] = [outcome for what, outcome in told.items() if "`+CMGS`" in what]
    listed = cms.partition("+CMS ERROR` ")[2].partition(":")[0].replace("31x", "310 311 312 313 314 316 317 318")
    assert {code for code in range(600) if refused(Answer(f"+CMS ERROR: {code}")) is S.NOT_SENT} == {int(code) for code in numbers(listed)}


def defaults(kind: str) -> dict[str, str]:
    """Each setting's default as its page tells it."""
    _, page = MODELS[kind]
    found: dict[str, str] = {}
    for rows in tables(page):
        if rows[0][:2] == ["setting", "default"]:
            for names, told, *_ in rows[1:]:
                named = re.findall(r"`([^`]+)`", names)
                values = re.findall(r"`[^`]*`|[^,\s][^,]*", told) if len(named) > 1 else [told]
                found |= dict(zip(named, values if len(values) == len(named) else (values[:1] or [""]) * len(named), strict=True))
    return found


def as_told(value: Any) -> str:
    """A default as a page writes it."""
    if value is PydanticUndefined:
        return "–"
    if isinstance(value, bool):
        return str(value).lower()
    if value in ("", None) or (hasattr(value, "__len__") and not len(value)):
        return "none"
    if hasattr(value, "hour"):
        return f"{value:%H:%M}"
    return str(value).removesuffix(".0") if isinstance(value, float) else str(value)


@pytest.mark.parametrize("kind", sorted(MODELS))
def test_every_default_is_what_the_page_says(kind: str) -> None:
    model, _ = MODELS[kind]
    told = defaults(kind)
    assert told.keys() <= model.model_fields.keys()
    for name, said in told.items():
        field = model.model_fields[name]
        value = as_told(field.get_default(call_default_factory=True) if not field.is_required() else PydanticUndefined)
        plain = said.strip("`").strip()
        if plain == "by preset" or not plain:
            continue
        assert ("none" if plain in NOTHING else plain) == value, name


def test_every_setting_of_a_chip_is_on_its_page() -> None:
    text = (ROOT / "docs" / "chip-modems.md").read_text(encoding="utf-8")
    assert set(ChipSettings.model_fields) - set(re.findall(r"`(\w+)`", text)) == set()


def examples() -> list[tuple[str, dict[str, Any], bytes]]:
    """Kind, settings and secret of every link that the pages show how to add."""
    text = (ROOT / "docs" / "suppliers.md").read_text(encoding="utf-8") + (ROOT / "docs" / "chip-modems.md").read_text(encoding="utf-8")
    key = "a-key-of-more-than-sixteen-letters"
    found = [
        (kind, json.loads(settings), secret.replace('"KEY"', f'"{key}"').encode())
        for kind, settings, secret in re.findall(r"\| `(\w+)`, `(\{.*?\})`, `([^`]+)`(?:;[^|]*)? \|", text)
    ]
    [gateway] = re.findall(r"pretups --secret-file \S+ --settings \\\s+'(\{.*\})'", text)
    [chip] = re.findall(r"chip_modem .*--settings '(\{.*\})'", text)
    [secret] = re.findall(r"echo '(\{.*\})'", text)
    chip_settings = json.loads(chip) | {"iccid": "8986012345678901234"}
    return [*found, ("pretups", json.loads(gateway), secret.encode()), ("chip_modem", chip_settings, b'{"service": "1234"}')]


def test_every_link_the_pages_show_can_be_made() -> None:
    shown = examples()
    assert {kind for kind, _, _ in shown} == {*MODELS, "md5_form"} - {"carrier_platform"}
    for kind, settings, secret in shown:
        link = make_link(kind, LinkParts("LINK", settings, secret, ManualClock()))
        assert link.caps.settle_window.total_seconds() == 900, kind
