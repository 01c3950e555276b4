"""A small premium chat: it asks Lunas to charge, and opens once Lunas's webhook says so."""

import secrets
from dataclasses import dataclass, field
from threading import BoundedSemaphore
from time import monotonic

from flask import Flask, Response, abort, redirect, render_template, request, session
from jinja2 import StrictUndefined
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as Reply

from examples.chat import hooks, pages
from examples.chat.checkout import PRICE, TOLD_BY_THE_PAGE, Checkout, WrongPhone
from examples.chat.guard import language, protect
from examples.chat.lunas import Refused
from examples.chat.pages import View
from examples.chat.store import Consultation, Store
from examples.chat.texts import ANSWERS, TEXTS, words

NEWS_WITHIN = 20.0
"""Seconds that a page waits for news before Lunas is asked."""
MOST_WAITING = 100
LONGEST_MESSAGE = 1_000


def create_app(store: Store, checkout: Checkout, *, sandbox_url: str | None, https: bool) -> Flask:
    """The chat. With `sandbox_url`, pages link to the customer's simulated phone."""
    app = Flask(__name__)
    cookie_key = store.kept("cookie_key") or secrets.token_hex(32)
    store.keep("cookie_key", cookie_key)
    protect(app, cookie_key, https=https)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(rupiah=pages.rupiah, clock=pages.clock, day=pages.day, price=PRICE)
    chat = Chat(store, checkout, sandbox_url)
    app.add_url_rule("/", view_func=chat.home)
    app.add_url_rule("/", view_func=chat.begin, methods=["POST"])
    app.add_url_rule("/c/<id>", view_func=chat.room)
    app.add_url_rule("/c/<id>", view_func=chat.act, methods=["POST"])
    app.add_url_rule("/c/<id>/news", view_func=chat.news)
    app.add_url_rule("/hooks/lunas", view_func=chat.hear, methods=["POST"])
    app.register_error_handler(HTTPException, chat.trouble)
    return app


@dataclass(frozen=True, slots=True)
class Chat:
    """The pages, and the one address that Lunas calls."""

    store: Store
    checkout: Checkout
    sandbox_url: str | None
    chairs: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(MOST_WAITING))

    def home(self) -> str:
        """The front page."""
        return self._page("home.html", consultations=self.store.consultations(session["patient"]))

    def begin(self) -> Reply:
        """A consultation; the one that waits to be paid, if there is one."""
        return redirect(f"/c/{self.store.begin(session['patient'])}", 303)

    def room(self, id: str) -> str:
        """A consultation's page, in whatever state it is."""
        self.checkout.refresh(self._mine(id))
        return self._room(id)

    def act(self, id: str) -> Reply | tuple[str, int]:
        """A wish of the patient; then back to the page, so that a reload repeats nothing."""
        try:
            self._do(self._mine(id))
        except WrongPhone:
            error = "phone_wrong" if request.form["phone"].strip() else "phone_empty"
            return self._room(id, error=TEXTS[error][language()]), 422
        except Refused as refused:
            self.checkout.refresh(self._mine(id))
            if refused.code == "cooldown":
                notice = TEXTS["cooldown"][language()].format(seconds=refused.retry_after)
                return self._room(id, notice=notice), 409
            if refused.code not in TOLD_BY_THE_PAGE:
                return self._room(id, notice=TEXTS["away"][language()]), 503
        return redirect(f"/c/{id}", 303)

    def news(self, id: str) -> Response:
        """The panel once it differs from the one that is seen; 204 if it stayed the same."""
        seen = request.args.get("seen")
        end = monotonic() + (0 if "now" in request.args else NEWS_WITHIN)
        if self.chairs.acquire(blocking=False):
            try:
                while self._view(id).stamp == seen and monotonic() < end:
                    self.store.wait(1.0)
            finally:
                self.chairs.release()
        if self._view(id).stamp == seen:
            self.checkout.refresh(self._mine(id))
        view = self._view(id)
        if view.stamp == seen:
            return Response(status=204)
        return Response(self._page("panel.html", view=view, error=None, notice=None))

    def hear(self) -> Response:
        """A webhook: its raw body is what was signed."""
        return Response(status=hooks.hear(self.store, dict(request.headers), request.get_data()))

    def trouble(self, error: HTTPException) -> tuple[str, int]:
        """A page that is not there, or a form that was not ours."""
        kind = "missing" if error.code == 404 else "stale"
        return self._page("trouble.html", kind=kind), error.code or 500

    def _do(self, consultation: Consultation) -> None:
        match request.form.get("do"):
            case "start":
                phone = request.form.get("phone", "").strip()
                self.checkout.start(consultation, phone, language(), _counted("number"))
            case "push":
                given = request.form.get("phone")
                phone_or_same = given.strip() if given is not None else None
                self.checkout.push(consultation, phone_or_same, _counted("after"))
            case "cancel":
                self.checkout.cancel(consultation)
            case "say" if consultation.unlocked_at is not None:
                body = request.form.get("body", "").strip()[:LONGEST_MESSAGE]
                turn = sum(message.author == "patient" for message in consultation.messages)
                answer = TEXTS[ANSWERS[turn % len(ANSWERS)]][language()]
                if body:
                    form = request.form.get("form") or None
                    self.store.say(consultation.id, body, answer, form=form)
            case _:
                abort(400)

    def _mine(self, id: str) -> Consultation:
        return self.store.find(id, session["patient"]) or abort(404)

    def _view(self, id: str) -> View:
        return View(self._mine(id), language(), pages.now())

    def _room(self, id: str, error: str | None = None, notice: str | None = None) -> str:
        return self._page("room.html", view=self._view(id), error=error, notice=notice)

    def _page(self, template: str, **values: object) -> str:
        shared = {"t": words(language()), "lang": language(), "token": session.get("token", "")}
        shared |= {"sandbox_url": self.sandbox_url, "fresh": secrets.token_hex(8)}
        return render_template(template, **shared, **values)


def _counted(name: str) -> int:
    value = request.form.get(name, "")
    return int(value) if value.isdecimal() and len(value) < 5 else abort(400)
