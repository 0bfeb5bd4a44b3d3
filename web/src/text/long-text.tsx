import { type ComponentProps, useState } from "react";
import { previewOf } from "./preview.ts";
import { RichText } from "./rich-text.tsx";
import { useStop } from "./stops.ts";

/** A message's text; of a long one the beginning, with a button for the rest, which is parsed only when it is asked for. */
export function LongText(props: ComponentProps<typeof RichText>) {
  const [whole, setWhole] = useState(false);
  const stop = useStop();
  const preview = previewOf(props.text);
  if (preview === null) return <RichText {...props} />;
  return (
    <>
      <RichText {...props} text={whole ? props.text : `${preview.text} …`} />
      <button
        type="button"
        tabIndex={stop}
        aria-expanded={whole}
        onClick={() => setWhole(!whole)}
        className="mt-1 rounded font-medium text-accent-text text-sm hover:underline hover:underline-offset-2"
      >
        {whole ? "Show less" : moreWords(preview.hidden)}
      </button>
    </>
  );
}

function moreWords(hidden: number): string {
  if (hidden === 0) return "Show all of it";
  return hidden === 1 ? "Show 1 more line" : `Show ${hidden.toLocaleString("en")} more lines`;
}
