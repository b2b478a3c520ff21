"""The Celery side: one queue, one task, and that only as a hint.

``trunkline.deploy(deployment, hypervisor, generation)`` says that there may be work. What it is,
the agent fetches over its own authenticated connection; a message that is forged, repeated, late
or lost can therefore change nothing. Nothing is answered through the broker either.

The worker runs in a thread of the agent's process, with the solo pool: the consumer takes one
message, the task hands it to the agent's hands (`tasks.agent.hands`) and waits, and the message is
acknowledged when the work is over. Why so:

- There is one session, one watch and one journal per hypervisor. A prefork child could share none
  of them, and neither a libvirt connection nor a netlink socket survives a fork.
- The threads pool would acknowledge from other threads than the one that owns the connection to
  Redis, and would buy nothing: the kernel serialises the work (RTNL), and so do the hands.
- While a task runs the consumer takes no other message, which is what prefetch 1 asks for.
- Celery's own signal handlers want the main thread and know nothing of the journal. Here the main
  thread waits for signals, the hands stop at a batch boundary, the task gives its message back
  (requeued at once), and the consumer is woken through its event loop.

Without a broker the worker keeps trying for ever, and the reconcile finds the work.
"""

from __future__ import annotations

import logging
import threading
import warnings
from collections.abc import Callable
from typing import Any

from celery import Celery
from celery.exceptions import CPendingDeprecationWarning, Reject
from celery.worker import WorkController
from celery.worker import state as worker_state
from celery.worker.request import Request
from kombu.entity import Queue

from designer.wire import TASK_DEPLOY, queue_of
from tasks.agent.errors import Stopping

log = logging.getLogger("trunkline.queue")

_VISIBILITY_TIMEOUT = 300
"""Seconds until Redis gives a message to the next taker when this one died with it. A longer task
has its message repeated to itself, which is a no-op."""

Work = Callable[[str, int], None]
"""Do what this deployment and generation ask for; returns when it is done. Raises Stopping."""


class Acknowledged(Request):  # type: ignore[misc]
    """A message whose acknowledgement either arrives or ends the connection.

    Celery only logs one that failed, and with prefetch 1 the consumer still counts the message as
    held. A new connection gives it back and takes the next.
    """

    acknowledged: bool

    def acknowledge(self) -> None:
        if not self.acknowledged:
            self.message.ack()
            self.acknowledged = True


def make_app(broker: str, hypervisor: str, work: Work) -> Celery:
    """The app of this hypervisor's agent: it can take messages from its own queue alone."""
    queue = queue_of(hypervisor)
    app = Celery("trunkline-agent", broker=broker, set_as_current=False)
    app.conf.update(
        task_queues=[Queue(queue)],  # type: ignore[no-untyped-call]
        task_default_queue=queue,
        task_create_missing_queues=False,
        task_serializer="json",
        accept_content=["json"],
        result_backend=None,
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        worker_eta_task_limit=8,  # a flood of messages for later must not fill the memory
        worker_cancel_long_running_tasks_on_connection_loss=False,
        # The work is safe without its message: the journal has it. Half a deployment, given up
        # because Redis went away, would help nobody.
        worker_enable_remote_control=False,  # nobody on the broker gives this agent orders
        worker_send_task_events=False,
        worker_hijack_root_logger=False,
        broker_connection_retry=True,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options={
            "visibility_timeout": _VISIBILITY_TIMEOUT,
            "socket_connect_timeout": 5,
            "socket_keepalive": True,
            "health_check_interval": 20,
            # Of this agent alone, so that its Redis user needs no key that others use.
            "unacked_key": f"{queue}.unacked",
            "unacked_index_key": f"{queue}.unacked_index",
            "unacked_mutex_key": f"{queue}.unacked_mutex",
        },
    )

    @app.task(  # type: ignore[untyped-decorator]
        name=TASK_DEPLOY, shared=False, max_retries=0, Request=Acknowledged
    )
    def deploy(deployment: str, hypervisor: str, generation: int) -> None:
        if not _is_ours(hypervisor, app) or not isinstance(generation, int):
            log.warning("Ignored a message for hypervisor %.80r", hypervisor)
            return
        try:
            work(str(deployment), generation)
        except Stopping:
            raise Reject("the agent stops", requeue=True) from None

    app.finalize()
    for name in [one for one in app.tasks if one != TASK_DEPLOY]:
        del app.tasks[name]  # Celery's own: a message may call for nothing but a deployment
    return app


def _is_ours(hypervisor: object, app: Celery) -> bool:
    return bool(queue_of(str(hypervisor)) == app.conf.task_default_queue)


class Consumer:
    """The worker in its thread, started again should it ever fail."""

    def __init__(self, app: Celery) -> None:
        self._app = app
        self._stopping = threading.Event()
        self._worker: Any = None
        self._thread = threading.Thread(target=self._run, name="queue", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Take nothing more. Returns once the message at hand is acknowledged or given back."""
        self._stopping.set()
        worker_state.should_stop = 0  # Celery's own flag; its value is the exit code
        hub = getattr(self._worker, "hub", None)
        if hub is not None:
            hub.call_soon(lambda: None)  # wakes it from waiting for the socket
        self._thread.join(5)

    def _run(self) -> None:
        self._app.set_current()  # in this thread: the tracer looks tasks up in the current app
        worker_state.should_stop = None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CPendingDeprecationWarning)
            while not self._stopping.is_set():
                try:
                    self._worker = WorkController(
                        app=self._app,
                        pool="solo",
                        concurrency=1,
                        without_gossip=True,
                        without_mingle=True,
                        without_heartbeat=True,
                    )
                    self._worker.start()
                except Exception:
                    log.exception("The queue's consumer failed; it starts again")
                self._stopping.wait(2)
