"""What the engine says to people, in Chinese, English and Indonesian, for every channel and outside of any web request."""

from recharge.texts.catalogue import FALLBACK_LANGUAGE, LANGUAGES, Catalogue, language_of, lazy_gettext
from recharge.texts.messages import MessageKind, Recipient, message_text
from recharge.texts.orders import channel_text, failure_text, kind_text, state_text
from recharge.texts.refusals import explain
from recharge.texts.worded import Worded

__all__ = [
    "FALLBACK_LANGUAGE",
    "LANGUAGES",
    "Catalogue",
    "MessageKind",
    "Recipient",
    "Worded",
    "channel_text",
    "explain",
    "failure_text",
    "kind_text",
    "language_of",
    "lazy_gettext",
    "message_text",
    "state_text",
]
