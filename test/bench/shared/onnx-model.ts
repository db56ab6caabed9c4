// Writes small ONNX models: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto

export type OnnxNode = {
  readonly op: string;
  readonly domain?: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
};

/** A number without a fraction is an INT; `float` writes a FLOAT. */
export type OnnxAttribute = number | string | readonly number[] | { readonly float: number };

export type OnnxTensor = {
  readonly dims: readonly number[];
  readonly data: Float32Array | BigInt64Array;
};

export type OnnxModel = {
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly outputs: Readonly<Record<string, readonly number[]>>;
  readonly constants?: Readonly<Record<string, OnnxTensor>>;
  readonly nodes: readonly OnnxNode[];
  readonly opset?: number;
};

const floatType = 1;
const int64Type = 7;

const varint = (value: number): Uint8Array => {
  const bytes: number[] = [];
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
  return Uint8Array.from([...bytes, value]);
};

const join = (...parts: readonly Uint8Array[]): Uint8Array => {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
};

const integer = (field: number, value: number): Uint8Array =>
  join(varint(field * 8), varint(value));

const bytes = (field: number, ...parts: readonly Uint8Array[]): Uint8Array => {
  const body = join(...parts);
  return join(varint(field * 8 + 2), varint(body.length), body);
};

const text = (field: number, value: string): Uint8Array =>
  bytes(field, new TextEncoder().encode(value));

const float = (field: number, value: number): Uint8Array =>
  join(varint(field * 8 + 5), new Uint8Array(Float32Array.of(value).buffer));

const attribute = (name: string, value: OnnxAttribute): Uint8Array => {
  const named = text(1, name);
  if (typeof value === "number") return join(named, integer(3, value), integer(20, 2));
  if (typeof value === "string") return join(named, text(4, value), integer(20, 3));
  if ("float" in value) return join(named, float(2, value.float), integer(20, 1));
  return join(named, ...value.map((one) => integer(8, one)), integer(20, 7));
};

const node = ({ op, domain = "", inputs, outputs, attributes = {} }: OnnxNode): Uint8Array =>
  join(
    ...inputs.map((name) => text(1, name)),
    ...outputs.map((name) => text(2, name)),
    text(4, op),
    ...Object.entries(attributes).map(([name, value]) => bytes(5, attribute(name, value))),
    text(7, domain),
  );

const valueInfo = ([name, dims]: readonly [string, readonly number[]]): Uint8Array => {
  const shape = dims.map((dim) => bytes(1, integer(1, dim)));
  return join(text(1, name), bytes(2, bytes(1, integer(1, floatType), bytes(2, ...shape))));
};

const tensor = ([name, { dims, data }]: readonly [string, OnnxTensor]): Uint8Array =>
  join(
    ...dims.map((dim) => integer(1, dim)),
    integer(2, data instanceof Float32Array ? floatType : int64Type),
    text(8, name),
    bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
  );

export const writeOnnx = ({
  inputs,
  outputs,
  constants = {},
  nodes,
  opset = 21,
}: OnnxModel): Uint8Array =>
  join(
    integer(1, 10),
    bytes(
      7,
      ...nodes.map((one) => bytes(1, node(one))),
      text(2, "bench"),
      ...Object.entries(constants).map((one) => bytes(5, tensor(one))),
      ...Object.entries(inputs).map((one) => bytes(11, valueInfo(one))),
      ...Object.entries(outputs).map((one) => bytes(12, valueInfo(one))),
    ),
    bytes(8, text(1, ""), integer(2, opset)),
    bytes(8, text(1, "com.microsoft"), integer(2, 1)),
  );
