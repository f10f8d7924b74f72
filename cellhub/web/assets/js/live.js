// One stream a tab. Events are only topics ("calls", "cdr", ...): the page answers a `live:<topic>`
// event on <body> by fetching its own fragment, in its own scope. Without the stream the same
// events are fired every five seconds.
const TOPICS = ["calls", "cdr", "balance", "contacts", "health", "accounts"];
const POLL_MS = 5000;
const RETRY_MS = [1000, 2000, 4000, 8000, 15000];

let failures = 0;
let poll = null;

const fire = (topic) => document.body.dispatchEvent(new CustomEvent(`live:${topic}`, { bubbles: true }));
const fireAll = () => TOPICS.forEach(fire);

function show(word, why) {
  const pill = document.getElementById("stream");
  if (!pill || pill.dataset.state === word) return;
  pill.dataset.state = word;
  pill.className = `pill ${pill.dataset[word]}`;
  pill.hidden = false;
  pill.querySelector("[data-word]").textContent = word[0].toUpperCase() + word.slice(1);
  pill.title = `${why}, since ${new Date().toLocaleTimeString("en-GB")}`;
}

function startPolling() {
  if (!navigator.onLine) return goOffline();
  show("polling", "No live stream, so this page asks every 5 seconds");
  poll ??= setInterval(fireAll, POLL_MS);
}

function goOffline() {
  show("offline", "The server cannot be reached");
  poll ??= setInterval(fireAll, POLL_MS);
}

function opened() {
  clearInterval(poll);
  poll = null;
  if (failures) fireAll();
  failures = 0;
  show("live", "Changes arrive as they happen");
}

function connect(url) {
  const stream = new EventSource(url, { withCredentials: true });
  stream.addEventListener("open", opened);
  for (const topic of TOPICS) stream.addEventListener(topic, () => fire(topic));
  stream.addEventListener("error", () => {
    stream.close();
    startPolling();
    const wait = RETRY_MS[Math.min(failures++, RETRY_MS.length - 1)];
    setTimeout(() => connect(url), wait * (0.75 + Math.random() / 2));
  });
}

export function startLive() {
  const url = document.body.dataset.liveUrl;
  if (!url) return;
  document.addEventListener("htmx:error", (event) => {
    if (poll && event.detail.error instanceof TypeError) goOffline();
  });
  document.addEventListener("htmx:after:request", () => { if (poll) startPolling(); });
  addEventListener("offline", startPolling);
  connect(url);
}
