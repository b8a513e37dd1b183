// Says that Alta cannot be reached, on the page that is open, and keeps a form from being sent into nowhere: what was
// typed stays. Without this script the browser's own page says so.

const sign = document.querySelector("[data-away]");
const AGAIN = 5000;

/** Whether Alta answers; what it says is all the same. */
async function answers() {
  try {
    await fetch("/healthz", { cache: "no-store" });
    return true;
  } catch {
    return false;
  }
}

let looking = false;

/** Looks until Alta answers; whoever asks while it is looked already is served by that. */
async function look() {
  if (looking) return;
  looking = true;
  while (!(await answers())) {
    sign.hidden = false;
    await new Promise((resolve) => setTimeout(resolve, AGAIN));
  }
  sign.hidden = true;
  looking = false;
}

if (sign) {
  addEventListener("offline", look);
  addEventListener("online", look);
  // The stream of statuses notices first.
  document.addEventListener("away", look);
  // On the way down, so that no other script takes the form for sent.
  document.addEventListener("submit", (event) => {
    if (sign.hidden || event.target.method === "dialog") return;
    event.preventDefault();
    event.stopImmediatePropagation();
    sign.scrollIntoView();
    look();
  }, true);
}
