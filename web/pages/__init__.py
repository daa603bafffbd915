"""The site's pages, one module a group; each names a blueprint."""

from web.pages import account, deposit, health, language, login, orders, recharge

BLUEPRINTS = tuple(page.blueprint for page in (login, recharge, orders, account, deposit, language, health))
