// Measures a device for a second: what launches, words, barriers and multiply-adds take there.
import type { DeviceOptions } from "../host.ts";
import { usage } from "./flags.ts";
import { commonFigures, commonLanes } from "./figures.ts";
import type { Figures, MeasuredFigures } from "./figures.ts";
import { openDevice } from "./open-device.ts";

/** Invocations of a workgroup. */
const members = 64;
const invocations = commonLanes;
/** Words that are copied and stored: more than most caches hold. */
const farWords = 2 ** 22;
/** Words that stay in a cache. */
const nearWords = 2 ** 14;

/** Time that the longer of two runs shall take: the clock of a page ticks every 0.1 ms. */
const longEnough = 5e-3;
const fewestRounds = 8;
const mostRounds = 2 ** 22;
const mostLaunches = 2 ** 11;
const repeats = 5;

/**
 * A shader does something `rounds` times, a number that it reads so that no compiler knows it. What begins and ends a
 * run takes as long for twice as many rounds, so differences say what a round takes.
 */
type Probe = {
  readonly body: string;
  /** Before the rounds and after them. */
  readonly before?: string;
  readonly after: string;
  readonly workgroups: number;
};

const head = `@group(0) @binding(0) var<storage, read> rounds: array<u32>;
@group(0) @binding(1) var<storage, read> source: array<f32>;
@group(0) @binding(2) var<storage, read_write> target_: array<f32>;
var<workgroup> words: array<vec4f, ${members}>;
`;

const shaderOf = ({ before = "", body, after }: Probe): string => `${head}
@compute @workgroup_size(${members})
fn probe(@builtin(global_invocation_id) id: vec3u, @builtin(local_invocation_index) member: u32) {
  let at = id.x;
  let count = rounds[0];
  ${before}
  for (var round = 0u; round < count; round++) {
    ${body}
  }
  ${after}
}
`;

const groups = invocations / members;

/** So many accumulators are independent of each other, as in a tile. */
const sums = Array.from({ length: 8 }, (_, k) => `s${k}`);

const probes = {
  multiplyAdds: {
    before: `let x = source[at]; ${sums.map((s, k) => `var ${s} = f32(${k}) + x;`).join(" ")}`,
    body: sums.map((s) => `${s} = fma(${s}, x, 0.5);`).join(" "),
    after: `target_[at] = ${sums.join(" + ")};`,
    workgroups: groups,
  },
  loads: {
    before: "var s = 0.0;",
    body: `s += source[(at + round * ${members}u) % ${nearWords}u];`,
    after: "target_[at] = s;",
    workgroups: groups,
  },
  loadsApart: {
    before: "var s = 0.0;",
    body: `s += source[(at * 33u + round * ${members}u) % ${nearWords}u];`,
    after: "target_[at] = s;",
    workgroups: groups,
  },
  shared: {
    before: "words[member] = vec4f(source[at]); workgroupBarrier(); var s = vec4f(0.0);",
    body: `s += words[(member + round) % ${members}u];`,
    after: "target_[at] = s.x + s.y + s.z + s.w;",
    workgroups: groups,
  },
  barriers: {
    before: "words[member] = vec4f(source[at]);",
    body: "workgroupBarrier();",
    after: `target_[at] = words[(member + 1u) % ${members}u].x;`,
    workgroups: groups,
  },
  stores: {
    body: `target_[(at + round * ${invocations}u) % ${farWords}u] = f32(round);`,
    after: "",
    workgroups: groups,
  },
  copies: {
    body: `let i = (at + round * ${invocations}u) % ${farWords}u; target_[i] = source[i];`,
    after: "",
    workgroups: groups,
  },
} as const satisfies Record<string, Probe>;

/** Seconds that a number of rounds takes. */
type Run = (rounds: number) => Promise<number>;

