import { testSeeds } from "./seeds.ts";

testSeeds("fixed seeds", 401, 400);
