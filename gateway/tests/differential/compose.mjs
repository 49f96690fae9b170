// Composes supergraphs as the peer's makers do: stdin is a JSON list of {name: {url, sdl}},
// stdout a list of {supergraphSdl} or {errors}.
import { readFileSync } from "node:fs";
import { composeServices } from "@apollo/composition";
import { parse } from "graphql";

function compose(subgraphs) {
  const services = Object.entries(subgraphs).map(([name, { url, sdl }]) => ({
    name,
    url,
    typeDefs: parse(sdl),
  }));
  const { supergraphSdl, errors } = composeServices(services);
  return supergraphSdl ? { supergraphSdl } : { errors: errors.map((error) => error.message) };
}

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(compose)));
