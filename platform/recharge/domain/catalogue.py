"""What is sold, as one unchanging picture that a batch of requests is decided against."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from recharge.domain.errors import Refusal, RefusalCode
from recharge.domain.limits import Limits
from recharge.domain.numbers import NumberRange, range_of
from recharge.domain.orders import OrderKind
from recharge.domain.prices import Price


@dataclass(frozen=True, slots=True)
class Carrier:
    """A mobile operator."""

    id: int
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Product:
    """A fixed denomination, or an open amount between limits in steps. Amounts in minor units of face value."""

    id: int
    code: str
    kind: OrderKind
    carrier_id: int
    fixed_minor: int | None
    least_minor: int | None
    most_minor: int | None
    step_minor: int | None

    def takes(self, face_minor: int) -> bool:
        """Whether this product can be sold at that face value."""
        if self.fixed_minor is not None:
            return face_minor == self.fixed_minor
        least, most, step = self.least_minor or 1, self.most_minor, self.step_minor or 1
        return least <= face_minor and (most is None or face_minor <= most) and face_minor % step == 0


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Carriers, ranges, products, prices and limits as they stood at one directory version."""

    carriers: Mapping[int, Carrier] = field(default_factory=dict)
    ranges: Mapping[str, NumberRange] = field(default_factory=dict)
    products: Mapping[int, Product] = field(default_factory=dict)
    by_code: Mapping[str, Product] = field(default_factory=dict)
    by_carrier: Mapping[tuple[int, OrderKind], Sequence[Product]] = field(default_factory=dict)
    prices: Mapping[tuple[int, int], Sequence[Price]] = field(default_factory=dict)
    limits: Mapping[tuple[str, int], Limits] = field(default_factory=dict)
    has_ported_numbers: bool = False

    def locate(self, number: str, ported_to: int | None = None) -> NumberRange:
        """Carrier and province of a number; a portability override beats the range. Raises Refusal(UNKNOWN_RANGE)."""
        found = range_of(number, self.ranges)
        if ported_to is not None:
            return NumberRange(ported_to, found.province if found else "")
        if found is None:
            raise Refusal(RefusalCode.UNKNOWN_RANGE, {"number": number})
        return found

    def product_for(self, kind: OrderKind, carrier_id: int, face_minor: int | None, code: str | None) -> tuple[Product, int]:
        """The product meant and its face value: by the code typed, or by the amount (a fixed denomination before an open one).

        Raises Refusal(UNKNOWN_PRODUCT) for a code that is not sold for this carrier, Refusal(BAD_AMOUNT) for an amount that nothing takes.
        """
        if code:
            return self._by_code(kind, carrier_id, face_minor, code)
        if face_minor is None or face_minor <= 0:
            raise Refusal(RefusalCode.BAD_AMOUNT)
        fitting = [product for product in self.by_carrier.get((carrier_id, kind), ()) if product.takes(face_minor)]
        if not fitting:
            raise Refusal(RefusalCode.BAD_AMOUNT, {"amount_minor": face_minor})
        return fitting[0], face_minor

    def _by_code(self, kind: OrderKind, carrier_id: int, face_minor: int | None, code: str) -> tuple[Product, int]:
        product = self.by_code.get(code.strip().upper())
        if product is None or product.kind is not kind or product.carrier_id != carrier_id:
            raise Refusal(RefusalCode.UNKNOWN_PRODUCT, {"code": code[:24]})
        face = product.fixed_minor if face_minor is None else face_minor
        if face is None or not product.takes(face):
            raise Refusal(RefusalCode.BAD_AMOUNT)
        return product, face
