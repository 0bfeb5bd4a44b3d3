import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { FAULTS } from "../protocol/src/faults.ts";
import { clientFrames, commands, events, serverFrames } from "../protocol/src/schemas.ts";
import { API } from "../server/src/gateway/http/rest/api.ts";
import { routes } from "../server/src/gateway/http/rest/routes/all.ts";
import { asyncapi } from "./asyncapi.ts";
import { html, markdown } from "./blocks.ts";
import { faultsOf, openapi } from "./openapi.ts";
import { reference } from "./reference.ts";

/** Every `$ref` of a document that leads nowhere. */
function deadReferences(document: unknown): string[] {
  const dead: string[] = [];
  const look = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    const { $ref } = value as { $ref?: unknown };
    if (typeof $ref === "string" && at(document, $ref) === undefined) dead.push($ref);
    Object.values(value).forEach(look);
  };
  look(document);
  return dead;
}

function at(document: unknown, pointer: string): unknown {
  const steps = pointer.replace(/^#\//, "").split("/");
  return steps.reduce(
    (value, step) => (value as Record<string, unknown> | undefined)?.[step],
    document as unknown,
  );
}

describe("openapi.json", () => {
  const document = JSON.parse(openapi());

  test("HT-8 holds each route, with an id of its own and every fault that it can answer with", () => {
    const operations = routes.map(({ method, path }) => document.paths[`${API}${path}`]?.[method]);
    expect(operations.every(Boolean)).toBe(true);
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(routes.length);
    for (const [index, route] of routes.entries()) {
      for (const code of faultsOf(route)) {
        const { description } = operations[index].responses[FAULTS[code].http];
        expect(description, route.id).toContain(`\`${code}\``);
      }
    }
  });

  test("no reference leads nowhere, and the guard sees one that does", () => {
    expect(deadReferences(document)).toEqual([]);
    expect(deadReferences({ a: { $ref: "#/b" } })).toEqual(["#/b"]);
  });

  test("what the examples show is what the schemas say", () => {
    for (const { id, body, bodyExample, answers } of routes) {
      if (body) expect(body.safeParse(bodyExample).error, `${id}, body`).toBeUndefined();
      const shown = Object.values(answers).filter(({ example }) => example !== undefined);
      expect(shown.length, id).toBeGreaterThan(0);
      for (const { schema, example } of shown) {
        expect(schema.safeParse(example).error, `${id}, answer`).toBeUndefined();
      }
    }
  });

  test("every query has a description", () => {
    const queries = Object.values<object>(document.paths)
      .flatMap((methods) => Object.values(methods))
      .flatMap(({ parameters = [] }) => parameters);
    expect(queries.filter(({ description }: { description?: string }) => !description)).toEqual([]);
  });
});

describe("asyncapi.json", () => {
  const document = JSON.parse(asyncapi());

  test("HT-8 holds every frame, command and event, each with a description", () => {
    const names = [
      ...Object.keys(clientFrames).map((type) => `client.${type}`),
      ...Object.keys(commands).map((kind) => `command.${kind}`),
      ...Object.keys(serverFrames).map((type) => `server.${type}`),
    ];
    expect(Object.keys(document.components.messages).sort()).toEqual(names.sort());
    const kinds = Object.keys(events).map((kind) => `event.${kind}`);
    for (const name of [...names, ...kinds]) {
      expect(document.components.schemas[name]?.description, name).toBeString();
    }
    expect(document["x-faults"]).toEqual(FAULTS);
    expect(Object.keys(document.channels.socket["x-close-codes"])).toContain("4408");
  });

  test("no reference leads nowhere", () => {
    expect(deadReferences(document)).toEqual([]);
  });
});

describe("docs/guide/rest.md", () => {
  /** Method and path of each request in the shell lines, with `{}` for each variable. */
  const requests = (text: string) =>
    [...text.matchAll(/```sh\n([\s\S]*?)```/g)]
      .flatMap(([, lines = ""]) => lines.replaceAll(/\\\n/g, " ").split("\n"))
      .flatMap((line) => {
        const path = /\$PARLEY\/api\/v1([^"?]*)/.exec(line)?.[1];
        if (path === undefined) return [];
        const posts = / -d /.test(line) ? "post" : "get";
        const method = / -X (\w+)/.exec(line)?.[1]?.toLowerCase() ?? posts;
        return [`${method} ${path.replaceAll(/\$\w+|(?<=reactions\/)%[%\w]+/g, "{}")}`];
      });
  const known = new Set(routes.map(({ method, path }) => `${method} ${path.replaceAll(/\{\w+\}/g, "{}")}`));
  const asked = requests(readFileSync(join(import.meta.dir, "../docs/guide/rest.md"), "utf8")).map(
    (request) => request.replace("/rooms/lobby/", "/rooms/{}/"),
  );

  test("asks for nothing that is not there, and shows nearly all of it", () => {
    expect(asked.filter((request) => !known.has(request))).toEqual([]);
    expect(new Set(asked).size).toBeGreaterThan(20);
  });
  test("the guard sees a request that is not there", () => {
    expect(requests('```sh\nask -X PUT "$PARLEY/api/v1/nothing/$ROOM"\n```')).toEqual(["put /nothing/{}"]);
  });
});

describe("the reference", () => {
  test("links within the page lead somewhere", () => {
    const page = html("Reference", reference());
    const ids = new Set([...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
    const links = [...page.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
    expect(links.filter((id) => !ids.has(id))).toEqual([]);
    expect(ids.size).toBe([...page.matchAll(/ id="/g)].length);
  });

  test("the text of a cell cannot become part of the page or of the table", () => {
    const blocks = [{ head: ["<b>"], rows: [["a | b"], ["`<script>`"], ["[x](javascript:alert(1))"]] }];
    const page = html("<title>", blocks);
    expect(page).not.toContain("<script>");
    expect(page).not.toContain("javascript:");
    expect(page).toContain("<code>&lt;script&gt;</code>");
    expect(markdown(blocks)[0]).toContain("a \\| b");
  });
});
