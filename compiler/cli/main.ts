// The `dlm` command: words on the command line into a command's run and an exit code.

import { Command, CommanderError, Option } from "commander";
import { CompilerBug } from "../../grammar/bug.ts";
import { runCheck } from "./commands/check.ts";
import { runCompile } from "./commands/compile.ts";
import { runEvaluate } from "./commands/evaluate.ts";
import { runExplain } from "./commands/explain.ts";
import { runFormat } from "./commands/fmt.ts";
import { runInit, templateNames } from "./commands/init.ts";
import { runInspect } from "./commands/inspect.ts";
import { runPredict } from "./commands/predict.ts";
import { runPrint } from "./commands/print.ts";
import { runTrain } from "./commands/train.ts";
import { exitCode, UserError } from "./exit-code.ts";
import type { ExitCode } from "./exit-code.ts";
import { colorsOf } from "./terminal.ts";
import type { Terminal } from "./terminal.ts";
import { version } from "./version.ts";

/** Options that say where the data is; shared by train, evaluate and predict. */
const withData = (command: Command): Command =>
  command
    .option(
      "-d, --data <file...>",
      "data: a CSV, IDX or NPY file (gzip too), or one file per field as `field=file`",
    )
    .option("--header", "the first line of a CSV names its columns")
    .option("--batch <n>", "examples per batch", Number)
    .option("--quiet", "print results only");

const collectCommands = (terminal: Terminal, done: (code: ExitCode) => void): Command => {
  const program = new Command("dlm")
    .description("A compiler for neural networks.")
    .version(version)
    .showHelpAfterError("(`dlm --help` lists the commands)")
    .showSuggestionAfterError(true)
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.err })
    .exitOverride();
  const finish =
    <A extends readonly unknown[]>(run: (...args: A) => Promise<ExitCode> | ExitCode) =>
    async (...args: A): Promise<void> =>
      done(await run(...args));

  program
    .command("init")
    .description("write a first network, its data and a page on what to do next")
    .argument("[folder]", "where to write", ".")
    .addOption(
      new Option("-t, --template <name>", "what to start from").choices(templateNames).default("mlp"),
    )
    .action(finish((folder: string, options) => runInit(terminal, folder, options)));

  program
    .command("check")
    .description("report everything that is wrong in .dlm files")
    .argument("<file...>")
    .option("--json", "print the reports as a JSON array on standard output")
    .option("--warnings-as-errors", "fail on warnings too")
    .action(finish((files: string[], options) => runCheck(terminal, files, options)));

  program
    .command("compile")
    .description("write the generated TypeScript module next to a .dlm file")
    .argument("<file>")
    .option("-o, --out <file>", "where to write (default: beside the source, ending in .dlm.ts)")
    .option("--json", "print reports as JSON")
    .action(finish((file: string, options) => runCompile(terminal, file, options)));

  withData(
    program
      .command("train")
      .description("compile a recipe, train it on data and save the model")
      .argument("<file>")
      .option("-n, --name <recipe>", "which `train` declaration, when there are several"),
  )
    .option("--test <file...>", "data for the final test, written as for --data")
    .option("--holdout <n>", "keep the last n examples for the final test", Number)
    .option("--normalize <how>", "fit on the training data: standard, minmax or none", "none")
    .option("--epochs <n>", "passes over the data", Number)
    .option("--steps <n>", "stop after this many updates", Number)
    .option("--seed <n>", "seed of weights, draws and shuffle", Number)
    .option("-o, --out <folder>", "where to save the model and checkpoints")
    .option("--resume <checkpoint>", "go on from a checkpoint")
    .option("--json", "print the log as JSON lines on standard output")
    .action(finish((file: string, options) => runTrain(terminal, file, options)));

  withData(
    program
      .command("evaluate")
      .description("metrics of a saved model on data")
      .argument("<file>")
      .requiredOption("-w, --weights <file>", "a saved model (.safetensors)")
      .option("-n, --name <recipe>", "which `train` declaration"),
  )
    .option("--holdout <n>", "use the last n examples only", Number)
    .option("--json", "print the metrics as JSON")
    .action(finish((file: string, options) => runEvaluate(terminal, file, options)));

  withData(
    program
      .command("predict")
      .description("results of a saved model for every example")
      .argument("<file>")
      .requiredOption("-w, --weights <file>", "a saved model (.safetensors)")
      .option("-n, --name <model>", "which `model` declaration"),
  )
    .option("-o, --out <file>", "write to a file instead of standard output")
    .option("--json", "print JSON lines instead of CSV")
    .action(finish((file: string, options) => runPredict(terminal, file, options)));

  program
    .command("print")
    .description("show the program at one step of the compiler")
    .argument("<file>")
    .option("--after <pass>", "a pass of the pipeline (default: the last one)")
    .option("-n, --name <declaration>", "one model or recipe only")
    .action(finish((file: string, options) => runPrint(terminal, file, options)));

  program
    .command("inspect")
    .description("shapes, parameters, FLOPs, bytes and kernels, layer by layer")
    .argument("<file>")
    .option("-n, --name <declaration>", "one model or recipe only")
    .option("--layer <path>", "show the code generated for a layer")
    .option("--batch <n>", "examples per batch to count for", Number)
    .option("--json", "print the table as JSON")
    .action(finish((file: string, options) => runInspect(terminal, file, options)));

  program
    .command("fmt")
    .description("put .dlm files into the canonical format")
    .argument("<file...>")
    .option("--check", "change nothing; fail when a file is not formatted")
    .action(finish((files: string[], options) => runFormat(terminal, files, options)));

  program
    .command("explain")
    .description("what a diagnostic means, with a failing and a fixed program")
    .argument("<code>", "such as DLM0401 or dim-mismatch")
    .action(finish((code: string) => runExplain(terminal, code)));

  return program;
};

const reportBug = (terminal: Terminal, error: unknown): void => {
  const c = colorsOf(terminal);
  const where =
    error instanceof CompilerBug && error.span !== null
      ? `\n  while compiling ${error.span.file}, characters ${error.span.start}-${error.span.end}`
      : "";
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  terminal.err(`${c.bold(c.red("compiler bug:"))} ${text}${where}\n`);
  terminal.err("This is a mistake in dlm, not in your program. Please report it with the file.\n");
};

/** Runs one command. Never throws: what goes wrong is printed and told by the exit code. */
export const main = async (args: readonly string[], terminal: Terminal): Promise<ExitCode> => {
  let code: ExitCode = exitCode.ok;
  const program = collectCommands(terminal, (result) => {
    code = result;
  });
  try {
    await program.parseAsync(args, { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError)
      return error.exitCode === 0 ? exitCode.ok : exitCode.usage;
    if (error instanceof UserError) {
      const c = colorsOf(terminal);
      terminal.err(`${c.bold(c.red("error:"))} ${error.message}\n`);
      if (error.help !== "") terminal.err(`  ${c.cyan("help:")} ${error.help}\n`);
      return error.code;
    }
    reportBug(terminal, error);
    return exitCode.bug;
  }
};
