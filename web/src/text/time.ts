const clock = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const weekday = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long" });
const dated = new Intl.DateTimeFormat("en-GB", {
  weekday: "long",
  day: "numeric",
  month: "long",
  year: "numeric",
});

/** The time of day in the reader's zone and habit. `at` is in milliseconds UTC. */
export function timeOfDay(at: number): string {
  return clock.format(at);
}

/** Date and time in full, for a title. `at` is in milliseconds UTC. */
export function fullTime(at: number): string {
  return `${dated.format(at)}, ${clock.format(at)}`;
}

/** Equal for two times of one calendar day in the reader's zone. `at` is in milliseconds UTC. */
export function dayKey(at: number): string {
  const date = new Date(at);
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
}

/** "Today", "Yesterday", "Tuesday 17 November", with the year where it is another one. Both in milliseconds UTC. */
export function dayLabel(at: number, now: number): string {
  if (dayKey(at) === dayKey(now)) return "Today";
  const yesterday = new Date(now);
  yesterday.setDate(yesterday.getDate() - 1);
  if (dayKey(at) === dayKey(yesterday.getTime())) return "Yesterday";
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  return (sameYear ? weekday : dated).format(at);
}

/** A time in its shortest form: "Today, 8:02", "17 November 2025, 8:02". Both in milliseconds UTC. */
export function shortTime(at: number, now: number): string {
  return `${dayLabel(at, now)}, ${clock.format(at)}`;
}
