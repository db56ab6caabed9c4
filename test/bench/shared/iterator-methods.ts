// What jax-js needs of newer versions of Node.

/** It uses methods of iterators that Node has from 22 on. */
export const addIteratorMethods = (): void => {
  const prototype = Object.getPrototypeOf(Object.getPrototypeOf([].values())) as object;
  if ("map" in prototype) return;
  const methods = {
    *map<T, U>(this: Iterable<T>, change: (value: T, at: number) => U): Generator<U> {
      let at = 0;
      for (const value of this) yield change(value, at++);
    },
    *filter<T>(this: Iterable<T>, isKept: (value: T, at: number) => boolean): Generator<T> {
      let at = 0;
      for (const value of this) if (isKept(value, at++)) yield value;
    },
    toArray<T>(this: Iterable<T>): T[] {
      return [...this];
    },
  };
  for (const [name, value] of Object.entries(methods))
    Object.defineProperty(prototype, name, { value, writable: true, configurable: true });
};
