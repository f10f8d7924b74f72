// A dialog is a page of its own. With scripts, htmx loads its fragment into <dialog id="dialog">.
const box = () => document.getElementById("dialog");

function openWhenFilled(event) {
  const dialog = box();
  if (event.detail.ctx.target !== dialog || dialog.open) return;
  dialog.showModal();
  dialog.querySelector("[autofocus], input:not([type=hidden]), select, textarea, .btn-filled, .btn-danger")?.focus();
}

// A form that succeeded answers with a redirect, with or without scripts. fetch() follows it
// silently, and the page at its end must not land inside the dialog.
function followRedirect(event) {
  const { raw } = event.detail.ctx.response;
  if (!raw.redirected) return;
  event.preventDefault();
  location.assign(raw.url);
}

function closeFrom(event) {
  const dialog = box();
  if (event.target === dialog) dialog.close();
  if (!event.target.closest?.("[data-close]")?.closest("dialog#dialog")) return;
  event.preventDefault();
  dialog.close();
}

// A button repeats the amount that is being typed: "Add $50.00".
function repeatAmount(event) {
  const echo = event.target.form?.querySelector(`[data-echo="${event.target.name}"]`);
  const amount = Number(event.target.value);
  if (echo) echo.textContent = amount > 0 ? echo.dataset.before + amount.toFixed(2) : "";
}

export function startDialogs() {
  document.addEventListener("htmx:after:swap", openWhenFilled);
  document.addEventListener("htmx:before:response", followRedirect);
  document.addEventListener("click", closeFrom);
  document.addEventListener("input", repeatAmount);
}
