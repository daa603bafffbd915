"""Command templates: fields filled in, and what is no template."""

import pytest

from recharge.suppliers.chip_modem.templates import BadTemplate, check, fill

VALUES = {"number": "081389092678", "units": "10", "pin": "1234"}


@pytest.mark.parametrize(
    ("template", "command"),
    [
        ("*777*{number}*{units}*{pin}#", "*777*081389092678*10*1234#"),
        ("R {number} {units} {pin}", "R 081389092678 10 1234"),
        ("*776*{pin}#", "*776*1234#"),
        ("#1>{number}", "#1>081389092678"),
    ],
)
def test_fields_are_filled_in(template: str, command: str) -> None:
    check(template)
    assert fill(template, VALUES) == command


@pytest.mark.parametrize("template", ["{nobody}", "{number", "number}", 'say "{number}"', "two\nlines", "{}"])
def test_what_is_no_template(template: str) -> None:
    with pytest.raises(BadTemplate):
        check(template)


def test_a_value_that_looks_like_a_field_stays_one() -> None:
    assert fill("{number}{pin}", VALUES | {"number": "{pin}"}) == "{pin}1234"
