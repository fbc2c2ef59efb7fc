// Instants in the reader's own time zone; the server, which does not know it, has written them in the site's.

const lang = document.documentElement.lang;
const locale = lang === "en" ? "en-GB" : lang;
const day = new Intl.DateTimeFormat(locale, { day: "numeric", month: "long" });
const dayOfYear = new Intl.DateTimeFormat(locale, { day: "numeric", month: "long", year: "numeric" });
const clock = new Intl.DateTimeFormat(locale, { timeStyle: "medium", hourCycle: "h23" });
const whole = new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "long" });

export function localize(root) {
  for (const element of root.querySelectorAll("time[datetime]")) {
    const at = new Date(element.dateTime);
    const date = at.getFullYear() === new Date().getFullYear() ? day : dayOfYear;
    element.textContent = `${date.format(at)}, ${clock.format(at)}`;
    element.title = whole.format(at);
  }
}

localize(document);
