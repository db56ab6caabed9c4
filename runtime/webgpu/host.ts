// The host of the WebGPU target: programs run in the memory of a device; the heap is where callers read and write, and is
// copied on request.
import type { EntryProgram, Layout, SizeValues } from "../abi.ts";
import { DlmError } from "../errors.ts";
import { floatsOf } from "../half.ts";
import type { Host, OpenHost, Words } from "../host.ts";
import { heapOf } from "../hosts/typescript.ts";
import { createCommit } from "./commit.ts";
import type { Commit } from "./commit.ts";
import { usage } from "./flags.ts";
import { bindLaunches, limitsOf, planRun } from "./launches.ts";
import type { Launches } from "./launches.ts";
import { checkLimits, slabLimits } from "./limits.ts";
import { createMemory } from "./memory.ts";
import type { DeviceMemory } from "./memory.ts";
import { openDevice } from "./open-device.ts";
import type { OpenedDevice } from "./open-device.ts";
import { abilitiesOf, wishesOf } from "./abilities.ts";
import type { Abilities } from "./abilities.ts";
import { compilePipelines } from "./pipelines.ts";
import type { KernelPipelines } from "./pipelines.ts";
import type { DeviceProgram } from "./program.ts";

/** What is stored lies in one buffer. */
const stored: Layout = { offsets: [], end: 0 };

/** Entries and sizes whose launches are kept. */
const mostLists = 32;

type Ready = OpenedDevice & {
  readonly abilities: Abilities;
  readonly pipelines: readonly KernelPipelines[];
  readonly commit: Commit;
  readonly memory: DeviceMemory;
};

