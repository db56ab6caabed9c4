// Says without subgroups what a shader says with them, so that subgroups of any size run: invocations exchange numbers by
// workgroup memory, and wait for each other.

import { headOf, noAbilities } from "../../../runtime/webgpu/abilities.ts";
import type { Emulation } from "./run-shader.ts";

const exchange = (dtype: string): string => `
var<workgroup> exchanged_${dtype}: array<${dtype}, 256>;
fn exchange_${dtype}(x: ${dtype}, mask: u32, member: u32) -> ${dtype} {
  workgroupBarrier();
  exchanged_${dtype}[member] = x;
  workgroupBarrier();
  return exchanged_${dtype}[member ^ mask];
}`;

/** A function that combines lanes, from what it is given to its end. */
const combining = /^fn \w+\(whole1: ptr<[^]*?^\}$/gm;

const exchanging = (text: string): string => {
  const dtypes = [...text.matchAll(/whole(\d+): ptr<function, (\w+)>/g)];
  const dtypeOf = new Map(dtypes.map(([, k, dtype]) => [k, dtype]));
  return text.replaceAll(
    /subgroupShuffleXor\((u32\()?(\*whole|own)(\d+)\)?, (\w+)\)/g,
    (_, ofBool, name, k, mask) =>
      ofBool === undefined
        ? `exchange_${dtypeOf.get(k)}(${name}${k}, ${mask}, member)`
        : `exchange_u32(u32(${name}${k}), ${mask}, member)`,
  );
};

export const emulateSubgroups = (subgroup: number): Emulation => {
  const abilities = { ...noAbilities, subgroup };
  const head = `const subgroupWidth = ${subgroup}u;${["f32", "i32", "u32"].map(exchange).join("")}\n`;
  return {
    abilities,
    rewrite: (text) =>
      text.replace(headOf(abilities), headOf(noAbilities) + head).replaceAll(combining, exchanging),
  };
};
