// Numbers, times and tables into the short forms that people read.

/** Four significant digits; very small and very large numbers with an exponent. */
export const shortNumber = (value: number): string => {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential(2);
  return value.toFixed(size >= 100 ? 1 : size >= 10 ? 2 : 4);
};

/** `12,345`. */
export const withCommas = (value: number): string => value.toLocaleString("en-US");

/** `0.84 s`, `12 s`, `3 min 05 s`, `2 h 10 min`. */
export const duration = (seconds: number): string => {
  if (seconds < 10) return `${seconds.toFixed(2)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const two = (value: number): string => String(value).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
};

/** Of microseconds, three digits: `8.4 µs`, `12.3 ms`, `1.25 s`. */
export const shortTime = (microseconds: number): string => {
  const power = microseconds < 1e3 ? 0 : microseconds < 1e6 ? 1 : 2;
  return `${Number((microseconds / 1000 ** power).toPrecision(3))} ${["µs", "ms", "s"][power]}`;
};

/** `812 B`, `12.4 kB`, `3.1 MB`, in powers of 1000. */
export const byteCount = (bytes: number): string => {
  if (bytes < 1000) return `${bytes} B`;
  const units = ["kB", "MB", "GB", "TB"];
  const power = Math.min(units.length, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${value.toFixed(value >= 100 ? 0 : 1)} ${units[power - 1]}`;
};

/** `loss 0.2741   accuracy 0.9306`. */
export const metricsText = (metrics: Readonly<Record<string, number>>): string =>
  Object.entries(metrics)
    .map(([name, value]) => `${name} ${shortNumber(value)}`)
    .join("   ");

/** How the cells of a column stand under each other. */
export type Align = "left" | "right";

/** Rows as lines, columns two spaces apart. */
export const table = (
  rows: readonly (readonly string[])[],
  align: readonly Align[] = [],
): readonly string[] => {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, c) =>
    Math.max(...rows.map((row) => (row[c] ?? "").length)),
  );
  return rows.map((row) =>
    widths
      .map((width, c) =>
        align[c] === "right" ? (row[c] ?? "").padStart(width) : (row[c] ?? "").padEnd(width),
      )
      .join("  ")
      .trimEnd(),
  );
};
