"""The page of settings says what the settings say."""

from pathlib import Path

from bootstrap.settings import PREFIX, Settings, spelled

PAGE = Path(__file__).parents[3] / "docs" / "settings.md"


def rows() -> str:
    """The table, from the settings themselves."""
    lines = ["| setting | default | what it is |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = spelled(field.default)
        shown = f"`{default}`" if default else ""
        lines.append(f"| `{PREFIX}{name.upper()}` | {shown} | {field.description} |")
    return "\n".join(lines)


def test_the_page_has_every_setting_with_its_default() -> None:
    assert rows() in PAGE.read_text()


def test_every_setting_is_described() -> None:
    assert all(field.description for field in Settings.model_fields.values())
