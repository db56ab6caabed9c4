// Models: what goes in is checked, what comes out is right, weights travel.
import { describe, expect, test } from "vitest";
import type { EntryProgram, ModelProgram } from "../../runtime/abi.ts";
import { initialise } from "../../runtime/init.ts";
import { Model, startModel, type CreateOptions } from "../../runtime/model.ts";
import { readSafetensors, writeSafetensors } from "../../runtime/safetensors.ts";
import { expectError } from "./errors.ts";
import { inputs, linearModel, outputs } from "./programs/linear.ts";

type LinearInputs = { readonly x: Float32Array };

class Linear extends Model<LinearInputs, Float32Array, "Dense_0.W" | "Dense_0.b"> {
  static create(options: CreateOptions = {}): Promise<Linear> {
    return startModel(new Linear(linearModel), options);
  }
}

const ramp = (length: number): Float32Array => Float32Array.from({ length }, (_, i) => i / 4 - 1);

const expected = (w: Float32Array, b: Float32Array, x: Float32Array): number[] =>
  Array.from({ length: (x.length / inputs) * outputs }, (_, at) => {
    const o = at % outputs;
    let sum = b[o]!;
    for (let i = 0; i < inputs; i++) {
      sum += x[Math.floor(at / outputs) * inputs + i]! * w[i * outputs + o]!;
    }
    return Math.fround(sum);
  });

/** A model whose forward copies an input to an output of the same dtype, of shape [B, T]. */
const copyModel = (overrides: Partial<EntryProgram> = {}): ModelProgram => {
  const count = ([b, t]: readonly number[]): number => b! * t!;
  return {
    format: 1,
    name: "Copy",
    target: "typescript",
    storedWords: 0,
    stored: [],
    forward: {
      name: "Copy",
      sizes: ["B", "T"],
      limits: [null, 8],
      checks: [
        { message: "DLM0412: T must be even (copy.dlm:2:3)", holds: ([, t]) => t! % 2 === 0 },
      ],
      data: [
        {
          name: "ids",
          dtype: "i32",
          shape: ["B", "T"],
          count,
          slot: 0,
          below: 5,
          at: "copy.dlm:1:12",
        },
        {
          name: "mask",
          dtype: "bool",
          shape: ["T"],
          count: ([, t]) => t!,
          slot: 1,
          below: null,
          at: "copy.dlm:1:30",
        },
      ],
      scalars: [],
      draws: [{ slot: 3, stream: "Copy/noise#0@0" }],
      outputs: [
        { kind: "result", name: "ids", dtype: "i32", shape: ["B", "T"], count, slot: 0 },
        {
          kind: "result",
          name: "mask",
          dtype: "bool",
          shape: ["T"],
          count: ([, t]) => t!,
          slot: 1,
        },
        { kind: "result", name: "key", dtype: "i32", shape: [3], count: () => 3, slot: 3 },
      ],
      status: {
        slot: 2,
        sites: [
          { what: "index", at: "copy.dlm:3:5" },
          { what: "divisor", at: "copy.dlm:4:7" },
        ],
      },
      layout: ([b, t]) => ({
        offsets: [0, b! * t!, b! * t! + t!, b! * t! + t! + 1],
        end: b! * t! + t! + 4,
      }),
      run: () => undefined,
      ...overrides,
    },
  };
};

type CopyInputs = { readonly ids: Int32Array; readonly mask: Uint8Array };
type CopyOutput = { readonly ids: Int32Array; readonly mask: Uint8Array; readonly key: Int32Array };

const createCopy = (overrides?: Partial<EntryProgram>) =>
  startModel(new Model<CopyInputs, CopyOutput>(copyModel(overrides)), { seed: 3 });

const copyInputs: CopyInputs = {
  ids: Int32Array.of(0, 1, 2, 3, 4, 0),
  mask: Uint8Array.of(1, 0),
};

