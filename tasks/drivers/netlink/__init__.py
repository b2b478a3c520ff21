"""Netlink as the kernel speaks it: messages, sockets that batch, a small decoder.

pyroute2 knows every message, and takes a millisecond to encode or decode one (a dump of 4,500
interfaces: 3.3 s; here 0.1 s). The few messages that a lab is made of are written and read here,
and the tests hold both against pyroute2.
"""
