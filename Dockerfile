# The two images that docker-compose.yml runs: "server" (web, migrate) and "agent".

FROM node:20-bookworm-slim AS frontend
WORKDIR /build
COPY frontend/package.json frontend/package-lock.json frontend/.npmrc ./
RUN npm ci
COPY frontend/ ./
RUN npm run build

FROM python:3.11-slim-bookworm AS server
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN apt-get update \
    && apt-get install -y --no-install-recommends qemu-utils \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --system --create-home --home-dir /var/lib/trunkline trunkline
WORKDIR /srv/trunkline
COPY requirements/base.txt requirements/
RUN pip install --no-cache-dir --require-hashes -r requirements/base.txt
COPY manage.py ./
COPY designer/ designer/
COPY --from=frontend /build/dist frontend/dist
RUN TRUNKLINE_VAR=/tmp/build python manage.py collectstatic --no-input && rm -rf /tmp/build
USER trunkline

FROM python:3.11-slim-bookworm AS agent
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
       gcc pkg-config libvirt-dev libvirt0 iproute2 iptables kmod nftables qemu-utils \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /srv/trunkline
COPY requirements/agent.txt requirements/
RUN pip install --no-cache-dir --require-hashes -r requirements/agent.txt
COPY designer/ designer/
COPY tasks/ tasks/
