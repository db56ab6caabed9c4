import { testSeeds } from "./seeds.ts";

testSeeds("fixed seeds", 1201, 400);
