// A button that copies the message beside it. Browsers allow that over TLS and on loopback; elsewhere there is no button.

if (navigator.clipboard) {
  document.documentElement.dataset.copies = "";
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const text = button.closest("details").querySelector("pre").textContent;
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = button.dataset.copied;
    } catch {
      // Nothing was copied, and the button does not say so.
    }
  });
}
