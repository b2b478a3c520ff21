"""What cloud-init is to be told is told only where the VM has it."""

from __future__ import annotations

from collections.abc import Iterator

from designer.rules.findings import Finding, error, warning
from designer.rules.view import View
from designer.topology.kinds import Vm

_ITS = ("hostname", "user", "ssh_keys", "gateway", "dns")
_TITLES = {field.name: spec.title for field, spec in Vm.described()}


def vm_cloud_init(view: View) -> Iterator[Finding]:
    for vm in view.design.of_kind(Vm):
        ref = f"nodes/{vm.id}"
        if not vm.cloud_init:
            for field in _ITS:
                if getattr(vm, field):
                    message = f"{_TITLES[field]} of {vm.id} means nothing without cloud-init."
                    fix = "Turn Cloud-init on, or leave it empty."
                    yield error("vm-cloud-init", ref, field, message, fix)
        elif not vm.ssh_keys:
            message = f"Nobody can log in at {vm.id}: it has no password, and no key is named."
            fix = "Give it an SSH public key, unless its image knows who may come in."
            yield warning("vm-no-key", ref, "ssh_keys", message, fix)
        if not vm.disk:
            for field in ("disk_size", "disk_bus"):
                if getattr(vm, field) != _DEFAULTS[field]:
                    message = f"{_TITLES[field]} of {vm.id} means nothing without a disk image."
                    fix = "Name the image, or leave it as it was."
                    yield error("vm-disk", ref, field, message, fix)


_DEFAULTS = {field.name: field.default for field, _ in Vm.described()}
