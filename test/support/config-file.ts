// A configuration file in memory, with comments and two lines.

import { ConfigStore } from "../../host/config/store.ts";
import { MemoryFiles } from "./memory-files.ts";

export const FILE = "/etc/tipring.toml";
export const TEXT = `# The shop's box
[server]
enabled = true # the only one

# Counter
[[server.user]]
name = "101"
password = "opensesame"

# Workshop
[[server.user]]
name = "102"
password = "sesameopen"

[[line]] # left socket
user = "101"
ring_timeout = 45 # short

[[line]]
user = "102"
`;

export const open = (text = TEXT, files = new MemoryFiles({ [FILE]: text })): Promise<ConfigStore> =>
  ConfigStore.load(FILE, { files });
