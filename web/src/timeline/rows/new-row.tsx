/** Above the first message that the reader has not seen. */
export function NewRow() {
  return (
    <div
      data-new=""
      className="mx-auto mt-4 mb-1 flex max-w-3xl items-center gap-3 px-4 before:h-px before:grow before:bg-signal/60 after:h-px after:grow after:bg-signal/60"
    >
      <span className="font-semibold text-signal-ink text-xs">New messages</span>
    </div>
  );
}
