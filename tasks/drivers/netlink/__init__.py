"""Netlink as the kernel speaks it: messages, sockets that batch, a small decoder.

pyroute2 knows every message, and takes a millisecond to encode or decode one. Here is only what
goes over the wire by the thousand (measured: a pyroute2 dump of 4,500 interfaces takes 3.3 s, this
decoder 0.1 s); the long tail stays with pyroute2, and the tests hold the two against each other.
"""
