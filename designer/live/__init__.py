"""Websockets: browsers on one side, agents on the other, and the hub that hands a lab's events to
its sockets. May import labs, deploy and the bare rooms.
"""
