// How fast 128-bit vectors are multiplied and added in registers, as WebAssembly: what no kernel can exceed.

import { createLocals } from "../../../compiler/backends/wasm/functions.ts";
import {
  f32x4,
  floatsConst,
  get,
  i32,
  intConst,
  mulAdd,
  repeat,
  set,
  store,
  tee,
} from "../../../compiler/backends/wasm/instructions.ts";
import { moduleBytes } from "../../../compiler/backends/wasm/module-bytes.ts";
import { fuse } from "../../../runtime/hosts/fuse.ts";
import { calledAtOnce } from "../shared/runner.ts";
import type { Runner } from "../shared/runner.ts";

/** How sums are computed: so many at a time, each product before its sum, or all products before all sums. */
type Way = { readonly sums: number; readonly order: "in pairs" | "in rows" };

/** Two units of three cycles for products and two for sums need 12; V8 has 15 registers. */
const ways: readonly Way[] = [12, 13, 14].flatMap((sums) => [
  { sums, order: "in pairs" },
  { sums, order: "in rows" },
]);

/** `a = a * c + c` for each sum, so often as its parameter says; with products that round once with their sums if wanted. */
const bytesOf = ({ sums, order }: Way, isFused: boolean): Uint8Array<ArrayBuffer> => {
  const locals = createLocals(["i32"]);
  const left = locals.params[0]!;
  const c = locals.fresh("v128");
  const all = Array.from({ length: sums }, () => locals.fresh("v128"));
  const round =
    order === "in pairs"
      ? all.map((a) => set(a, mulAdd(get(a), get(c), get(c))))
      : [f32x4.mul, f32x4.add].flatMap((op) => all.map((a) => set(a, op(get(a), get(c)))));
  const body = [
    set(c, floatsConst(0.75)),
    ...all.map((a, k) => set(a, floatsConst(k))),
    repeat(round, tee(left, i32.sub(get(left), intConst(1)))),
    // Else nobody needs them.
    ...all.map((a, k) => store("v128", { base: intConst(0), offset: 16 * k }, get(a))),
  ];
  const { bytes, steps } = moduleBytes({
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
  if (isFused) fuse(bytes, Uint8Array.from(steps));
  return bytes;
};

export type Peak = {
  readonly rounds: (count: number) => void;
  readonly flopOfRound: number;
  /** GFLOP/s */
  readonly rate: number;
};

const measured = (way: Way, isFused: boolean): Peak => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 65_536 });
  const module = new WebAssembly.Module(bytesOf(way, isFused));
  const { exports } = new WebAssembly.Instance(module, { host: { memory } });
  const rounds = exports["rounds"] as Peak["rounds"];
  // Until the compiler that optimises is done.
  for (let n = 0; n < 20; n++) rounds(100_000);
  const count = 300_000;
  const times = Array.from({ length: 15 }, () => {
    const begun = performance.now();
    rounds(count);
    return performance.now() - begun;
  });
  const flopOfRound = way.sums * 4 * 2;
  return { rounds, flopOfRound, rate: (count * flopOfRound) / Math.min(...times) / 1e6 };
};

/** The fastest way, with products that round once with their sums if wanted: pairs only. */
export const findPeak = (isFused: boolean): Peak =>
  ways
    .filter(({ order }) => !isFused || order === "in pairs")
    .map((way) => measured(way, isFused))
    .reduce((best, one) => (one.rate > best.rate ? one : best));

/** As many operations as a work has. */
export const peakRunner = ({ rounds, flopOfRound }: Peak, flop: number): Runner => {
  const count = Math.max(1, Math.round(flop / flopOfRound));
  return {
    ...calledAtOnce(() => rounds(count)),
    outputs: null,
    dispose: () => {},
    note: "in registers",
  };
};
