"""Which host goes onto which hypervisor, and which names and numbers a lab has for itself."""

from __future__ import annotations

from django.db import models

from designer.deploy.models.hypervisor import Hypervisor
from designer.labs.models import Lab


class Placement(models.Model):
    """Binds a drawn host to a hypervisor. Its host may be gone from the design: then it means
    nothing, until undo brings the host back."""

    lab = models.ForeignKey(Lab, on_delete=models.CASCADE, related_name="placements")
    host_id = models.CharField(max_length=40)
    hypervisor = models.ForeignKey(Hypervisor, on_delete=models.CASCADE, related_name="placements")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["lab", "host_id"], name="deploy_host_placed_once"),
        )

    def __str__(self) -> str:
        return f"{self.host_id} on {self.hypervisor_id}"


class Claim(models.Model):
    """One name or number that one lab has and no other may take.

    ``link``: an interface name in the own network namespace of ``hypervisor``. ``vlan``: a VLAN of
    one of its NICs, "eth1/10"; a row for each, so that the constraint decides between two labs
    whose ranges overlap. ``vni``: a VXLAN network identifier, everywhere. ``subnet``: a
    prefix that a libvirt network of ``hypervisor`` has. ``forward``: a port of ``hypervisor`` that
    leads elsewhere, "tcp/8080". ``since`` is the
    generation that took it, ``generation`` the last that still wants it.
    """

    class Kind(models.TextChoices):
        LINK = "link", "interface name"
        VLAN = "vlan", "VLAN of a NIC"
        VNI = "vni", "VXLAN network identifier"
        SUBNET = "subnet", "subnet that a hypervisor is in"
        FORWARD = "forward", "forwarded port"

    kind = models.CharField(max_length=8, choices=Kind.choices)
    value = models.CharField(max_length=40)
    hypervisor = models.ForeignKey(
        Hypervisor, null=True, on_delete=models.CASCADE, related_name="claims"
    )
    lab = models.ForeignKey(Lab, on_delete=models.CASCADE, related_name="claims")
    ref = models.CharField(max_length=140, blank=True, default="")
    since = models.PositiveBigIntegerField()
    generation = models.PositiveBigIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["kind", "value", "hypervisor"],
                condition=models.Q(hypervisor__isnull=False),
                name="deploy_claim_once_here",
            ),
            models.UniqueConstraint(
                fields=["kind", "value"],
                condition=models.Q(hypervisor__isnull=True),
                name="deploy_claim_once_anywhere",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"
