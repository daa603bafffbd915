"""A browser of a few lines for Flask's test client: it reads the page it was given and fills in its forms as a person would."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from flask.testing import FlaskClient
from lxml import html
from werkzeug.test import TestResponse

from tests.web.fake_engine import LOGIN_PASSWORD


@dataclass(slots=True)
class Browser:
    """Keeps the latest page. `page` is its response, `root` its tree."""

    client: FlaskClient
    page: TestResponse = field(init=False)

    @property
    def root(self) -> html.HtmlElement:
        """The latest page as a tree."""
        return html.fromstring(self.page.get_data(as_text=True))

    @property
    def text(self) -> str:
        """What a person reads on the latest page, spaces evened out."""
        return " ".join(str(self.root.text_content()).split())

    @property
    def path(self) -> str:
        """Where the latest page came from."""
        return self.page.request.path

    def open(self, path: str, **headers: str) -> TestResponse:
        """Go to an address, following redirections."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.page = self.client.get(path, headers=named, follow_redirects=True, buffered=True)
        return self.page

    def form(self, action: str) -> dict[str, str]:
        """The fields of the page's form with that action, as a browser would send them."""
        found = [form for form in self.root.forms if (form.get("action") or self.path) == action]
        assert found, f"no form {action} on {self.path}: {self.text[:300]}"
        return dict(cast(list[tuple[str, str]], found[0].form_values()))

    def send(self, action: str, fields: Mapping[str, str] | None = None, follow: bool = True) -> TestResponse:
        """Fill in and send a form of the latest page."""
        sent = self.form(action) | dict(fields or {})
        self.page = self.client.post(action, data=sent, follow_redirects=follow, buffered=True)
        return self.page

    def post(self, path: str, fields: Mapping[str, str], follow: bool = True, **headers: str) -> TestResponse:
        """Send what no form of the latest page has."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.page = self.client.post(path, data=dict(fields), headers=named, follow_redirects=follow, buffered=True)
        return self.page

    def sign_in(self, name: str, password: str = LOGIN_PASSWORD) -> TestResponse:
        """Through the door."""
        self.open("/login")
        return self.send("/login", {"name": name, "password": password})

    def guard(self) -> str:
        """The guard of the latest page's forms."""
        return str(self.root.xpath("//input[@name='guard']/@value")[0])

    def confirm(self, number: str = "138 0013 8000", amount: str = "50", other: str = "") -> TestResponse:
        """The first step of a recharge."""
        self.open("/recharge")
        return self.send("/recharge/confirm", {"number": number, "amount": amount, "other_amount": other})

    def charge(self, password: str, **fields: str) -> TestResponse:
        """The second step, from the page of the first."""
        return self.send("/recharge/order", {"password": password, **fields})
