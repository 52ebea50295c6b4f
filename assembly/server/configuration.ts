// Configuration texts: which setting goes where.

import { MAX_USERS } from "../limits";
import { DigestAlgorithm } from "../sip/digest/hash";
import { removeBindings } from "./location";
import { setRedirectPrefix, setRedirectTarget } from "./redirect";
import { Setting, setDomain, setRealm } from "./settings";
import { addUser, removeUser, setPassword, setSecret, userAt, userCount } from "./users";

/** Returns 0, the 1-based place of the error, or -1: unknown setting or index, too long, or not possible now. */
export function configure(setting: i32, index: i32, at: usize, length: i32): i32 {
  switch (setting) {
    case Setting.Realm: return userCount() == 0 ? setRealm(at, length) : -1;
    case Setting.RedirectPrefix: return setRedirectPrefix(index, at, length);
    case Setting.RedirectTarget: return setRedirectTarget(index, at, length);
    case Setting.Domain: return setDomain(index, at, length);
    default: return <u32>index < <u32>MAX_USERS ? configureUser(setting, index, at, length) : -1;
  }
}

function configureUser(setting: i32, index: i32, at: usize, length: i32): i32 {
  switch (setting) {
    case Setting.UserName:
      if (userAt(index).name.equals(at, length)) return 0;
      removeBindings(index);
      removeUser(index);
      return length == 0 ? 0 : addUser(index, at, length);
    case Setting.UserPassword: return setPassword(index, at, length);
    case Setting.UserMd5: return setSecret(index, DigestAlgorithm.Md5, at, length);
    case Setting.UserSha256: return setSecret(index, DigestAlgorithm.Sha256, at, length);
    case Setting.UserSha512_256: return setSecret(index, DigestAlgorithm.Sha512_256, at, length);
    case Setting.UserDisplay: return userAt(index).display.set(at, length) ? 0 : -1;
    default: return -1;
  }
}
