// The words of the command line: commands, their arguments and options, and what each runs.

import { Command, Option } from "commander";
import { runCalibrate } from "./commands/calibrate.ts";
import { runCheck } from "./commands/check.ts";
import { runCompile } from "./commands/compile.ts";
import { runEvaluate } from "./commands/evaluate.ts";
import { runExplain } from "./commands/explain.ts";
import { runFormat } from "./commands/fmt.ts";
import { runGenerate } from "./commands/generate.ts";
import { runImport } from "./commands/import.ts";
import { runInit, templateNames } from "./commands/init.ts";
import { runInspect } from "./commands/inspect.ts";
import { runPredict } from "./commands/predict.ts";
import { runPrint } from "./commands/print.ts";
import { runTrain } from "./commands/train.ts";
import { runTune } from "./commands/tune.ts";
import { runTypes } from "./commands/types.ts";
import type { ExitCode } from "./exit-code.ts";
import {
  backendOption,
  figuresOption,
  precisionOption,
  threadsOption,
  tunedOption,
  withFma,
} from "./backends.ts";
import { fraction, holdout, wholeNumber } from "./option-values.ts";
import type { Terminal } from "./terminal.ts";
import { version } from "./version.ts";

type Run<A extends readonly unknown[]> = (...args: A) => Promise<ExitCode> | ExitCode;
/** Makes an action of a run: its exit code becomes that of the process. */
type Finish = <A extends readonly unknown[]>(run: Run<A>) => (...args: A) => Promise<void>;

const epilogue = `
A first network:
  dlm init my-network && cd my-network    write a network, data and a page on what to do next
  dlm check net.dlm                       find mistakes without training
  dlm train net.dlm --data data.csv       train it
  dlm train --help                        how data files are matched with the recipe
`;

const dataHelp = `
Data files (CSV, IDX, NPY, JSON Lines; each may be compressed with gzip):
  --data digits.csv.gz                    one CSV file; its columns are the data fields of the recipe in order
  --data x=images-idx3-ubyte.gz label=labels-idx1-ubyte.gz
                                          one file per data field
  --data words.jsonl                      an example to a line, {"field": [1, 2, 3], …}; lists may differ in length:
                                          batches are padded, and a field \`lengths\` is filled in
Bytes of images (IDX) become 0..1 for fields that hold numbers with a fraction.
Files too large for memory, and those of a recipe with \`shuffle: n\`, are read from disk as they are needed.
`;

const textHelp = `Text (.txt, also compressed):
  --data book.txt more.txt                windows of the files one after the other, for a recipe with
                                          \`data text: int[B, T], target: int[B, T]\` and \`T: 64\`; the second
                                          field, if there is one, gets the window one character further on
`;

/** Options that say where the data is, and how numbers are rounded; shared by train, evaluate and predict. */
const withData = (command: Command, verb: string): Command =>
  withFma(command)
    .argument("<file>", "a .dlm file")
    .option("-d, --data <file...>", `data to ${verb}: one file, or \`field=file\` for each field`)
    .option("--header", "skip the first line of CSV files")
    .option("--batch <n>", "examples per batch", wholeNumber(1))
    .addOption(threadsOption())
    .addHelpText("after", dataHelp);

const tokensOption = (text: string): Option =>
  new Option("--tokens <kind>", text).choices(["characters", "bytes"]);

