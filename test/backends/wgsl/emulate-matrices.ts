// Says without matrices what a shader says with them, so that it runs on devices that have none. 32 neighbours of a workgroup
// stand for a subgroup: of a matrix of sums each has 8 elements, matrices that are multiplied stay where they are loaded from.

import { headOf, noAbilities } from "../../../runtime/webgpu/abilities.ts";
import type { Emulation } from "./run-shader.ts";

/** Of each invocation half a row of 16 elements. */
const sums = `
alias Sums = array<f32, 8>;
`;

/** A matrix in an array: `x` is where it begins, `y` how far an element is from the next below it, `z` from the next of its row. */
const multiply = (left: string, right: string): string => `
fn ${left}_times(a: vec3u, b: vec3u, before: Sums, lane: u32) -> Sums {
  var sums = before;
  for (var k = 0u; k < 16u; k++) {
    let word = ${left}[a.x + lane / 2u * a.y + k * a.z];
    for (var c = 0u; c < 8u; c++) {
      sums[c] += word * ${right}[b.x + k * b.y + (lane % 2u * 8u + c) * b.z];
    }
  }
  return sums;
}
`;

const store = (array: string): string => `
fn ${array}_store(at: u32, stride: u32, sums: Sums, lane: u32) {
  for (var c = 0u; c < 8u; c++) {
    ${array}[at + lane / 2u * stride + lane % 2u * 8u + c] = sums[c];
  }
}
`;

const loads =
  /subgroupMatrixLoad<subgroup_matrix_(?:left|right)<half, 16, 16>, (row|col)_major>\(&\w+, ([^,]+), (\d+u)\)/g;
const stores = /subgroupMatrixStore<row_major>\(&(\w+), ([^,]+), (\w+), (\d+u)\);/g;
const given =
  ", @builtin(subgroup_id) subgroup: u32, @builtin(subgroup_invocation_id) lane: u32) {";

/** From an entry point that multiplies to the end of the text. */
const entryPoint = (text: string): string => {
  const arrayOf = (side: string): string =>
    new RegExp(`matrix_${side}<half, 16, 16>, \\w+>\\(&(\\w+)`).exec(text)![1]!;
  const [left, right] = [arrayOf("left"), arrayOf("right")];
  const [, corner] = /subgroupMatrixStore<row_major>\(&(\w+)/.exec(text)!;
  const body = text
    .replaceAll(loads, (_, order, at, stride) =>
      order === "row" ? `vec3u(${at}, ${stride}, 1u)` : `vec3u(${at}, 1u, ${stride})`,
    )
    .replaceAll(stores, "$1_store($2, $4, $3, lane);")
    .replaceAll("subgroup_matrix_result<f32, 16, 16>()", "Sums()")
    .replaceAll(/subgroupMatrixMultiplyAccumulate\(([^)]+)\)/g, `${left}_times($1, lane)`)
    .replace(given, ") { let subgroup = member / 32u; let lane = member % 32u;");
  return multiply(left, right) + store(corner!) + body;
};

const abilities = { halves: true, matrices: true, subgroup: null };

export const emulateMatrices: Emulation = {
  abilities,
  rewrite: (text) => {
    const [first, ...entries] = text
      .replace(headOf(abilities), headOf(noAbilities) + sums)
      .split(/^(?=@compute)/m);
    const emulated = entries.map((entry) =>
      entry.includes("subgroup_id") ? entryPoint(entry) : entry,
    );
    return [first, ...emulated].join("");
  },
};
