"""Who looks at a lab learns of hypervisors that come, also of those it has nothing to do with."""

from __future__ import annotations

import asyncio

from designer.live.hub import hub
from tests.deploy.world import make_agent
from tests.live.browsers.conftest import Stage


async def test_a_hypervisor_that_comes_is_offered_at_once(redis_url: str, stage: Stage) -> None:
    async with stage.tab("alice") as tab:
        snapshot = await tab.hear()
        assert (snapshot["hypervisors"], snapshot["placement"]) == ([], {})
        await asyncio.wait_for(hub().connected.wait(), 15)
        agent = await stage.do(make_agent, "hv1")
        told = (await tab.hear_event())["event"]
        assert (told["kind"], told["hypervisors"][0]["state"]) == ("hypervisors", "connected")
        placed = (await tab.hear_event())["event"]
        assert placed == {"kind": "placement", "placement": {"h1": str(agent.hypervisor.pk)}}
