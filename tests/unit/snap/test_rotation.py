"""Two credentials at once: which is tried first, and when the other one's turn comes."""

from adapters.outbound import rotation
from adapters.outbound.rotation import Rotation


def test_the_present_one_is_first_until_the_next_one_was_accepted() -> None:
    turn = Rotation()
    both = ["present", "next"]
    assert turn.order("a", both) == both
    turn.accepted("a", both, "next")
    assert turn.order("a", both) == ["next", "present"]
    assert turn.order("b", both) == both
    turn.accepted("a", both, "present")
    assert turn.order("a", both) == both


def test_once_the_next_one_is_the_only_one_it_is_the_present_one() -> None:
    turn = Rotation()
    turn.accepted("a", ["old", "new"], "new")
    assert turn.order("a", ["new"]) == ["new"]


def test_what_is_remembered_is_bounded() -> None:
    turn = Rotation()
    for number in range(rotation.MOST_REMEMBERED + 1):
        turn.accepted(number, ["old", "new"], "new")
    assert turn.order(0, ["old", "new"]) == ["old", "new"]
    assert turn.order(1, ["old", "new"]) == ["new", "old"]
