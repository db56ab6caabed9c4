// Expectations about typed errors.
import { expect } from "vitest";
import { DlmError, type ErrorCode } from "../../runtime/errors.ts";

/** The error that `body` throws or rejects with; fails when there is none. */
export const errorOf = async (body: () => unknown): Promise<DlmError> => {
  try {
    await body();
  } catch (error) {
    expect(error).toBeInstanceOf(DlmError);
    return error as DlmError;
  }
  throw new Error("nothing was thrown");
};

export const expectError = async (
  body: () => unknown,
  code: ErrorCode,
  ...parts: readonly string[]
): Promise<void> => {
  const error = await errorOf(body);
  expect([error.code, error.message]).toEqual([code, expect.any(String)]);
  for (const part of parts) expect(error.message).toContain(part);
};
