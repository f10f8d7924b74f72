// Durations are counted here from start times, so that a table needs no traffic to tick. The page
// says what time the server had, and this clock keeps that difference.
const SECOND = 1000;
const skew = () => (skew.known ??= Date.parse(document.body.dataset.now) - Date.now() || 0);

const two = (number) => String(number).padStart(2, "0");

export function duration(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

function tickClock(element, now) {
  const options = { timeZone: element.dataset.clock, hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };
  element.firstElementChild.textContent = new Intl.DateTimeFormat("en-GB", options).format(now);
}

function paint() {
  const now = Date.now() + skew();
  for (const element of document.querySelectorAll("[data-clock]")) tickClock(element, now);
  for (const element of document.querySelectorAll("[data-since]")) {
    element.textContent = duration((now - Date.parse(element.dataset.since)) / SECOND);
  }
  for (const element of document.querySelectorAll("[data-until]")) {
    element.textContent = duration((Date.parse(element.dataset.until) - now) / SECOND);
  }
  return now;
}

function tick() {
  setTimeout(tick, SECOND - (paint() % SECOND));
}

export function startClock() {
  document.addEventListener("htmx:after:swap", paint);
  tick();
}
