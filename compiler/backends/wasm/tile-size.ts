// Rows and columns of the largest tile of copied columns: eight accumulators, of which V8 spills none.

export const [tileRows, tileColumns] = [4, 8] as const;
