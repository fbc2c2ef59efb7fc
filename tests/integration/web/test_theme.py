"""The theme: chosen once, kept in a cookie, rendered by the server."""

from __future__ import annotations

import pytest

from tests.integration.web.conftest import Page


def html(client, path: str = "/") -> dict[str, str | None]:
    return Page(client.get(path)).attributes("html")[0]


def chosen(client) -> list[str | None]:
    buttons = Page(client.get("/")).attributes("button", name="theme")
    return [button["value"] for button in buttons if "aria-current" in button]


def test_at_first_the_system_decides(client):
    assert "data-theme" not in html(client)
    assert chosen(client) == [""]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_chosen_theme_is_rendered_until_it_is_given_back(client, theme):
    response = client.post("/theme/", {"theme": theme, "next": "/runs/?state=failed"})
    assert (response.status_code, response["Location"]) == (303, "/runs/?state=failed")
    for path in ("/", "/runs/none/", "/api/v1/docs"):
        assert html(client, path)["data-theme"] == theme
    assert chosen(client) == [theme]
    client.post("/theme/", {"theme": "", "next": "/"})
    assert "data-theme" not in html(client)


def test_a_cookie_that_names_no_theme_is_not_shown(client):
    client.cookies["samovar_theme"] = '"><script>'
    assert "data-theme" not in html(client)


@pytest.mark.parametrize("following", ["https://elsewhere.example/", "//elsewhere.example", ""])
def test_the_switch_leads_to_no_other_site(client, following):
    response = client.post("/theme/", {"theme": "dark", "next": following})
    assert response["Location"] == "/"
