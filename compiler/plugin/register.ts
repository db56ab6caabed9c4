// `node --import dlm/register main.js`: the program imports .dlm files, compiled to what DLM_BACKEND says (`typescript`, `wasm`
// or `webgpu`; TypeScript without it).

import { env } from "node:process";
import type { BackendName } from "../backends/by-name.ts";
import { registerDlm } from "./node.ts";

const { DLM_BACKEND: backend } = env;
// Any other word is refused when the first file is compiled.
registerDlm(backend === undefined ? {} : { backend: backend as BackendName });
