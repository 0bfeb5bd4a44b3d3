import { createElement, Fragment, memo, type ReactNode } from "react";
import { routeOf } from "../app/route.ts";
import { cx } from "../ui/classes.ts";
import { Link } from "../ui/link.tsx";
import { CodeBlock } from "./code-block.tsx";
import { useMarkdown } from "./markdown.ts";
import { MAX_DRAWN, type Named, runsOf } from "./mentions.ts";
import { useStop } from "./stops.ts";
import type { Block, Inline, Tree } from "./tree.ts";

type RichTextProps = {
  text: string;
  /** Who is meant by the names after an `@`. */
  people?: readonly Named[];
  /** `@room` means everybody. */
  room?: boolean;
  /** The reader: a mention of them is highlighted. */
  self?: string | null;
  /** Stands behind the last word. */
  tail?: ReactNode;
};

type MentionContext = {
  readonly people: readonly Named[];
  readonly room: boolean;
  readonly self: string | null;
};

const NO_PEOPLE: readonly Named[] = [];
/** One to three emoji and nothing else are shown larger. */
const EMOJI_ALONE = /^\s*(?:(?:\p{RGI_Emoji})\s*){1,3}$/v;

/** A message's text: Markdown as elements of our own, line breaks as typed, names as chips, never HTML. */
export const RichText = memo(function RichText({
  text,
  people = NO_PEOPLE,
  room = false,
  self = null,
  tail,
}: RichTextProps) {
  const tree = useMarkdown(text);
  const meant = { people, room, self };
  if (text.length < 64 && EMOJI_ALONE.test(text)) {
    return (
      <p>
        <span className="text-3xl leading-snug">{text}</span>
        {tail}
      </p>
    );
  }
  return (
    <div className="flex flex-col gap-1.5 wrap-anywhere" dir="auto">
      {inOrder(tree.map((block, at) => blockOf(block, meant, at === tree.length - 1 ? tail : undefined)))}
      {tail !== undefined && !endsInLine(tree) && <p>{tail}</p>}
    </div>
  );
});

/** Whether something can follow the last word in the same line. */
function endsInLine(tree: Tree): boolean {
  const last = tree.at(-1);
  return last !== undefined && (last.kind === "paragraph" || last.kind === "heading");
}

function blocksOf(tree: Tree, context: MentionContext): ReactNode {
  return inOrder(tree.map((block) => blockOf(block, context)));
}

function blockOf(block: Block, context: MentionContext, tail?: ReactNode): ReactNode {
  switch (block.kind) {
    case "paragraph":
      return (
        <p className="whitespace-pre-wrap">
          {inlinesOf(block.children, context)}
          {tail}
        </p>
      );
    case "heading":
      // Not a heading of the page: a screen reader's list of those would be full of what people shout.
      return (
        <p
          className={cx(
            "whitespace-pre-wrap font-semibold not-first:mt-1",
            block.level === 1 ? "text-lg leading-snug" : block.level === 2 ? "text-base" : "",
          )}
        >
          {inlinesOf(block.children, context)}
          {tail}
        </p>
      );
    case "code":
      return <CodeBlock language={block.language} text={block.text} />;
    case "quote":
      return (
        <blockquote className="flex flex-col gap-1.5 border-line-strong/50 border-l-2 pl-3 text-ink-soft">
          {blocksOf(block.children, context)}
        </blockquote>
      );
    case "list": {
      const items = inOrder(block.items.map((item) => listItem(item, context)));
      return block.start === null ? (
        <ul className="list-disc pl-5 marker:text-ink-faint">{items}</ul>
      ) : (
        <ol start={block.start} className="list-decimal pl-7 marker:text-ink-faint marker:tabular-nums">
          {items}
        </ol>
      );
    }
    case "rule":
      return <hr className="my-1 border-line" />;
  }
}

function listItem(item: Tree, context: MentionContext): ReactNode {
  return (
    <li className="pl-0.5">
      <div className="flex flex-col gap-0.5">{blocksOf(item, context)}</div>
    </li>
  );
}

function inlinesOf(children: readonly Inline[], context: MentionContext): ReactNode {
  return inOrder(children.map((child) => inlineOf(child, context)));
}

function inlineOf(inline: Inline, context: MentionContext): ReactNode {
  switch (inline.kind) {
    case "text":
      return wordsOf(inline.text, context);
    case "code":
      return (
        <code className="whitespace-pre-wrap rounded-md bg-code px-1.5 py-px font-mono text-[0.875em]">
          {inline.text}
        </code>
      );
    case "strong":
      return <strong className="font-semibold">{inlinesOf(inline.children, context)}</strong>;
    case "emphasis":
      return <em>{inlinesOf(inline.children, context)}</em>;
    case "struck":
      return <del>{inlinesOf(inline.children, context)}</del>;
    case "link":
      return (
        <TextLink href={inline.href}>
          {inlinesOf(inline.children, { ...context, people: NO_PEOPLE, room: false })}
        </TextLink>
      );
  }
}

/** An address in a message: it leads outside, in a tab of its own; one of this page is followed here. */
function TextLink({ href, children }: { href: string; children: ReactNode }) {
  const stop = useStop();
  const own = ownPath(href);
  const look =
    "rounded-sm text-accent-text underline decoration-accent/40 underline-offset-2 hover:decoration-accent";
  if (own !== null) {
    return (
      <Link to={own} tabIndex={stop} className={look}>
        {children}
      </Link>
    );
  }
  return (
    <a
      href={href}
      title={href}
      tabIndex={stop}
      target="_blank"
      rel="noopener noreferrer nofollow"
      className={look}
    >
      {children}
    </a>
  );
}

/** The path of an address of this page, such as the copied link of a message; null for every other. */
function ownPath(href: string): string | null {
  const url = URL.parse(href);
  if (url === null || url.origin !== location.origin) return null;
  return routeOf(url.pathname, url.search).page === "unknown" ? null : url.pathname + url.search;
}

function wordsOf(text: string, { people, room, self }: MentionContext): ReactNode {
  const runs = runsOf(text, people, room, MAX_DRAWN);
  return inOrder(
    runs.map((run) =>
      run.kind === "words" ? run.text : mention(run.text, run.id === null || run.id === self),
    ),
  );
}

function mention(text: string, loud: boolean): ReactNode {
  return (
    <span
      data-mention=""
      className={cx(
        "rounded-md px-0.5 font-medium",
        loud ? "bg-signal-wash text-signal-ink" : "bg-accent-wash text-accent-text",
      )}
    >
      {text}
    </span>
  );
}

/** The parts of one text never move: they are given to React one by one, and need no keys. */
function inOrder(parts: readonly ReactNode[]): ReactNode {
  return createElement(Fragment, undefined, ...parts);
}
