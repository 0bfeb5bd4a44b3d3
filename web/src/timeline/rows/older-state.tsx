import { Button } from "../../ui/button.tsx";

type OlderStateProps = { later?: boolean; loading: boolean; failed: boolean; onAgain: () => void };

/** Beyond the first loaded message, or the last, while there are more. Always of one height, so that nothing jumps. */
export function OlderState({ later = false, loading, failed, onAgain }: OlderStateProps) {
  const what = later ? "Later messages" : "Earlier messages";
  return (
    <div className="flex h-12 shrink-0 items-center justify-center gap-3 text-ink-faint text-sm">
      {failed ? (
        <>
          {what} did not load.
          <Button small onClick={onAgain}>
            Try again
          </Button>
        </>
      ) : (
        loading && <span className="animate-breathe">{what}…</span>
      )}
    </div>
  );
}