describe("a model", () => {
  test("draws its weights from its seed", async () => {
    const model = await Linear.create({ seed: 11 });
    const w = await model.params["Dense_0.W"].read();
    expect(w).toEqual(initialise(linearModel.stored[0]!, 11));
    expect(await model.params["Dense_0.b"].read()).toEqual(new Float32Array(outputs));
    expect(model.params["Dense_0.W"].shape).toEqual([inputs, outputs]);
  });

  test("computes for any batch size, growing its memory without losing weights", async () => {
    const model = await Linear.create({ seed: 1 });
    const bias = Float32Array.of(0.5, -2);
    model.params["Dense_0.b"].write(bias);
    const w = await model.params["Dense_0.W"].read();
    for (const batch of [1, 7, 1000, 3]) {
      const x = ramp(batch * inputs);
      expect([...(await model.forward({ x }))]).toEqual(expected(w, bias, x));
      expect([...model.predict({ x })]).toEqual(expected(w, bias, x));
    }
  });

  test("forward gives arrays of its own, predict a view that the next call overwrites", async () => {
    const model = await Linear.create();
    const first = await model.forward({ x: ramp(2 * inputs) });
    const copy = first.slice();
    const view = model.predict({ x: ramp(2 * inputs) });
    const again = model.predict({ x: new Float32Array(2 * inputs) });
    expect(again).toBe(view);
    expect([...view]).toEqual([0, 0, 0, 0]);
    expect(first).toEqual(copy);
  });

  test("predict follows the memory when another call has grown it", async () => {
    const model = await Linear.create();
    const x = ramp(2 * inputs);
    const before = [...model.predict({ x })];
    await model.forward({ x: ramp(500 * inputs) });
    expect([...model.predict({ x })]).toEqual(before);
  });

  test("gives named results as an object, in their dtypes", async () => {
    const model = await createCopy();
    const result = await model.forward(copyInputs);
    expect(result.ids).toEqual(copyInputs.ids);
    expect(result.mask).toEqual(copyInputs.mask);
    const view = model.predict({ ...copyInputs, mask: Uint8Array.of(0, 9) });
    expect(view.mask).toEqual(Uint8Array.of(0, 1));
    expect(model.predict(copyInputs).mask).toEqual(copyInputs.mask);
  });

  test("counts its draws from 2^31 on, or takes the number it is given", async () => {
    const model = await createCopy();
    const counters: number[] = [];
    for (const options of [{}, {}, { draw: 5 }, {}]) {
      counters.push((await model.forward(copyInputs, options)).key[2]! >>> 0);
    }
    expect(counters).toEqual([2 ** 31, 2 ** 31 + 1, 5, 2 ** 31 + 2]);
  });

  test("keeps the draws of a stream under the seed", async () => {
    const [a, b] = [await createCopy(), await createCopy()];
    const other = await startModel(new Model<CopyInputs, CopyOutput>(copyModel()), { seed: 4 });
    const keyOf = async (model: typeof a) => [...(await model.forward(copyInputs)).key];
    expect(await keyOf(a)).toEqual(await keyOf(b));
    expect((await keyOf(other)).slice(0, 2)).not.toEqual((await keyOf(a)).slice(0, 2));
  });
});

