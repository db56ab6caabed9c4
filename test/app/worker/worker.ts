// Answers with what the network makes of the numbers that it is sent.
import { Tiny } from "../tiny.dlm";

onmessage = async ({ data }: MessageEvent<Float32Array>) => {
  const net = await Tiny.create({ seed: 4 });
  postMessage([...net.predict({ x: data })]);
};
