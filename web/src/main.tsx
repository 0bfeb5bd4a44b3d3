import "./app.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/app.tsx";
import { ErrorBoundary } from "./app/error-boundary.tsx";
import { forgetLayerEntry } from "./app/use-back-closes.ts";
import { AuthStore } from "./signin/auth-store.ts";
import { loadMarkdown } from "./text/markdown.ts";

forgetLayerEntry();
const root = document.getElementById("root");
if (root === null) throw new Error("The page has no root element.");

const auth = new AuthStore(location.origin, storageOfPage());
// Another tab of this browser has signed in or out.
addEventListener("storage", auth.storageChanged);

createRoot(root).render(
  <StrictMode>
    <ErrorBoundary>
      <App auth={auth} />
    </ErrorBoundary>
  </StrictMode>,
);

// After the first paint: until it is here texts are plain, and a page that cannot have it stays usable.
loadMarkdown().catch(() => {});

/** Null where the browser keeps nothing for this page. */
function storageOfPage(): Storage | null {
  try {
    return localStorage;
  } catch {
    return null;
  }
}
