import type { Scenario } from "./bench.ts";
import { connects } from "./connects.ts";
import { crowds } from "./crowds.ts";
import { dialects } from "./dialects.ts";
import { idle } from "./idle.ts";
import { joinStorm } from "./join-storm.ts";
import { newcomers } from "./newcomers.ts";
import { posts } from "./posts.ts";
import { pages, searches } from "./reads.ts";
import { storms } from "./storms.ts";

/** In the order of the table. */
export const SCENARIOS: readonly Scenario[] = [
  ...crowds,
  ...dialects,
  joinStorm,
  idle,
  connects,
  newcomers,
  posts,
  pages,
  searches,
  storms,
];
