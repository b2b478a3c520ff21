"""The agent as one process:

    main     waits for a signal
    session  the websocket to the controller                      tasks.agent.session
    queue    Celery's worker, solo pool                           tasks.agent.app
    hands    everything that touches kernel, libvirt and files    tasks.agent.hands
    reach    checks, probes, actions on VMs, beside all that      tasks.agent.reach
    consoles VMs' consoles, each with a websocket of its own      tasks.agent.consoles
    watch    the drivers' thread that hears of changes            tasks.drivers

On SIGTERM the hands stop at the end of the batch at hand, the message goes back to its queue, and
the session tells what it still can. The journal holds the rest: the next start goes on there.
"""

from __future__ import annotations

import contextlib
import logging
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

from designer.wire import PROTOCOL, VERSION
from designer.wire.agent import Hello, OpenConsole
from tasks.agent import credential
from tasks.agent.acting import Acting
from tasks.agent.app import Consumer, make_app
from tasks.agent.config import Config
from tasks.agent.consoles import Consoles
from tasks.agent.credential import Credential
from tasks.agent.dialling import dialler
from tasks.agent.errors import AgentError
from tasks.agent.guard import Guards
from tasks.agent.hands import Hands
from tasks.agent.images import Copier
from tasks.agent.labs import Labs
from tasks.agent.locks import only_agent
from tasks.agent.machine import Hypervisor
from tasks.agent.reach import Reach
from tasks.agent.session import Session, Unasked
from tasks.drivers.library import Library

log = logging.getLogger("trunkline.agent")

_LOOK_EVERY = 2.0
_LONGEST_BATCH = 20.0
"""Seconds to wait for the batch at hand when stopping."""


def run(config: Config, make_machine: Callable[[Config], Hypervisor]) -> None:
    """Be the agent until SIGTERM or SIGINT. Raises AgentError where it cannot start."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    mine = credential.load(config.state_dir)
    config = replace(config, controller=mine.host)
    with only_agent(config.state_dir), running(config, mine, make_machine(config)) as hands:
        log.info("The agent of %s runs", config.name)
        while not stop.wait(_LOOK_EVERY):
            if not hands.alive:
                raise AgentError("The agent's hands died, see above: start the agent again")
        log.info("Stopping")


@contextlib.contextmanager
def running(config: Config, mine: Credential, machine: Hypervisor) -> Iterator[Hands]:
    """All threads of the agent, started in order and stopped in the opposite one."""
    copier = Copier(mine, Library(config.images_dir))
    try:
        guards = Guards(config.state_dir, config.confirm_within, dialler(mine))
        labs = Labs(config.state_dir)
        hands = Hands(machine, labs, machine.inventory(), guards, copier)
    except OSError as error:
        raise AgentError(f"The state folder {config.state_dir} cannot be used: {error}") from error

    def hello(boot: str) -> Hello:
        return Hello(protocol=PROTOCOL, version=VERSION, boot=boot, inventory=hands.inventory)

    def errand(wanted: Unasked) -> None:
        if isinstance(wanted, OpenConsole):
            consoles.take(wanted)
        else:
            reach.take(wanted)

    session = Session(
        mine,
        hello,
        on_welcome=hands.welcomed,
        on_cancel=hands.cancel,
        on_assigned=hands.assigned,
        on_errand=errand,
    )
    hands.session = session
    reach = Reach(machine, session.put, Acting(machine, labs, hands.changed))
    consoles = Consoles(machine, mine)
    consumer = Consumer(make_app(mine.broker, mine.hypervisor, hands.do))

    def changed() -> None:
        hands.changed()
        reach.changed()

    watch = machine.watch(changed)
    reach.start()
    consoles.start()
    session.start()
    hands.start()
    consumer.start()
    try:
        yield hands
    finally:
        session.leave()
        if not hands.stop(_LONGEST_BATCH):
            log.warning("The batch at hand takes long; its journal is left for the next start")
        consumer.stop()
        watch.close()
        reach.stop()
        consoles.stop()
        session.stop()
        machine.close()
