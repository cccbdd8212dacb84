import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

// The server hands out what is built: everything under /assets, named by content, kept for ever.
export default defineConfig({
  plugins: [svelte()],
  base: "/",
  publicDir: "public",
  build: {
    outDir: "../src/ogniwo/web/console",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0, // the content policy allows no data: addresses
    modulePreload: { polyfill: false },
    manifest: "manifest.json", // which file belongs to what, for the test of the first load's weight
  },
  server: { fs: { allow: [".."] } },
});
