// A page and its worker import the same network, built by Vite and while it is developed.

import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { build, createServer, preview } from "vite";
import type { InlineConfig } from "vite";
import { expect, onTestFinished, test } from "vitest";
import { dlm } from "../../compiler/plugin/vite.ts";
import { root } from "../cli/run-dlm.ts";

const executablePath = "/usr/bin/chromium";

declare global {
  interface Window {
    readonly said?: { readonly here: readonly number[]; readonly there: readonly number[] };
  }
}

type Served = { readonly url: string; readonly close: () => Promise<void> };

const ways = {
  built: async (config: InlineConfig): Promise<Served> => {
    await build(config);
    const server = await preview({ ...config, preview: { port: 0 } });
    return { url: server.resolvedUrls!.local[0]!, close: () => server.close() };
  },
  "in development": async (config: InlineConfig): Promise<Served> => {
    const fs = { strict: false };
    const server = await createServer({ ...config, server: { port: 0, fs } });
    await server.listen();
    return { url: server.resolvedUrls!.local[0]!, close: () => server.close() };
  },
};

test.skipIf(!existsSync(executablePath)).each(Object.entries(ways))(
  "%s, a worker predicts what its page does (needs the Debian package chromium)",
  { timeout: 120_000 },
  async (_, serve) => {
    const folder = mkdtempSync(join(tmpdir(), "dlm-worker-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    cpSync(join(root, "test/app"), folder, { recursive: true });
    const plugins = () => [dlm({ root: folder, backend: "wasm" })];
    const { url, close } = await serve({
      root: join(folder, "worker"),
      configFile: false,
      logLevel: "silent",
      resolve: { alias: { "dlm/runtime": join(root, "runtime/index.ts") } },
      plugins: plugins(),
      worker: { format: "es", plugins },
      build: { target: "es2022" },
    });
    onTestFinished(close);
    const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
    onTestFinished(() => browser.close());
    const page = await browser.newPage();
    const problems: string[] = [];
    page.on("pageerror", ({ message }) => problems.push(message));
    await page.goto(url);
    await page.waitForFunction(() => window.said !== undefined, null, { timeout: 30_000 });
    const said = await page.evaluate(() => window.said);
    expect(problems).toEqual([]);
    expect(said!.here).toHaveLength(4);
    expect(said!.there).toEqual(said!.here);
  },
);
