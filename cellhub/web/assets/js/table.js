// Tick rows (click, Shift+click range, Space, Shift+Space), sum what is ticked, choose columns.
import { duration } from "./clock.js";

const MICRO = 1_000_000n;
const boxes = (list) => [...list.querySelectorAll("tbody .pick")];
const ticked = (list) => boxes(list).filter((box) => box.checked);

// Money is summed as whole millionths: a sum of binary fractions would not equal the ledger.
function micros(text) {
  const [, sign, whole, part = ""] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  const amount = BigInt(whole) * MICRO + BigInt(part.padEnd(6, "0").slice(0, 6));
  return sign ? -amount : amount;
}

function money(amount, places) {
  const step = 10n ** BigInt(6 - places);
  const size = amount < 0n ? -amount : amount;
  const digits = String((size + step / 2n) / step).padStart(places + 1, "0");
  return `${amount < 0n ? "−" : ""}${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

const SUMS = {
  money: (values, slot) => money(values.map(micros).reduce((sum, next) => sum + next, 0n), Number(slot.dataset.places)),
  duration: (values) => duration(values.reduce((sum, next) => sum + Number(next), 0)),
  range: (values) => {
    const sorted = [...values].sort();
    return sorted.length > 1 ? `${sorted[0]} to ${sorted.at(-1)}` : sorted[0];
  },
};

function refresh(list) {
  const chosen = ticked(list);
  const all = list.querySelector(".pick-all");
  if (!all) return;
  all.checked = chosen.length > 0 && chosen.length === boxes(list).length;
  all.indeterminate = chosen.length > 0 && !all.checked;
  for (const slot of list.querySelectorAll("[data-picked]")) slot.textContent = chosen.length;
  if (!chosen.length) return;
  for (const slot of list.querySelectorAll("[data-sum]")) {
    const values = chosen.map((box) => box.dataset[slot.dataset.of]);
    slot.textContent = SUMS[slot.dataset.sum](values, slot);
  }
}

function setMatching(list, whole) {
  const field = list.querySelector("[name=all_matching]");
  if (!field) return;
  field.value = whole ? "1" : "";
  list.querySelector("[data-select-matching]")?.setAttribute("aria-pressed", String(whole));
}

function tickRange(list, box) {
  const rows = boxes(list);
  const [from, to] = [rows.indexOf(list.anchor), rows.indexOf(box)].sort((a, b) => a - b);
  if (from < 0) return;
  rows.slice(from, to + 1).forEach((row) => { row.checked = box.checked; });
}

function clickPick(list, box, shift) {
  if (shift && list.anchor) tickRange(list, box);
  list.anchor = box;
  setMatching(list, false);
}

function onClick(event) {
  const list = event.target.closest?.(".list");
  if (!list) return;
  if (event.target.matches(".pick")) clickPick(list, event.target, event.shiftKey);
  else if (event.target.matches(".pick-all")) tickAll(list, event.target.checked);
  else if (event.target.closest("[data-clear]")) tickAll(list, false);
  else if (event.target.closest("[data-select-matching]")) tickAll(list, true, true);
  else return;
  refresh(list);
}

function tickAll(list, checked, matching = false) {
  boxes(list).forEach((box) => { box.checked = checked; });
  setMatching(list, matching);
}

const choices = (id) => JSON.parse(localStorage.getItem(`columns:${id}`) ?? "{}");

function showColumns(table) {
  const hidden = choices(table.id);
  [...table.tHead.rows[0].cells].forEach((head, at) => {
    const off = head.dataset.col !== undefined && (hidden[head.dataset.col] ?? head.dataset.off !== undefined);
    for (const row of table.rows) if (row.cells[at]) row.cells[at].hidden = off;
  });
}

function markChooser(chooser) {
  const table = document.getElementById(chooser.dataset.columns);
  chooser.hidden = !table; // a list that no row matches has none
  if (!table) return;
  const hidden = choices(table.id);
  for (const box of chooser.querySelectorAll("input")) {
    const head = table.tHead.querySelector(`[data-col="${box.name}"]`);
    box.checked = !(hidden[box.name] ?? head.dataset.off !== undefined);
  }
  const shown = chooser.querySelectorAll("input:checked").length;
  chooser.querySelector("[data-shown]").textContent = `${shown} of ${chooser.querySelectorAll("input").length}`;
  showColumns(table);
  fitAll();
}

function onChoose(event) {
  const chooser = event.target.closest?.("[data-columns]");
  if (!chooser || !event.target.matches("input")) return;
  const key = chooser.dataset.columns;
  localStorage.setItem(`columns:${key}`, JSON.stringify({ ...choices(key), [event.target.name]: !event.target.checked }));
  markChooser(chooser);
}

function onReset(event) {
  const chooser = event.target.closest?.("[data-reset-columns]")?.closest("[data-columns]");
  if (!chooser) return;
  localStorage.removeItem(`columns:${chooser.dataset.columns}`);
  markChooser(chooser);
}

function fit(wrap) {
  wrap.classList.remove("fits");
  wrap.classList.toggle("fits", wrap.scrollWidth <= wrap.clientWidth);
}

const fitAll = () => document.querySelectorAll(".list .table-wrap").forEach(fit);

function refreshAll() {
  for (const chooser of document.querySelectorAll("[data-columns]")) {
    markChooser(chooser);
  }
  document.querySelectorAll(".list").forEach(refresh);
  fitAll();
}

export function startTables() {
  document.addEventListener("click", onClick);
  document.addEventListener("click", onReset);
  document.addEventListener("change", onChoose);
  document.addEventListener("htmx:after:swap", refreshAll);
  addEventListener("resize", fitAll);
  document.fonts.ready.then(fitAll);
  refreshAll();
}
