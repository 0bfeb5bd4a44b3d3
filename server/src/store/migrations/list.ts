import type { Migration } from "../migration.ts";
import { first } from "./0001-first.ts";

/** All migrations, ascending: a static list, so that a single executable carries them. */
export const MIGRATIONS: readonly Migration[] = [first];
