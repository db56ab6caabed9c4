// What else the machine does: times of several threads say little where others run too.

import { cpus, loadavg } from "node:os";

const busyMs = (): number =>
  cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);

const ownMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** Says how many processors other programs had since it was made, and how many waited for one on average. */
export const watchOthers = (): (() => string) => {
  const [begun, busy, own, load] = [performance.now(), busyMs(), ownMs(), loadavg()[0]!];
  return () => {
    const others = (busyMs() - busy - (ownMs() - own)) / (performance.now() - begun);
    const had = `others had ${Math.max(0, others).toFixed(1)} of ${cpus().length} processors`;
    return `load ${load.toFixed(1)} before, ${loadavg()[0]!.toFixed(1)} after; ${had}`;
  };
};
