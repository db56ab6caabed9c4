// Every report the compiler can make, as data: code → slug, severity and message with `{holes}`.

import type { Severity } from "./diagnostic.ts";

export type CatalogueRow = {
  /** The name used in `// dlm-ignore slug: reason`. */
  readonly slug: string;
  readonly severity: Severity;
  /** Lower case, no full stop, names in backticks; `{hole}` marks what the report site fills in. */
  readonly message: string;
};

const error = <const Slug extends string, const Message extends string>(
  slug: Slug,
  message: Message,
) => ({ slug, severity: "error", message }) as const;
const warning = <const Slug extends string, const Message extends string>(
  slug: Slug,
  message: Message,
) => ({ slug, severity: "warning", message }) as const;

const syntax = {
  DLM0101: error("foreign-operator", "`{op}` is not an operator"),
  DLM0102: error("unclosed-bracket", "this `{open}` is never closed"),
  DLM0103: error("not-a-statement", "`{word}` is not a statement"),
  DLM0104: error("operator-after-stage", "`{op}` cannot follow a pipeline stage"),
  DLM0105: error("reserved-word", "`{word}` is a reserved word and cannot be a name"),
  DLM0106: error("unopened-bracket", "this `{close}` closes nothing"),
  DLM0107: error("syntax", "expected {expected}, found {found}"),
  DLM0108: error("unknown-character", "`{character}` is not part of the language"),
  DLM0109: error("unclosed-string", "this string is never closed"),
  DLM0110: error("foreign-string", "strings are written in double quotes"),
  DLM0111: error("foreign-comment", "`{mark}` does not start a comment"),
  DLM0112: error("chained-comparison", "`{first}` and `{second}` cannot be chained"),
  DLM0113: error("bare-fraction", "a number starts with a digit, not with `.`"),
  DLM0114: error("number-too-large", "`{number}` is too large"),
  DLM0115: error("file-too-large", "this file has {size} characters; the limit is {limit}"),
  DLM0116: error("nesting-too-deep", "this is nested too deeply; the limit is {limit} levels"),
  DLM0117: error("constant-form", "a top-level `let` is a constant: `let name = value`"),
  DLM0118: error("unknown-escape", "`{escape}` is not an escape sequence"),
} as const satisfies Record<string, CatalogueRow>;

const names = {
  DLM0201: error("unknown-name", "no layer or function is called `{name}`"),
  DLM0202: error("unknown-argument", "`{callee}` has no argument `{name}`"),
  DLM0203: error("not-built", "`{name}` is a layer that has not been built"),
  DLM0204: error("unknown-size", "size `{name}` is not known here"),
  DLM0205: error("import-cycle", "imports form a cycle"),
  DLM0206: error("file-not-found", "there is no file `{path}`"),
  DLM0207: error("duplicate-declaration", "`{name}` is declared twice"),
  DLM0208: error("not-exported", "`{path}` declares no `{name}`"),
  DLM0209: error("unknown-value", "nothing is called `{name}` here"),
  DLM0210: error("wrong-kind", "`{name}` is {actual}, not {expected}"),
  DLM0211: error("missing-argument", "`{callee}` needs a value for `{name}`"),
  DLM0212: error("too-many-arguments", "`{callee}` takes {takes}, {given} given"),
  DLM0213: error("duplicate-argument", "argument `{name}` is given twice"),
  DLM0214: error("recursive-declaration", "`{name}` uses itself"),
  DLM0215: error("unknown-member", "{owner} has no member `{name}`"),
  DLM0216: error("use-before-declaration", "`{name}` is used before it is declared"),
  DLM0218: error("too-large", "this program expands to too many calls"),
  DLM0217: error("argument-order", "an argument without a name cannot follow a named one"),
} as const satisfies Record<string, CatalogueRow>;

