// Not a bug but a bus that also brings back what its own node has published: the fan-out drops what it knows.

import { settings, startWith, wrap } from "./entry.ts";

await startWith(settings(), {
  bus: (real) =>
    wrap(real, {
      subscribe: (listener) =>
        real.subscribe((message, own) => {
          listener(message, own);
          if (own) setTimeout(listener, 20, message, false);
        }),
    }),
});
