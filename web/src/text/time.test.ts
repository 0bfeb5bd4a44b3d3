import { describe, expect, test } from "bun:test";
import { dayKey, dayLabel } from "./time.ts";

const at = (text: string) => new Date(text).getTime();

describe("dayLabel", () => {
  const now = at("2026-11-20T12:00:00");

  test("today and yesterday by the calendar, not by hours", () => {
    expect(dayLabel(at("2026-11-20T00:01:00"), now)).toBe("Today");
    expect(dayLabel(at("2026-11-19T23:59:00"), now)).toBe("Yesterday");
    expect(dayLabel(at("2026-11-30T08:00:00"), at("2026-12-01T00:00:30"))).toBe("Yesterday");
  });

  test("the year is shown only where it is another", () => {
    expect(dayLabel(at("2026-11-17T08:00:00"), now)).toContain("17 November");
    expect(dayLabel(at("2026-11-17T08:00:00"), now)).not.toContain("2026");
    expect(dayLabel(at("2025-11-17T08:00:00"), now)).toContain("2025");
  });
});

test("dayKey is equal within one day and differs across midnight", () => {
  expect(dayKey(at("2026-11-20T00:00:00"))).toBe(dayKey(at("2026-11-20T23:59:59")));
  expect(dayKey(at("2026-11-20T23:59:59"))).not.toBe(dayKey(at("2026-11-21T00:00:00")));
});
