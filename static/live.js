// Keeps what the page says of the engine true while it is open. Without this script it shows what was true at load.

const watched = document.querySelector("[data-watch]");
const whole = document.querySelector("[data-whole]");
const sign = document.querySelector("[data-live]");
const SAY_EVERY = 5000;
const TRY_AGAIN = 10000;

const tellAll = () => document.dispatchEvent(new Event("times"));

// Screen readers hear a new state of the one entry, or of a list its sums only, and those not in a stream.
let unsaid = "";
let saidAt = 0;

function say(text) {
  const place = document.querySelector("[data-say]");
  const wait = saidAt + SAY_EVERY - Date.now();
  if (!unsaid && wait > 0) setTimeout(() => say(unsaid), wait);
  unsaid = text;
  if (wait > 0) return;
  place.textContent = unsaid;
  unsaid = "";
  saidAt = Date.now();
}

function moment(at, kind) {
  const time = document.createElement("time");
  time.dateTime = at;
  time.dataset.kind = kind;
  return time;
}

function show(cell) {
  const place = document.querySelector(`.status[data-entry="${cell.id}"]`);
  if (!place) return;
  const tag = place.querySelector(".tag");
  if (whole && place.dataset.state !== cell.state) say(cell.label);
  place.dataset.state = cell.state;
  place.dataset.group = cell.group;
  tag.className = `tag ${cell.group}`;
  tag.querySelector("use").setAttribute("href", `#icon-${cell.group}`);
  tag.querySelector(".label").textContent = cell.label;
  place.querySelector(".line").replaceChildren(...cell.line.map((piece) => (
    piece.at ? moment(piece.at, piece.kind) : document.createTextNode(piece.text))));
  document.querySelector(`[data-next="${cell.id}"]`)?.replaceChildren(...(cell.next ? [moment(cell.next, "in")] : []));
  tellAll();
}

let counted = false;

function count(chips) {
  const changed = chips.filter((chip) => {
    const place = document.querySelector(`[data-chips] b[data-group="${chip.group}"]`);
    if (!place || place.textContent === chip.count) return false;
    place.textContent = chip.count;
    return true;
  });
  if (counted && changed.length > 0) say(changed.map((chip) => `${chip.label}: ${chip.count}`).join(", "));
  counted = true;
}

// What a form or a link leads to tells it from its neighbours.
const leadsTo = (node) => node.getAttribute?.("action") ?? node.getAttribute?.("href") ?? "";

/** Makes a list whose lines have keys equal to a fresh one: what is open in a line that stays is still open. */
function blendLines(old, fresh) {
  const lines = new Map([...old.children].map((line) => [line.dataset.key, line]));
  const kept = (line) => {
    const known = lines.get(line.dataset.key);
    if (known) blend(known, line);
    return known?.isConnected ? known : document.importNode(line, true);
  };
  const now = [...fresh.children].map(kept);
  for (const line of [...old.children]) if (!now.includes(line)) line.remove();
  now.forEach((line, index) => { if (old.children[index] !== line) old.insertBefore(line, old.children[index] ?? null); });
}

/** Makes a part of the page equal to the same part of a fresh one; what is equal already is not touched. */
function blend(old, fresh) {
  const other = old.nodeName !== fresh.nodeName || leadsTo(old) !== leadsTo(fresh);
  if (!other && old.firstElementChild?.dataset?.key && fresh.firstElementChild?.dataset?.key) {
    blendLines(old, fresh);
  } else if (other || old.childNodes.length !== fresh.childNodes.length) {
    old.replaceWith(document.importNode(fresh, true));
  } else if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
  } else if (old.localName !== "time" || old.dateTime !== fresh.dateTime) {
    // What somebody opened stays open.
    const stays = (name) => fresh.hasAttribute(name) || name === "open";
    for (const { name } of [...old.attributes]) if (!stays(name)) old.removeAttribute(name);
    for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    [...fresh.childNodes].forEach((child, index) => blend(old.childNodes[index], child));
  }
}

function renew(fresh) {
  const focused = document.activeElement;
  const target = focused.closest("[data-part] form, [data-part] a");
  for (const part of document.querySelectorAll("[data-part]")) {
    const news = fresh.querySelector(`[data-part="${part.dataset.part}"]`);
    if (news) blend(part, news);
  }
  tellAll();
  if (!target || focused.isConnected) return;
  const again = [...document.querySelectorAll("[data-part] form, [data-part] a")].find((e) => leadsTo(e) === leadsTo(target));
  const place = again?.querySelector("button:enabled") ?? again ?? document.querySelector("h1");
  place.focus({ preventScroll: true });
}

let asking = false;
let askAgain = false;

/** Reads the page once more and takes over what differs. When that fails, the page stays as it is. */
function ask() {
  askAgain = asking;
  if (asking) return;
  asking = true;
  const request = new XMLHttpRequest();
  request.responseType = "document";
  request.open("GET", location.pathname);
  request.addEventListener("load", () => {
    if (request.status === 200 && request.responseXML?.querySelector("[data-whole]")) renew(request.responseXML);
  });
  request.addEventListener("loadend", () => {
    asking = false;
    if (askAgain) ask();
  });
  request.send();
}

let source = null;
let tryAgain = 0;

function light(word) {
  sign.hidden = false;
  sign.dataset.now = word;
  sign.querySelector("[data-live-word]").textContent = sign.dataset[word];
}

function open() {
  let first = !source;
  source = new EventSource(`/entries/status?ids=${encodeURIComponent(watched.dataset.watch)}`);
  source.addEventListener("open", () => light("on"));
  source.addEventListener("error", () => {
    light("off");
    document.dispatchEvent(new Event("away"));
    first = false;
    // A refusal ends the browser's own attempts.
    if (source.readyState === EventSource.CLOSED) tryAgain = setTimeout(open, TRY_AGAIN);
  });
  source.addEventListener("status", (event) => {
    const cell = JSON.parse(event.data);
    const known = whole?.querySelector(".status").dataset.state === cell.state;
    show(cell);
    if (whole && !(first && known)) ask();
    first = false;
  });
  source.addEventListener("counts", (event) => count(JSON.parse(event.data)));
}

function close() {
  clearTimeout(tryAgain);
  source?.close();
}

if (watched && sign) {
  let paused = false;
  const button = sign.querySelector("[data-live-pause]");
  button.addEventListener("click", () => {
    paused = !paused;
    button.textContent = paused ? sign.dataset.resume : sign.dataset.pause;
    if (paused) {
      close();
      light("paused");
    } else {
      open();
    }
  });
  open();
  addEventListener("pagehide", close);
  addEventListener("pageshow", (event) => { if (event.persisted && !paused) open(); });
}
