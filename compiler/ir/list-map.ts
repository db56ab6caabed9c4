// Lists by key.

/** Puts an item behind those of its key. */
export const append = <K, V>(lists: Map<K, V[]>, key: K, item: V): void => {
  const known = lists.get(key);
  if (known === undefined) lists.set(key, [item]);
  else known.push(item);
};
