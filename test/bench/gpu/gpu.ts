// Dawn in this process: one `GPU` for all, which tells of every device that is opened on it, and is `navigator.gpu` to peers.

import { create, globals } from "webgpu";

export type WatchedGpu = {
  readonly gpu: GPU;
  readonly adapter: string;
  readonly features: readonly string[];
  /** Flags that Dawn was given. */
  readonly flags: readonly string[];
  /** The device that was opened last. */
  readonly lastDevice: () => GPUDevice;
  /** Devices that are opened from now on are its own. */
  readonly setOwner: (owner: string) => void;
  /** The first error that its devices told of since this was last asked, or null. */
  readonly takeError: (owner: string) => string | null;
};

/** Dawn in Node takes no shared memory, which is all that WebAssembly with threads has. */
const takeSharedMemory = ({ queue }: GPUDevice): void => {
  const write = queue.writeBuffer.bind(queue) as (...args: unknown[]) => void;
  queue.writeBuffer = (...args: unknown[]) => {
    const [buffer, offset, data, ...range] = args;
    const isShared = data instanceof Uint8Array && data.buffer instanceof SharedArrayBuffer;
    write(buffer, offset, isShared ? data.slice() : data, ...range);
  };
};

export const openGpu = async (flags: readonly string[]): Promise<WatchedGpu> => {
  Object.assign(globalThis, globals);
  const gpu = create([...flags]);
  const devices: GPUDevice[] = [];
  const errors = new Map<string, string>();
  let owner = "";
  const adapterOf = gpu.requestAdapter.bind(gpu);
  const first = await adapterOf({ powerPreference: "high-performance" });
  if (first === null) throw new Error("Dawn has no adapter here: is a Vulkan driver installed?");
  gpu.requestAdapter = async (options) => {
    const adapter = await adapterOf(options);
    if (adapter === null) return null;
    const deviceOf = adapter.requestDevice.bind(adapter);
    adapter.requestDevice = async (descriptor) => {
      const own = owner;
      const device = await deviceOf(descriptor);
      device.addEventListener("uncapturederror", (event) => {
        // A row tells the first; Dawn would print them all.
        event.preventDefault();
        if (!errors.has(own)) errors.set(own, event.error.message);
      });
      takeSharedMemory(device);
      devices.push(device);
      return device;
    };
    return adapter;
  };
  // What libraries for browsers look for.
  Object.defineProperty(globalThis, "navigator", {
    value: { gpu, userAgent: "node", hardwareConcurrency: 1 },
    configurable: true,
  });
  const { vendor, architecture, device, description } = first.info;
  return {
    gpu,
    adapter: [vendor, architecture, device, description].filter((part) => part !== "").join(", "),
    features: [...first.features].toSorted(),
    flags,
    lastDevice: () => {
      const device = devices.at(-1);
      if (device === undefined) throw new Error("no device was opened");
      return device;
    },
    setOwner: (next) => {
      owner = next;
    },
    takeError: (of) => {
      const message = errors.get(of) ?? null;
      errors.delete(of);
      return message;
    },
  };
};
