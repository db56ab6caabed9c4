// Functions of shaders that are written by hand: bits decide about NaN, as comparisons and built-ins need not.

export type LibraryFunction = {
  readonly name: string;
  readonly doc: string;
  /** `(x: f32) -> f32` */
  readonly signature: string;
  readonly lines: readonly string[];
};

/** Of a literal the compiler would refuse to make one. */
const fromBits = (bits: string): readonly string[] => [
  `let bits = ${bits};`,
  "return bitcast<f32>(bits);",
];

export const handwritten: readonly LibraryFunction[] = [
  { name: "infinity", doc: "", signature: "() -> f32", lines: fromBits("0x7f800000u") },
  { name: "nan", doc: "", signature: "() -> f32", lines: fromBits("0x7fc00000u") },
  { name: "negativeZero", doc: "", signature: "() -> f32", lines: fromBits("0x80000000u") },
  {
    name: "isNan",
    doc: "",
    signature: "(x: f32) -> bool",
    lines: ["return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;"],
  },
  {
    name: "isNonZero",
    doc: "NaN is not 0.",
    signature: "(x: f32) -> bool",
    lines: ["return (bitcast<u32>(x) & 0x7fffffffu) != 0u;"],
  },
  {
    name: "max_f32",
    doc: "The greater of two, NaN where one is; 0 is greater than -0.",
    signature: "(a: f32, b: f32) -> f32",
    lines: [
      "if (isNan(a) || a > b) {",
      "return a;",
      "}",
      "if (isNan(b) || b > a) {",
      "return b;",
      "}",
      "return bitcast<f32>(bitcast<u32>(a) & bitcast<u32>(b));",
    ],
  },
  {
    name: "min_f32",
    doc: "The smaller of two, NaN where one is; -0 is smaller than 0.",
    signature: "(a: f32, b: f32) -> f32",
    lines: [
      "if (isNan(a) || a < b) {",
      "return a;",
      "}",
      "if (isNan(b) || b < a) {",
      "return b;",
      "}",
      "return bitcast<f32>(bitcast<u32>(a) | bitcast<u32>(b));",
    ],
  },
  {
    name: "orderOf",
    doc: "A whole number that is greater for a greater one: NaN is the greatest, 0 and -0 are equal.",
    signature: "(x: f32) -> i32",
    lines: [
      "let bits = bitcast<i32>(x);",
      "return select(select(bits, -(bits & 0x7fffffff), bits < 0), 0x7fffffff, isNan(x));",
    ],
  },
  {
    name: "bestOf",
    doc: "The pair that is greater in x; of two that are equal the one whose position is less.",
    signature: "(a: vec2i, b: vec2i) -> vec2i",
    lines: ["return select(b, a, a.x > b.x || (a.x == b.x && a.y < b.y));"],
  },
  {
    name: "toI32",
    doc: "Toward zero and saturating, NaN is 0.",
    signature: "(x: f32) -> i32",
    lines: [
      "if (isNan(x)) {",
      "return 0;",
      "}",
      "if (x >= 2147483648.0) {",
      "return 2147483647;",
      "}",
      "return select(i32(x), (-2147483648), x < -2147483648.0);",
    ],
  },
  {
    name: "floorDiv",
    doc: "Rounded down; by 0 it is 0.",
    signature: "(a: i32, b: i32) -> i32",
    lines: [
      "if (b == 0) {",
      "return 0;",
      "}",
      "let quotient = a / b;",
      "let rest = a - quotient * b;",
      "return select(quotient, quotient - 1, rest != 0 && ((rest < 0) != (b < 0)));",
    ],
  },
  {
    name: "floorMod",
    doc: "The remainder with the sign of the divisor; by 0 it is 0.",
    signature: "(a: i32, b: i32) -> i32",
    lines: [
      "if (b == 0) {",
      "return 0;",
      "}",
      "let rest = a % b;",
      "return select(rest, rest + b, rest != 0 && ((rest < 0) != (b < 0)));",
    ],
  },
  {
    name: "powInt",
    doc: "By squaring, wrapping at 32 bits.",
    signature: "(base: i32, exponent: i32) -> i32",
    lines: [
      "var result = 1;",
      "var power = base;",
      "for (var rest = exponent; rest > 0; rest = rest >> 1u) {",
      "if ((rest & 1) == 1) {",
      "result = result * power;",
      "}",
      "power = power * power;",
      "}",
      "return result;",
    ],
  },
  {
    name: "withoutExponent",
    doc: "An exponent and a whole mantissa of the bits of a number that is not negative, nor infinite, nor NaN: mantissa 2^(exponent - 150).",
    signature: "(bits: u32) -> vec2u",
    lines: [
      "if (bits >= 0x00800000u) {",
      "return vec2u(bits >> 23u, (bits & 0x007fffffu) | 0x00800000u);",
      "}",
      "return vec2u(1u, bits);",
    ],
  },
  {
    name: "remainder_f32",
    doc: "The exact rest of dividing two numbers that are not negative, by their bits: long division.",
    signature: "(a: u32, b: u32) -> f32",
    lines: [
      "let dividend = withoutExponent(a);",
      "let divisor = withoutExponent(b);",
      "if (a < b) {",
      "return bitcast<f32>(a);",
      "}",
      "var rest = dividend.y % divisor.y;",
      "for (var exponent = dividend.x; exponent > divisor.x; exponent = exponent - 1u) {",
      "rest = (rest << 1u) % divisor.y;",
      "}",
      "if (rest == 0u) {",
      "return 0.0;",
      "}",
      "let shift = min(countLeadingZeros(rest) - 8u, divisor.x - 1u);",
      "let mantissa = rest << shift;",
      "let exponent = select(0u, divisor.x - shift, mantissa >= 0x00800000u);",
      "return bitcast<f32>((exponent << 23u) | (mantissa & 0x007fffffu));",
    ],
  },
  {
    name: "mod_f32",
    doc: "The remainder with the sign of the divisor.",
    signature: "(a: f32, b: f32) -> f32",
    lines: [
      "let size = bitcast<u32>(a) & 0x7fffffffu;",
      "let by = bitcast<u32>(b) & 0x7fffffffu;",
      "if (by == 0u || size >= 0x7f800000u || by > 0x7f800000u) {",
      "return nan();",
      "}",
      "var rest = abs(a);",
      "if (by < 0x7f800000u) {",
      "rest = remainder_f32(size, by);",
      "}",
      "let sign = bitcast<u32>(a) & 0x80000000u;",
      "let signed = bitcast<f32>(bitcast<u32>(rest) | sign);",
      "return select(signed, signed + b, isNonZero(rest) && (bitcast<u32>(b) & 0x80000000u) != sign);",
    ],
  },
  {
    name: "threefry",
    doc: "Both words of Threefry2x32-20.",
    signature: "(key0: u32, key1: u32, counter0: u32, counter1: u32) -> vec2u",
    lines: [
      "var key = vec3u(key0, key1, key0 ^ key1 ^ 0x1bd11bdau);",
      "var x = counter0 + key0;",
      "var y = counter1 + key1;",
      "for (var group = 1u; group <= 5u; group++) {",
      "let turns = select(vec4u(17u, 29u, 16u, 24u), vec4u(13u, 15u, 26u, 6u), (group & 1u) == 1u);",
      "for (var turn = 0u; turn < 4u; turn++) {",
      "x = x + y;",
      "y = ((y << turns[turn]) | (y >> (32u - turns[turn]))) ^ x;",
      "}",
      "key = key.yzx;",
      "x = x + key.x;",
      "y = y + key.y + group;",
      "}",
      "return vec2u(x, y);",
    ],
  },
  {
    name: "uniform_f32",
    doc: "In [0, 1), a multiple of 2^-24: element `element` of draw `draw`.",
    signature: "(key0: i32, key1: i32, draw: i32, element: i32) -> f32",
    lines: [
      "let at = bitcast<u32>(element);",
      "let words = threefry(bitcast<u32>(key0), bitcast<u32>(key1), at >> 1u, bitcast<u32>(draw));",
      "return f32(select(words.x, words.y, (at & 1u) == 1u) >> 8u) * 5.9604644775390625e-8;",
    ],
  },
];
