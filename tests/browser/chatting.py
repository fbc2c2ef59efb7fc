"""Two people in a room, each with a page of their own."""

from __future__ import annotations

from playwright.sync_api import expect

ROOM = """
from django.contrib.auth.models import User
from chat.models import Member, Room
people = [
    User.objects.create_user(name, password="tea", is_staff=True) for name in ("ann", "bob")
]
room = Room.objects.create(owner=people[0], name="Tea")
for person in people:
    Member.objects.create(room=room, user=person, added_by=people[0])
print(room.get_absolute_url())
"""


def talk(site, open_page, way: str) -> None:
    """Let two people talk over `way`: each sees all that was said once, and who is there."""
    path = site.manage("shell", "-c", ROOM).stdout.split()[-1]
    ann, bob = (enter(open_page, name, path) for name in ("ann", "bob"))
    for page in (ann, bob):
        expect(page.locator("[data-room]")).to_have_attribute("data-way", way)
    for page, text in ((ann, "one"), (bob, "two"), (ann, "three")):
        page.locator("[data-say] textarea").fill(text)
        page.locator("[data-say] textarea").press("Enter")
        for each in (ann, bob):
            expect(each.locator("[data-messages-list] li").last).to_contain_text(text)
    for page in (ann, bob):
        assert said(page) == ["one", "two", "three"]
        expect(page.locator("[data-people] li.here")).to_have_count(2)


def enter(open_page, name: str, path: str):
    """Open the room as `name`."""
    page = open_page("/admin/login/")
    page.locator("[name=username]").fill(name)
    page.locator("[name=password]").fill("tea")
    page.locator("[type=submit]").click()
    page.wait_for_url("**/admin/")
    page.goto(path)
    return page


def said(page) -> list[str]:
    """Return what the page shows as said."""
    texts = page.locator("[data-messages-list] li p:not(.who)")
    return [text.strip() for text in texts.all_text_contents()]
