"""Settings, URLs, the ASGI entry and the few pages that are not the canvas.

The top of the tower: may import every room, and no room imports it.
"""
