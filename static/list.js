// One box that ticks all lines of the page. Without this script each is ticked by itself.

const place = document.querySelector("[data-tick-all]");
const boxes = () => [...document.querySelectorAll("input[name=id][form=bulk]")];

if (place) {
  const all = document.createElement("input");
  all.type = "checkbox";
  all.setAttribute("aria-label", place.dataset.tickAll);
  const tell = () => {
    const ticked = boxes().filter((box) => box.checked).length;
    all.checked = ticked > 0 && ticked === boxes().length;
    all.indeterminate = ticked > 0 && !all.checked;
  };
  all.addEventListener("change", () => boxes().forEach((box) => { box.checked = all.checked; }));
  document.addEventListener("change", (event) => { if (event.target.matches("input[name=id]")) tell(); });
  place.replaceChildren(all);
  tell();
}
