"""django-payments behind the same server: one POST makes one Payment row, as its guide shows.

SQLite with Django's shipped settings (rollback journal, synchronous FULL, autocommit), the
recommended model (a subclass of BasePayment) and the dummy provider, DEBUG off, Django's default
middleware; its CSRF check is lifted for the one view, which is an API's and not a form's.
"""

import json
import os
from importlib import import_module
from importlib.util import find_spec
from typing import Any
from wsgiref.types import WSGIApplication

DATABASE = "BENCH_DATABASE"
_MIDDLEWARE = (
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
)
# Django is loaded by name: it is there only with the bench's own dependencies.
_PACKAGES = {"django": "Django", "payments": "django-payments"}


def why_not() -> str | None:
    """What is missing and how to get it, in words; None when it can be measured."""
    absent = [name for module, name in _PACKAGES.items() if find_spec(module) is None]
    if not absent:
        return None
    verb = "is" if len(absent) == 1 else "are"
    how = "run `make bench`, or `uv sync --group bench` before `python -m bench`"
    return f"{' and '.join(absent)} {verb} not installed: {how}"


def _configure() -> None:
    import_module("django.conf").settings.configure(
        DEBUG=False,
        SECRET_KEY="bench",
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF=__name__,
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        INSTALLED_APPS=(
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
            "payments",
        ),
        MIDDLEWARE=_MIDDLEWARE,
        DATABASES={
            "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ[DATABASE]}
        },
        PAYMENT_HOST="localhost:8000",
        PAYMENT_USES_SSL=False,
        PAYMENT_MODEL="bench.Payment",
        PAYMENT_VARIANTS={"default": ("payments.dummy.DummyProvider", {})},
    )
    import_module("django").setup()


def _model() -> Any:
    """The recommended model, a subclass of BasePayment and no more, and its table."""
    base = import_module("payments.models").BasePayment
    meta = type("Meta", (), {"app_label": "bench"})
    model = type("Payment", (base,), {"__module__": __name__, "Meta": meta})
    with import_module("django.db").connection.schema_editor() as editor:
        editor.create_model(model)
    return model


def create() -> WSGIApplication:
    """The application."""
    _configure()
    payments, answer = _model(), import_module("django.http").JsonResponse

    def start(request: Any) -> Any:
        wish = json.loads(request.body)
        payment = payments.objects.create(
            variant="default",
            description=wish["description"],
            total=wish["amount"],
            currency="IDR",
            billing_first_name=wish["customer"]["id"],
            billing_phone="+62" + wish["phone"][1:],
            extra_data=json.dumps({"order_id": wish["order_id"], "metadata": wish["metadata"]}),
        )
        told = {"id": payment.pk, "token": payment.token, "status": payment.status}
        return answer(told, status=202)

    no_form = import_module("django.views.decorators.csrf").csrf_exempt(start)
    globals()["urlpatterns"] = [import_module("django.urls").path("v1/payments", no_form)]
    application: WSGIApplication = import_module("django.core.wsgi").get_wsgi_application()
    return application
