"""What granian loads: the API, without what its libraries take along for others."""

from wsgiref.types import WSGIApplication

from bootstrap.lean import TAKEN_ALONG, kept_out


def create() -> WSGIApplication:
    """The API of this house; see bootstrap.wsgi."""
    with kept_out(*TAKEN_ALONG):
        from bootstrap import wsgi  # noqa: PLC0415 - while much is kept out
    return wsgi.create()
