// Toasts leave after 6 s, errors stay. A server may also send one with the header
// HX-Trigger: {"toast": {"tone": "ok", "deed": "Credit added", "fact": "Pera now has $91.13."}}.
const STAY_MS = 6000;

function schedule(card) {
  if (!("stays" in card.dataset)) setTimeout(() => card.remove(), STAY_MS);
}

function show({ tone = "ok", deed, fact = "" }) {
  const region = document.getElementById("toasts");
  const card = document.getElementById(`toast-${tone}`).content.firstElementChild.cloneNode(true);
  card.querySelector("[data-deed]").textContent = deed;
  card.querySelector("[data-fact]").textContent = fact;
  region.append(card);
  schedule(card);
}

export function startToasts() {
  document.querySelectorAll("#toasts > .toast-card").forEach(schedule);
  document.body.addEventListener("toast", (event) => show(event.detail));
  document.addEventListener("click", (event) => event.target.closest?.("[data-dismiss]")?.closest(".toast-card").remove());
}
