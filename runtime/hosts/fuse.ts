// Products and sums in one instruction that rounds once, `f32x4.relaxed_madd`, where the engine has it.

/** A module of one function that does so. */
const probe = "AGFzbQEAAAABBgFgAXsBewMCAQAKDQELACAAIAAgAP2FAgs=";

export const bytesOf = (base64: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));

export const canFuse = (): boolean => WebAssembly.validate(bytesOf(probe));

const multiply = 0xe6;
const nothing = [0x01, 0x01, 0x01];
const multiplyAdd = [0xfd, 0x85, 0x02];

/** `steps` lead from each product or sum to the next; a product becomes nothing, and its sum does both: all are as long. */
export const fuse = (binary: Uint8Array, steps: Uint8Array): void => {
  let at = 0;
  for (const step of steps) {
    at += step;
    if (step < 255) binary.set(binary[at + 1] === multiply ? nothing : multiplyAdd, at);
  }
};
