"""The channel's own words in Chinese, English and Indonesian."""

from pathlib import Path

from recharge import Catalogue
from recharge import lazy_gettext as lazy_gettext

FOLDER = Path(__file__).parent / "translations"
say = Catalogue(FOLDER).say
