// What the language server is given from outside, since it does no IO itself.

export type Host = {
  /** Text of a file on disk, null when there is none. */
  readonly read: (uri: string) => string | null;
  /** Folder of the library's sources, with a slash at its end. */
  readonly library: string;
  /** The page on a report that `dlm explain` prints. */
  readonly explanation: (code: string) => string;
  readonly version: string;
};
