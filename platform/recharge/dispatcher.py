"""The process that sends orders out, `python -m recharge.dispatcher`: dispatcher and outbox sender from a deployment's settings."""

from datetime import timedelta

from recharge.bootstrap import open_parts, spare_collections
from recharge.dispatch.heard import Heard
from recharge.dispatch.links import LinkPool
from recharge.dispatch.parts import DispatchParts, DispatchRules
from recharge.dispatch.service import ServiceOptions, run_until_signal
from recharge.dispatch.worker import WorkerRules
from recharge.engine.finish import Finisher
from recharge.engine.parts import Parts
from recharge.logs import configure_logs
from recharge.outbox.log_port import LogPort
from recharge.outbox.sender import Sender
from recharge.settings import Settings, load_settings
from recharge.suppliers.contract import LinkDesk


def run(settings: Settings) -> None:
    """Dispatch until SIGTERM or SIGINT, then drain. Raises NotSetUp, OSError."""
    parts = open_parts(settings)
    spare_collections()
    rules = DispatchRules(lease=timedelta(seconds=settings.dispatch_lease_seconds))
    heard = Heard()
    desk = LinkDesk(parts.database, parts.ids, heard.tell)
    pool = LinkPool(parts.database, parts.keys, parts.clock, retire_after=rules.lease, minor_digits=settings.minor_digits, desk=desk)
    try:
        run_until_signal(_dispatch_parts(parts, pool, rules), pool, _options(settings, parts, heard))
    finally:
        parts.database.close()


def _dispatch_parts(parts: Parts, pool: LinkPool, rules: DispatchRules) -> DispatchParts:
    return DispatchParts(parts.database, parts.clock, parts.ids, Finisher(parts), pool, parts.calendar, rules, pool.replies)


def _options(settings: Settings, parts: Parts, heard: Heard) -> ServiceOptions:
    worker = WorkerRules(
        settings.dispatch_in_flight,
        timedelta(milliseconds=settings.dispatch_busy_ms),
        timedelta(milliseconds=settings.dispatch_idle_ms),
    )
    elsewhere = [channel.value for channel in settings.sent_elsewhere]
    sender = Sender(parts.database, parts.clock, {}, LogPort(), settings.minor_digits, elsewhere)
    return ServiceOptions(worker, settings.wake_socket, settings.callback_bind, (sender.run,), heard)


def main() -> None:
    """Run with the deployment's settings."""
    settings = load_settings()
    configure_logs(settings.log_level)
    run(settings)


if __name__ == "__main__":
    main()
