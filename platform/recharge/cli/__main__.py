"""`python -m recharge.cli`: the operator's commands where no script is installed."""

from recharge.cli import main

main(prog_name="kongchong")
