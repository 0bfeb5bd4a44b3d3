// ReDoc over this server's own document, with the fonts of the machine.
const sans = "system-ui, sans-serif";
window.Redoc.init(
  "/openapi.json",
  {
    hideDownloadButton: false,
    sortRequiredPropsFirst: true,
    scrollYOffset: () => document.querySelector("nav")?.offsetHeight ?? 0,
    theme: {
      colors: { primary: { main: "#0f6b5c" } },
      typography: {
        fontFamily: sans,
        headings: { fontFamily: sans },
        code: { fontFamily: "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" },
      },
    },
  },
  document.querySelector("#api"),
);
