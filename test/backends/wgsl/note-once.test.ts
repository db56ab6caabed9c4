// Loops that only note whether something occurs: which ones are found, and what they note.

import { expect, test } from "vitest";
import { noteOnce } from "../../../compiler/backends/wgsl/note-once.ts";
import { interpretKernel } from "../../../compiler/kernel/interpret.ts";
import { parseKernel } from "../../../compiler/kernel/kernel-parse.ts";
import type { Kernel } from "../../../compiler/kernel/kernel.ts";
import { tensor } from "../../../compiler/kernel/tensor.ts";
import { printStmt } from "../../../compiler/kernel/text.ts";
import { verifyKernel } from "../../../compiler/kernel/verify.ts";
import { hasSwiftShader, needsSwiftShader, openSwiftShader } from "./device.ts";
import { runShaders } from "./run-shader.ts";

const kernelOf = (body: string): Kernel =>
  parseKernel(`kernel @check(k: i32[N]) -> status: i32[], y: i32[N] sizes(N) {\n${body}\n}\n`);

const check = kernelOf(`for i in 0..N sequential
  if and(not(and(le(0, k[i]), lt(k[i], 7))), eq(status[], 0))
    status[] = 3`);

test("a loop that notes something is a store", () => {
  const noted = noteOnce(check);
  verifyKernel(noted);
  expect(noted.body.flatMap(printStmt)).toEqual([
    "status[] = select(and(reduce max i in 0..N (not(and(le(0, k[i]), lt(k[i], 7)))), eq(status[], 0)), 3, status[])",
  ]);
});

test.each([
  ["one that notes where", "if and(lt(k[i], 0), eq(status[], 0))\n status[] = i"],
  ["one that counts", "if and(lt(k[i], 0), lt(status[], 9))\n status[] = add(status[], 1)"],
  ["one that compares elements", "if and(lt(k[i], 0), eq(status[], k[i]))\n status[] = 3"],
  ["one that notes each element", "if and(lt(k[i], 0), eq(status[], 0))\n y[i] = 3"],
])("%s stays", (_name, body) => {
  const kernel = kernelOf(`for i in 0..N sequential\n ${body}`);
  expect(noteOnce(kernel)).toEqual(kernel);
});

test.skipIf(!hasSwiftShader)(`the note is the interpreter's (${needsSwiftShader})`, async () => {
  const { device, close } = await openSwiftShader();
  const runs = [1, 5, 1000].flatMap((count) =>
    [-1, 0, count - 1].flatMap((wrong) =>
      [0, 2].map((before) => {
        const indices = Array.from({ length: count }, (_, i) => (i === wrong ? 7 : i % 7));
        const buffers = new Map([
          ["k", tensor("i32", [count], indices)],
          ["status", tensor("i32", [], [before])],
          ["y", tensor("i32", [count], indices)],
        ]);
        return { kernel: check, sizes: new Map([["N", count]]), buffers };
      }),
    ),
  );
  const found = await runShaders(device, runs);
  close();
  const noted = found.map((buffers) => buffers.get("status")!.data[0]);
  const wanted = runs.map(({ kernel, sizes, buffers }) => {
    const own = new Map(
      [...buffers].map(([name, t]) => [name, tensor(t.dtype, t.shape, [...t.data])]),
    );
    return interpretKernel(kernel, own, sizes).get("status")!.data[0];
  });
  expect(noted).toEqual(wanted);
  expect(new Set(noted)).toEqual(new Set([0, 2, 3]));
});
