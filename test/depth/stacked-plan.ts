// Stacked blocks from text to emitted kernels.

import { noPlaces } from "../../compiler/backends/places.ts";
import { programText } from "../../compiler/backends/program-text.ts";
import type { ProgramText } from "../../compiler/backends/program-text.ts";
import { typescriptBackend } from "../../compiler/backends/typescript/index.ts";
import { createPrelude } from "../../compiler/frontend/index.ts";
import { lower } from "../../compiler/lower/lower.ts";
import type { Plan } from "../../compiler/lower/plan.ts";
import { compile } from "../../compiler/pipeline.ts";
import { stackedBlocks } from "./stacked-blocks.ts";

const prelude = createPrelude();

export const planOf = (depth: number): Plan =>
  lower(compile({ ...stackedBlocks(depth), prelude }).modules[0]!);

export const textOf = (plan: Plan): ProgramText => programText(plan, typescriptBackend, noPlaces);
