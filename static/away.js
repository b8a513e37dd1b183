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

async function look() {
  const here = await answers();
  sign.hidden = here;
  if (!here) setTimeout(look, AGAIN);
}

if (sign) {
  addEventListener("offline", look);
  addEventListener("online", look);
  // The stream of statuses notices first.
  document.addEventListener("away", look);
  // On the way down, so that no other script takes the form for sent.
  document.addEventListener("submit", (event) => {
    if (sign.hidden) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    sign.scrollIntoView();
    look();
  }, true);
}
