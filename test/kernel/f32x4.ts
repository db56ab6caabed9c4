// An expression as WebAssembly on vectors of four f32: every operation is one instruction and rounds on its own.

import { CompilerBug } from "../../grammar/bug.ts";
import type { Expr, ScalarFn } from "../../compiler/kernel/expr.ts";

type Call = Extract<Expr, { kind: "call" }>;

/** Its calls in the order in which they are computed, each once. */
export const callsOf = (expr: Expr): readonly Call[] => {
  const order = new Set<Call>();
  const visit = (e: Expr): void => {
    if (e.kind !== "call" || order.has(e)) return;
    e.args.forEach(visit);
    order.add(e);
  };
  visit(expr);
  return [...order];
};

/** Instructions a vector of values costs. Bits are only looked at differently. */
export const operationsIn = (expr: Expr): number =>
  callsOf(expr).filter(({ fn }) => fn !== "toBits" && fn !== "fromBits").length;

/** The number behind the prefix of vector instructions. */
const floats: { readonly [F in ScalarFn]?: number } = {
  eq: 0x41,
  lt: 0x43,
  le: 0x45,
  floor: 0x68,
  abs: 0xe0,
  neg: 0xe1,
  sqrt: 0xe3,
  add: 0xe4,
  sub: 0xe5,
  mul: 0xe6,
  div: 0xe7,
};
const integers: { readonly [F in ScalarFn]?: number } = {
  eq: 0x37,
  shl: 0xab,
  shr: 0xac,
  add: 0xae,
  sub: 0xb1,
  bitAnd: 0x4e,
  bitXor: 0x51,
};
const masks: { readonly [F in ScalarFn]?: number } = { not: 0x4d, and: 0x4e, or: 0x50 };
const [load, store, constant, select] = [0x00, 0x0b, 0x0c, 0x52];
const casts = { i32: 0xf8, f32: 0xfa } as const;

/** A whole number in groups of 7 bits, the lowest first. */
const unsigned = (n: number): readonly number[] =>
  n < 128 ? [n] : [(n & 127) | 128, ...unsigned(n >>> 7)];
const signed = (n: number): readonly number[] =>
  n >= -64 && n < 64 ? [n & 127] : [(n & 127) | 128, ...signed(n >> 7)];
const sized = (bytes: readonly number[]): readonly number[] => [
  ...unsigned(bytes.length),
  ...bytes,
];
const vector = (code: number): readonly number[] => [0xfd, ...unsigned(code)];
const get = (local: number): readonly number[] => [0x20, ...unsigned(local)];
const set = (local: number): readonly number[] => [0x21, ...unsigned(local)];
const whole = (n: number): readonly number[] => [0x41, ...signed(n)];

const splat = (e: Extract<Expr, { kind: "number" }>): readonly number[] => {
  const one = e.dtype === "f32" ? Float32Array.of(e.value) : Int32Array.of(e.value);
  const bytes = [...new Uint8Array(one.buffer)];
  return [...vector(constant), ...bytes, ...bytes, ...bytes, ...bytes];
};

const operation = ({ fn, dtype, args }: Call): readonly number[] => {
  const from = args[0]!.dtype;
  if (fn === "select") return vector(select);
  if (fn === "cast" && dtype !== "bool") return vector(casts[dtype]);
  const code = { f32: floats, i32: integers, bool: masks }[from][fn];
  if (code === undefined) throw new CompilerBug(`no vector instruction for ${fn} of ${from}`);
  return vector(code);
};

/** Local 0 is the address; each call has a local of its own. */
const bodyOf = (expr: Expr, params: readonly string[], bytes: number): readonly number[] => {
  const locals = new Map<Expr, number>();
  const read = (e: Expr): readonly number[] => {
    if (e.kind === "number") return splat(e);
    if (e.kind === "local") {
      return [...get(0), ...vector(load), 4, ...unsigned(params.indexOf(e.name) * bytes)];
    }
    return get(locals.get(e)!);
  };
  const steps = callsOf(expr).map((e) => {
    const [a, b, c] = e.args;
    const code = ((): readonly number[] => {
      if (e.fn === "toBits" || e.fn === "fromBits") return read(a!);
      if (e.fn === "select") return [...read(b!), ...read(c!), ...read(a!), ...operation(e)];
      const rest =
        b?.kind === "number" && (e.fn === "shl" || e.fn === "shr")
          ? whole(b.value)
          : e.args.slice(1).flatMap(read);
      return [...read(a!), ...rest, ...operation(e)];
    })();
    locals.set(e, locals.size + 1);
    return [...code, ...set(locals.get(e)!)];
  });
  const write = [...get(0), ...read(expr), ...vector(store), 4, ...unsigned(params.length * bytes)];
  const advance = [...get(0), ...whole(16), 0x6a, 0x22, 0];
  const again = [...whole(bytes), 0x49, 0x0d, 0];
  const body = [0x03, 0x40, ...steps.flat(), ...write, ...advance, ...again, 0x0b, 0x0b];
  return [2, 1, 0x7f, ...unsigned(locals.size), 0x7b, ...body];
};

const text = (word: string): readonly number[] => sized([...new TextEncoder().encode(word)]);

/** Results for `count` elements at once, a multiple of 4: write the `inputs`, call `run`, read `output`. */
export type Batch = {
  readonly inputs: readonly Float32Array[];
  readonly output: Float32Array;
  readonly run: () => void;
};

/** The function of the f32 locals named `params`. */
export const compileF32x4 = (expr: Expr, params: readonly string[], count = 4096): Batch => {
  const bytes = 4 * count;
  const pages = Math.ceil(((params.length + 1) * bytes) / 65536);
  const sections: readonly (readonly [number, readonly number[]])[] = [
    [1, [1, 0x60, 0, 0]],
    [3, [1, 0]],
    [5, [1, 0, ...unsigned(pages)]],
    [7, [2, ...text("memory"), 2, 0, ...text("run"), 0, 0]],
    // The address is a local, not a parameter, and starts at 0.
    [10, [1, ...sized(bodyOf(expr, params, bytes))]],
  ];
  const head = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  const module = Uint8Array.from([...head, ...sections.flatMap(([id, s]) => [id, ...sized(s)])]);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module));
  const { buffer } = exports["memory"] as WebAssembly.Memory;
  const [first, ...rest] = [...params, ""].map(
    (_, k) => new Float32Array(buffer, k * bytes, count),
  );
  const all = [first!, ...rest];
  return { inputs: all.slice(0, -1), output: all.at(-1)!, run: exports["run"] as () => void };
};
