import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

const { resolve } = createRequire(import.meta.url);

/** Programs of others that the pages at /docs and /redoc show: copied when the page is built, never into the repository. */
const PROGRAMS = {
  "reference/swagger-ui.js": "swagger-ui-dist/swagger-ui-bundle.js",
  "reference/swagger-ui.css": "swagger-ui-dist/swagger-ui.css",
  "reference/redoc.standalone.js": "redoc/bundles/redoc.standalone.js",
};

const LICENSES = ["swagger-ui-dist/NOTICE", "swagger-ui-dist/LICENSE", "redoc/LICENSE"];

/** The one thing that ReDoc would load from elsewhere: its maker's mark. An empty picture stands there instead. */
const MARK = "https://cdn.redoc.ly/redoc/logo-mini.svg";
const EMPTY = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E";

const referencePrograms: Plugin = {
  name: "reference-programs",
  generateBundle() {
    for (const [fileName, from] of Object.entries(PROGRAMS)) {
      const text = readFileSync(resolve(from), "utf8");
      // Their source maps are not copied, and a browser would look for them.
      const source = text.replaceAll(MARK, EMPTY).replace(/\/[/*]# sourceMappingURL=\S+(?: \*\/)?\s*$/, "\n");
      this.emitFile({ type: "asset", fileName, source });
    }
    const source = LICENSES.map((from) => readFileSync(resolve(from), "utf8")).join("\n\n");
    this.emitFile({ type: "asset", fileName: "reference/licenses.txt", source });
  },
};

/** Files that become smaller, from this many bytes on: the server sends the smaller ones beside them to who takes those. */
const COMPRESSIBLE = /\.(?:js|css|html|svg|txt|webmanifest)$/;
const COMPRESSED_FROM = 1_024;

const compressed: Plugin = {
  name: "compressed",
  apply: "build",
  /** After everything is written, also what is copied from `public`. */
  closeBundle: {
    order: "post",
    async handler() {
      const folder = join(import.meta.dirname, "dist");
      const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
        .filter((file) => COMPRESSIBLE.test(file))
        .map((file) => join(folder, file))
        .filter((file) => statSync(file).size >= COMPRESSED_FROM);
      await Promise.all(
        files.map(async (file) => {
          const bytes = readFileSync(file);
          // At their best, as each is compressed once and sent for ever; the programs of others are rarely sent.
          const quality = file.includes("reference") ? 9 : constants.BROTLI_MAX_QUALITY;
          const [br, gz] = await Promise.all([
            promisify(brotliCompress)(bytes, {
              params: {
                [constants.BROTLI_PARAM_QUALITY]: quality,
                [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
              },
            }),
            promisify(gzip)(bytes, { level: constants.Z_BEST_COMPRESSION }),
          ]);
          if (br.length < bytes.length) writeFileSync(`${file}.br`, br);
          if (gz.length < bytes.length) writeFileSync(`${file}.gz`, gz);
        }),
      );
    },
  },
};

// Nothing is inlined: the page is served under a content security policy without inline scripts and styles.
const config = defineConfig({
  plugins: [react(), tailwindcss(), referencePrograms, compressed],
  build: {
    outDir: "dist",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    target: "es2023",
    sourcemap: false,
    chunkSizeWarningLimit: 1_000,
  },
});

export default config;
