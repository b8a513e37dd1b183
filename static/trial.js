// Shows a test step by step: on its own page, and beside the form whose account it tries. Without this script the
// page of a test is loaded again by hand, and the form opens it beside itself.

const AGAIN = 1000;

/** Loads a page of ours; what came of it goes to `then`, or nothing. */
function load(method, address, body, then) {
  const request = new XMLHttpRequest();
  request.responseType = "document";
  request.open(method, address);
  if (body) request.setRequestHeader("Content-Type", "application/x-www-form-urlencoded");
  request.addEventListener("loadend", () => then(request.responseXML));
  request.send(body);
}

/** Takes over what is new of a test; what is there already stays, so that screen readers hear only what is new. */
function take(trial, fresh) {
  const [steps, news] = [trial, fresh].map((one) => one.querySelector(".steps"));
  [...news.children].slice(steps.children.length).forEach((step) => steps.append(document.importNode(step, true)));
  for (const part of ["[data-verdict]", "[data-messages]"]) {
    const [old, now] = [trial, fresh].map((one) => one.querySelector(part));
    if (old.textContent.trim() !== now.textContent.trim()) old.replaceChildren(...document.importNode(now, true).childNodes);
  }
  trial.dataset.steps = fresh.dataset.steps;
  trial.toggleAttribute("data-running", fresh.hasAttribute("data-running"));
  document.dispatchEvent(new Event("times"));
}

/** Looks until the test is over, or not there any more, or nobody has answered for half a minute. */
function follow(trial, misses = 0) {
  if (!trial.isConnected || !trial.hasAttribute("data-running")) return;
  const id = trial.dataset.trial;
  load("GET", `/trials/${id}?after=${trial.dataset.steps}`, null, (page) => {
    const fresh = page?.querySelector(`[data-trial="${id}"]`);
    if (fresh) {
      take(trial, fresh);
      follow(trial);
    } else if (!page && misses < 30) {
      setTimeout(() => follow(trial, misses + 1), AGAIN);
    }
    if (!trial.hasAttribute("data-running")) document.querySelector("[data-look]")?.remove();
  });
}

const own = document.querySelector("[data-trial]");
if (own) follow(own);

const button = document.querySelector("[data-try]");
const place = document.querySelector("[data-trial-place]");
button?.addEventListener("click", (event) => {
  event.preventDefault();
  if (button.ariaDisabled === "true" || !button.form.reportValidity()) return;
  const fields = new URLSearchParams(new FormData(button.form));
  fields.set("live", "on");
  button.ariaDisabled = "true";
  load("POST", "/trials", fields.toString(), (page) => {
    button.ariaDisabled = "false";
    const found = page?.querySelector("[data-trial]") ?? page?.querySelector(".summary");
    const what = found ? document.importNode(found, true) : document.createElement("p");
    if (!found) what.textContent = page?.querySelector("main section p")?.textContent ?? button.dataset.failed;
    if (!found) what.className = "summary";
    place.replaceChildren(what);
    // Whoever listens hears what came of it from there.
    what.tabIndex = -1;
    what.focus();
    follow(what);
  });
});
