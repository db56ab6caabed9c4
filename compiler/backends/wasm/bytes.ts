// Numbers and lists as WebAssembly's binary format writes them.

/** Bytes under construction: lists of lists, which are made flat once. `marked` may be added to a byte. */
export type Code = number | readonly Code[];

/** On the first byte of an instruction that is to be found again; a byte is what is left of it modulo 256. */
export const marked = 256;

/** A whole number from 0 up in groups of 7 bits, the lowest first. */
export const unsigned = (n: number): Code =>
  n < 128 ? n : [(n & 127) | 128, unsigned(Math.floor(n / 128))];

export const signed = (n: number): Code =>
  n >= -64 && n < 64 ? n & 127 : [(n & 127) | 128, signed(n >> 7)];

const bits = new DataView(new ArrayBuffer(4));

const fourBytes = (): readonly number[] => [0, 1, 2, 3].map((k) => bits.getUint8(k));

/** Of the f32 next to a number; every NaN is the same. */
export const floatBytes = (value: number): readonly number[] => {
  bits.setFloat32(0, value, true);
  return fourBytes();
};

export const intBytes = (value: number): readonly number[] => {
  bits.setInt32(0, value, true);
  return fourBytes();
};

export const bytesOf = (code: Code): readonly number[] => {
  const all: number[] = [];
  const visit = (part: Code): void => {
    if (typeof part === "number") all.push(part);
    else part.forEach(visit);
  };
  visit(code);
  return all;
};

/** With its length in front. */
export const sized = (code: Code): Code => {
  const all = bytesOf(code);
  return [unsigned(all.length), all];
};

/** With their number in front. */
export const list = (items: readonly Code[]): Code => [unsigned(items.length), items];

export const text = (word: string): Code => sized([...new TextEncoder().encode(word)]);
