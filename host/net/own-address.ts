// The address that this machine has in its network: what `auto` stands for. With DHCP it may come late, and change.

import { networkInterfaces } from "node:os";

/** This machine alone sees it. */
export const NOWHERE = "127.0.0.1";
const LINK_LOCAL = "169.254.";

/** The first IPv4 address that others can send to; the loopback address while there is none. */
export function ownAddress(interfaces = networkInterfaces()): string {
  const all = Object.values(interfaces).flatMap((addresses) => addresses ?? []);
  const ours = all.filter(({ family, internal }) => family === "IPv4" && !internal).map(({ address }) => address);
  return ours.find((address) => !address.startsWith(LINK_LOCAL)) ?? ours[0] ?? NOWHERE;
}
