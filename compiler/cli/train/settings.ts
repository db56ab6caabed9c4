// Options of the command line into settings that win over the recipe's.

import type { Settings } from "../../../runtime/abi.ts";

export type SettingOptions = {
  readonly epochs?: number;
  readonly steps?: number;
  readonly batch?: number;
  readonly seed?: number;
};

/** Examples per batch when neither recipe nor command line says. */
export const defaultBatch = 32;

/** With only `--steps`, epochs do not end the run earlier: the data repeats. */
export const settingsOf = ({ epochs, steps, batch, seed }: SettingOptions): Partial<Settings> => ({
  ...(epochs === undefined ? {} : { epochs }),
  ...(steps === undefined ? {} : { steps }),
  ...(steps !== undefined && epochs === undefined ? { epochs: Number.MAX_SAFE_INTEGER } : {}),
  ...(batch === undefined ? {} : { batch }),
  ...(seed === undefined ? {} : { seed }),
});
