"""Django's settings. Everything that differs between machines comes from the environment:

TRUNKLINE_VAR             folder for the database, the signing key and sockets (default: var/)
TRUNKLINE_DATABASE_URL    sqlite:///PATH or postgres://… (default: VAR/trunkline.sqlite3)
TRUNKLINE_REDIS_URL       events to browsers, and the broker (default: redis://127.0.0.1:6379/0)
TRUNKLINE_AGENT_REDIS_URL the broker as agents reach it (default: the same)
TRUNKLINE_SECRET_KEY      signs sessions (default: made once, kept in VAR/secret-key)
TRUNKLINE_ALLOWED_HOSTS   names this site answers to, commas between (default: localhost)
TRUNKLINE_TRUSTED_ORIGINS further origins of the pages, such as https://lab.example:8443
TRUNKLINE_HTTPS           1 behind TLS: secure cookies, HSTS, X-Forwarded-Proto is believed
TRUNKLINE_IMAGE_LARGEST   bytes that one image may have (default: 64 GiB)
TRUNKLINE_QUOTA_…         what a team may have, unless the admin pages say otherwise for it:
                          VMS 200, VCPUS 400, MEMORY 524288 (MiB), DISK 4096 (GiB, of VMs),
                          IMAGES 200 (GiB, of its library)
TRUNKLINE_VITE_DEV        1: pages load from Vite's dev server on port 5173
TRUNKLINE_NETWORK_POOL    subnets for networks where none is drawn, one IPv4 and one IPv6 prefix,
                          a comma between (default: 10.176.0.0/12,fd4a:7c1e:9b02::/48)
TRUNKLINE_LOG_LEVEL       default INFO
TRUNKLINE_DEBUG           1: Django's debug pages; never where others can reach it
"""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from pathlib import Path
from typing import Any

from designer.site import environment

BASE_DIR = Path(__file__).resolve().parents[2]
VAR = Path(os.environ.get("TRUNKLINE_VAR") or BASE_DIR / "var").resolve()
VAR.mkdir(parents=True, exist_ok=True)

DEBUG = environment.flag("TRUNKLINE_DEBUG")
SECRET_KEY = environment.secret_key(VAR)
ALLOWED_HOSTS = environment.words("TRUNKLINE_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
HTTPS = environment.flag("TRUNKLINE_HTTPS")

INSTALLED_APPS = [
    "designer.labs",
    "designer.images",
    "designer.deploy",
    "designer.live",
    "designer.api",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_vite",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "designer.site.policy.ContentSecurityPolicy",
    "designer.site.files.StaticFiles",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "designer.site.urls"
ASGI_APPLICATION = "designer.site.asgi.application"
APPEND_SLASH = False

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "designer" / "site" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# Data

DATABASE_URL = os.environ.get("TRUNKLINE_DATABASE_URL") or f"sqlite:///{VAR}/trunkline.sqlite3"
DATABASES = {"default": environment.database(DATABASE_URL)}
if DATABASE_URL.startswith("sqlite:"):
    # A file, because threads that share SQLite's memory database do not wait for each other's
    # locks; its own for each process, because several test runs may go on at once.
    DATABASES["default"]["TEST"] = {
        "NAME": str(Path(tempfile.gettempdir()) / f"trunkline-test-{os.getpid()}.sqlite3")
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = os.environ.get("TRUNKLINE_REDIS_URL") or "redis://127.0.0.1:6379/0"
NETWORK_POOL = environment.prefixes("TRUNKLINE_NETWORK_POOL", "10.176.0.0/12,fd4a:7c1e:9b02::/48")
AGENT_REDIS_URL = os.environ.get("TRUNKLINE_AGENT_REDIS_URL") or REDIS_URL

# Images, and how much a team may have

IMAGES_DIR = VAR / "images"
IMAGE_LARGEST = environment.number("TRUNKLINE_IMAGE_LARGEST", 64 << 30)
QUOTAS = {
    name: environment.number(f"TRUNKLINE_QUOTA_{name.upper()}", default)
    for name, default in {
        "vms": 200,
        "vcpus": 400,
        "memory": 512 * 1024,
        "disk": 4096,
        "images": 200,
    }.items()
}

# People

AUTH_USER_MODEL = "labs.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
AUTH_PASSWORD_VALIDATORS[1]["OPTIONS"] = {"min_length": 10}  # type: ignore[assignment]
LOGIN_URL = "/login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/login"

SESSION_COOKIE_NAME = "trunkline_session"
SESSION_COOKIE_AGE = 14 * 24 * 3600  # seconds
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = HTTPS
CSRF_TRUSTED_ORIGINS = environment.words("TRUNKLINE_TRUSTED_ORIGINS", "")
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 365 * 24 * 3600

DATA_UPLOAD_MAX_MEMORY_SIZE = 16 * 1024 * 1024  # bytes; a design of 10,000 nodes has about 4 MB

# Pages and files

LANGUAGE_CODE = "en"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"

FRONTEND_DIST = BASE_DIR / "frontend" / "dist"
VITE_DEV = environment.flag("TRUNKLINE_VITE_DEV")
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "static"
PAGES_STATIC = BASE_DIR / "designer" / "site" / "static"
STATICFILES_DIRS = [PAGES_STATIC, *([FRONTEND_DIST] if FRONTEND_DIST.is_dir() else [])]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # Not the Manifest variant: it renames the entry, while lazy chunks import its old name.
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
# Before collectstatic (tests, a checkout at work) files come straight from where they are.
with contextlib.suppress(OSError):
    STATIC_ROOT.mkdir(exist_ok=True)  # WhiteNoise warns without it
WHITENOISE_USE_FINDERS = not (STATIC_ROOT / "manifest.json").exists()
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_ALLOW_ALL_ORIGINS = False
VITE_HASHED = re.compile(r"^.+[.-][0-9a-zA-Z_-]{8,12}\.[a-z0-9]+$")


def is_immutable(path: str, url: str) -> bool:
    """Vite puts a hash of the content into the names of what it builds into assets/."""
    return "/assets/" in url and VITE_HASHED.match(url) is not None


WHITENOISE_IMMUTABLE_FILE_TEST = is_immutable

DJANGO_VITE = {
    "default": {
        "dev_mode": VITE_DEV,
        "dev_server_port": 5173,
        "manifest_path": FRONTEND_DIST / "manifest.json",
    }
}
# A checkout without a built front end is a fine place for the API and the commands; the page
# itself says what to do.
SILENCED_SYSTEM_CHECKS = ["django_vite.W001"]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {
        "handlers": ["stderr"],
        "level": os.environ.get("TRUNKLINE_LOG_LEVEL", "INFO").upper(),
    },
    "loggers": {"django": {"handlers": [], "propagate": True}},
}
