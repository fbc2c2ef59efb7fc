"""Two people in a room, each in a browser of their own: what they do, and what they see."""

from __future__ import annotations

from dataclasses import dataclass, field

from playwright.sync_api import Page, expect

from tests.browser.steps import badge
from tests.browser.ways import Lines
from tests.rig.smtp import Post
from tests.rig.waiting import wait_for

PASSWORD = "samovar-tea-7"
CUT_MILLISECONDS = 10_000
LETTER_SECONDS = 30


@dataclass
class Person:
    """Somebody at a page."""

    page: Page
    name: str
    address: str
    frames: list[str] = field(default_factory=list)
    """What has come over WebSockets to the page."""

    def sign_up(self) -> None:
        """Make an account by the form."""
        self.page.on("websocket", lambda socket: socket.on("framereceived", self._keep))
        self.page.goto("/accounts/sign-up/")
        typed = {
            "username": self.name,
            "email": self.address,
            "password1": PASSWORD,
            "password2": PASSWORD,
        }
        for name, text in typed.items():
            self.page.locator(f"[name={name}]").fill(text)
        self.page.locator("main button.primary").click()
        self.page.wait_for_url("**/chat/")

    def _keep(self, frame: str | bytes) -> None:
        self.frames.append(str(frame))

    def make_room(self, name: str) -> None:
        """Make a room, and be in it."""
        self.page.get_by_label("Name of the room").fill(name)
        self.page.get_by_role("button", name="Make the room").click()
        expect(self.page.locator("[data-room]")).to_be_visible()

    def add(self, name: str) -> None:
        """Add a person to the room by name."""
        self.page.get_by_label("Add a person by name").fill(name)
        self.page.get_by_role("button", name="Add", exact=True).click()
        expect(self.page.locator("[data-people]")).to_contain_text(name)

    def enter(self, room: str) -> None:
        """Open a room that is in the list."""
        self.page.reload()
        self.page.get_by_role("link", name=room).click()
        expect(self.page.locator("[data-room]")).to_be_visible()

    @property
    def text(self):
        """The field for what is to be said."""
        return self.page.locator("[data-say] textarea")

    def say(self, text: str) -> None:
        """Write it, and press Enter."""
        self.text.fill(text)
        self.text.press("Enter")

    def sees(self, *texts: str) -> None:
        """Wait for the last text; all of them are there then, in this order, each once."""
        messages = self.page.locator("[data-messages-list] li")
        expect(messages.last).to_contain_text(texts[-1])
        assert messages.locator(".said").all_text_contents() == list(texts)

    def hears_by(self, way: str) -> None:
        """Wait until news come by `way`."""
        expect(self.page.locator("[data-room]")).to_have_attribute("data-way", way)


def pair(open_page, far_url: str, way: str) -> tuple[Person, Person]:
    """Let two people sign up: anna in front of the site, boris at the far end of a line."""
    # Sites of one session may share the mail server and the way, but not the line's port.
    host = f"{way}-{far_url.rpartition(':')[2]}.example"
    anna, boris = (
        Person(open_page("/chat/", url=url), name, f"{name}@{host}")
        for name, url in (("anna", ""), ("boris", far_url))
    )
    boris.page.clock.install()
    for one in (anna, boris):
        one.sign_up()
    return anna, boris


def meet(anna: Person, boris: Person, way: str) -> None:
    """Bring both into a room."""
    anna.make_room("Tea")
    anna.add(boris.name)
    boris.enter("Tea")
    for one in (anna, boris):
        one.hears_by(way)
        expect(one.page.locator("[data-people] li.here")).to_have_count(2)


def talk(anna: Person, boris: Person) -> None:
    """Let each see that the other writes, and what they say."""
    boris.text.press_sequentially("on")
    expect(anna.page.locator("[data-typing]")).to_have_text("boris is writing…")
    boris.say("one")
    expect(anna.page.locator("[data-typing]")).to_have_text("")
    anna.say("two")
    for one in (anna, boris):
        one.sees("one", "two")


def be_cut_off(anna: Person, boris: Person, lines: Lines) -> None:
    """Cut boris off for ten seconds of his: nothing is lost, nothing is doubled."""
    lines.cut()
    anna.say("three")
    anna.sees("one", "two", "three")
    boris.say("four")
    expect(boris.page.locator("[data-refusal]")).to_contain_text("Not sent")
    expect(boris.text).to_have_value("four")
    boris.page.clock.fast_forward(CUT_MILLISECONDS)
    boris.sees("one", "two")
    lines.mend()
    boris.sees("one", "two", "three")
    boris.text.press("Enter")
    for one in (anna, boris):
        one.sees("one", "two", "three", "four")


def part(anna: Person, boris: Person) -> None:
    """Remove boris: his page says so by itself, and hears no more."""
    anna.page.get_by_role("button", name="Remove boris").click()
    expect(anna.page.get_by_role("button", name="Remove boris")).to_have_count(0)
    anna.say("between us")
    anna.sees("one", "two", "three", "four", "between us")
    expect(boris.page.locator("main")).to_contain_text("You are no longer in this room")
    assert "between us" not in boris.page.content()
    assert not [frame for frame in boris.frames if "between us" in frame]
    assert boris.page.reload().status == 404


def is_written_to(anna: Person, post: Post) -> None:
    """Wait for the letter to the room's admin: one, and of the addition."""
    [letter] = wait_for(lambda: post.to(anna.address), LETTER_SECONDS, "the letter")
    assert letter["Subject"] == "boris was added to “Tea”"


def story(open_page, post: Post, way: str, lines: Lines) -> tuple[Person, Person]:
    """Tell all of it; boris reaches the site by the lines."""
    anna, boris = pair(open_page, lines.url, way)
    meet(anna, boris, way)
    talk(anna, boris)
    be_cut_off(anna, boris, lines)
    # A letter about somebody who has left before it could be sent is not sent any more.
    is_written_to(anna, post)
    part(anna, boris)
    return anna, boris


def kept_letter(anna: Person) -> str:
    """Return the letter as it is linked from the page of the run that has written it."""
    anna.page.goto("/runs/?job=tell_admin_of_member")
    anna.page.locator("main a[href*='/runs/']:not([href*='?'])").first.click()
    expect(badge(anna.page)).to_have_text("succeeded")
    link = anna.page.get_by_role("link", name="letter.eml")
    return str(anna.page.request.get(str(link.get_attribute("href"))).text())
