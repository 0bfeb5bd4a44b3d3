import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The result of the last run of the doctor. Its file is next to the store, where the server reads it for the metrics. */
export type DoctorResult = {
  /** Milliseconds UTC. */
  readonly at: number;
  readonly drift: number;
  readonly feeds: number;
};

/** The file in the data folder. */
export const DOCTOR_RESULT = "doctor.json";

/** Writes the result. A failure is ignored: a user with read access only still gets the report. */
export function writeDoctorResult(dataDir: string, result: DoctorResult): void {
  const path = join(dataDir, DOCTOR_RESULT);
  try {
    writeFileSync(`${path}.new`, `${JSON.stringify(result)}\n`, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  } catch {}
}

/** Null when there is no readable result. */
export function readDoctorResult(dataDir: string): DoctorResult | null {
  try {
    const { at, drift, feeds } = JSON.parse(readFileSync(join(dataDir, DOCTOR_RESULT), "utf8"));
    return [at, drift, feeds].every(Number.isSafeInteger) ? { at, drift, feeds } : null;
  } catch {
    return null;
  }
}
