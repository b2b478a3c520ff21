"""Agents on the real kernel, started within milliseconds: runs inside a sandbox hypervisor.

Imports everything once, then forks an agent for each line on stdin and answers with a line when
it has ended. An order is a JSON object:

    state_dir, controller, secret   as enrolment would have left them
    kill     [moment, number]: SIGKILL itself before, or after the effect of, that batch, or after
             that record of the journal; null: work until a job is finished, then stop cleanly
    expect   resources: the answer then tells how many operations are still wanting

The agent is the real one but for its queue: it learns of its work by the reconcile.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from designer import planner
from designer.machine.state import MachineState
from designer.wire import PROTOCOL, resources_from_json
from designer.wire.agent import Hello
from tasks.agent import hands as hands_module
from tasks.agent.credential import Credential
from tasks.agent.hands import Hands
from tasks.agent.journal import Journal
from tasks.agent.labs import Labs
from tasks.agent.session import Patience, Session
from tasks.drivers import Machine, MachineConfig

QUICK = Patience(answer=20, first_retry=0.01, longest_retry=0.05, goodbye=2)


def main() -> None:
    hands_module.RECONCILE_EVERY = 0.2
    print("ready", flush=True)
    for line in sys.stdin:
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            code = 1
            try:
                answer = agent(json.loads(line))
                os.write(writing, json.dumps(answer).encode())
                code = 0
            finally:
                sys.stderr.flush()
                os._exit(code)
        os.close(writing)
        with open(reading, "rb") as pipe:
            text = pipe.read()
        _, status = os.waitpid(child, 0)
        answer = json.loads(text) if text else {}
        print(json.dumps({"status": os.waitstatus_to_exitcode(status), **answer}), flush=True)


def agent(order: Mapping[str, Any]) -> dict[str, Any]:
    state_dir = Path(order["state_dir"])
    machine = Machine(
        MachineConfig(name="kernel", state_dir=state_dir, images_dir=state_dir / "images")
    )
    if order["kill"]:
        die_at(machine, *order["kill"])
    ended = threading.Event()
    hands = Hands(machine, Labs(state_dir), machine.inventory())

    def hello(boot: str) -> Hello:
        return Hello(protocol=PROTOCOL, version="0", boot=boot, inventory=hands.inventory)

    credential = Credential(
        hypervisor="hv-1", name="kernel", controller=order["controller"],
        secret=order["secret"], broker="",
    )  # fmt: skip
    session = Session(credential, hello, on_welcome=hands.welcomed, on_cancel=hands.cancel,
        on_assigned=hands.assigned,
                      patience=QUICK)  # fmt: skip
    put = session.put

    def put_and_see(event: Mapping[str, Any]) -> None:
        put(event)
        if event["kind"] == "finished":
            ended.set()

    session.put = put_and_see  # type: ignore[method-assign]
    hands.session = session
    watch = machine.watch(hands.changed)
    session.start()
    hands.start()
    done = ended.wait(30)
    session.leave()
    stopped = hands.stop(20)
    watch.close()
    session.stop()
    expected = MachineState.of(resources_from_json(order["expect"]))
    lab = order["lab"]
    wanting = planner.plan(expected, machine.observe(lab, expected.resources), lab).operations
    machine.close()
    return {
        "finished": done and stopped,
        "wanting": [one.reason for one in wanting],
        "files": sorted(p.name for p in state_dir.rglob("*") if p.is_file()),
    }


def die_at(machine: Machine, moment: str, number: int) -> None:
    calls = iter(range(number))

    def kill() -> None:
        if next(calls, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)

    if moment == "journal":
        append = Journal.append

        def append_and_kill(self: Journal, *records: Mapping[str, Any]) -> None:
            append(self, *records)
            kill()

        Journal.append = append_and_kill  # type: ignore[method-assign]
        return
    perform: Callable[[Sequence[Any], Any], None] = machine.perform

    def perform_and_kill(operations: Sequence[Any], mark: Any) -> None:
        if moment == "before":
            kill()
        perform(operations, mark)
        if moment == "effect":
            kill()

    machine.perform = perform_and_kill  # type: ignore[method-assign]


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
