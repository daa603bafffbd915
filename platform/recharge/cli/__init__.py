"""The operator's commands: `kongchong COMMAND`."""

from recharge.cli.books import bank, deposit, rebuild, verify, why
from recharge.cli.catalogue import carrier, limits, number, price, product, ranges, tier
from recharge.cli.chips import chip
from recharge.cli.console import main
from recharge.cli.deployment import call, check, dispatch, migrate, run, seed, upkeep
from recharge.cli.links import link, route, secret, stock
from recharge.cli.parties import endpoint, login, party, password, person
from recharge.cli.replies import reply

__all__ = ["main"]

for command in (check, migrate, run, call, dispatch, upkeep, seed):
    main.add_command(command)
for command in (deposit, verify, rebuild, why):
    main.add_command(command)
for group in (party, person, endpoint, login, password):
    main.add_command(group)
for group in (tier, carrier, product, price, limits, ranges, number):
    main.add_command(group)
for group in (link, chip, route, secret, stock, bank, reply):
    main.add_command(group)
