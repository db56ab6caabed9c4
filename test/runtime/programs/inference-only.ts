// What an application that only predicts takes from the runtime.
import {
  Model,
  startModel,
  type CreateOptions,
  type ModelProgram,
} from "../../../runtime/index.ts";

type Inputs = { readonly x: Float32Array };

export class Mlp extends Model<Inputs, Float32Array> {
  static open(program: ModelProgram, options: CreateOptions = {}): Promise<Mlp> {
    return startModel(new Mlp(program), options);
  }
}
