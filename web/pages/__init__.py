"""The site's pages, one module a group; each names a blueprint."""

from web.pages import account, health, language, login, orders, recharge

BLUEPRINTS = (login.blueprint, recharge.blueprint, orders.blueprint, account.blueprint, language.blueprint, health.blueprint)
