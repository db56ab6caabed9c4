// How fast 128-bit vectors are multiplied and added in registers, as WebAssembly: what no kernel can exceed.

import { createLocals } from "../../../compiler/backends/wasm/functions.ts";
import {
  f32x4,
  floatsConst,
  get,
  i32,
  intConst,
  repeat,
  set,
  store,
  tee,
  vector,
} from "../../../compiler/backends/wasm/instructions.ts";
import { moduleBytes } from "../../../compiler/backends/wasm/module-bytes.ts";
import { calledAtOnce } from "../shared/runner.ts";
import type { Runner } from "../shared/runner.ts";

/** Sums at a time: two units, three cycles each for a product and a sum, and registers left for both factors. */
const sums = 12;
const flopOfRound = sums * 4 * 2;

const relaxedMadd = vector(0x105);

/** `a = a * m + c` for each sum, so often. */
const bytesOf = (isFused: boolean): Uint8Array<ArrayBuffer> => {
  const locals = createLocals(["i32"]);
  const left = locals.params[0]!;
  const [m, c] = [locals.fresh("v128"), locals.fresh("v128")];
  const all = Array.from({ length: sums }, () => locals.fresh("v128"));
  const next = (a: (typeof all)[number]) =>
    isFused ? relaxedMadd(get(a), get(m), get(c)) : f32x4.add(f32x4.mul(get(a), get(m)), get(c));
  const body = [
    set(m, floatsConst(0.75)),
    set(c, floatsConst(1.25)),
    ...all.map((a, k) => set(a, floatsConst(k))),
    repeat(
      all.map((a) => set(a, next(a))),
      tee(left, i32.sub(get(left), intConst(1))),
    ),
    // Else nobody needs them.
    ...all.map((a, k) => store("v128", { base: intConst(0), offset: 16 * k }, get(a))),
  ];
  return moduleBytes({
    imports: [],
    functions: [
      {
        name: "rounds",
        signature: { params: ["i32"], result: null },
        locals: locals.own(),
        body,
        isExported: true,
      },
    ],
    pages: 1,
    data: [],
  });
};

/** Of one execution. */
type Rounds = (count: number) => void;

const roundsOf = (bytes: Uint8Array<ArrayBuffer>): Rounds => {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  const rounds = exports["rounds"] as Rounds;
  // Until the compiler that optimises is done.
  for (let n = 0; n < 20; n++) rounds(100_000);
  return rounds;
};

/** As many operations as a work has. */
export const peakRunner = (flop: number): Runner => {
  const rounds = roundsOf(bytesOf(false));
  const count = Math.max(1, Math.round(flop / flopOfRound));
  return {
    ...calledAtOnce(() => rounds(count)),
    outputs: null,
    dispose: () => {},
    note: "in registers",
  };
};

const fastest = (rounds: Rounds): number => {
  const count = 1_000_000;
  const times = Array.from({ length: 15 }, () => {
    const begun = performance.now();
    rounds(count);
    return performance.now() - begun;
  });
  return (count * flopOfRound) / Math.min(...times) / 1e6;
};

/** GFLOP/s; the second with one rounding, null where this engine has no such instruction. */
export const peaks = (): readonly [number, number | null] => {
  const fused = bytesOf(true);
  return [
    fastest(roundsOf(bytesOf(false))),
    WebAssembly.validate(fused) ? fastest(roundsOf(fused)) : null,
  ];
};