const types = {
  DLM0301: error("needs-int", "`{layer}` looks up whole numbers, but `{value}` is {actual}"),
  DLM0302: error("wrong-input-count", "`{layer}` takes {takes}, {given} given"),
  DLM0303: error("wrong-config-type", "`{name}` must be {expected}, this is {actual}"),
  DLM0304: error("type-mismatch", "expected {expected}, this is {actual}"),
  DLM0305: error("operand-type", "`{op}` does not work on {actual}"),
  DLM0306: error("condition-type", "a condition must be true or false, this is {actual}"),
  DLM0307: error("branch-type", "branches of `if` differ in type: {then} and {else}"),
  DLM0308: error("not-static", "{what} must be known when compiling"),
  DLM0309: error("wrong-result-count", "{names} on the left, {values} on the right"),
  DLM0310: error("unknown-dtype", "`{name}` is not a type; types are float, int and bool"),
  DLM0311: error("not-callable", "{what} cannot be applied"),
  DLM0312: error("missing-type", "`{name}` needs a type"),
  DLM0313: error("division-by-zero", "division by zero"),
  DLM0314: error("missing-return", "`{name}` returns nothing"),
  DLM0315: error("misplaced-statement", "`{statement}` does not belong in {place}"),
  DLM0316: error("value-out-of-range", "`{name}` is {value}; it must be {expected}"),
} as const satisfies Record<string, CatalogueRow>;

const shapes = {
  DLM0401: error("dim-mismatch", "these sizes must be equal: {left} and {right}"),
  DLM0402: error("wrong-rank", "`{layer}` needs {expected}, got `{actual}`"),
  DLM0403: error("wrong-result-shape", "`{name}` promises `{promised}` but returns `{actual}`"),
  DLM0404: error(
    "reshape-count",
    "reshape cannot keep the number of elements: {before} becomes {after}",
  ),
  DLM0405: error("not-whole", "`{expression}` is not a whole number: {value}"),
  DLM0406: error(
    "letter-mismatch",
    "index `{letter}` ranges over two different sizes: {first} and {second}",
  ),
  DLM0407: error("ambiguous-axis", "`{argument}` {problem}: `{value}` is {shape}"),
  DLM0408: error("size-below-one", "the {what} has shrunk away: {size} becomes {value}"),
  DLM0409: error("branch-shape", "branches of `if` differ in shape: {then} and {else}"),
  DLM0410: error("requirement-failed", "{text}"),
  DLM0411: error("bound-exceeded", "`{size}` is {value}, more than its bound {bound}"),
  DLM0412: error("subscript-out-of-range", "`{subscript}` reaches {reach}, outside {range}"),
  DLM0413: error("letter-without-range", "nothing says how far index `{letter}` ranges"),
  DLM0414: error("subscript-count", "`{value}` {problem}"),
  DLM0418: error("bound-not-constant", "the bound of `{size}` must be a constant"),
  DLM0419: error(
    "symbolic-size",
    "`{size}` differs from call to call, but {what} needs a fixed size",
  ),
  DLM0420: error("rank-mismatch", "these shapes do not fit together: {left} and {right}"),
} as const satisfies Record<string, CatalogueRow>;

const layers = {
  DLM0501: error("cell-outside-scan", "`{name}` is a cell: it runs one time step, inside a scan"),
  DLM0502: error("symbolic-weight", "a weight cannot have the symbolic size `{size}`"),
  DLM0503: error("next-of-nothing", "`{name}` is neither a `state` nor a `buffer` of this body"),
  DLM0504: error("state-never-updated", "state `{name}` is never updated"),
  DLM0505: error(
    "config-as-data",
    "`{name}` is configuration, but it is given where data is expected",
  ),
  DLM0506: error("layer-in-function", "`{name}` owns weights, so a function cannot build it"),
  DLM0507: error("weight-in-function", "a function owns no `{storage}`"),
  DLM0508: error("state-outside-cell", "`state` belongs in a cell or an optimizer"),
  DLM0509: error("next-twice", "`{name}` gets its next value twice"),
  DLM0510: error("wrong-state-count", "`from` gives {given}, the scan has {states}"),
  DLM0512: error("scan-without-axis", "`{value}` has no axis `{axis}` to scan"),
  DLM0513: error(
    "scan-mask-shape",
    "the mask of a step is {mask}: these are not the first axes of a {what} {shape}",
  ),
} as const satisfies Record<string, CatalogueRow>;

