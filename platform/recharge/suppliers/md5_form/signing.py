"""MD5 signatures by recipe: which fields in which order, how they are strung together, and where the key goes."""

import hmac
from collections.abc import Iterable, Mapping
from hashlib import md5
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

KEY, USER = "{key}", "{user}"


class Recipe(BaseModel):
    """How a dialect signs.

    `order` sorted: all fields by name; given: those of `fields`, of which {key} and {user} stand for the key and our name there.
    `join` is how a field is written. `prefix` and `suffix` go around the whole, with {key} in them. `blank` says whether fields without
    a value are signed too.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    order: Literal["sorted", "given"] = "sorted"
    fields: tuple[str, ...] = ()
    join: Literal["name=value&", "namevalue", "value"] = "name=value&"
    prefix: str = ""
    suffix: str = ""
    blank: bool = True
    upper: bool = True
    field: str = Field(default="sign", pattern=r"^[A-Za-z0-9_]{1,32}$")


# Seen in the field. The names are those of the houses that use them.
RECIPES: Mapping[str, Recipe] = {
    "yrapi": Recipe(suffix="&apikey={key}"),
    "afand": Recipe(suffix="&key={key}", blank=False),
    "17bst": Recipe(join="namevalue", prefix=KEY, suffix=KEY),
    "huafeiduo": Recipe(join="namevalue", suffix=KEY, upper=False),
    "ofpay": Recipe(
        order="given",
        fields=("userid", "userpws", "cardid", "cardnum", "sporder_id", "sporder_time", "game_userid"),
        join="value",
        suffix=KEY,
        field="md5_str",
    ),
    "digiflazz": Recipe(order="given", fields=("username", KEY, "ref_id"), join="value", upper=False),
}


class Signer:
    """Signs and checks with one key. `user` is our name there."""

    def __init__(self, key: str, user: str, charset: str) -> None:
        self._key, self._user, self._charset = key, user, charset

    def sign(self, fields: Mapping[str, str], recipe: Recipe) -> str:
        """The signature over fields; the signature's own field is left out."""
        signed = self._pieces({name: text for name, text in fields.items() if name != recipe.field}, recipe)
        text = recipe.prefix.replace(KEY, self._key) + signed + recipe.suffix.replace(KEY, self._key)
        digest = md5(text.encode(self._charset, "replace"), usedforsecurity=False).hexdigest()
        return digest.upper() if recipe.upper else digest

    def is_signed(self, fields: Mapping[str, str], recipe: Recipe) -> bool:
        """Whether fields carry the right signature, in either case of letters."""
        told = fields.get(recipe.field, "").lower().encode()
        return hmac.compare_digest(told, self.sign(fields, recipe).lower().encode())

    def _pieces(self, fields: Mapping[str, str], recipe: Recipe) -> str:
        pairs: Iterable[tuple[str, str]] = sorted(fields.items())
        if recipe.order == "given":
            own = {KEY: self._key, USER: self._user}
            pairs = [(name, own.get(name, fields.get(name, ""))) for name in recipe.fields]
        kept = [(name, text) for name, text in pairs if text or recipe.blank]
        if recipe.join == "name=value&":
            return "&".join(f"{name}={text}" for name, text in kept)
        return "".join(text if recipe.join == "value" else name + text for name, text in kept)
