"""The whole product on real kernels: server, Redis, sandbox hypervisors, agents, browser."""
