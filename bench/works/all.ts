import type { Work } from "../bench.ts";
import { connects } from "./connects.ts";
import { crowds } from "./crowds.ts";
import { idle } from "./idle.ts";
import { posts } from "./posts.ts";
import { pages, searches } from "./reads.ts";
import { storms } from "./storms.ts";

/** In the order of the table. */
export const WORKS: readonly Work[] = [...crowds, idle, connects, posts, pages, searches, storms];
