import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// Nothing is inlined: the page is served under a content security policy without inline scripts and styles.
const config = defineConfig({
  plugins: [react(), tailwindcss()],
  build: { outDir: "dist", emptyOutDir: true, assetsInlineLimit: 0, target: "es2023", sourcemap: false },
});

export default config;
