"""Forms, JSON, XML and words of aggregators: read by path, and nothing guessed."""

from typing import Any

import pytest

from recharge.suppliers.md5_form.codec import MOST_FIELDS, BadMessage, form, pick, read, read_form, walk


@pytest.mark.parametrize("charset", ["utf-8", "gbk"])
def test_a_form_reads_back(charset: str) -> None:
    fields = {"text": "充值&=+ %", "blank": "", "number": "13800138000"}
    assert read_form(form(fields, charset), charset) == fields
    assert read_form(form(fields, charset).encode("ascii"), charset) == fields


@pytest.mark.parametrize(
    "text", [b"\xff=1", "a=1&a=2", "a=%FF", b"\x00\xff", "&".join(f"f{number}=1" for number in range(MOST_FIELDS + 1))]
)
def test_what_is_no_form_is_refused(text: str | bytes) -> None:
    with pytest.raises(BadMessage):
        read_form(text, "utf-8")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("errno", "0"),
        ("data.0.state", "-1"),
        ("data.0.amount", "49.50"),
        ("data.1.state", ""),
        ("data.x.state", ""),
        ("data", ""),
        ("flag", ""),
        ("nothing", ""),
        ("errno.deeper", ""),
        ("", ""),
    ],
)
def test_picking_by_path(path: str, text: str) -> None:
    told = read(b'{"errno": 0, "flag": true, "nothing": null, "data": [{"state": -1, "amount": 49.50}]}', "json", "utf-8")
    assert pick(told, path) == text


def test_walking_gives_lists_as_they_are() -> None:
    told: Any = {"data": [1, 2]}
    assert walk(told, "data") == [1, 2]
    assert walk(told, "data.5") is None
    assert walk("text", "0") is None


def test_an_amount_in_json_is_kept_as_it_was_written() -> None:
    assert pick(read(b'{"a": 0.10000000000000001}', "json", "utf-8"), "a") == "0.10000000000000001"


@pytest.mark.parametrize("body", [b"", b"[]", b'"text"', b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_object_is_refused(body: bytes) -> None:
    with pytest.raises(BadMessage):
        read(body, "json", "utf-8")


def test_xml_in_its_charset() -> None:
    body = '<?xml version="1.0" encoding="GB2312"?><r><a> 充值 </a><b/></r>'.encode("gbk")
    assert read(body, "xml", "gbk") == {"a": "充值", "b": ""}


@pytest.mark.parametrize(
    "text", ["", "<r>", "<r><a><b/></a></r>", "<r><a/><a/></r>", "<r><!-- x --></r>", "<!DOCTYPE r><r/>", "<r>&x;</r>"]
)
def test_xml_that_is_not_flat_is_refused(text: str) -> None:
    with pytest.raises(BadMessage):
        read(text.encode(), "xml", "gbk")


def test_a_word_is_all_there_is() -> None:
    assert read(b" -1\r\n", "text", "gbk") == {"text": "-1"}
