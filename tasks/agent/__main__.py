"""The command line of the agent."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from tasks.agent import agent, config, credential, enrol
from tasks.agent.errors import AgentError
from tasks.drivers import Machine


def main(argv: Sequence[str] | None = None) -> int:
    """Exit status: 0 done, 1 cannot (the reason is on stderr), 2 wrong arguments."""
    arguments = _parser().parse_args(argv)
    logging.basicConfig(
        level=logging.DEBUG if arguments.verbose else logging.INFO,
        format="%(asctime)s %(levelname)-7s %(name)s: %(message)s",
    )
    for noisy in ("websockets", "kombu", "celery.worker.strategy", "celery.app.trace"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    try:
        settings = config.load(arguments.config)
        if arguments.command == "run":
            agent.run(settings, Machine)
        else:
            with closing(Machine(settings)) as machine:
                inventory = machine.inventory()
            mine = enrol.enrol(arguments.controller, arguments.token, inventory)
            path = credential.save(mine, settings.state_dir)
            print(f"Enrolled with {mine.controller} as {mine.name}; the credential is in {path}")
    except AgentError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tasks.agent", description=__doc__)
    parser.add_argument("--verbose", action="store_true", help="log everything")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="be the agent of this hypervisor until SIGTERM")
    enroll = commands.add_parser("enrol", help="get this hypervisor's credential")
    for command in (run, enroll):
        command.add_argument(
            "--config", type=Path, required=True, metavar="FILE", help="see tasks/agent/config.py"
        )
    enroll.add_argument("--controller", required=True, metavar="URL", help="http(s)://HOST[:PORT]")
    enroll.add_argument("--token", required=True, help="from `hypervisor_add`, good for one use")
    return parser


if __name__ == "__main__":
    sys.exit(main())
