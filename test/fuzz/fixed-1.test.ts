import { testSeeds } from "./seeds.ts";

testSeeds("fixed seeds", 1, 400);
