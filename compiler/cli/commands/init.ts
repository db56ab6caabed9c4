// `dlm init`: a first network with its data, copied from the examples of this package.

import { copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { exitCode, UserError } from "../exit-code.ts";
import type { ExitCode } from "../exit-code.ts";
import { shownPath } from "../files.ts";
import type { Terminal } from "../terminal.ts";

/** Files of `examples/` that make a project, and the arguments that train it. */
type Template = {
  readonly program: string;
  readonly data: string;
  readonly train: string;
  readonly result: string;
};

const templates = {
  mlp: {
    program: "digits/mlp.dlm",
    data: "digits/digits.csv.gz",
    train: "--holdout 360 --normalize standard",
    result: "handwritten digits, a network with three hidden layers",
  },
  cnn: {
    program: "digits/cnn.dlm",
    data: "digits/digits.csv.gz",
    train: "--holdout 360 --normalize standard",
    result: "handwritten digits, a convolutional network with a residual block",
  },
  iris: {
    program: "iris/iris.dlm",
    data: "iris/iris.csv",
    train: "--header --holdout 20% --normalize standard",
    result: "species of iris from four measurements",
  },
} as const satisfies { readonly [name: string]: Template };

export const templateNames: readonly string[] = Object.keys(templates);

const isTemplate = (name: string): name is keyof typeof templates => name in templates;

/** The folder of this package, found through its own name. */
const packageFolder = (): string =>
  dirname(createRequire(import.meta.url).resolve("dlm/package.json"));

const fileName = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

const readme = (template: Template): string => {
  const program = fileName(template.program);
  const data = fileName(template.data);
  return `# ${template.result}

Train it:

    npx dlm train ${program} --data ${data} ${template.train} --out run

Look inside:

    npx dlm check ${program}
    npx dlm inspect ${program}
    npx dlm print ${program} --after simplify

Use what was learned:

    npx dlm evaluate ${program} --weights run --data ${data}
    npx dlm predict ${program} --weights run --data ${data} --out predictions.csv

Change the network in ${program} (layers, sizes, activations) and train it again; \`npx dlm check ${program}\` says at once
what does not fit.
`;
};

export const runInit = (
  terminal: Terminal,
  folder: string,
  { template: name }: { readonly template: string },
): ExitCode => {
  if (!isTemplate(name))
    throw new UserError(`there is no template ${name}`, `templates: ${templateNames.join(", ")}`);
  const template = templates[name];
  const target = resolve(terminal.cwd, folder);
  const examples = join(packageFolder(), "examples");
  const copies = [template.program, template.data];
  for (const file of [...copies.map(fileName), "README.md"])
    if (existsSync(join(target, file)))
      throw new UserError(
        `${shownPath(terminal, join(target, file))} is already there`,
        "name another folder: `dlm init my-network`",
      );
  mkdirSync(target, { recursive: true });
  for (const file of copies) copyFileSync(join(examples, file), join(target, fileName(file)));
  writeFileSync(join(target, "README.md"), readme(template));
  const shown = shownPath(terminal, target) || ".";
  terminal.out(`wrote ${[...copies.map(fileName), "README.md"].join(", ")} to ${shown}\n\n`);
  if (shown !== ".") terminal.out(`  cd ${shown}\n`);
  const [program, data] = copies.map(fileName);
  terminal.out(`  npx dlm train ${program} --data ${data} ${template.train} --out run\n`);
  return exitCode.ok;
};
