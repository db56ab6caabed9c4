// A process that saves numbered files over one path until it is killed; prints each number once it is saved.
import { writeFileAtomic } from "../../../runtime/node/index.ts";
import { writeSafetensors } from "../../../runtime/index.ts";

const path = process.argv[2]!;
const elements = 500_000;

for (let count = Number(process.argv[3]); ; count++) {
  const values = new Float32Array(elements).fill(count);
  const tensor = { dtype: "F32", shape: [elements], bytes: new Uint8Array(values.buffer) };
  await writeFileAtomic(path, writeSafetensors(new Map([["w", tensor]])));
  process.stdout.write(`${count}\n`);
}
