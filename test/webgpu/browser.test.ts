// A page built by Vite trains on the GPU of a browser (Chromium's, which is SwiftShader here), as Node does on this thread.

import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { build, preview } from "vite";
import { expect, onTestFinished, test } from "vitest";
import { dlm } from "../../compiler/plugin/vite.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const alias = { "dlm/runtime": join(root, "runtime/index.ts") };
const executablePath = "/usr/bin/chromium";

type Result = {
  readonly device: string | null;
  readonly losses: readonly number[];
  readonly accuracy: number;
  readonly logits: readonly number[];
};

/** The app, built for one backend, in a folder of its own: the plugin writes declarations beside the sources. */
const buildApp = async (backend: "typescript" | "webgpu"): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), "dlm-gpu-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(join(root, "test/app/gpu"), folder, { recursive: true });
  await build({
    root: folder,
    configFile: false,
    logLevel: "silent",
    resolve: { alias },
    plugins: [dlm({ root: folder, backend })],
  });
  return folder;
};

test.skipIf(!existsSync(executablePath))(
  "a page trains on the GPU of the browser (needs the Debian package chromium)",
  { timeout: 180_000 },
  async () => {
    const browser = await chromium.launch({
      executablePath,
      args: ["--no-sandbox", "--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"],
    });
    onTestFinished(() => browser.close());
    const results: Result[] = [];
    for (const backend of ["typescript", "webgpu"] as const) {
      const folder = await buildApp(backend);
      const server = await preview({
        root: folder,
        configFile: false,
        logLevel: "silent",
        preview: { port: 0 },
      });
      const page = await browser.newPage();
      const problems: string[] = [];
      page.on("pageerror", ({ message }) => problems.push(message));
      await page.goto(server.resolvedUrls!.local[0]!);
      await page.waitForFunction(() => window.result !== undefined);
      results.push((await page.evaluate(() => window.result)) as Result);
      expect(problems).toEqual([]);
      await page.close();
      await server.close();
    }
    const [thread, device] = results;
    expect(thread!.device).toBeNull();
    expect(device!.device).toMatch(/swiftshader/i);
    expect(device!.losses.at(-1)).toBeLessThan(device!.losses[0]! / 4);
    expect(device!.accuracy).toBe(1);
    device!.losses.forEach((loss, k) => expect(loss).toBeCloseTo(thread!.losses[k]!, 4));
    device!.logits.forEach((logit, k) => expect(logit).toBeCloseTo(thread!.logits[k]!, 3));
  },
);

declare global {
  interface Window {
    /** What the page is at. */
    readonly result?: Promise<object>;
  }
}
