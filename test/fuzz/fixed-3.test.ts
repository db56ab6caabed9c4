import { testSeeds } from "./seeds.ts";

testSeeds("fixed seeds", 801, 400);
