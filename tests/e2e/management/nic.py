"""hv1 whose eth0, by which it is reached, may become a bridge's port, and what it then is like."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from tasks.sandbox.agent import Agent
from tests.e2e.product import Machine, Product, eventually

WITHIN = 4
"""Seconds that a change may stay unconfirmed."""

DESIGN: dict[str, Any] = {
    "trunkline": 1,
    "name": "The NIC we came in by",
    "nodes": {
        "h1": {"kind": "host"},
        "br0": {"kind": "bridge", "host": "h1", "name": "br0"},
        "c1": {"kind": "container", "host": "h1"},
        "nic": {"kind": "nic", "host": "h1", "name": "eth0"},
        "lan": {"kind": "segment", "transport": "plain"},
    },
    "interfaces": {
        "br0:p1": {"node": "br0"},
        "br0:p2": {"node": "br0"},
        "c1:eth0": {"node": "c1", "addresses": ["198.18.0.201/24"]},
        "nic:in": {"node": "nic"},
        "nic:out": {"node": "nic"},
        "lan:p1": {"node": "lan"},
    },
    "links": {
        "br0:p1~nic:in": {"a": "br0:p1", "b": "nic:in"},
        "br0:p2~c1:eth0": {"a": "br0:p2", "b": "c1:eth0"},
        "lan:p1~nic:out": {"a": "lan:p1", "b": "nic:out"},
    },
}

Deploy = Callable[..., Any]
"""With what the bridge is to have; ``expect`` is the command's exit status, None for any."""


@contextmanager
def unprotected(product: Product) -> Iterator[Agent]:
    """The agent of hv1, stopped, which may touch eth0 once it is started."""
    [one] = [one for one in product.up.agents if one.hypervisor.name == "hv1"]
    config = one.hypervisor.config_path
    before = config.read_text()
    one.stop()
    config.write_text(before.replace('["eth0"]', "[]") + f"confirm_within: {WITHIN}\n")
    try:
        yield one
    finally:
        one.stop()
        config.write_text(before)
        one.start()


@contextmanager
def deploying(product: Product, hv1: Machine, folder: Path) -> Iterator[Deploy]:
    """Deploys the design with changes to its bridge; destroys it in the end."""
    before = everything(hv1)

    def deploy(expect: int | None = 0, **bridge: Any) -> Any:
        design = json.loads(json.dumps(DESIGN))
        design["nodes"]["br0"] |= bridge
        file = folder / "design.yaml"
        file.write_text(yaml.safe_dump(design))
        return product.lab("deploy", str(file), "--wait", "--over-management", expect=expect)

    yield deploy
    product.lab("destroy", DESIGN["name"], "--wait")
    eventually(lambda: everything(hv1) == before, what="everything as before")


def everything(hv1: Machine) -> dict[str, Any]:
    """What a lab could leave, with every route of every table and the watchdog's files."""
    routes = [
        {key: one[key] for key in sorted(one) if key != "flags"}
        for family in ("-4", "-6")
        for one in hv1.ip(family, "route", "show", "table", "all")
    ]
    folder = hv1.hypervisor.state_dir / "rescue"
    return {
        **hv1.inventory(),
        "routes": sorted(routes, key=json.dumps),
        "mac": hv1.link("eth0")["address"],
        "rescue": sorted(path.name for path in folder.glob("*")),
        "cards": sorted(path.name for path in folder.with_name("cards").glob("*")),
    }


@contextmanager
def in_the_window(deploy: Deploy, hv1: Machine, **bridge: Any) -> Iterator[Future[Any]]:
    """From when the watchdog watches, and the bridge has the addresses."""
    rescue = hv1.hypervisor.state_dir / "rescue"
    with ThreadPoolExecutor(1) as pool:
        ended = pool.submit(deploy, None, **bridge)
        eventually(lambda: list(rescue.glob("*.armed")), within=30, what="an armed watchdog")
        yield ended


@contextmanager
def put_back(
    deploy: Deploy, hv1: Machine, *, says: str = "put back", **bridge: Any
) -> Iterator[None]:
    """In the window of a change that is not confirmed; in the end all is as before, and the command
    has said so."""
    before = everything(hv1)
    with in_the_window(deploy, hv1, **bridge) as ended:
        yield
        words = json.dumps(ended.result())
    assert says in words
    eventually(lambda: everything(hv1) == before, what="everything as before")


def try_and_put_back(deploy: Deploy, hv1: Machine, **bridge: Any) -> None:
    """The same with nobody in its window, and in time."""
    before = everything(hv1)
    began = time.monotonic()
    words = json.dumps(deploy(expect=None, **bridge))
    assert "put back, because the controller could not be reached" in words
    assert time.monotonic() - began < WITHIN + 60  # on a busy machine
    eventually(lambda: everything(hv1) == before, what="everything as before")