export const webgpuHost =
  (program: DeviceProgram): OpenHost =>
  (storedWords) => {
    let heap = heapOf(storedWords);
    let opened: Ready | null = null;
    let scratch: GPUBuffer | null = null;
    let failure: DlmError | null = null;
    let last: Promise<unknown> = Promise.resolve();
    let running = 0;
    let unsent: Words[] = [{ start: 0, count: storedWords }];
    const lists = new Map<Layout, Launches>();

    const live = (): Ready => {
      if (failure !== null) throw failure;
      if (opened !== null) return opened;
      throw new DlmError("no-device", "there is no device yet: wait for `create`");
    };

    const forget = (): void => {
      for (const { dispose } of lists.values()) dispose();
      lists.clear();
    };

    const scratchOf = ({ device }: Ready, words: number): GPUBuffer => {
      const size = 4 * words;
      if (scratch !== null && scratch.size >= size) return scratch;
      // Lists made before hold on to the smaller one, which lives until they are gone.
      scratch = device.createBuffer({ size, usage: usage.storage });
      return scratch;
    };

    const listOf = (
      ready: Ready,
      entry: EntryProgram,
      layout: Layout,
      sizes: SizeValues,
    ): Launches => {
      const known = lists.get(layout);
      if (known !== undefined) return known;
      const planned = planRun(entry, layout, sizes);
      checkLimits(ready.device.limits, [...slabLimits(layout), ...limitsOf(program, planned)]);
      if (ready.memory.reserve(layout)) forget();
      const [oldest] = lists.keys();
      if (lists.size >= mostLists && oldest !== undefined) {
        lists.get(oldest)!.dispose();
        lists.delete(oldest);
      }
      const machine = { ...ready, program, scratchOf: (words: number) => scratchOf(ready, words) };
      const made = bindLaunches(machine, entry, planned, layout);
      lists.set(layout, made);
      return made;
    };

    const watch = (device: GPUDevice): void => {
      device.addEventListener("uncapturederror", ({ error }) => {
        failure ??= refusedError(error);
      });
      void device.lost.then(({ message }) => {
        failure = lostError(message);
      });
    };

    const arriving = async (words: Promise<Int32Array>): Promise<Int32Array> => {
      // A device that is gone says so here first.
      const arrived = await words.catch((cause: unknown): never => {
        if (opened === null) throw new DlmError("disposed", "this was disposed while it ran");
        throw failure ?? lostError(cause instanceof Error ? cause.message : String(cause));
      });
      live();
      return arrived;
    };

    const host: Host = {
      get heap() {
        return heap;
      },
      remote: {
        get name() {
          return opened?.name ?? "";
        },
        get halves() {
          return opened?.abilities.halves === true ? floatsOf : null;
        },
        async ready(options) {
          const { device, gpu, name } = await openDevice(options, wishesOf(program, options));
          watch(device);
          const abilities = await abilitiesOf(device);
          const made = async (): Promise<readonly KernelPipelines[]> => {
            checkLimits(device.limits, program.limits ?? []);
            return compilePipelines(device, program, abilities);
          };
          const pipelines = await made().catch((cause: unknown) => {
            device.destroy();
            throw cause;
          });
          const memory = createMemory(device, storedWords, program.parts);
          const commit = createCommit(device);
          opened = { device, gpu, name, abilities, pipelines, commit, memory };
        },
        exclusive(body) {
          // At once where nothing runs: callers may change what they gave as soon as the call returns.
          const done = running++ === 0 ? body() : last.then(body);
          const ended = (): void => {
            running--;
          };
          last = done.then(ended, ended);
          return done;
        },
        refuse(method) {
          throw new DlmError(
            "bad-option",
            `this runs on a device, which \`${method}\` cannot wait for: call \`forward\``,
          );
        },
        send(words) {
          unsent.push(words);
        },
        async fetch(words, layout = stored) {
          const ready = live();
          flush(ready);
          const arrived = await arriving(ready.memory.fetch(words, layout));
          let from = 0;
          for (const { start, count } of words) {
            // What was written in the meantime is newer.
            if (
              !unsent.some(
                (other) => start < other.start + other.count && other.start < start + count,
              )
            )
              heap.i32.set(arrived.subarray(from, from + count), start);
            from += count;
          }
        },
        keep(words, layout) {
          const ask = live().memory.keep(words, layout);
          return () => arriving(ask());
        },
        goOn() {
          opened?.commit.goOn();
        },
      },
      reserve(words) {
        if (words <= heap.i32.length) return;
        const grown = heapOf(words);
        grown.i32.set(heap.i32.subarray(0, storedWords));
        heap = grown;
      },
      run(entry, layout, sizes) {
        const ready = live();
        const { list, table } = listOf(ready, entry, layout, sizes);
        flush(ready);
        for (const words of given(entry, layout, sizes)) ready.memory.send(heap, words, layout);
        const encoder = ready.device.createCommandEncoder();
        const pass = encoder.beginComputePass();
        for (const { pipeline, group, workgroups, waits } of list) {
          pass.setPipeline(pipeline);
          pass.setBindGroup(0, group);
          if (waits === null) pass.dispatchWorkgroups(...workgroups);
          else pass.dispatchWorkgroupsIndirect(table!, 12 * waits);
        }
        pass.end();
        ready.device.queue.submit([encoder.finish()]);
      },
      dispose() {
        forget();
        opened?.memory.dispose();
        opened?.commit.dispose();
        scratch?.destroy();
        const device = opened?.device;
        opened = null;
        device?.destroy();
        heap = heapOf(0);
      },
    };

    const flush = (ready: Ready): void => {
      for (const words of unsent) ready.memory.send(heap, words, stored);
      unsent = [];
    };
    return host;
  };

const refusedError = (error: GPUError): DlmError =>
  error.constructor.name === "GPUOutOfMemoryError"
    ? new DlmError("out-of-memory", "the device has no memory left: use a smaller batch")
    : new DlmError(
        "bad-shader",
        `the device refuses what it was given; this is a bug of dlm, please report it: ${error.message}`,
      );

const lostError = (said: string): DlmError =>
  new DlmError(
    "device-lost",
    `the device was lost (${said || "it is gone"}); go on from the last checkpoint with a new one`,
  );

/** What a run reads that was written to the heap before it. */
const given = (
  { data, scalars, draws, status }: EntryProgram,
  { offsets }: Layout,
  sizes: SizeValues,
): readonly Words[] => [
  ...data.map(({ slot, count }) => ({ start: offsets[slot]!, count: count(sizes) })),
  ...scalars.map(({ slot }) => ({ start: offsets[slot]!, count: 1 })),
  ...draws.map(({ slot }) => ({ start: offsets[slot]!, count: 3 })),
  ...(status === null ? [] : [{ start: offsets[status.slot]!, count: 1 }]),
];
