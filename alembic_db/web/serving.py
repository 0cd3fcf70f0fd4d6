"""The server: one process, one project, this machine."""

from __future__ import annotations

import ipaddress
import secrets
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from alembic_db.errors import MissingExtraError, UsageError

if TYPE_CHECKING:
    from alembic_db.project import Project


def serve(
    project: Project, *, host: str = "127.0.0.1", port: int = 8765, token: str | None = None,
    on_ready: Callable[[str], None] = lambda url: None,
) -> None:  # fmt: skip
    """Serve a project's pages until interrupted; `on_ready` is told the address once it can be opened.

    Port 0 takes a free one. An address that other machines can reach needs a token; an empty one is made up.
    UsageError for a host or port that cannot be used, MissingExtraError without the extra `web`.
    """
    try:
        import uvicorn

        from alembic_db.web.app import make_app
        from alembic_db.web.site import Site
    except ImportError as error:
        raise MissingExtraError(
            f"The page needs a package that is not installed: {error.name}.", hint="pip install 'alembic-db[web]'"
        ) from error
    local = is_loopback(host)
    if not local and token is None:
        raise UsageError(
            f"{host} can be reached from other machines.", hint="Give a --token as well, or leave --host out."
        )
    token = secrets.token_urlsafe(16) if token == "" else token
    with _bound(host, port) as listening:
        site = Site(project)
        site.start()
        bound = listening.getsockname()[1]
        names = [f"{name}:{bound}" for name in ("127.0.0.1", "localhost", "[::1]")] if local else None
        app = make_app(site, hosts=names, token=token)
        config = uvicorn.Config(
            app, log_level="warning", access_log=False, server_header=False, timeout_graceful_shutdown=2
        )
        shown = f"[{host}]" if ":" in host else host
        on_ready(f"http://{shown}:{bound}/" + (f"?token={token}" if token else ""))
        with suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[listening])


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(128)  # who comes before the pages are ready waits, instead of being refused
    except (OSError, OverflowError) as error:
        listening.close()
        raise UsageError(
            f"Cannot listen on {host}:{port}: {getattr(error, 'strerror', None) or error}.",
            hint="Choose another --port; 0 takes a free one.",
        ) from error
    return listening
