// Names, texts and sizes chosen to break what is emitted: everything compiles to code that means what was written, or
// is reported.

import { Project, ts } from "ts-morph";
import { describe, expect, test } from "vitest";
import { instantiate } from "../../compiler/backends/instantiate.ts";
import { emitFile } from "../../compiler/backends/module.ts";
import { createPrelude } from "../../compiler/frontend/index.ts";
import { check, compile } from "../../compiler/pipeline.ts";
import type { Compilation } from "../../compiler/pipeline.ts";
import { render } from "../../grammar/render.ts";
import type { ModelProgram, TrainProgram } from "../../runtime/abi.ts";
import { Model } from "../../runtime/model.ts";
import { startTrainer, Trainer } from "../../runtime/trainer.ts";

const prelude = createPrelude();
const compiled = (text: string): Compilation =>
  compile({
    entry: "hostile.dlm",
    read: (path) => (path === "hostile.dlm" ? text : null),
    prelude,
  });
const errorsOf = ({ diagnostics }: Compilation): readonly string[] =>
  diagnostics.filter(({ severity }) => severity === "error").map(({ code }) => code);

/** Words of JavaScript, names of our own, members of every object, letters. */
const names =
  "class await constructor __proto__ prototype toString hasOwnProperty arguments eval this new function delete var enum yield static async null undefined NaN Infinity Math Number Float32Array Object Promise Model Trainer f i o heap a0 b_ sum0 t0 create program arrange count erf powInt Entry contract dense reshape α Σ λ1 _ __ u3b1".split(
    " ",
  );

/** A model called `name` for each way to use a hostile name. */
const roles: { readonly [role: string]: (name: string) => string } = {
  input: (n) => `model UsesInput(${n}: [B, 3]) -> [B, 3] { return 2 * ${n} }`,
  size: (n) =>
    `model UsesSize(x: [${n}, 3]) -> [${n}, 3] { return softmax(x) + mean(x) + size(x, 0) - size(x, 0) }`,
  two: (n) =>
    `model UsesSizes(x: [${n}, Bb, 3]) -> [${n} * Bb] { return sum(reshape(x, [${n} * Bb, 3]), over = 1) }`,
  param: (n) => `model UsesParam(x: [B, 3]) -> [B, 2] {
  param ${n}: [3, 2] = 1
  return x @ ${n}
}`,
  layer: (n) => `model UsesLayer(x: [B, 3]) -> [B, 2] {
  let ${n} = Dense(2, bias = false)
  return relu(${n}(x))
}`,
  let: (n) => `model UsesLet(x: [B, 3]) -> [B, 2] {
  let ${n} = relu(x) -> Dense(2)
  return ${n} / (1 + ${n}^2)
}`,
  result: (n) => `model UsesResult(x: [B, 3]) -> (${n}: [B, 3], rest: [B]) {
  return 2 * x, sum(x, over = 1)
}`,
  config: (n) => `model UsesConfig(${n} = 3)(x: [B, 3]) -> [B, ${n}] { return x -> Dense(${n}) }`,
  letter: (n) => `model UsesLetter(x: [B, 3]) -> [B, 3] {
  let y[b, ${n}] = x[b, ${n}] + ${n}
  return y
}`,
  block: (n) => `block ${n}(units)(x: [B, D]) -> [B, units] { return x -> Dense(units) }
model UsesBlock(x: [B, 3]) -> [B, 2] { return x -> ${n}(2) }`,
};

const length = 6;
const inputsFor = (program: ModelProgram): Readonly<Record<string, Float32Array>> =>
  Object.fromEntries(
    program.forward.data.map(({ name }) => [name, Float32Array.from({ length }, (_, k) => k / 4)]),
  );

const forward = async (result: Compilation): Promise<unknown> => {
  const program = (await instantiate(result.modules[0]!, {
    textOf: result.textOf,
  })) as ModelProgram;
  const model = new Model<object, unknown, string>(program);
  for (const { shape, write } of Object.values(model.params))
    write(
      Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, k) => (k % 5) / 4 - 0.3),
    );
  const given = await model.forward(inputsFor(program), {
    sizes: Object.fromEntries(program.forward.sizes.map((name, k) => [name, k === 0 ? 2 : 1])),
  });
  return given instanceof Float32Array ? given : Object.values(given as object);
};

const problemsOf = (text: string): readonly string[] =>
  ts
    .transpileModule(text, { reportDiagnostics: true, compilerOptions: { strict: true } })
    .diagnostics!.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));