const addWriting = (program: Command, terminal: Terminal, finish: Finish): void => {
  program
    .command("init")
    .description("write a first network, its data and a page on what to do next")
    .argument("[folder]", "where to write", ".")
    .addOption(
      new Option("-t, --template <name>", "what to start from")
        .choices(templateNames)
        .default("mlp"),
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
    .command("fmt")
    .description("put .dlm files into the canonical format")
    .argument("<file...>")
    .option("--check", "change nothing; fail when a file is not formatted")
    .action(finish((files: string[], options) => runFormat(terminal, files, options)));

  program
    .command("types")
    .description("write TypeScript declarations beside .dlm files")
    .argument("[path...]", "files, or folders with some", ["."])
    .option("--check", "change nothing; fail when declarations are missing or out of date")
    .option("--no-steps", "leave out `step`, as where the plugin has `steps: false`")
    .addOption(backendOption("what the plugin compiles to", "typescript"))
    .action(finish((paths: string[], options) => runTypes(terminal, paths, options)));

  program
    .command("explain")
    .description("what a report means, with a failing and a fixed program")
    .argument("<code>", "such as DLM0401 or dim-mismatch")
    .action(finish((code: string) => runExplain(terminal, code)));

  program
    .command("lsp")
    .description("run the language server, for editors")
    .option("--stdio", "talk on standard input and output (the only way)")
    .option("--clientProcessId <id>", "end when this process does")
    // Loaded here alone: no other command needs what it stands on.
    .action(finish(async () => (await import("./commands/lsp.ts")).runLsp()));
};

const addTraining = (program: Command, terminal: Terminal, finish: Finish): void => {
  withData(
    program.command("train").description("compile a recipe, train it on data and save the model"),
    "learn from",
  )
    .option("-n, --name <recipe>", "which `train` declaration, when there are several")
    .option("--test <file...>", "data for the final test, written as for --data")
    .option(
      "--holdout <n>",
      "keep examples for the final test: 360 (the last ones) or 20% (drawn by the seed); of a text its end",
      holdout,
    )
    .addOption(
      new Option(
        "--normalize <how>",
        "scale inputs, fitted on the training part and saved with the model",
      )
        .choices(["standard", "minmax", "none"])
        .default("none"),
    )
    .addOption(tokensOption("read the files as text of these (default: characters, for .txt)"))
    .option("--epochs <n>", "passes over the data (default: the recipe's)", wholeNumber(1))
    .option("--steps <n>", "stop after this many updates", wholeNumber(1))
    .option("--seed <n>", "seed of weights, draws, shuffles and shares", wholeNumber(0))
    .option("-o, --out <folder>", "where to save the model and checkpoints")
    .option("-w, --weights <file>", "start from a saved model instead of drawn weights")
    .option("--resume [checkpoint]", "go on from a checkpoint (default: the one in --out)")
    .option("--json", "print the log as JSON lines on standard output")
    .option("--quiet", "print the results only")
    .addOption(backendOption("what to train on"))
    .addOption(figuresOption(terminal))
    .addOption(tunedOption(terminal))
    .addOption(precisionOption())
    .addHelpText("after", textHelp)
    .action(finish((file: string, options) => runTrain(terminal, file, options)));

  withData(
    program.command("evaluate").description("loss and metrics of a saved model on data"),
    "measure on",
  )
    .requiredOption("-w, --weights <file>", "a saved model (.safetensors)")
    .option("-n, --name <recipe>", "which `train` declaration, when there are several")
    .addOption(tokensOption("what numbers mean, where the saved model does not say"))
    .option("--holdout <n>", "use only what `train --holdout` kept for the test", holdout)
    .option("--seed <n>", "the seed that drew a share (default: the recipe's)", wholeNumber(0))
    .option("--json", "print the metrics as JSON")
    .addOption(backendOption("what to run on"))
    .addOption(figuresOption(terminal))
    .addOption(tunedOption(terminal))
    .addOption(precisionOption())
    .addHelpText("after", textHelp)
    .action(finish((file: string, options) => runEvaluate(terminal, file, options)));

  withData(
    program.command("predict").description("results of a saved model for every example"),
    "predict from",
  )
    .requiredOption("-w, --weights <file>", "a saved model (.safetensors)")
    .option("-n, --name <model>", "which `model` declaration, when there are several")
    .option("-o, --out <file>", "write to a file instead of standard output")
    .option("--json", "print JSON lines instead of CSV")
    .addOption(backendOption("what to run on"))
    .addOption(figuresOption(terminal))
    .addOption(tunedOption(terminal))
    .addOption(precisionOption())
    .action(finish((file: string, options) => runPredict(terminal, file, options)));
};

const addGenerating = (program: Command, terminal: Terminal, finish: Finish): void => {
  program
    .command("generate")
    .description("continue a text with a model that was trained on text")
    .argument("<file>", "a .dlm file")
    .requiredOption("-w, --weights <file>", "a saved model (.safetensors)")
    .option("-n, --name <model>", "which `model` declaration, when there are several")
    .option("-p, --prompt <text>", "what the text starts with (default: the start of a line)")
    .option("-l, --length <n>", "characters (or bytes) to add", wholeNumber(0), 500)
    .option(
      "-t, --temperature <x>",
      "below 1 bolder, above 1 more varied, 0 always the most likely (default: 1)",
      fraction((x) => x >= 0 && x < Infinity, "from 0, such as 0.8"),
    )
    .option("--top-k <k>", "draw among the k most likely", wholeNumber(1))
    .option(
      "--top-p <p>",
      "draw among the fewest most likely whose probabilities sum to p",
      fraction((p) => p > 0 && p <= 1, "above 0 and at most 1"),
    )
    .option("--greedy", "always take the most likely")
    .option("--seed <n>", "the same seed gives the same text", wholeNumber(0), 0)
    .addOption(tokensOption("what numbers mean, where the saved model does not say"))
    .option("--json", "print prompt and text as JSON at the end")
    .addOption(backendOption("what to run on").choices(["typescript", "wasm"]))
    .action(finish((file: string, options) => runGenerate(terminal, file, options)));
};

const addImporting = (program: Command, terminal: Terminal, finish: Finish): void => {
  program
    .command("import")
    .description("turn weights that PyTorch saved into a saved model")
    .argument("<file>", "a .dlm file")
    .requiredOption("--from <file>", "what PyTorch saved (.safetensors)")
    .requiredOption(
      "--map <file>",
      'JSON, PyTorch modules to layers: { "encoder.0": "Dense_0", "fc": null }',
    )
    .requiredOption("-o, --out <file>", "where to write the model (.safetensors)")
    .option("--fresh <path...>", "layers that are not in the file and stay as drawn")
    .option("-n, --name <model>", "which `model` declaration, when there are several")
    .action(finish((file: string, options) => runImport(terminal, file, options)));
};

const addLooking = (program: Command, terminal: Terminal, finish: Finish): void => {
  program
    .command("compile")
    .description("write the generated TypeScript module beside a .dlm file")
    .argument("<file>", "a .dlm file")
    .option("-o, --out <file>", "where to write (default: beside the source, ending in .dlm.ts)")
    .option("--types", "write the declarations only, where `dlm types` does")
    .option("--no-steps", "leave out the code that runs causal models one position at a time")
    .option("--json", "print reports as JSON")
    .addOption(backendOption("what the module runs on", "typescript"))
    .addOption(figuresOption(terminal))
    .addOption(tunedOption(terminal))
    .addOption(precisionOption())
    .action(finish((file: string, options) => runCompile(terminal, file, options)));

  program
    .command("calibrate")
    .description("measure the GPU of this machine, for `--figures` of other commands")
    .option("-o, --out <file>", "where to write", "figures.json")
    .option("--json", "print the figures and write no file")
    .action(finish((options) => runCalibrate(terminal, options)));

  program
    .command("tune")
    .description("measure on the GPU of this machine which way of computing each kernel is fastest")
    .argument("<file>", "a .dlm file")
    .option("-n, --name <declaration>", "one model or recipe only")
    .option("-o, --out <file>", "where to write, for `--tuned` of other commands", "tuned.json")
    .option("--batch <n>", "examples per batch to measure with", wholeNumber(1))
    .option("--top <n>", "ways of each kernel to measure, cheapest first", wholeNumber(2), 3)
    .option("--seconds <n>", "begin no kernel after this time", wholeNumber(1), 120)
    .option("--json", "print what was measured and write no file")
    .addOption(figuresOption(terminal))
    .addOption(tunedOption(terminal, "go on from this file: what it has is not measured again"))
    .addOption(precisionOption())
    .action(finish((file: string, options) => runTune(terminal, file, options)));

  program
    .command("print")
    .description("show the program at one step of the compiler")
    .argument("<file>", "a .dlm file")
    .option("--after <pass>", "a pass of the compiler (default: the last one)")
    .option("-n, --name <declaration>", "one model or recipe only")
    .action(finish((file: string, options) => runPrint(terminal, file, options)));

  program
    .command("inspect")
    .description("shapes, parameters, FLOPs, bytes and kernels, layer by layer")
    .argument("<file>", "a .dlm file")
    .option("-n, --name <declaration>", "one model or recipe only")
    .option(
      "--layer <path>",
      "show the code generated for a layer; with --backend wasm as text, by the package `wabt`",
    )
    .option("--batch <n>", "examples per batch to count for", wholeNumber(1))
    .option("--json", "print the table as JSON")
    .addOption(
      backendOption(
        "what it is planned for; webgpu: also what each launch does, and why so",
        "typescript",
      ),
    )
    .addOption(figuresOption(terminal))
    .addOption(tunedOption(terminal))
    .addOption(precisionOption())
    .action(finish((file: string, options) => runInspect(terminal, file, options)));
};

export const createProgram = (terminal: Terminal, done: (code: ExitCode) => void): Command => {
  const program = new Command("dlm")
    .description("A compiler for neural networks.")
    .version(version)
    .showHelpAfterError("(`dlm --help` lists the commands)")
    .showSuggestionAfterError(true)
    .configureOutput({
      writeOut: terminal.out,
      writeErr: terminal.err,
      getOutHelpWidth: () => terminal.columns,
      getErrHelpWidth: () => terminal.columns,
    })
    .addHelpText("after", epilogue)
    .exitOverride();
  const finish: Finish =
    (run) =>
    async (...args) =>
      done(await run(...args));
  addWriting(program, terminal, finish);
  addTraining(program, terminal, finish);
  addImporting(program, terminal, finish);
  addGenerating(program, terminal, finish);
  addLooking(program, terminal, finish);
  return program;
};
