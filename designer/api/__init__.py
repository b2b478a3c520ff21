"""HTTP: views and schemas, no logic. May import every room but site."""