describe("names that mean something else in JavaScript", () => {
  for (const [role, write] of Object.entries(roles))
    test(`as ${role}`, async () => {
      const plain = compiled(write("plain"));
      expect(errorsOf(plain)).toEqual([]);
      const expected = await forward(plain);
      for (const name of names) {
        const result = compiled(write(name));
        if (errorsOf(result).length > 0) continue;
        expect(await forward(result), name).toEqual(expected);
      }
    });

  test("in a file of all of them", { timeout: 300_000 }, async () => {
    for (const name of names) {
      const texts = Object.values(roles)
        .map((write) => write(name))
        .filter((text) => errorsOf(compiled(text)).length === 0);
      const result = compiled(texts.join("\n"));
      expect(errorsOf(result), name).toEqual([]);
      expect(problemsOf(await emitFile(result)), name).toEqual([]);
    }
  });

  test("as the name of a model or of a recipe", { timeout: 300_000 }, async () => {
    for (const name of names) {
      const result = compiled(`model ${name}(x: [B, 3]) -> [B, 3] { return x -> Dense(3) }
train ${name}_fit {
  data x: [B, 3]
  let ${name} = ${name}()
  minimize mean(${name}(x)^2) using Sgd()
}`);
      if (errorsOf(result).length > 0) continue;
      expect(problemsOf(await emitFile(result)), name).toEqual([]);
    }
  });

  test("as data, metric and step of a recipe", async () => {
    for (const name of names) {
      const result = compiled(`train Fit {
  data ${name}: [B, 3]
  let net = Dense(2)
  step ${name} {
    minimize mean(net(${name})^2) using Adam()
    metric ${name} = max(net(${name}))
  }
}`);
      if (errorsOf(result).length > 0) continue;
      const program = (await instantiate(result.modules[0]!)) as TrainProgram;
      const trainer = new Trainer<object, Readonly<Record<string, object>>, unknown>(program);
      await startTrainer(trainer, { seed: 1 });
      const batch = Object.fromEntries([[name, Float32Array.of(1, 2, 3, 4, 5, 6)]]);
      const log = await trainer.step(batch);
      expect(Object.keys(log), name).toContain(name);
      expect(Object.keys(log[name]!), name).toContain(name);
      expect(problemsOf(await emitFile(result)), name).toEqual([]);
    }
  });
});

/** Text that would run if it left its string or comment. */
const canaries = [
  '"); globalThis.canary(); ("',
  "`${globalThis.canary()}`",
  "${globalThis.canary()}",
  "'); globalThis.canary(); ('",
  "*/ globalThis.canary(); /*",
  "\u2028globalThis.canary();\u2028",
  "\u2029 globalThis.canary(); //",
  "\rglobalThis.canary();\r",
  '\\"); globalThis.canary(); //',
  "]! }; globalThis.canary(); {",
  "</script><script>globalThis.canary()</script>",
];

describe("texts that look like code", () => {
  const withCanary = async (run: () => Promise<void>): Promise<boolean> => {
    let fired = false;
    Object.assign(globalThis, { canary: () => (fired = true) });
    try {
      await run();
    } finally {
      Reflect.deleteProperty(globalThis, "canary");
    }
    return fired;
  };
  const runs = async (text: string): Promise<void> => {
    const result = compiled(text);
    if (errorsOf(result).length > 0) return;
    await forward(result);
    const file = await emitFile(result);
    expect(problemsOf(file)).toEqual([]);
    const { outputText } = ts.transpileModule(file, {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ESNext },
    });
    const body = outputText.replace(/^import .*$/gm, "").replace(/^export (?=class|const)/gm, "");
    const url = `data:text/javascript,${encodeURIComponent(`const Model = class {}, startModel = 0;\n${body}`)}`;
    await import(/* @vite-ignore */ url);
  };

  for (const canary of canaries) {
    const shown = JSON.stringify(canary);
    test(`in the message of a requirement: ${shown}`, async () => {
      const quoted = canary.replaceAll("\\", "\\\\").replaceAll('"', '\\"');
      const text = `model Net(x: [B, 3]) -> [B, 3] {
  require B >= 2, "${quoted}"
  return 2 * x
}`;
      expect(await withCanary(() => runs(text))).toBe(false);
    });
    test(`in comments: ${shown}`, async () => {
      const text = `/// ${canary}
model Net(x: [B, 3]) -> [B, 3] { // ${canary}
  return 2 * x + exp(x) // ${canary}
}`;
      expect(await withCanary(() => runs(text))).toBe(false);
    });
  }

  test("in the name of a file", async () => {
    for (const path of [
      'a"); globalThis.canary(); (".dlm',
      "a\u2028globalThis.canary();.dlm",
      "a*/globalThis.canary();/*.dlm",
    ]) {
      const text = "model Net(x: [B, 3]) -> [B, 3] {\n  require B >= 2\n  return 2 * x + exp(x)\n}";
      const result = compile({
        entry: path,
        read: (asked) => (asked === path ? text : null),
        prelude,
      });
      expect(errorsOf(result)).toEqual([]);
      expect(
        await withCanary(async () => {
          await forward(result);
          expect(problemsOf(await emitFile(result))).toEqual([]);
        }),
      ).toBe(false);
    }
  });
});

