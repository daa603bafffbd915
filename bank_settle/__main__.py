"""`python -m bank_settle`: the close's commands where no script is installed."""

from bank_settle.cli import settle

settle(prog_name="python -m bank_settle")
