// Answers documents with @apollo/gateway. One JSON object per line, both ways:
//   in  {"supergraph": SDL}, {"query": ..., "variables": ...} or {"answer": ..., "to": n}
//   out {"ready": true}, {"fetch": n, "subgraph": ..., "query": ..., "variables": ...} or {"result": ...}
import { createInterface } from "node:readline";
import { ApolloGateway } from "@apollo/gateway";
import { parse } from "graphql";

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const say = (message) => process.stdout.write(JSON.stringify(message) + "\n");
const waiting = new Map();
let asked = 0;
let loaded;

function ask(subgraph, { query, variables }) {
  asked += 1;
  say({ fetch: asked, subgraph, query, variables });
  return new Promise((resolve) => waiting.set(asked, resolve));
}

async function load(supergraphSdl) {
  const gateway = new ApolloGateway({
    supergraphSdl,
    logger: silent,
    buildService: ({ name }) => ({ process: ({ request }) => ask(name, request) }),
  });
  loaded = await gateway.load();
}

async function run({ query, variables }) {
  const result = await loaded.executor({
    request: { query, variables },
    document: parse(query),
    schema: loaded.schema,
    queryHash: query,
    logger: silent,
    metrics: {},
    context: {},
  });
  return { data: result.data ?? null, failed: Boolean(result.errors?.length) };
}

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line);
  if ("answer" in message) {
    waiting.get(message.to)(message.answer);
    waiting.delete(message.to);
  } else if ("supergraph" in message) {
    await load(message.supergraph);
    say({ ready: true });
  } else {
    run(message).then(
      (result) => say({ result }),
      (error) => say({ result: { data: null, failed: true, message: String(error) } }),
    );
  }
}
