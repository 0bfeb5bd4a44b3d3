import { memo } from "react";
import { pieces } from "./pieces.ts";

/** A message's text: line breaks kept, addresses as links, never HTML. */
export const RichText = memo(function RichText({ text }: { text: string }) {
  return (
    <span className="whitespace-pre-wrap wrap-anywhere" dir="auto">
      {pieces(text).map((piece, index) =>
        piece.kind === "words" ? (
          piece.text
        ) : (
          <a
            // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of one text never move.
            key={index}
            href={piece.href}
            target="_blank"
            rel="noopener noreferrer"
            className="text-accent-text underline decoration-accent/40 underline-offset-2 hover:decoration-accent"
          >
            {piece.text}
          </a>
        ),
      )}
    </span>
  );
});
