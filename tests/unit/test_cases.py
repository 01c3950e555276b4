"""A table inside a test: every case is tried, and none fails unheard."""

import pytest

from tests.unit.cases import for_each


def test_every_case_is_tried_and_all_that_fail_are_told_with_their_arguments() -> None:
    tried = []

    @for_each("left, right", [(1, 1), (1, 2), (2, 2), (3, "x" * 999)])
    def same(left: int, right: object) -> None:
        tried.append(left)
        assert left == right

    with pytest.raises(ExceptionGroup) as told:
        same()
    assert tried == [1, 1, 2, 3]
    assert "2 of 4 cases" in str(told.value)
    first, second = (each.__notes__ for each in told.value.exceptions)
    assert first == ["with left=1, right=2"]
    assert second[0].startswith("with left=3, right='xxx")
    assert len(second[0]) < 300


def test_what_should_have_been_raised_and_was_not_is_a_failure_too() -> None:
    @for_each("text", ["1", "one"])
    def refused(text: str) -> None:
        with pytest.raises(ValueError, match="invalid"):
            int(text)

    with pytest.raises(BaseExceptionGroup, match="1 of 2 cases"):
        refused()


def test_tables_multiply_and_leave_the_fixtures_to_pytest() -> None:
    tried = []

    @for_each("one", "ab")
    @for_each("other", [1, 2])
    def pairs(one: str, tmp_path: str, other: int) -> None:
        tried.append((one, tmp_path, other))

    pairs(tmp_path="here")
    assert tried == [("a", "here", 1), ("a", "here", 2), ("b", "here", 1), ("b", "here", 2)]


def test_a_table_without_cases_or_with_a_wrong_name_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="no case of body"):
        for_each("body", [])
    with pytest.raises(TypeError, match="takes no boby"):
        for_each("boby", [b""])(lambda body: None)
    with pytest.raises(ValueError, match="shorter"):
        for_each("one, other", [("a",)])(lambda one, other: None)()
