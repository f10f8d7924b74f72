// Build the portal's one stylesheet, one script, fonts and icons into ../static/dist.
import { build } from "esbuild";
import { readFile, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const here = path.dirname(fileURLToPath(import.meta.url));
const dist = path.resolve(here, "../static/dist");
const code = path.resolve(here, "../..");
const tabler = path.join(here, "node_modules/@tabler/icons/icons/outline");
const BUDGET_KB = 150;

async function bundle() {
  const result = await build({
    absWorkingDir: here,
    entryPoints: [
      { in: "theme.css", out: "app" },
      { in: "js/app.js", out: "app" },
      { in: "logo.svg", out: "logo" },
    ],
    outdir: dist,
    bundle: true,
    minify: true,
    metafile: true,
    format: "esm",
    target: "esnext",
    entryNames: "[name]-[hash]",
    assetNames: "[name]-[hash]",
    loader: { ".woff2": "file", ".svg": "copy" },
    logLevel: "warning",
  });
  return Object.entries(result.metafile.outputs).map(([file, output]) => [path.basename(file), output]);
}

// A plain name points to its hashed file: "app.css" -> "app-XXXXXXXX.css".
function manifestOf(outputs) {
  const names = outputs.map(([file]) => [file.replace(/-[0-9A-Z]{8}(?=\.\w+$)/, ""), file]);
  return Object.fromEntries(names.sort());
}

async function sourcesOf(folder) {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile() && /\.(py|jinja2)$/.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name));
}

// Every quoted word that names a Tabler icon is taken as used: the file stays on the server, so a
// word that only looks like an icon costs nothing, and no list has to be kept by hand.
async function usedIcons() {
  const known = new Set((await readdir(tabler)).map((file) => file.replace(/\.svg$/, "")));
  const used = new Set();
  for (const file of await sourcesOf(code)) {
    for (const [, word] of (await readFile(file, "utf8")).matchAll(/["']([a-z][a-z0-9-]*)["']/g)) {
      if (known.has(word)) used.add(word);
    }
  }
  return [...used].sort();
}

async function drawingOf(name) {
  const svg = await readFile(path.join(tabler, `${name}.svg`), "utf8");
  const inner = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"));
  return inner.replace(/<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*\/>/, "").replace(/\s+/g, " ").trim();
}

async function writeIcons() {
  const names = await usedIcons();
  const drawings = await Promise.all(names.map(drawingOf));
  const icons = Object.fromEntries(names.map((name, at) => [name, drawings[at]]));
  await writeFile(path.join(dist, "icons.json"), JSON.stringify(icons, null, 1));
  return names.length;
}

async function report(outputs) {
  let total = 0;
  for (const [file, output] of outputs) {
    const packed = gzipSync(await readFile(path.join(dist, file))).length;
    const counted = /\.(css|js)$/.test(file);
    if (counted) total += packed;
    console.log(`${file.padEnd(56)} ${kb(output.bytes)} kB${counted ? `, ${kb(packed)} kB gzip` : ""}`);
  }
  console.log(`script and style together: ${kb(total)} of ${BUDGET_KB} kB gzip`);
  if (total > BUDGET_KB * 1000) throw new Error(`script and style exceed ${BUDGET_KB} kB gzip`);
}

const kb = (bytes) => (bytes / 1000).toFixed(1).padStart(6);

await rm(dist, { recursive: true, force: true });
const outputs = await bundle();
await writeFile(path.join(dist, "manifest.json"), JSON.stringify(manifestOf(outputs), null, 1));
console.log(`${await writeIcons()} icons`);
await report(outputs);
