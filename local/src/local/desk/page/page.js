// Lists traces and shows one as a waterfall. All text goes in as text, never as markup.

const known = ["gateway", "customer", "campaign", "channel", "loyalty"];
const main = document.querySelector("#main");
const form = document.querySelector("#search");

function make(tag, properties = {}, ...children) {
  const { style, ...rest } = properties;
  const node = Object.assign(document.createElement(tag), rest);
  for (const [name, value] of Object.entries(style ?? {})) node.style.setProperty(name, value);
  node.append(...children);
  return node;
}

const colour = (service) => `var(--${known.includes(service) ? service : "other"})`;
const chip = (service) => make("span", { className: "chip", style: { "--colour": colour(service) } }, service);

function duration(nanoseconds) {
  const ms = nanoseconds / 1e6;
  if (ms >= 1000) return `${(ms / 1000).toFixed(2)} s`;
  if (ms >= 1) return `${ms.toFixed(ms >= 100 ? 0 : 1)} ms`;
  return `${Math.round(nanoseconds / 1e3)} µs`;
}

async function ask(path) {
  const answer = await fetch(path);
  const content = await answer.json();
  if (!answer.ok) throw new Error(content.message);
  return content;
}

const say = (text) => main.replaceChildren(make("p", { className: "quiet" }, text));

async function list() {
  document.title = "Traces · Octoreach";
  const asked = new URLSearchParams(location.search);
  const { traces } = await ask(`/api/traces?${asked}`);
  if (!traces.length) {
    return say([...asked.values()].some(Boolean)
      ? "No trace matches. Search for less, or clear the search."
      : "No traces yet. Send a query to the gateway, then reload.");
  }
  const longest = Math.max(...traces.map((trace) => trace.duration_ns), 1);
  const head = ["Trace", "Services", "Started", "Spans", "Duration"].map((name, at) =>
    make("th", { scope: "col", className: ["", "services", "started", "number", "number"][at] }, name));
  const rows = traces.map((trace) => make("tr", {},
    make("td", {}, make("a", { href: `/traces/${trace.trace_id}` }, trace.name),
      ...(trace.errors ? [make("span", { className: "bad" }, ` ✕ ${trace.errors} failed`)] : []),
      make("br"), make("code", { className: "quiet" }, trace.trace_id.slice(0, 16))),
    make("td", { className: "services" }, make("span", { className: "chips" }, ...trace.services.map(chip))),
    make("td", { className: "started quiet" }, new Date(trace.start_ns / 1e6).toLocaleString()),
    make("td", { className: "number" }, String(trace.spans)),
    make("td", { className: "number" }, duration(trace.duration_ns),
      make("span", { className: "length", style: { width: `${(100 * trace.duration_ns) / longest}%` } }))));
  main.replaceChildren(make("table", { className: "list" },
    make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows)));
}

function inTreeOrder(spans) {
  const here = new Set(spans.map((span) => span.span_id));
  const below = Map.groupBy(spans, (span) => (here.has(span.parent_id) ? span.parent_id : null));
  const ordered = [];
  const pending = (below.get(null) ?? []).map((span) => [span, 0]).reverse();
  while (pending.length) {
    const [span, depth] = pending.pop();
    ordered.push([span, depth]);
    for (const child of (below.get(span.span_id) ?? []).toReversed()) pending.push([child, depth + 1]);
  }
  return ordered;
}

function table(facts) {
  return make("table", {}, ...Object.entries(facts).map(([name, value]) => make("tr", {},
    make("th", { scope: "row" }, name),
    make("td", {}, make("code", {}, typeof value === "object" ? JSON.stringify(value) : String(value))))));
}

function more(span, depth) {
  const facts = { service: span.service, kind: span.kind, "starts after": duration(span.after_ns), "span id": span.span_id };
  const links = span.links.map((id) => make("p", {}, "linked to ", make("a", { href: `/traces/${id}` }, make("code", {}, id))));
  const events = span.events.flatMap((event) => [
    make("h2", {}, `${event.name} after ${duration(event.after_ns)}`), table(event.attributes)]);
  return make("div", { className: "more", style: { "--depth": depth } },
    ...(span.message ? [make("p", { className: "message" }, span.message)] : []),
    table({ ...facts, ...span.attributes }), ...links, ...events);
}

function row([span, depth], total) {
  const start = (100 * span.after_ns) / total;
  const width = (100 * span.duration_ns) / total;
  const time = start + width > 80 && start > 20
    ? { right: `calc(${100 - start}% + 2px)` } : { left: `calc(${start + width}% + 2px)` };
  const shownDepth = Math.min(depth, 12);
  const spoken = `${span.service}: ${span.name}, ${duration(span.duration_ns)}${span.error ? ", failed" : ""}`;
  const details = make("details", { className: span.error ? "failed" : "", style: { "--colour": colour(span.service) } },
    make("summary", { ariaLabel: spoken, title: spoken },
      make("span", { className: "what", style: { "--depth": shownDepth } },
        make("b", {}, span.name), make("small", {}, span.service)),
      make("span", { className: "track" },
        make("span", { className: "bar", style: { left: `${start}%`, width: `${width}%` } }),
        make("span", { className: "time number", style: time }, duration(span.duration_ns)))));
  details.addEventListener("toggle", () => details.append(more(span, shownDepth)), { once: true });
  return details;
}

async function show(identifier) {
  const { spans } = await ask(`/api/traces/${identifier}`);
  const ordered = inTreeOrder(spans);
  const root = ordered[0][0];
  const total = Math.max(...spans.map((span) => span.after_ns + span.duration_ns), 1);
  const errors = spans.filter((span) => span.error).length;
  const services = [...new Set(spans.map((span) => span.service))];
  document.title = `${root.name} · Traces · Octoreach`;
  const ticks = [0, 25, 50, 75, 100].map((at) =>
    make("i", { style: { left: `${at}%` } }, at ? duration((total * at) / 100) : "0"));
  main.replaceChildren(
    make("h1", {}, root.name),
    make("div", { className: "facts" },
      make("span", {}, make("b", { className: "number" }, duration(total)), " in all"),
      make("span", {}, make("b", { className: "number" }, String(spans.length)), " spans"),
      make("span", { className: errors ? "bad" : "" }, `${errors || "no"} failed`),
      make("span", {}, new Date(root.start_ns / 1e6).toLocaleString()),
      make("span", {}, "trace ", make("code", {}, identifier)),
      make("span", { className: "chips" }, ...services.map(chip))),
    make("div", { className: "waterfall" },
      make("div", { className: "scale", ariaHidden: "true" }, make("span", {}, "What happened"), make("div", { className: "ticks" }, ...ticks)),
      ...ordered.map((one) => row(one, total))));
}

async function fill() {
  const asked = new URLSearchParams(location.search);
  const { services } = await ask("/api/services");
  form.elements.service.append(...services.map((service) => make("option", { value: service }, service)));
  for (const field of ["text", "service", "minimum_ms"]) form.elements[field].value = asked.get(field) ?? "";
  form.elements.errors.checked = asked.get("errors") === "true";
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = form.elements.text.value.trim().toLowerCase();
  const filled = [...new FormData(form)].filter(([, value]) => value);
  location.href = /^[0-9a-f]{32}$/.test(text) ? `/traces/${text}` : `/traces?${new URLSearchParams(filled)}`;
});

const identifier = location.pathname.match(/^\/traces\/([^/]+)$/)?.[1];
try {
  await Promise.all([fill(), identifier ? show(identifier) : list()]);
} catch (problem) {
  say(problem.message);
}
