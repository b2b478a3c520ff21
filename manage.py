#!/usr/bin/env python
"""Django's command line for this project."""

import json
import os
import sys
from pathlib import Path


def adopt_running_server() -> None:
    """Speak to the database and the Redis of the server that runs over this folder, if one does:
    `make up` writes its settings down there. What the environment says counts more."""
    folder = Path(os.environ.get("TRUNKLINE_VAR") or Path(__file__).resolve().parent / "var")
    try:
        settings = json.loads((folder / "server.json").read_text())
    except (OSError, ValueError):
        return
    for name, value in settings.items():
        if name.startswith("TRUNKLINE_"):
            os.environ.setdefault(name, value)


def main() -> None:
    if sys.argv[1:2] == ["sandbox"]:
        # No Django command: it starts the server and hypervisors, and Django knows neither.
        from tasks.sandbox.__main__ import main as sandbox

        sys.exit(sandbox(sys.argv[2:]))
    adopt_running_server()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "designer.site.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
