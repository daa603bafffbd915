"""Signatures by recipe, each against its formula written out by hand."""

from hashlib import md5

import pytest

from recharge.suppliers.md5_form.signing import KEY, RECIPES, USER, Recipe, Signer

FIELDS = {"userid": "U1", "mobile": "13800138000", "amount": "50", "blank": ""}
SIGNER = Signer("K9", "U1", "utf-8")


def digest(text: str, charset: str = "utf-8") -> str:
    return md5(text.encode(charset), usedforsecurity=False).hexdigest()


@pytest.mark.parametrize(
    ("recipe", "signature"),
    [
        ("yrapi", digest("amount=50&blank=&mobile=13800138000&userid=U1&apikey=K9").upper()),
        ("afand", digest("amount=50&mobile=13800138000&userid=U1&key=K9").upper()),
        ("17bst", digest("K9amount50blankmobile13800138000useridU1K9").upper()),
        ("huafeiduo", digest("amount50blankmobile13800138000useridU1K9")),
    ],
)
def test_sorted_recipes(recipe: str, signature: str) -> None:
    assert SIGNER.sign(FIELDS, RECIPES[recipe]) == signature


def test_fixed_order_recipes() -> None:
    order = {
        "userid": "A08566",
        "userpws": digest("pw"),
        "cardid": "140101",
        "cardnum": "50",
        "sporder_id": "7000",
        "sporder_time": "20261121204000",
        "game_userid": "13800138000",
        "version": "6.0",
    }
    text = "A08566" + digest("pw") + "140101" + "50" + "7000" + "20261121204000" + "13800138000" + "K9"
    assert SIGNER.sign(order, RECIPES["ofpay"]) == digest(text).upper()
    assert SIGNER.sign({"username": "u", "ref_id": "r", "more": "x"}, RECIPES["digiflazz"]) == digest("uK9r")


def test_key_and_user_stand_for_themselves_where_a_recipe_names_them() -> None:
    assert SIGNER.sign({"a": "1"}, Recipe(order="given", fields=(USER, "a", KEY), join="value", upper=False)) == digest("U11K9")


def test_text_is_signed_in_the_dialects_charset() -> None:
    recipe = Recipe(suffix="&key={key}", upper=False)
    assert Signer("K9", "U1", "gbk").sign({"text": "充值"}, recipe) == digest("text=充值&key=K9", "gbk")


@pytest.mark.parametrize("recipe", sorted(RECIPES))
def test_what_is_signed_is_recognised_and_what_is_changed_is_not(recipe: str) -> None:
    kind = RECIPES[recipe]
    fields = {"userid": "U1", "username": "u", "ref_id": "r", "sporder_id": "7", "amount": "50"}
    signed = fields | {kind.field: SIGNER.sign(fields, kind)}
    assert SIGNER.is_signed(signed, kind)
    assert SIGNER.is_signed(signed | {kind.field: signed[kind.field].swapcase()}, kind)
    assert not SIGNER.is_signed(signed | {"ref_id": "s", "sporder_id": "8"}, kind)
    assert not SIGNER.is_signed(fields, kind)
    assert not SIGNER.is_signed(signed | {kind.field: "签"}, kind)
    assert not Signer("another", "U1", "utf-8").is_signed(signed, kind)
