// Versions of the peers, as they are installed.

import installed from "./package.json" with { type: "json" };

export const pinned = installed.dependencies;
