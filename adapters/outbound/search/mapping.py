"""The form of an index at Elasticsearch: strict, so that nothing gets in unannounced."""

from typing import Any

FORM = 1
"""Part of each index's name: copies of another form are never mixed with these."""
CURSOR_ID = "cursor"
"""The document beside the copies that says up to where in the feed they were put."""
REFRESH_EVERY = "5s"
"""Whoever puts copies has them seen: this is for what a putter left behind that was killed."""

_FOUND = {"type": "keyword", "doc_values": False}
"""Searched, never sorted or counted."""
_SHOWN = {"type": "keyword", "index": False, "doc_values": False}
"""Given back, never searched."""
_SHOWN_NUMBER = {"type": "long", "index": False, "doc_values": False}

# Times are microseconds since 1970, as in every other place of ours: a date would round them.
PROPERTIES: dict[str, Any] = {
    "id": {"type": "keyword"},
    "version": _SHOWN_NUMBER,
    "merchant_id": {"type": "keyword"},
    "livemode": {"type": "boolean"},
    "order_id": {"type": "keyword"},
    "description": _SHOWN,
    "amount": {"type": "long"},
    "amount_refunded": _SHOWN_NUMBER,
    "status": {"type": "keyword"},
    "reason": _SHOWN,
    "provider": _SHOWN,
    "method": _SHOWN,
    "phone": _SHOWN,
    "phones": _SHOWN,
    "references": _SHOWN,
    "codes": _SHOWN,
    "parts": _SHOWN,
    "created_at": {"type": "long"},
    "updated_at": {"type": "long"},
    "paid_at": _SHOWN_NUMBER,
    "day": {"type": "keyword"},
    "words": _FOUND,
    "wholes": _FOUND,
    CURSOR_ID: _SHOWN,
}
MAPPINGS = {"dynamic": "strict", "properties": PROPERTIES}
AT_WORK: dict[str, Any] = {
    "refresh_interval": REFRESH_EVERY,
    "auto_expand_replicas": "0-1",
}
"""Settings of an index that answers."""
BEING_MADE: dict[str, Any] = {
    "refresh_interval": "-1",
    "auto_expand_replicas": "false",
    "number_of_replicas": 0,
}
"""Settings of an index that nobody searches yet: nothing is done twice or shown early."""
