"""docker-compose.yml without a Docker engine: the same commands and environments, natively."""