/** Seconds of a round: the difference of two counts, at their least disturbed; counts grow until they are long enough. */
const secondsPerRound = async (run: Run, most: number): Promise<number> => {
  let rounds = fewestRounds;
  await run(rounds);
  while (rounds < most && (await run(2 * rounds)) < longEnough) rounds *= 2;
  let [once, twice] = [Infinity, Infinity];
  for (let k = 0; k < repeats; k++) {
    once = Math.min(once, await run(rounds));
    twice = Math.min(twice, await run(2 * rounds));
  }
  // Where the clock sees no difference all rounds together take no more than a tick of it.
  return Math.max(twice - once, 1e-5) / rounds;
};

/** Throws `no-device`. */
export const calibrate = async (options: DeviceOptions = {}): Promise<MeasuredFigures> => {
  // Its `gpu` stays with it: the device would die without.
  const opened = await openDevice(options);
  try {
    return await measure(opened.device, opened.name);
  } finally {
    opened.device.destroy();
  }
};

const measure = async (device: GPUDevice, name: string): Promise<MeasuredFigures> => {
  const { storage, copyTarget } = usage;
  const bufferOf = (words: number): GPUBuffer =>
    device.createBuffer({ size: 4 * words, usage: storage | copyTarget });
  const [count, source, target] = [bufferOf(4), bufferOf(farWords), bufferOf(farWords)];
  const runsOf = async (
    probe: Probe,
  ): Promise<(rounds: number, launches: number) => Promise<number>> => {
    const module = device.createShaderModule({ code: shaderOf(probe) });
    const pipeline = await device.createComputePipelineAsync({
      layout: "auto",
      compute: { module, entryPoint: "probe" },
    });
    const used = [count, source, target].map((buffer, binding) => ({
      binding,
      resource: { buffer },
    }));
    const text = `${probe.before ?? ""}${probe.body}${probe.after}`;
    const group = device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: used.filter(({ binding }) => binding !== 1 || text.includes("source[")),
    });
    return async (rounds, launches) => {
      device.queue.writeBuffer(count, 0, new Uint32Array([rounds, 0, 0, 0]));
      await device.queue.onSubmittedWorkDone();
      const began = performance.now();
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, group);
      for (let k = 0; k < launches; k++) pass.dispatchWorkgroups(probe.workgroups);
      pass.end();
      device.queue.submit([encoder.finish()]);
      await device.queue.onSubmittedWorkDone();
      return (performance.now() - began) / 1000;
    };
  };
  const roundOf = async (probe: Probe): Promise<number> => {
    const run = await runsOf(probe);
    return secondsPerRound((rounds) => run(rounds, 1), mostRounds);
  };
  const one = await runsOf({ ...probes.stores, workgroups: 1 });
  const launch = await secondsPerRound((launches) => one(1, launches), mostLaunches);
  const [products, loads, loadsApart, shared, barrier, stores, copies] = [
    await roundOf(probes.multiplyAdds),
    await roundOf(probes.loads),
    await roundOf(probes.loadsApart),
    await roundOf(probes.shared),
    await roundOf(probes.barriers),
    await roundOf(probes.stores),
    await roundOf(probes.copies),
  ];
  const unit = products / sums.length;
  /** A round without the additions that are part of it; what is hidden behind these costs little, but not nothing. */
  const cost = (seconds: number, additions = 0): number =>
    Number(Math.max(seconds / unit - additions, 0.25).toPrecision(3));
  const figures: Figures = {
    load: cost(loads, 1),
    shared: cost(shared, 4),
    barrier: cost(barrier),
    store: cost(stores),
    launch: cost(launch),
    beside: Number(Math.min(Math.max(loadsApart / loads, 1), 32).toPrecision(3)),
    function: commonFigures.function,
  };
  const rounded = (value: number): number => Number(value.toPrecision(4));
  return {
    format: "dlm-figures-1",
    device: name,
    figures,
    rates: {
      multiplyAddsPerSecond: rounded(invocations / unit),
      bytesCopiedPerSecond: rounded((8 * invocations) / copies),
      launchMicroseconds: rounded(launch * 1e6),
      barrierNanoseconds: rounded(barrier * 1e9),
    },
  };
};
