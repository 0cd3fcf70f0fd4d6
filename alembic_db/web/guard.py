"""What stands before every request: who may ask, from where, and what a page may do.

The page is for one person on their own machine, yet any web site open in the same browser can send requests to it.
So the Host must be ours (against DNS rebinding), a foreign Origin is refused, what changes anything needs a token that
only our own pages hold, and the answers forbid scripts, styles and connections from anywhere else.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SESSION = "alembic_db_session"
ACCESS = "alembic_db_access"
MOST_BODY_BYTES = 1 << 20
MOST_URL_BYTES = 32 << 10

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # With no-referrer a browser sends `Origin: null` along with our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-cache",
}


class Guard:
    """ASGI middleware that refuses foreign requests and sets the headers of every answer.

    `hosts` are the names that the server answers to, with port; None lets every name in, which is safe only with
    `token`: then each request needs it, as `?token=`, as a cookie or as `Authorization: Bearer`.
    """

    def __init__(self, app: ASGIApp, *, hosts: Iterable[str] | None, token: str | None) -> None:
        self.app = app
        self.hosts = None if hosts is None else {host.lower() for host in hosts}
        self.token = token
        self.secret = secrets.token_bytes(32)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check the request, then hand it on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        cookies = _cookies(Headers(scope=scope).get("cookie", ""))
        session = cookies.get(SESSION) or secrets.token_urlsafe(24)
        refusal = self._refusal(request) or self._entry(request, cookies)
        scope["csrf"] = self.csrf(session)

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                if SESSION not in cookies:
                    headers.append("Set-Cookie", f"{SESSION}={session}; Path=/; HttpOnly; SameSite=Strict")
            await send(message)

        if refusal is not None:
            await refusal(scope, receive, send_guarded)
            return
        await self.app(scope, receive, send_guarded)

    def csrf(self, session: str) -> str:
        """Return the token that a form of this session has to send."""
        return hmac.new(self.secret, session.encode("utf-8", "replace"), hashlib.sha256).hexdigest()

    def _refusal(self, request: Request) -> Response | None:
        host = request.headers.get("host", "").lower()
        if self.hosts is not None and host not in self.hosts:
            return PlainTextResponse("This server answers to its own address only.", 421)
        origin = request.headers.get("origin")
        if origin is not None and origin.lower() not in (f"http://{host}", f"https://{host}"):
            return PlainTextResponse("Requests from other sites are refused.", 403)
        if request.method not in ("GET", "HEAD") and request.headers.get("sec-fetch-site") == "cross-site":
            return PlainTextResponse("Requests from other sites are refused.", 403)
        if len(request.scope.get("raw_path") or b"") + len(request.scope["query_string"]) > MOST_URL_BYTES:
            return PlainTextResponse("The address is too long.", 414)
        length = request.headers.get("content-length", "0")
        if not length.isdigit() or int(length) > MOST_BODY_BYTES or "transfer-encoding" in request.headers:
            return PlainTextResponse("The request is too large.", 413)
        return None

    def _entry(self, request: Request, cookies: dict[str, str]) -> Response | None:
        """Let in who has the token; the one in the address is put into a cookie and taken out of the address."""
        if self.token is None:
            return None
        given = request.query_params.get("token")
        if given is not None and _same(given, self.token):
            url = request.url.remove_query_params("token")
            answer = RedirectResponse(f"{url.path}?{url.query}" if url.query else url.path, 303)
            answer.set_cookie(ACCESS, self.token, httponly=True, samesite="strict")
            return answer
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        if _same(bearer, self.token) or _same(cookies.get(ACCESS, ""), self.token):
            return None
        return PlainTextResponse("Open the address with the token that the server printed at its start.", 401)


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())


def _cookies(header: str) -> dict[str, str]:
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(header).items()}
    except CookieError:
        return {}
