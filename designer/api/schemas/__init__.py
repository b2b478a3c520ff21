"""What goes in and out over HTTP, as types. The OpenAPI document is made of these."""
