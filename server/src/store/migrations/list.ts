import { first } from "./0001-first.ts";
import { wholeRoom } from "./0002-a-whole-room.ts";
import { newTerms } from "./0003-terms.ts";
import { messagesApart } from "./0004-messages-apart.ts";
import { boundedReads } from "./0005-bounded-reads.ts";
import { compactIds } from "./0006-compact-ids.ts";
import { oneIndexBySeq } from "./0007-one-index-by-seq.ts";
import { versionsOfFacts } from "./0008-versions-of-facts.ts";
import { devices } from "./0009-devices.ts";
import type { Migration } from "./migration.ts";

/** All migrations, ascending: a static list, so that a single executable carries them. */
export const MIGRATIONS: readonly Migration[] = [
  first,
  wholeRoom,
  newTerms,
  messagesApart,
  boundedReads,
  compactIds,
  oneIndexBySeq,
  versionsOfFacts,
  devices,
];
