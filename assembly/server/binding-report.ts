// One binding as the host reads it: offsets are part of the ABI.

import { ENDPOINT_SIZE, Endpoint, endpointAt } from "../abi/endpoint";
import { nthBinding } from "./location";
import { pathAt } from "./path";
import { userAt } from "./users";

const PATH_AT: usize = 64;

@unmanaged
class BindingReport {
  /** 0: milliseconds on the monotonic clock. */
  expiresAt: f64 = 0;
  /** 8: the user's name, address and length. */
  userAt: usize = 0;
  userLength: i32 = 0;
  /** 16: the name that people read; may be empty. */
  displayAt: usize = 0;
  displayLength: i32 = 0;
  /** 24: the contact's URI. */
  contactAt: usize = 0;
  contactLength: i32 = 0;
  /** 32: its q in thousandths. */
  q: i32 = 0;
  /** 36: the user's index. */
  user: i32 = 0;
  /** 40: the Endpoint that it registered from and is called at. */
  @inline get source(): Endpoint { return endpointAt(changetype<usize>(this) + offsetof<BindingReport>()); }
  /** 64: its Path, address and length; may be empty. */
  @inline set pathAt(at: usize) { store<usize>(changetype<usize>(this), at, PATH_AT); }
  @inline set pathLength(length: i32) { store<i32>(changetype<usize>(this), length, PATH_AT + 4); }
}

export const BINDING_REPORT_SIZE: i32 = 40 + ENDPOINT_SIZE + 8;

/** Writes the `index`-th of all bindings at `target` and returns it; 0 when there are not so many. */
export function writeBindingReport(target: usize, index: i32): usize {
  if (offsetof<BindingReport>() != 40) ERROR("BindingReport is part of the ABI: 40 bytes and an endpoint");
  const binding = nthBinding(index);
  if (changetype<usize>(binding) == 0) return 0;
  const report = changetype<BindingReport>(target);
  const user = userAt(binding.user);
  report.expiresAt = binding.expiresAt;
  report.userAt = user.name.at;
  report.userLength = user.name.length;
  report.displayAt = user.display.at;
  report.displayLength = user.display.length;
  report.contactAt = binding.contact.at;
  report.contactLength = binding.contact.length;
  report.q = binding.q;
  report.user = binding.user;
  report.source.copyFrom(binding.source);
  report.pathAt = binding.path == 0 ? 0 : pathAt(binding.path).at;
  report.pathLength = binding.path == 0 ? 0 : <i32>pathAt(binding.path).length;
  return target;
}