describe("a model refuses", () => {
  const call = async (values: object): Promise<unknown> =>
    (await Linear.create()).forward(values as LinearInputs);

  test("a missing input", () =>
    expectError(() => call({}), "missing-input", "`x: [B, 3]`", "linear.dlm:1:10"));
  test("an input that it only inherits", () =>
    expectError(() => call(Object.create({ x: ramp(3) }) as object), "missing-input"));
  test("an input that it does not take", () =>
    expectError(() => call({ x: ramp(3), z: ramp(3) }), "unknown-input", "`z`", "`x`"));
  test("an array of another type", () =>
    expectError(
      () => call({ x: new Float64Array(3) }),
      "wrong-dtype",
      "Float32Array",
      "Float64Array",
    ));
  test("a plain list", () => expectError(() => call({ x: [1, 2, 3] }), "wrong-dtype", "Array"));
  test("null", () => expectError(() => call({ x: null }), "wrong-dtype", "null"));
  test("a length that fits no batch", () =>
    expectError(
      () => call({ x: ramp(4) }),
      "wrong-length",
      "4 elements",
      "no B",
      "linear.dlm:1:10",
    ));
  test("an empty array", () => expectError(() => call({ x: ramp(0) }), "wrong-length"));
  test("an array whose memory was transferred away", async () => {
    const x = ramp(3);
    structuredClone(x, { transfer: [x.buffer as ArrayBuffer] });
    await expectError(() => call({ x }), "wrong-length");
  });
  test("a size that it does not have", async () => {
    const model = await Linear.create();
    await expectError(() => model.forward({ x: ramp(3) }, { sizes: { N: 1 } }), "bad-size", "`N`");
  });
  test.each([0, -1, 1.5, NaN])("a size of %d", async (B) => {
    const model = await Linear.create();
    await expectError(() => model.forward({ x: ramp(3) }, { sizes: { B } }), "bad-size");
  });
  test("a size that contradicts the array", async () => {
    const model = await Linear.create();
    const run = () => model.forward({ x: ramp(3) }, { sizes: { B: 2 } });
    await expectError(run, "wrong-length", "needs 6", "B = 2");
  });

  test("an index outside its range, with field, position and value", async () => {
    const model = await createCopy();
    const run = (bad: number) => () =>
      model.predict({ ...copyInputs, ids: Int32Array.of(0, 1, 2, bad, 4, 0) });
    await expectError(
      run(5),
      "DLM0412",
      "`ids: [B, T]`",
      "5 at position 3",
      "0..4",
      "copy.dlm:1:12",
    );
    await expectError(run(-1), "DLM0412", "-1 at position 3");
  });
  test("an index outside its axis, and a divisor of 0, that the run met", async () => {
    const meeting = async (site: number) => {
      const model = await createCopy({
        run: ({ i32 }, offsets) => void (i32[offsets[2]!] = site),
      });
      return () => model.predict(copyInputs);
    };
    await expectError(await meeting(1), "DLM0412", "copy.dlm:3:5");
    await expectError(await meeting(2), "DLM0313", "`%` by 0 at copy.dlm:4:7");
  });
  test("a size above its bound", async () => {
    const model = await createCopy();
    const long = { ids: new Int32Array(10), mask: new Uint8Array(10) };
    await expectError(
      () => model.predict(long),
      "DLM0411",
      "T is at most 8, got 10",
      "copy.dlm:1:",
    );
  });
  test("sizes for which a check does not hold", async () => {
    const model = await createCopy();
    const odd = { ids: new Int32Array(6), mask: new Uint8Array(3) };
    await expectError(() => model.predict(odd), "bad-size", "T must be even");
  });
  test("two inputs that disagree about a size", async () => {
    const model = await createCopy();
    const run = () => model.predict({ ids: new Int32Array(5), mask: new Uint8Array(2) });
    await expectError(run, "wrong-length", "5 elements");
  });
  test("a new seed for a bad one", () =>
    expectError(() => Linear.create({ seed: -1 }), "bad-option"));
  test("weights of another length or type", async () => {
    const model = await Linear.create();
    const { "Dense_0.b": bias } = model.params;
    await expectError(() => bias.write(ramp(3)), "wrong-length", "needs 2 elements, got 3");
    await expectError(() => bias.write(new Int32Array(2) as never), "wrong-dtype");
  });

  test("every use after dispose", async () => {
    const model = await Linear.create();
    const file = await model.save();
    model.dispose();
    model.dispose();
    await expectError(() => model.forward({ x: ramp(3) }), "disposed", "`Linear`");
    await expectError(() => model.predict({ x: ramp(3) }), "disposed");
    await expectError(() => model.save(), "disposed");
    await expectError(() => model.load(file), "disposed");
    await expectError(() => model.params["Dense_0.W"].read(), "disposed");
    await expectError(() => model.params["Dense_0.W"].write(ramp(6)), "disposed");
  });

  test("nothing after a refused call: the next one works", async () => {
    const model = await Linear.create();
    const before = await model.forward({ x: ramp(6) });
    await expectError(() => model.forward({ x: ramp(7) }), "wrong-length");
    expect(await model.forward({ x: ramp(6) })).toEqual(before);
  });
});

