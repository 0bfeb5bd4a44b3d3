import { LIMITS } from "@parley/sdk";

/** What the wire takes, in code points. */
export const TEXT_LIMIT = LIMITS.text;
export const NAME_LIMIT = LIMITS.user_name;
export const ROOM_NAME_LIMIT = LIMITS.room_name;
export const TOPIC_LIMIT = LIMITS.topic;
