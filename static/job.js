// Looks how far the job is, once a second until it is over. Without this script the page says so when it is loaded again.

const EVERY = 1000;

function look() {
  const request = new XMLHttpRequest();
  request.responseType = "document";
  request.open("GET", location.pathname);
  request.addEventListener("load", () => {
    const [old, fresh] = [document, request.responseXML].map((page) => page?.querySelector("[data-job]"));
    if (request.status !== 200 || !fresh) return;
    // What is over has other buttons: the page is loaded as it is then.
    if (!fresh.hasAttribute("data-running")) return location.reload();
    old.querySelector("[role=status]").textContent = fresh.querySelector("[role=status]").textContent;
    old.querySelector("progress").value = fresh.querySelector("progress").value;
  });
  request.addEventListener("loadend", () => setTimeout(look, EVERY));
  request.send();
}

setTimeout(look, EVERY);
