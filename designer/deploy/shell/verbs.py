"""The verbs of ``manage.py lab``, in the order of the help."""

from __future__ import annotations

from designer.deploy.shell.check import Check
from designer.deploy.shell.command import Verb
from designer.deploy.shell.deploy import Deploy
from designer.deploy.shell.destroy import Destroy
from designer.deploy.shell.draw import Draw
from designer.deploy.shell.export import Export
from designer.deploy.shell.plan import Plan
from designer.deploy.shell.status import Status
from designer.deploy.shell.validate import Validate
from designer.deploy.shell.vm import Vm

VERBS: tuple[type[Verb], ...] = (Validate, Plan, Draw, Deploy, Check, Status, Vm, Export, Destroy)