/** Code of the report, or null where nothing is wrong with it; then the text. */
const bombs: { readonly [what: string]: readonly [code: string | null, text: string] } = {
  "a repeat of a billion": [
    "DLM0218",
    "model Net(x: [B, 3]) -> [B, 3] { return x -> repeat 1_000_000_000 { relu } }",
  ],
  "repeats in repeats": [
    "DLM0218",
    "model Net(x: [B, 3]) -> [B, 3] { return x -> repeat 1000 { repeat 1000 { repeat 1000 { relu } } } }",
  ],
  "a range of a billion": [
    "DLM0316",
    "model Net(x: [B, 3]) -> [B, 3] { return x -> repeat i in range(1_000_000_000) { relu } }",
  ],
  "an input of 10^24 elements": [
    "DLM0801",
    "model Net(x: [100_000_000, 100_000_000, 100_000_000]) -> float { return sum(x) }",
  ],
  "an input of 10^10 elements": [
    "DLM0801",
    "model Net(x: [B, 100_000, 100_000]) -> [B] { return mean(x, keep = B) }",
  ],
  "a size beyond 2^53": ["DLM0114", "model Net(x: [B, 2^60]) -> float { return sum(x) }"],
  "a power of a power": ["DLM0304", "model Net(x: [B, 9^9^9^9]) -> float { return sum(x) }"],
  "a result of 10^18 elements": [
    "DLM0801",
    "model Net(x: [B, 1]) -> [B, 1_000_000_000, 1_000_000_000] { return expand(unsqueeze(x, 2), [B, 1_000_000_000, 1_000_000_000]) }",
  ],
  "a sum of 10^18 elements": [
    "DLM0801",
    "model Net(x: [1, 1]) -> float { return sum(expand(sin(x), [1_000_000_000, 1_000_000_000])) }",
  ],
  "a weight of 10^15 elements": [
    "DLM0801",
    "model Net(x: [B, 100_000_000]) -> [B, 10_000_000] { return x -> Dense(10_000_000) }",
  ],
  "a list that doubles": [
    "DLM0316",
    "fn twice(x) = [...x, ...x]\nmodel Net(x: [B, 3]) -> [B, 3] { return x -> repeat len([1] -> repeat 60 { twice }) { relu } }",
  ],
  "functions that double": [
    "DLM0218",
    `${Array.from({ length: 40 }, (_, k) => `fn f${k + 1}(x) = f${k}(x) + f${k}(x)`).join("\n")}
fn f0(x) = exp(x)
model Net(x: [B, 3]) -> [B, 3] { return f40(x) }`,
  ],
  "a function that calls itself": [
    "DLM0214",
    "fn f(x) = f(x + 1)\nmodel Net(x: [B, 3]) -> [B, 3] { return f(x) }",
  ],
  "deep parentheses": [
    "DLM0116",
    `model Net(x: [B, 3]) -> [B, 3] { return ${"(".repeat(20_000)}x${")".repeat(20_000)} }`,
  ],
  "a long chain": [
    "DLM0116",
    `model Net(x: [B, 3]) -> [B, 3] { return x${" + x".repeat(20_000)} }`,
  ],
  "a long pipeline": [
    "DLM0116",
    `model Net(x: [B, 3]) -> [B, 3] { return x${" -> relu".repeat(20_000)} }`,
  ],
  "a long name": [
    null,
    `model Net(${"n".repeat(100_000)}: [B, 3]) -> [B, 3] { return ${"n".repeat(100_000)} }`,
  ],
  "very many axes": [
    null,
    `model Net(x: [${Array.from({ length: 2_000 }, () => "1").join(", ")}]) -> float { return sum(x) }`,
  ],
};

describe("programs that ask for too much", () => {
  for (const [what, [code, text]] of Object.entries(bombs))
    test(`${what}: an answer soon`, () => {
      const [started, before] = [performance.now(), process.cpuUsage()];
      const { diagnostics, textOf } = check({
        entry: "bomb.dlm",
        read: (path) => (path === "bomb.dlm" ? text : null),
        prelude,
      });
      const { user, system } = process.cpuUsage(before);
      // Tenths of a second; minutes, or no end, where nothing stops it. Other tests may have the processor.
      expect(Math.min(performance.now() - started, (user + system) / 1000)).toBeLessThan(10_000);
      const errors = diagnostics.filter(({ severity }) => severity === "error");
      expect(errors.map((problem) => problem.code)).toEqual(code === null ? [] : [code]);
      for (const problem of errors) expect(render(problem, textOf).length).toBeLessThan(2000);
    });
});

// Types as well: a name may be a legal word and still stand for something else in the file.
test("a file of hostile names type-checks", { timeout: 300_000 }, async () => {
  const texts = ["class", "__proto__", "Math", "α", "f"].flatMap((name, k) =>
    Object.values(roles)
      .map((write) =>
        write(name)
          .replace(/model Uses/, `model Uses${k}`)
          .replace(/^block /, `block `),
      )
      .filter((text) => !text.startsWith("block") && errorsOf(compiled(text)).length === 0),
  );
  const result = compiled(texts.join("\n"));
  expect(errorsOf(result)).toEqual([]);
  const root = new URL("../../", import.meta.url).pathname;
  const project = new Project({
    tsConfigFilePath: `${root}tsconfig.json`,
    skipAddingFilesFromTsConfig: true,
  });
  const file = project.createSourceFile(`${root}hostile-names.ts`, await emitFile(result));
  expect(
    file
      .getPreEmitDiagnostics()
      .map((one) => ts.flattenDiagnosticMessageText(one.compilerObject.messageText, "\n")),
  ).toEqual([]);
});
