// What the type checker must refuse about an imported network. Only checked, never run.

import { Tiny, TinyTrainer } from "./tiny.dlm";

export const wrongUses = async (): Promise<void> => {
  const net = await Tiny.create();
  const trainer = await TinyTrainer.create({ seed: 1 });
  const x = new Float32Array(6);

  const logits: Float32Array = net.predict({ x });
  const loss: number = (await trainer.step({ x, label: new Int32Array(2) })).loss;
  const { accuracy } = await trainer.evaluate([{ x, label: new Int32Array(2) }]);
  const read: Float32Array = await net.params["Bottleneck_0.Dense_0.W"].read();

  // @ts-expect-error the input is called x
  net.predict({ image: x });
  // @ts-expect-error numbers of an input are floats
  net.predict({ x: new Int32Array(6) });
  // @ts-expect-error labels are whole numbers
  await trainer.step({ x, label: new Float32Array(2) });
  // @ts-expect-error label is missing
  await trainer.step({ x });
  // @ts-expect-error there is no such metric
  const { precision } = await trainer.evaluate([{ x, label: new Int32Array(2) }]);
  // @ts-expect-error there is no such weight
  await net.params["Dense_9.W"].read();
  // @ts-expect-error a seed is a number
  await Tiny.create({ seed: "one" });

  console.log(logits, loss, accuracy, read, precision);
};
