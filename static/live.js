// Keeps status cells and counts true while the page is open. Without this script the page shows what was true at load.

const language = document.documentElement.lang;
const clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const date = new Intl.DateTimeFormat(language, { dateStyle: "short", timeStyle: "medium", hourCycle: "h23" });

function span(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 90) return `${seconds} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}

function tell(time) {
  const at = new Date(time.dateTime);
  const kind = time.dataset.kind;
  const text = kind === "in" ? span(at - Date.now()) : kind === "date" ? date.format(at) : clock.format(at);
  if (time.textContent !== text) time.textContent = text;
}

function tellAll() {
  document.querySelectorAll("time[data-kind]").forEach(tell);
}

function show(cell, news) {
  const place = document.querySelector(`.status[data-entry="${cell.id}"]`);
  if (!place) return;
  if (place.closest("[data-whole]") && place.dataset.state !== cell.state) {
    // The whole story around the cell has changed; keep the reader where they are.
    if (news) location.reload();
    return;
  }
  place.dataset.state = cell.state;
  place.dataset.group = cell.group;
  const tag = place.querySelector(".tag");
  tag.className = `tag ${cell.group}`;
  tag.querySelector("use").setAttribute("href", `#icon-${cell.group}`);
  tag.querySelector(".label").textContent = cell.label;
  const line = place.querySelector(".line");
  line.replaceChildren(...cell.line.map((piece) => {
    if (!piece.at) return document.createTextNode(piece.text);
    const time = document.createElement("time");
    time.dateTime = piece.at;
    time.dataset.kind = piece.kind;
    tell(time);
    return time;
  }));
}

function count(chips) {
  for (const chip of chips) {
    const place = document.querySelector(`[data-chips] b[data-group="${chip.group}"]`);
    if (place) place.textContent = chip.count;
  }
}

const watched = document.querySelector("[data-watch]");
const sign = document.querySelector("[data-live]");
let source = null;

function say(word) {
  if (sign) sign.querySelector("[data-live-word]").textContent = sign.dataset[word];
}

function open() {
  source = new EventSource(`/entries/status?ids=${encodeURIComponent(watched.dataset.watch)}`);
  source.addEventListener("open", () => say("on"));
  source.addEventListener("error", () => say("off"));
  source.addEventListener("status", (event) => show(JSON.parse(event.data), true));
  source.addEventListener("counts", (event) => count(JSON.parse(event.data)));
}

if (watched && sign) {
  sign.hidden = false;
  const button = sign.querySelector("[data-live-pause]");
  button.addEventListener("click", () => {
    if (source) {
      source.close();
      source = null;
      say("paused");
      button.textContent = sign.dataset.resume;
    } else {
      open();
      button.textContent = sign.dataset.pause;
    }
  });
  open();
  addEventListener("pagehide", () => source && source.close());
}
tellAll();
setInterval(tellAll, 1000);
