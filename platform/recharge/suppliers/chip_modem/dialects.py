"""The dialect a chip's settings name."""

from gsm.modem.stk import DIALECTS
from recharge.suppliers.chip_modem.exchange import Dialect
from recharge.suppliers.chip_modem.settings import ChipSettings
from recharge.suppliers.chip_modem.sms_dialect import SmsDialect
from recharge.suppliers.chip_modem.stk_dialect import MenuDialect
from recharge.suppliers.chip_modem.ussd_dialect import UssdDialect


def dialect_of(settings: ChipSettings) -> Dialect:
    """How this chip's operator is talked to."""
    if settings.dialect == "sms":
        return SmsDialect(settings.recharge, settings.service)
    if settings.dialect == "stk":
        return MenuDialect(settings.recharge, DIALECTS[settings.stk])
    return UssdDialect(settings.recharge, settings.confirm)
