// Which source files are the library's.

/** Paths of library files in spans start with this. */
export const libraryPrefix = "dlm/std/";

/** Whether a place is in the library rather than in the user's text. */
export const isLibrary = (file: string): boolean => file.startsWith(libraryPrefix);
