// What the program of a module is called in emitted code.

/** `Mlp` -> `mlpProgram`. */
export const programName = (module: string): string =>
  `${module.charAt(0).toLowerCase()}${module.slice(1)}Program`;
