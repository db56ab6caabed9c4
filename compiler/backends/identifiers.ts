// Names of a program as names in emitted code: what means something there already gets another spelling.

import { runtimeNames } from "./runtime-functions.ts";

const words =
  "break case catch class const continue debugger default delete do else enum export extends false finally for function if implements import in instanceof interface let new null package private protected public return static super switch this throw true try typeof var void while with yield await arguments eval async of undefined";

/** Words that cannot name a variable, and `undefined`. */
export const reservedWords: readonly string[] = words.split(" ");

const globals: readonly string[] =
  "Float32Array Int32Array Uint8Array Promise Math Number Object Infinity NaN".split(" ");

const imported: readonly string[] = [
  ...runtimeNames,
  ..."Model SteppedModel Trainer startModel startTrainer EntryProgram ModelProgram TrainProgram CreateOptions TrainerOptions Layout DeviceProgram WasmProgram".split(
    " ",
  ),
];

const types: readonly string[] =
  "any unknown never number string boolean symbol object bigint".split(" ");

const helpers: readonly string[] = "arrange roundHalfEven floorMod powInt".split(" ");

const notClasses: ReadonlySet<string> = new Set([
  ...reservedWords,
  ...globals,
  ...imported,
  ...types,
]);

/** A model or recipe as a class. */
export const className = (name: string): string => (notClasses.has(name) ? `${name}_` : name);

const members: ReadonlySet<string> = new Set(
  "constructor prototype __proto__ name device settings fields notes seed progress rounds atRoundEnd metadata step run endEpoch evaluate keepBest restoreBest save load ready initialise dispose model partsOf toString hasOwnProperty valueOf".split(
    " ",
  ),
);

/** A net of a recipe as a property of its class. */
export const memberName = (name: string): string => (members.has(name) ? `${name}_` : name);

/** `f`, `i`, `o` are the heap and the offsets, `a0` an accumulator. */
const notSizes: ReadonlySet<string> = new Set([
  ...reservedWords,
  ...globals,
  ...imported,
  ...helpers,
  ...["f", "i", "o", "d", "step", "_step", "_heap", "_sizes"],
]);

/** A symbolic size as a variable: in letters that `\b` knows the end of, and none of the names around it. */
export const sizeName = (name: string): string => {
  const plain = /^\w+$/.test(name) && !/^(a\d+|size_.*)$/.test(name) && !notSizes.has(name);
  if (plain) return name;
  return `size_${name.replace(/\W/g, (letter) => `_${letter.charCodeAt(0).toString(16)}_`)}`;
};

/** Text on one line inside a comment, whatever it holds. */
export const commentText = (text: string): string =>
  text.replace(/[\r\n\u2028\u2029]+/g, " ").replaceAll("*/", "*\\/");

/** As `commentText`, lines kept. */
export const docText = (text: string): string => text.replaceAll("*/", "*\\/");
