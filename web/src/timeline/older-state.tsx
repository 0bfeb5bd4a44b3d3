import { Button } from "../ui/button.tsx";

type OlderStateProps = { loading: boolean; failed: boolean; onAgain: () => void };

/** Above the oldest loaded message while there are older ones. Always of one height, so that nothing jumps. */
export function OlderState({ loading, failed, onAgain }: OlderStateProps) {
  return (
    <div className="flex h-12 shrink-0 items-center justify-center gap-3 text-ink-faint text-sm">
      {failed ? (
        <>
          Earlier messages did not load.
          <Button small onClick={onAgain}>
            Try again
          </Button>
        </>
      ) : (
        loading && <span className="animate-breathe">Earlier messages…</span>
      )}
    </div>
  );
}
