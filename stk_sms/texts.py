"""The channel's own words in Chinese, English and Indonesian."""

from pathlib import Path

from recharge import Catalogue
from recharge import lazy_gettext as lazy_gettext

FOLDER = Path(__file__).parent / "translations"
_catalogue = Catalogue(FOLDER)
say, wording = _catalogue.say, _catalogue.wording
