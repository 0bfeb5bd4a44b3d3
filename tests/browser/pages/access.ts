import axe from "axe-core";
import type { Page } from "playwright-core";

/** A text with too little contrast to its background. */
export type Faint = { readonly text: string; readonly ratio: number };

/** What axe-core finds, as `rule: element`; colours are checked by `faintTexts`, which knows what is covered. */
export async function axeFindings(page: Page): Promise<string[]> {
  // Not by a script element: the page's policy forbids those, and a test leaves that policy on.
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { axe: here } = globalThis as unknown as { axe: typeof import("axe-core") };
    const { violations } = await here.run({ rules: { "color-contrast": { enabled: false } } });
    return (
      violations
        .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`))
        // An open menu lies over the page and belongs to its button, not to a landmark.
        .filter((finding) => !finding.startsWith("region: <div data-radix-popper"))
    );
  });
}

/** WCAG 2 AA: 4.5, and 3 for large text. What is disabled, decoration or for screen readers alone does not count. */
export function faintTexts(page: Page): Promise<Faint[]> {
  return page.evaluate(() => {
    // The browser paints each colour, whatever notation it is in, and says what came out.
    const canvas = document.createElement("canvas");
    canvas.width = 1;
    canvas.height = 1;
    const brush = canvas.getContext("2d", { willReadFrequently: true });
    const painted = (colours: readonly string[]): [number, number, number] => {
      if (brush === null) throw new Error("No canvas.");
      brush.clearRect(0, 0, 1, 1);
      for (const colour of colours) {
        brush.fillStyle = colour;
        brush.fillRect(0, 0, 1, 1);
      }
      const [red = 0, green = 0, blue = 0] = brush.getImageData(0, 0, 1, 1).data;
      return [red, green, blue];
    };
    const luminance = (colour: readonly number[]) => {
      const [red = 0, green = 0, blue = 0] = colour.map((value) => {
        const part = value / 255;
        return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const groundsOf = (element: Element | null): string[] => {
      const grounds: string[] = [];
      for (let at = element; at !== null; at = at.parentElement)
        grounds.unshift(getComputedStyle(at).backgroundColor);
      return ["white", ...grounds];
    };
    const isCovered = (element: Element, box: DOMRect) => {
      const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
      return top === null || !(top === element || element.contains(top) || top.contains(element));
    };
    const faint: { text: string; ratio: number }[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const text = node.textContent?.trim() ?? "";
      const element = node.parentElement;
      if (text === "" || element === null) continue;
      if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
      if (element.closest("button:disabled, .sr-only, option, [data-radix-popper-content-wrapper]") !== null)
        continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const box = range.getBoundingClientRect();
      if (box.width < 2 || box.height < 2 || isCovered(element, box)) continue;
      let opacity = 1;
      for (let at: Element | null = element; at !== null; at = at.parentElement)
        opacity *= Number(getComputedStyle(at).opacity);
      if (opacity < 0.99) continue;
      const style = getComputedStyle(element);
      const grounds = groundsOf(element);
      const one = luminance(painted(grounds));
      const other = luminance(painted([...grounds, style.color]));
      const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
      const size = Number.parseFloat(style.fontSize);
      const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
      if (ratio < (large ? 3 : 4.5))
        faint.push({ text: text.slice(0, 40), ratio: Math.round(ratio * 100) / 100 });
    }
    return faint;
  });
}

/** What can be pressed or filled in and has no name to be called by. */
export function namelessControls(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const controls = document.querySelectorAll<HTMLElement>(
      "a[href], button, input, textarea, select, [role=option]",
    );
    return [...controls]
      .filter((control) => control.checkVisibility())
      .filter((control) => {
        const labels = (control as HTMLInputElement).labels;
        const name =
          control.getAttribute("aria-label") ??
          (labels && labels.length > 0
            ? [...labels].map((label) => label.textContent).join(" ")
            : control.textContent);
        return (name ?? "").trim() === "";
      })
      .map((control) => control.outerHTML.slice(0, 120));
  });
}

/** What reaches beyond the sides of the window, where nothing lets it scroll. */
export function outOfView(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const scrolls = (element: Element | null): boolean => {
      for (let at = element; at !== null && at !== document.body; at = at.parentElement)
        if (["auto", "scroll"].includes(getComputedStyle(at).overflowX) && at.scrollWidth > at.clientWidth)
          return true;
      return false;
    };
    return [...document.querySelectorAll("body *")]
      .filter((element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true }))
      .filter((element) => {
        const { left, right, width } = element.getBoundingClientRect();
        return width > 1 && (left < -1 || right > innerWidth + 1) && !scrolls(element.parentElement);
      })
      .filter((element) => element.closest(".sr-only") === null)
      .map(
        (element) => `${element.tagName} ${element.className} ${(element.textContent ?? "").slice(0, 40)}`,
      );
  });
}
