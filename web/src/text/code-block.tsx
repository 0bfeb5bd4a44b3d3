import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { copyText } from "../ui/clipboard.ts";
import { useStop } from "./stops.ts";

/** How long the copy button shows that it worked, in milliseconds. */
const SAYS_SO = 1_600;

/** Code as it was typed: it scrolls sideways, shows its language and can be copied. */
export function CodeBlock({ language, text }: { language: string; text: string }) {
  const stop = useStop();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), SAYS_SO);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <div
      className="group/code relative max-w-full overflow-hidden rounded-xl border border-line bg-code"
      dir="ltr"
    >
      <div className="flex h-8 items-center border-line border-b pr-1 pl-3 text-ink-faint text-xs">
        <span className="grow truncate font-mono">{language || "code"}</span>
        <button
          type="button"
          tabIndex={stop}
          aria-label="Copy the code"
          title="Copy"
          onClick={async () => setCopied(await copyText(text, null))}
          className="grid size-7 place-items-center rounded-lg hover:bg-hover hover:text-ink focus-visible:-outline-offset-2"
        >
          {copied ? <Check size={14} aria-hidden="true" /> : <Copy size={14} aria-hidden="true" />}
        </button>
        <span role="status" className="sr-only">
          {copied && "Copied"}
        </span>
      </div>
      {/* What scrolls must be reachable with the keyboard. */}
      <pre tabIndex={stop} className="overflow-x-auto px-3 py-2 focus-visible:-outline-offset-2">
        <code className="block w-max font-mono text-[0.8125rem] leading-relaxed">{text}</code>
      </pre>
    </div>
  );
}
