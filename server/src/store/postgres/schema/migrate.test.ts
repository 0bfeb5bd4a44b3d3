import { expect, test } from "bun:test";
import { MIGRATIONS } from "../../migrations/list.ts";
import { BASELINE } from "./baseline.ts";

test("every migration after the baseline says what it is on PostgreSQL", () => {
  const silent = MIGRATIONS.filter(({ version, postgres }) => version > BASELINE && !postgres);
  expect(silent.map(({ version }) => version)).toEqual([]);
  expect(MIGRATIONS.map(({ version }) => version)).toContain(BASELINE);
});
