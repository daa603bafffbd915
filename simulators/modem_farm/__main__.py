"""`python -m simulators.modem_farm`: run the farm as a process of its own."""

import argparse
import asyncio
import json
from pathlib import Path

from aiohttp import web

from simulators.modem_farm import config, generate
from simulators.modem_farm.control import Control
from simulators.modem_farm.farm import Farm
from simulators.modem_farm.ledger import Ledger
from simulators.process import told_to_stop


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m simulators.modem_farm", description="GSM modems on ttys, and the operators behind.")
    parser.add_argument("--config", type=Path, help="JSON file of operators, slots and chips; without it, a farm of --slots modems")
    parser.add_argument("--slots", type=int, default=8, help="so many modems where no file says otherwise (64 at most)")
    parser.add_argument("--write-config", type=Path, help="write the farm of --slots modems to this file, and end")
    parser.add_argument("--folder", type=Path, help="where the ttys' links appear, one a slot")
    parser.add_argument("--ledger", type=Path, help="the operators' ledger, a SQLite file")
    parser.add_argument("--control-port", type=int, default=18_088, help="port of the control page and its JSON")
    parser.add_argument("--host", default="127.0.0.1", help="address of the control page (this machine only by default)")
    parser.add_argument("--seed", type=int, default=1, help="for everything left to chance")
    told = parser.parse_args()
    if told.write_config is None and (told.folder is None or told.ledger is None):
        parser.error("--folder and --ledger are needed")
    return told


async def run(told: argparse.Namespace, plan: config.Plan) -> None:
    """Serve until SIGTERM or SIGINT; prints where the slots are, and then the ready line."""
    over = told_to_stop()
    ledger = Ledger(told.ledger)
    farm = Farm(plan, told.folder, ledger, told.seed)
    application = web.Application()
    application.router.add_routes(Control(farm).routes())
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, told.host, told.control_port).start()
    farm.start()
    for slot, paths in farm.paths():
        print(f"slot {slot.name} {slot.model} {slot.iccid or '-'} {' '.join(map(str, paths))}")
    print(f"modem farm ready, page on http://{told.host}:{told.control_port}/control/", flush=True)
    await over.wait()
    farm.close()
    await runner.cleanup()
    ledger.close()


def main() -> None:
    """Read the command line and run."""
    told = _arguments()
    if told.write_config is not None:
        told.write_config.write_text(json.dumps(generate.farm(told.slots), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        return
    try:
        plan = config.read(told.config) if told.config is not None else config.plan_of(generate.farm(told.slots))
    except config.BadConfiguration as problem:
        raise SystemExit(str(problem)) from problem
    asyncio.run(run(told, plan))


if __name__ == "__main__":
    main()
