// URIs of the protocol as the paths that the compiler knows files by, and back.

import { isLibrary, libraryPrefix } from "../frontend/library.ts";
import { resolveRelative } from "../frontend/load.ts";

export type Paths = {
  readonly pathOf: (uri: string) => string;
  readonly uriOf: (path: string) => string;
};

/** Clients differ in what they escape, so a path is the URI with nothing escaped. */
const unescaped = (uri: string): string => {
  try {
    return decodeURIComponent(uri);
  } catch {
    return uri;
  }
};
const escaped = (path: string): string =>
  encodeURI(path).replace(/[#?]/g, (sign) => encodeURIComponent(sign));

/** `library`: where the library's sources are on disk. */
export const createPaths = (library: string): Paths => {
  const folder = unescaped(library);
  return {
    pathOf: (uri) => {
      const path = unescaped(uri);
      return path.startsWith(folder) ? libraryPrefix + path.slice(folder.length) : path;
    },
    uriOf: (path) => escaped(isLibrary(path) ? folder + path.slice(libraryPrefix.length) : path),
  };
};

/** The file that an import leads to; a leading slash is the root of the scheme that the importing file has. */
export const resolveImport = (from: string, specifier: string): string =>
  specifier.startsWith("/")
    ? from.replace(
        /^([a-z][\w+.-]*:\/\/)?.*$/is,
        (_whole, scheme: string = "") => scheme + specifier,
      )
    : resolveRelative(from, specifier);
