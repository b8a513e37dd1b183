// Shows moments in the zone that was chosen, or in the browser's own, and keeps spans true. Without this script they
// are in the chosen zone, or in UTC, as they were at load.

const { lang: language, dataset } = document.documentElement;
const format = new Intl.DateTimeFormat("en", {
  timeZone: dataset.zone || undefined, hourCycle: "h23",
  year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit",
});

const parts = (at) => Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));

function clock(at) {
  const { hour, minute } = parts(at);
  return `${hour}:${minute}`;
}

function date(at) {
  const { year, month, day, hour, minute, second } = parts(at);
  const whole = language === "es" ? `${day}/${month}/${year}` : `${year}-${month}-${day}`;
  return `${whole} ${hour}:${minute}:${second}`;
}

function span(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 90) return `${seconds}\u00a0s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)}\u00a0min`;
  return `${Math.round(seconds / 3600)}\u00a0h`;
}

function tell(time) {
  const at = new Date(time.dateTime);
  const kind = time.dataset.kind;
  const text = kind === "in" ? span(at - Date.now()) : kind === "date" ? date(at) : clock(at);
  if (time.textContent !== text) time.textContent = text;
}

const tellAll = () => document.querySelectorAll("time[data-kind]").forEach(tell);

document.addEventListener("times", tellAll);
tellAll();
setInterval(tellAll, 1000);
