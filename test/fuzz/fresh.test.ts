import { testSeeds } from "./seeds.ts";

const first = 1_000_000 + Math.floor(Math.random() * 2_000_000_000);
console.log(`fresh seeds from ${first}`);
testSeeds("fresh seeds", first, 400);