const training = {
  DLM0601: error("loss-not-scalar", "`minimize` needs one number, this is {actual}"),
  DLM0602: error("nothing-to-learn", "nothing to learn: this loss does not depend on {path}"),
  DLM0603: error("unknown-setting", "there is no setting `{name}`"),
  DLM0604: error("data-sizes-differ", "the first axes of the data differ: {first} and {second}"),
  DLM0605: error("unknown-path", "`over` names no layer: `{path}`"),
  DLM0606: error("weight-in-two-targets", "`{weight}` is in two targets of one `minimize`"),
  DLM0607: error("minimize-count", "{where} needs exactly one `minimize`, this has {count}"),
  DLM0608: error("misplaced-clip", "`clip` belongs after the last target"),
  DLM0609: error("duplicate-setting", "setting `{name}` is given twice"),
  DLM0610: error("metric-not-scalar", "a metric is one number, this is {actual}"),
  DLM0611: error("mixed-recipe", "a recipe has either `step` blocks or one `minimize` of its own"),
  DLM0612: error("not-an-optimizer", "`{name}` is not an optimizer"),
  DLM0613: error("wrong-setting", "setting `{name}` must be {expected}, this is {actual}"),
} as const satisfies Record<string, CatalogueRow>;

const gradients = {
  DLM0701: error("no-gradient", "no gradient reaches `{weight}`: `{op}` is flat"),
  DLM0702: error("grad-without-path", "`{y}` does not depend on `{x}`"),
} as const satisfies Record<string, CatalogueRow>;

const backends = {
  DLM0801: error(
    "buffer-too-large",
    "a buffer of {size} is above the limit of {limit} at these sizes",
  ),
  DLM0802: error("workgroup-limit", "a workgroup of {size} is above the limit of {limit}"),
  DLM0803: error("memory-over-budget", "{step} needs {needed}, the budget is {budget}"),
  DLM0804: error("unsupported-on-backend", "the {backend} backend cannot run `{op}`"),
  DLM0805: error("wrong-option", "option `{name}`: {problem}"),
  DLM0806: error(
    "device-limit",
    "{what} takes {size} in one piece, and no GPU lets a kernel have more than {limit}",
  ),
} as const satisfies Record<string, CatalogueRow>;

const warnings = {
  DLM0901: warning("unused-let", "`{name}` is never used"),
  DLM0902: warning("unused-param", "weight `{name}` is never used"),
  DLM0903: warning("log-of-negative", "`{function}` of a value that can be {range}"),
  DLM0904: warning("dead-branch", "this branch is never taken"),
  DLM0905: warning("applied-twice", "`{layer}` is applied twice to the same value"),
  DLM0906: warning("unknown-slug", "there is no warning called `{slug}`"),
  DLM0907: warning("unused-import", "import `{name}` is never used"),
  DLM0908: warning("weight-cut-off", "no gradient reaches `{weight}`: `{op}` is flat"),
  DLM0909: warning("ignored-error", "`{slug}` is an error and cannot be ignored"),
  DLM0911: warning("near-miss-size", "size `{name}` occurs once and looks like `{other}`"),
  DLM0912: warning("letter-shadows", "index `{letter}` hides the value `{letter}` here"),
  DLM0913: warning("unused-ignore", "this `dlm-ignore {slug}` ignores nothing"),
  DLM0914: warning(
    "needs-large-gpu",
    "{what} takes {size} in one piece: this needs a GPU whose `{limit}` is as large",
  ),
} as const satisfies Record<string, CatalogueRow>;

export const catalogue = {
  ...syntax,
  ...names,
  ...types,
  ...shapes,
  ...layers,
  ...training,
  ...gradients,
  ...backends,
  ...warnings,
} as const satisfies Record<`DLM${string}`, CatalogueRow>;

/** Warnings that only planning for a device can make: where nobody planned, what silences them is not idle. */
export const plannedSlugs: ReadonlySet<string> = new Set([catalogue.DLM0914.slug]);

export type DiagnosticCode = keyof typeof catalogue;
