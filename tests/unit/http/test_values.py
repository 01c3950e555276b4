"""The patterns of the document agree with the domain."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.inbound.http.values import ENDPOINT_PATTERN, PHONE_PATTERN
from application.webhook_endpoints import checked_url
from domain.errors import InvalidValue
from domain.msisdn import Msisdn

_GAPS = " \t().-\u00a0\u2010\u2015"


_PREFIXES = st.sampled_from(["", "0", "62", "620", "+62", "+620", "+", "+0", "00"])
_DIGITS = st.text(alphabet="0123456789", min_size=8, max_size=12)


@given(
    _PREFIXES,
    _DIGITS,
    st.lists(st.tuples(st.integers(0, 20), st.sampled_from(_GAPS)), max_size=8),
)
@settings(max_examples=100, deadline=None)
def test_the_pattern_takes_what_the_domain_takes(
    prefix: str, digits: str, gaps: list[tuple[int, str]]
) -> None:
    letters = list(f"{prefix}8{digits}")
    for place, gap in gaps:
        letters.insert(place, gap)
    spelling = "".join(letters)
    assert bool(re.search(PHONE_PATTERN, spelling)) == _domain_takes(spelling)


@given(st.text(alphabet="0123456789+" + _GAPS, max_size=24))
@settings(max_examples=80, deadline=None)
def test_they_agree_about_noise_too(spelling: str) -> None:
    assert bool(re.search(PHONE_PATTERN, spelling)) == _domain_takes(spelling)


def _domain_takes(spelling: str) -> bool:
    try:
        Msisdn.parse(spelling)
    except InvalidValue:
        return False
    return True


@given(st.from_regex(ENDPOINT_PATTERN, fullmatch=True).filter(lambda text: len(text) <= 2000))
@settings(max_examples=40, deadline=None)
def test_a_url_that_the_pattern_takes_can_be_an_endpoint(url: str) -> None:
    assert checked_url(url, livemode=False) == url


@pytest.mark.parametrize("text", ["081200000001\n", "\n081200000001"])
def test_line_ends_are_no_gaps(text: str) -> None:
    assert not re.fullmatch(PHONE_PATTERN, text)
