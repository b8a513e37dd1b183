// Keyboard shortcuts, listed in a dialog that `?` opens, and switched off there by whoever speaks to their browser or
// hits keys by accident (WCAG 2.1.4). Without this script there are none, and nothing that tells of them.

const OFF = "alta-no-shortcuts";
const dialog = document.querySelector("dialog[data-keys]");
const opener = document.querySelector("[data-keys-open]");
const choice = dialog?.querySelector("input");

const isOn = () => localStorage.getItem(OFF) === null;

/** Whether keys are text here, or mean something to what has the focus. */
function isTyping(target) {
  return target.isContentEditable || (target.matches("input, select, textarea") && target.type !== "checkbox");
}

/** The lines of a list that can be walked, each by the link that names it. */
const lines = () => [...document.querySelectorAll("table.list tbody tr")];

function walk(step) {
  const all = lines();
  const at = all.indexOf(document.activeElement.closest("tbody tr"));
  // Elsewhere the arrows scroll, as they always do.
  if (at < 0 && !(document.activeElement === document.body && document.querySelector("table.entries"))) return false;
  const next = all[at < 0 ? 0 : at + step];
  next?.querySelector("th a, td a, a")?.focus();
  return next !== undefined;
}

/** Ticks the line that has the focus. */
function tick() {
  const line = document.activeElement.matches("a") ? document.activeElement.closest("tbody tr") : null;
  const box = line?.querySelector("input[type=checkbox]");
  box?.click();
  return Boolean(box);
}

function search() {
  const field = document.getElementById("q");
  if (field) field.select();
  field?.focus();
  if (!field) location.assign("/entries#q");
  return true;
}

function add() {
  const address = opener.dataset.new;
  if (address) location.assign(address);
  return Boolean(address);
}

function help() {
  choice.checked = isOn();
  dialog.showModal();
  return true;
}

const SHORTCUTS = { "/": search, n: add, "?": help, ArrowDown: () => walk(1), ArrowUp: () => walk(-1), " ": tick };

if (dialog && opener) {
  opener.hidden = false;
  opener.addEventListener("click", help);
  choice.addEventListener("change", () => {
    if (choice.checked) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, "");
  });
  document.addEventListener("keydown", (event) => {
    const { key, ctrlKey, altKey, metaKey, target } = event;
    if (!isOn() || ctrlKey || altKey || metaKey || dialog.open || isTyping(target)) return;
    if (Object.hasOwn(SHORTCUTS, key) && SHORTCUTS[key]()) event.preventDefault();
  });
  if (location.hash === "#q") document.getElementById("q")?.focus();
}
