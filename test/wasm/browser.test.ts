// A page built by Vite trains on workers of a browser: the same bits, and on one thread where it is not isolated.

import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { build, preview } from "vite";
import { expect, onTestFinished, test } from "vitest";
import { dlm } from "../../compiler/plugin/vite.ts";
import { root } from "../cli/run-dlm.ts";

const alias = { "dlm/runtime": join(root, "runtime/index.ts") };
const executablePath = "/usr/bin/chromium";

type Result = {
  readonly isIsolated: boolean;
  readonly alone: readonly number[];
  readonly shared: readonly number[];
};

const isolated = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

test.skipIf(!existsSync(executablePath))(
  "a page trains on several threads (needs the Debian package chromium)",
  { timeout: 180_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "dlm-threads-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    cpSync(join(root, "test/app/threads"), folder, { recursive: true });
    await build({
      root: folder,
      configFile: false,
      logLevel: "silent",
      resolve: { alias },
      plugins: [dlm({ root: folder, backend: "wasm" })],
    });
    const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
    onTestFinished(() => browser.close());
    for (const headers of [isolated, {}]) {
      const server = await preview({
        root: folder,
        configFile: false,
        logLevel: "silent",
        preview: { port: 0, headers },
      });
      const page = await browser.newPage();
      const problems: string[] = [];
      const said: string[] = [];
      let workers = 0;
      page.on("pageerror", ({ message }) => problems.push(message));
      page.on("worker", () => workers++);
      page.on("console", (message) => {
        if (message.type() === "warning") said.push(message.text());
      });
      await page.goto(server.resolvedUrls!.local[0]!);
      await page.waitForFunction(() => window.result !== undefined);
      const result = (await page.evaluate(() => window.result)) as Result;
      expect(problems).toEqual([]);
      expect(result.isIsolated).toBe(headers === isolated);
      expect(result.shared).toEqual(result.alone);
      expect(workers).toBe(headers === isolated ? 2 : 0);
      expect(said.length).toBe(headers === isolated ? 0 : 1);
      await expect.poll(() => page.workers().length).toBe(0);
      await page.close();
      await server.close();
    }
  },
);
