// The configuration that a new box begins with: it knows nobody, and `setup` asks. It listens for SIP and sound alone.

/** The TOML text. */
export const firstBootText = (): string => `# The console changes this file too: setup, or set, show | compare, commit.
# Every key, its range and its default: ? on the console. If you change it by hand, the next start reads it.

[system]
hostname = "tipring"

[sip]
# auto: the address that the box has in its network.
bind = "auto"
port = 5060

[server]
# The built-in server, for a box whose phones only call each other and those that register here.
enabled = false
bind = "auto"
port = 5062
`;
