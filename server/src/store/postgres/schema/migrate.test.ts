import { expect, test } from "bun:test";
import { findPostgres, throwawayPostgres } from "../../../testing/throwaway-postgres.ts";
import { MIGRATIONS } from "../../migrations/list.ts";
import { openPostgresStore } from "../postgres.ts";
import { BASELINE } from "./baseline.ts";

test("every migration after the baseline says what it is on PostgreSQL", () => {
  const silent = MIGRATIONS.filter(({ version, postgres }) => version > BASELINE && !postgres);
  expect(silent.map(({ version }) => version)).toEqual([]);
  expect(MIGRATIONS.map(({ version }) => version)).toContain(BASELINE);
});

test.skipIf(!findPostgres())(
  "of nodes that start at once, one makes the schema and all open the same store",
  async () => {
    const url = (await throwawayPostgres()).newUrl();
    const open = () =>
      openPostgresStore({
        url,
        sharing: "shared",
        onFatal(error) {
          throw error;
        },
      });
    const opened = await Promise.all(Array.from({ length: 8 }, open));
    const epochs = opened.map(({ store }) => store.epoch);
    await Promise.all(opened.map(({ store }) => store.close()));
    expect(new Set(epochs).size).toBe(1);
  },
);
