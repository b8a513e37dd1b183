// Conveniences of forms: the faults first, show what is typed as password, say what an empty field will be, and warn
// before changes are lost.

const summary = document.querySelector(".summary[role=alert]");
if (summary) summary.focus();

for (const input of document.querySelectorAll("input[data-reveal]")) {
  const button = document.createElement("button");
  const name = document.querySelector(`label[for="${input.id}"]`).firstChild.textContent.trim();
  button.type = "button";
  button.className = "button";
  button.setAttribute("aria-controls", input.id);
  const show = (shown) => {
    input.type = shown ? "text" : "password";
    button.textContent = shown ? input.dataset.hide : input.dataset.show;
    button.setAttribute("aria-label", `${button.textContent}: ${name}`);
  };
  button.addEventListener("click", () => show(input.type === "password"));
  // A browser remembers what was sent as text.
  input.form.addEventListener("submit", () => show(false));
  show(false);
  input.after(button);
}

for (const hint of document.querySelectorAll("[data-derived]")) {
  const from = document.getElementById(hint.dataset.derived);
  from.addEventListener("input", () => {
    const value = from.value.trim();
    hint.textContent = value && hint.dataset.before + value;
  });
}

const form = document.querySelector("form[data-warn]");
if (form) {
  // What was refused is not stored either.
  let changed = summary !== null;
  form.addEventListener("input", () => {
    changed = true;
    form.querySelector("[data-unsaved]").hidden = false;
  });
  form.addEventListener("submit", () => { changed = false; });
  addEventListener("beforeunload", (event) => {
    if (changed) event.preventDefault();
  });
}
