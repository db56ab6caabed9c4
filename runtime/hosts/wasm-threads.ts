// Threads of the WebAssembly target: workers of Node or of a page, each with an instance on one memory. Between runs they
// wait in WebAssembly, so a run is a call of this thread as without them.
import type { WasmThreads } from "../abi.ts";
import { DlmError } from "../errors.ts";
import { createPace, type Pace } from "./pace.ts";

export type Threads = {
  /** Bytes behind the heap for copies of operands. */
  readonly panelBytes: number;
  /** Those begin there. */
  putPanels(end: number): void;
  /** What the next runs are of, and whether they are worth waking workers. */
  take(layout: object, isWorth: boolean): void;
  /** Runs an entry: with `"auto"` also on one thread now and then, then on what was faster. */
  run(entry: () => void): void;
  /** Ends the workers. */
  end(): void;
};

export type SharedInstance = {
  readonly memory: WebAssembly.Memory;
  readonly entries: Readonly<Record<string, () => void>>;
  readonly threads: Threads;
};

type ThreadedProgram = {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly split: WasmThreads;
  readonly floorMod: (a: number, b: number) => number;
};

/** Of `auto`. */
const mostThreads = 4;

/** Words at `control`, as the emitted module has them. */
const word = { epoch: 0, sleepers: 1, entry: 2, count: 48, maySleep: 49, panels: 50, stride: 51 };
const controlWords = 64;

/** Null where there are no threads to be had, which it says. */
export const openThreads = async (
  { bytes, split, floorMod }: ThreadedProgram,
  threads: number | "auto",
  end: number,
): Promise<SharedInstance | null> => {
  if (threads !== "auto" && !(Number.isSafeInteger(threads) && threads >= 1))
    throw new DlmError("bad-option", `threads: a whole number from 1, or "auto", got ${threads}`);
  const count = threads === "auto" ? Math.min(await cores(), mostThreads) : threads;
  if (count === 1) return null;
  const isShared = Uint8Array.from(bytes, (byte, k) => (k === split.flagsAt ? 3 : byte));
  const panelBytes = (count - 1) * split.panelBytes + 64;
  const workers: Worker[] = [];
  try {
    if (typeof SharedArrayBuffer === "undefined")
      throw new Error(
        "there is no SharedArrayBuffer; a page has it if it is cross-origin isolated",
      );
    const memory = sharedMemory(end + panelBytes);
    const module = await WebAssembly.compile(isShared);
    const start = startWorker(String(floorMod));
    for (let thread = 1; thread < count; thread++) workers.push(start({ module, memory, thread }));
    await Promise.all(workers.map(({ ready }) => ready));
    const { exports } = await WebAssembly.instantiate(module, { host: { memory, floorMod } });
    const control = new Int32Array(memory.buffer, split.control, controlWords);
    control[word.maySleep] = isPage() ? 0 : 1;
    control[word.stride] = split.panelBytes;
    const paces = new WeakMap<object, Pace>();
    const paceOf = (layout: object): Pace => {
      const known = paces.get(layout) ?? createPace();
      paces.set(layout, known);
      return known;
    };
    let pace: Pace | null = null;
    const threadsOf: Threads = {
      panelBytes,
      putPanels(at) {
        control[word.panels] = 64 * Math.ceil(at / 64) - split.panelBytes;
      },
      take(layout, isWorth) {
        control[word.count] = isWorth ? count : 1;
        pace = isWorth && threads === "auto" ? paceOf(layout) : null;
      },
      run(entry) {
        if (pace === null) return entry();
        control[word.count] = pace.first() ? count : 1;
        const begun = performance.now();
        entry();
        pace.took(performance.now() - begun);
      },
      end() {
        control[word.entry] = -1;
        Atomics.add(control, word.epoch, 1);
        Atomics.notify(control, word.epoch);
      },
    };
    threadsOf.putPanels(end);
    return { memory, entries: exports as SharedInstance["entries"], threads: threadsOf };
  } catch (cause) {
    workers.forEach(({ terminate }) => terminate());
    const reason = cause instanceof Error ? cause.message : String(cause);
    console.warn(`dlm: runs on one thread: ${reason}`);
    return null;
  }
};

const pageBytes = 65_536;

/** Where so much cannot be set aside, of 1 GB at most. */
const sharedMemory = (bytes: number): WebAssembly.Memory => {
  const initial = Math.ceil(bytes / pageBytes);
  try {
    return new WebAssembly.Memory({ initial, maximum: 65_536, shared: true });
  } catch {
    return new WebAssembly.Memory({ initial, maximum: 16_384, shared: true });
  }
};

/** What a worker gets. */
type Work = {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly thread: number;
};

type Worker = { readonly ready: Promise<void>; readonly terminate: () => void };

/** All of a worker; it ends when the function of the module does. */
const body = (floorMod: string): string => `const run = ({ module, memory, thread }, tell) => {
  const floorMod = ${floorMod};
  const { exports } = new WebAssembly.Instance(module, { host: { memory, floorMod } });
  tell();
  exports.work(thread);
};`;
const inNode = `const { workerData, parentPort } = require("node:worker_threads");
run(workerData, () => parentPort.postMessage(0));`;
const inPage = `onmessage = ({ data }) => {
  run(data, () => postMessage(0));
  close();
};`;

/** What is used of modules of Node: pages have no types for those. */
type Os = { availableParallelism(): number };
type NodeWorker = {
  once(event: "message" | "error", listener: (cause: unknown) => void): void;
  unref(): void;
  terminate(): Promise<number>;
};
type WorkerThreads = { readonly Worker: new (text: string, options: object) => NodeWorker };

/** Modules of Node, without an import that bundlers see. */
const builtIn = <T>(name: string): T | null => {
  const { process } = globalThis as { process?: { getBuiltinModule?: (name: string) => T } };
  return process?.getBuiltinModule?.(name) ?? null;
};

const isPage = (): boolean => typeof document !== "undefined";

const cores = async (): Promise<number> =>
  builtIn<Os>("node:os")?.availableParallelism() ?? globalThis.navigator?.hardwareConcurrency ?? 1;

const startWorker = (floorMod: string): ((work: Work) => Worker) => {
  const node = builtIn<WorkerThreads>("node:worker_threads");
  const text = `${body(floorMod)}\n${node === null ? inPage : inNode}`;
  return (work) => (node === null ? workerOfPage(text, work) : workerOfNode(node, text, work));
};

const workerOfNode = ({ Worker }: WorkerThreads, text: string, work: Work): Worker => {
  const worker = new Worker(text, { eval: true, workerData: work, execArgv: [] });
  const ready = new Promise<void>((resolve, reject) => {
    worker.once("message", () => {
      // Nobody waits for it: the process may end.
      worker.unref();
      resolve();
    });
    worker.once("error", reject);
  });
  return { ready, terminate: () => void worker.terminate() };
};

const workerOfPage = (text: string, work: Work): Worker => {
  const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  const worker = new globalThis.Worker(url);
  const ready = new Promise<void>((resolve, reject) => {
    worker.onmessage = () => resolve();
    worker.onerror = ({ message }) => reject(new Error(`a worker cannot start: ${message}`));
  }).finally(() => URL.revokeObjectURL(url));
  worker.postMessage(work);
  return { ready, terminate: () => worker.terminate() };
};