describe("sizes", () => {
  const ids = new Int32Array(12);
  const only = (fields: Partial<EntryProgram>) => ({ ...fields, checks: [] });

  test("are asked for when lengths do not tell them", async () => {
    const base = copyModel().forward;
    const model = await createCopy(only({ data: [base.data[0]!], outputs: [base.outputs[0]!] }));
    const inputsOnly = { ids } as CopyInputs;
    await expectError(() => model.predict(inputsOnly), "ambiguous-size", "sizes: { B, T }");
    expect(model.predict(inputsOnly, { sizes: { T: 4 } }).ids.length).toBe(12);
    await expectError(() => model.predict(inputsOnly), "ambiguous-size");
  });

  test("are solved through expressions of them", async () => {
    const base = copyModel().forward;
    const model = await createCopy(
      only({
        data: [
          { ...base.data[0]!, shape: ["B", "T * T + 1"], count: ([b, t]) => b! * (t! * t! + 1) },
          { ...base.data[1]!, shape: ["2 * B"], count: ([b]) => 2 * b! },
        ],
        outputs: [{ ...base.outputs[2]!, shape: [2], count: () => 2, slot: 3 }],
        draws: [],
        layout: (sizes) => ({ offsets: [0, 100, 200, 300], end: 303 + sizes.length }),
        run: ({ i32 }, offsets, sizes) => i32.set(sizes, offsets[3]!),
      }),
    );
    const result = model.predict({ ids: new Int32Array(30), mask: new Uint8Array(6) });
    expect([...result.key]).toEqual([3, 3]);
  });

  test("are asked for when several values of one size fit", async () => {
    const base = copyModel().forward;
    const model = await createCopy(
      only({
        sizes: ["B"],
        limits: [null],
        data: [{ ...base.data[0]!, shape: ["floor(B / 2)"], count: ([b]) => Math.floor(b! / 2) }],
      }),
    );
    const run = () => model.predict({ ids: new Int32Array(3) } as CopyInputs);
    await expectError(run, "ambiguous-size", "B");
  });
});

describe("saved weights", () => {
  test("load into a model that then gives the same bits", async () => {
    const model = await Linear.create({ seed: 9 });
    model.metadata.set("note", "é");
    const file = await model.save();
    const loaded = await Linear.create({ weights: Buffer.from(file) });
    const x = ramp(5 * inputs);
    expect(await loaded.forward({ x })).toEqual(await model.forward({ x }));
    expect(loaded.metadata.get("note")).toBe("é");
    expect(await loaded.save()).toEqual(file);
  });

  test("are refused, naming renames by shape, and change nothing", async () => {
    const model = await Linear.create({ seed: 2 });
    const { tensors } = readSafetensors(await model.save());
    const renamed = new Map([...tensors].map(([path, tensor]) => [path.replace("W", "K"), tensor]));
    const before = await model.save();
    await expectError(
      () => model.load(writeSafetensors(renamed)),
      "weights-mismatch",
      "`Dense_0.W` F32 [3, 2] is missing (renamed from `Dense_0.K`?)",
      "`Dense_0.K` F32 [3, 2] is not part of it",
    );
    const reshaped = new Map(tensors).set("Dense_0.W", {
      ...tensors.get("Dense_0.W")!,
      shape: [2, 3],
    });
    await expectError(
      () => model.load(writeSafetensors(reshaped)),
      "weights-mismatch",
      "`Dense_0.W` should be F32 [3, 2], not F32 [2, 3]",
    );
    await expectError(() => model.load(new Uint8Array(3)), "bad-safetensors");
    expect(await model.save()).toEqual(before);
  });
});
