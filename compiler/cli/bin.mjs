#!/usr/bin/env node
// Starts the command line on the built package.

import { createTerminal } from "../../dist/compiler/cli/process-terminal.js";
import { main } from "../../dist/compiler/cli/main.js";

process.exitCode = await main(process.argv.slice(2), createTerminal());
