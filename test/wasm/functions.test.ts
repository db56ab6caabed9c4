// What WebAssembly computes of single numbers, NaN and infinity among them, beside the interpreter.

import { expect, test } from "vitest";
import { functionCases } from "../backends/wgsl/function-cases.ts";
import { functionErrors } from "./function-errors.ts";

test.each(functionCases)("$name", (one) => expect(functionErrors(one)).toEqual([]));
