// Schedules to text and back.

import { createTextReader } from "../ir/text-reader.ts";
import type { TextReader } from "../ir/text-reader.ts";
import { kernelName } from "../kernel/kernel-parse.ts";
import type { Pack, Schedule, Step } from "./schedule.ts";

/** `schedule @dense typescript { split i 4 -> i0 i1; unroll i1 }` */
export const printSchedule = ({ kernel, target, steps }: Schedule): string => {
  const body = steps.length === 0 ? "{}" : `{ ${steps.map(printStep).join("; ")} }`;
  return `schedule @${kernel} ${target} ${body}\n`;
};

const printStep = (step: Step): string => {
  switch (step.kind) {
    case "split":
      return `split ${step.axis} ${step.by} -> ${step.outer} ${step.inner}`;
    case "pack":
      return `pack ${step.buffer} ${step.axis}${placeText(step)} -> ${step.panel}`;
    case "reorder":
    case "unroll":
      return `${step.kind} ${step.axes.join(" ")}`;
  }
};

const placeText = ({ axis, at, sharedBy }: Pack): string => {
  const place = at === axis ? "" : at === null ? " in @" : ` in ${at}`;
  return sharedBy === null ? place : `${place} for ${sharedBy}`;
};

/** One schedule; whether its kernel allows it is not looked at. Throws SyntaxError. */
export const parseSchedule = (text: string): Schedule => {
  const r = createTextReader(text);
  r.expect("schedule");
  r.expect("@");
  const kernel = readName(r, "the name of the kernel");
  const target = readName(r, "the name of the target");
  const steps: Step[] = [];
  r.expect("{");
  if (!r.accept("}")) {
    do steps.push(readStep(r));
    while (r.accept(";"));
    r.expect("}");
  }
  return r.atEnd() ? { kernel, target, steps } : r.fail("expected the end after the schedule");
};

const readName = (r: TextReader, what: string): string => r.need(kernelName, what);

const readStep = (r: TextReader): Step => {
  if (r.accept("split")) {
    const axis = readName(r, "an axis");
    const by = Number(r.need(/\d+/, "the length of a tile"));
    r.expect("->");
    return {
      kind: "split",
      axis,
      by,
      outer: readName(r, "an axis"),
      inner: readName(r, "an axis"),
    };
  }
  if (r.accept("pack")) {
    const [buffer, axis] = [readName(r, "a buffer"), readName(r, "an axis")];
    const at = !r.accept("in") ? axis : r.accept("@") ? null : readName(r, "an axis");
    const sharedBy = r.accept("for") ? readName(r, "an axis") : null;
    r.expect("->");
    return { kind: "pack", buffer, axis, at, sharedBy, panel: readName(r, "the name of the copy") };
  }
  if (r.accept("reorder")) return { kind: "reorder", axes: readAxes(r) };
  return r.accept("unroll")
    ? { kind: "unroll", axes: readAxes(r) }
    : r.fail("expected split, reorder, unroll or pack");
};

const readAxes = (r: TextReader): readonly string[] => {
  const axes = [readName(r, "an axis")];
  for (let name = r.take(kernelName); name !== null; name = r.take(kernelName)) axes.push(name);
  return axes;
};
