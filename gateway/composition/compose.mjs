// Composes supergraphs: node compose.mjs < {"name": {"url": "...", "sdl": "..." | "path": "..."}} > supergraph.graphql
// With --many, stdin is a list of such objects, and stdout a JSON list of {supergraphSdl} or {errors}.
import { readFileSync } from "node:fs";
import { composeServices } from "@theguild/federation-composition";
import { parse } from "graphql";

function compose(subgraphs) {
  const services = Object.entries(subgraphs).map(([name, { url, sdl, path }]) => ({
    name,
    url,
    typeDefs: parse(sdl ?? readFileSync(path, "utf8")),
  }));
  const { supergraphSdl, errors } = composeServices(services);
  return supergraphSdl ? { supergraphSdl } : { errors: errors.map((error) => error.message) };
}

const input = JSON.parse(readFileSync(0, "utf8"));
if (process.argv.includes("--many")) {
  process.stdout.write(JSON.stringify(input.map(compose)));
} else {
  const { supergraphSdl, errors } = compose(input);
  if (errors) {
    process.stderr.write(errors.join("\n") + "\n");
    process.exitCode = 1;
  } else {
    process.stdout.write(supergraphSdl);
  }
}
