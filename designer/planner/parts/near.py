"""Which of some addresses has a subnet that holds an IP."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_interface, ip_network

from designer.machine.resources import Address


class Near:
    """Which of some addresses has a subnet that holds an IP; a look-up for each prefix length."""

    def __init__(self, addresses: Iterable[str]) -> None:
        self._by_network: dict[object, str] = {}
        self._lengths: dict[int, set[int]] = {4: set(), 6: set()}
        for address in addresses:
            network = ip_interface(address).network
            self._by_network.setdefault(network, address)
            self._lengths[network.version].add(network.prefixlen)

    def address_of(self, ip: str) -> str | None:
        if not ip:
            return None
        for length in self._lengths[6 if ":" in ip else 4]:
            found = self._by_network.get(ip_network(f"{ip}/{length}", strict=False))
            if found is not None:
                return found
        return None


def ip_of(address: Address) -> str:
    return address.address.partition("/")[0]
