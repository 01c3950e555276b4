"""What stands around every page: who the patient is, which forms are ours, what a page may load."""

import secrets
from hmac import compare_digest

from flask import Flask, Response, abort, redirect, request, session
from werkzeug.wrappers import Response as Reply

from examples.chat.texts import LANGUAGES

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
LARGEST_BODY = 256 * 1024
OPEN = frozenset({"static", "hear"})
"""Endpoints that need no cookie: webhooks prove themselves by their signature."""


def protect(app: Flask, cookie_key: str, *, https: bool) -> None:
    """Same-site cookies, a token in every form, and headers that close the page to strangers."""
    app.secret_key = cookie_key
    app.config.update(
        SESSION_COOKIE_NAME="chat",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=https,
        MAX_CONTENT_LENGTH=LARGEST_BODY,
    )
    app.before_request(_meet)
    app.after_request(_close)


def language() -> str:
    """The patient's language."""
    return str(session.get("lang", LANGUAGES[0]))


def _meet() -> Reply | None:
    if request.endpoint in OPEN:
        return None
    session.permanent = True
    session.setdefault("patient", secrets.token_hex(16))
    session.setdefault("token", secrets.token_hex(16))
    if request.method == "POST":
        sent = request.form.get("token", "")
        if not compare_digest(sent.encode(), session["token"].encode()):
            abort(403)
    if request.args.get("lang") in LANGUAGES:
        session["lang"] = request.args["lang"]
        return redirect(request.path, 303)
    return None


def _close(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
    return response
