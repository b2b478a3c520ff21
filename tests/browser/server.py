"""The API as the browser's own session may use it: to prepare a lab and to take it away again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import APIResponse, BrowserContext

import designer.files
from tests.e2e.product import eventually

BUILTIN = Path(designer.files.__file__).parent / "builtin"


class Server:
    """Requests with the cookies of a browser context."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.context = context
        self.url = url

    def get(self, path: str) -> Any:
        return self._read(self.context.request.get(f"{self.url}{path}"))

    def post(self, path: str, body: Any) -> Any:
        return self._read(
            self.context.request.post(f"{self.url}{path}", data=body, headers=self._headers())
        )

    def put(self, path: str, body: Any) -> Any:
        return self._read(
            self.context.request.put(f"{self.url}{path}", data=body, headers=self._headers())
        )

    def make_lab(self, name: str, text: str | None = None, template: str | None = None) -> str:
        """Makes a lab, empty or from a design; returns its id."""
        body = {"name": name}
        if text is not None:
            body["text"] = text
        if template is not None:
            body["template"] = template
        return str(self.post("/api/labs", body)["id"])

    def deploy(self, lab: str, kind: str = "deploy") -> dict[str, Any]:
        """Deploys or destroys, and waits for the end of it."""
        begun = self.post(f"/api/labs/{lab}/deployments", {"kind": kind})

        def over() -> Any:
            now = self.get(f"/api/deployments/{begun['id']}")
            return now if now["state"] in ("done", "failed", "cancelled") else None

        ended: dict[str, Any] = eventually(over, within=90, what=f"the end of {kind}")
        return ended

    def remove(self, lab: str) -> None:
        """Destroys what stands and deletes the lab, whatever state a test left it in."""
        path = f"{self.url}/api/labs/{lab}"
        if self.context.request.get(path).status == 404:
            return
        if self.get(f"/api/labs/{lab}")["deployed"]:

            def quiet() -> bool:
                latest = self.get(f"/api/labs/{lab}/deployments")
                return not latest or latest[0]["state"] not in ("planning", "applying")

            eventually(quiet, within=90, what="the end of what runs")
            assert self.deploy(lab, "destroy")["state"] == "done"
        answer = self.context.request.delete(path, headers=self._headers())
        assert answer.ok, f"the lab was not deleted: {answer.status} {answer.text()}"

    def _headers(self) -> dict[str, str]:
        cookies = {one.get("name", ""): one.get("value", "") for one in self.context.cookies()}
        return {"X-CSRFToken": cookies["csrftoken"], "Referer": f"{self.url}/"}

    def _read(self, answer: APIResponse) -> Any:
        assert answer.ok, f"{answer.url}: {answer.status} {answer.text()}"
        return answer.json()
