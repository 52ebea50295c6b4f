// The location service: users, contacts, their order and their end. RFC 3261 §10.

import { Endpoint, Transport, endpointAt } from "../../../assembly/abi/endpoint";
import { pollAction, resetActions } from "../../../assembly/abi/action";
import { parseAddress } from "../../../assembly/base/address";
import { equals, writeText } from "../../../assembly/base/literal";
import { seedRandom } from "../../../assembly/base/random";
import { setupHashKey } from "../../../assembly/base/sip-hash";
import {
  Binding, LOCATION_SIZE, addBinding, bindingsUsed, findBinding, firstBinding, handleLocationTimeout,
  locationNextTimeout, nextBinding, nthBinding, placeBinding, removeBinding, removeBindings, setupLocation,
} from "../../../assembly/server/location";
import { NOTES_SIZE, setupNotes } from "../../../assembly/server/notes";
import { USERS_SIZE, addUser, setupUsers, userAt } from "../../../assembly/server/users";
import { setupCharacters } from "../../../assembly/sip/characters";
import { uriAt } from "../../../assembly/sip/uri";
import { NEVER } from "../../../assembly/time/timer-table";

const users: usize = memory.data(USERS_SIZE, 16);
const location: usize = memory.data(LOCATION_SIZE, 16);
const notes: usize = memory.data(NOTES_SIZE, 16);
const seed: usize = memory.data(32, 16);
const text: usize = memory.data(256, 16);
const uri = uriAt(memory.data(64, 16));
const source: Endpoint = endpointAt(memory.data(24, 16));

function put(value: string): i32 { return <i32>(writeText(text, value) - text); }

function bind(user: i32, contact: string, q: i32, expiresAt: f64): Binding {
  const binding = addBinding(user);
  binding.contact.set(text, put(contact));
  binding.source.copyFrom(source);
  binding.q = <i16>q;
  binding.expiresAt = expiresAt;
  placeBinding(binding, true);
  return binding;
}

/** The user's contacts in their order, by the last character of each. */
function order(user: i32): string {
  let letters = "";
  for (let binding = firstBinding(user); changetype<usize>(binding) != 0; binding = nextBinding(binding)) {
    letters += String.fromCharCode(load<u8>(binding.contact.at + <usize>binding.contact.length - 1));
  }
  return letters;
}

describe("the location service", () => {
  beforeEach(() => {
    seedRandom(seed);
    setupHashKey();
    setupCharacters();
    resetActions();
    setupNotes(notes);
    setupUsers(users);
    setupLocation(location);
    addUser(0, text, put("101"));
    addUser(5, text, put("102"));
    parseAddress(text, put("192.0.2.9"), source);
    source.port = 5062;
    source.transport = <u8>Transport.Udp;
  });

  it("lists a user's contacts by q, of equal ones the newest first", () => {
    bind(0, "sip:101@a", 500, 1000);
    bind(0, "sip:101@b", 1000, 1000);
    bind(0, "sip:101@c", 500, 1000);
    bind(0, "sip:101@d", 700, 1000);
    bind(5, "sip:102@x", 1000, 1000);
    expect(order(0)).toBe("bdca");
    expect(order(5)).toBe("x");
    expect(bindingsUsed()).toBe(5);
  });

  it("moves a contact whose q changes, and finds it by its URI", () => {
    bind(0, "sip:101@a", 500, 1000);
    bind(0, "sip:101@b", 600, 1000);
    uri.parse(text, put("sip:101@A;transport=udp"));
    const binding = findBinding(0, uri);
    expect(changetype<usize>(binding)).not.toBe(0, "hosts are alike in any case, and parameters do not say who is meant");
    binding.q = 900;
    placeBinding(binding, false);
    expect(order(0)).toBe("ab");
    uri.parse(text, put("sip:101@a:5070"));
    expect(changetype<usize>(findBinding(0, uri))).toBe(0, "another port is another contact");
    uri.parse(text, put("sip:101@a"));
    expect(changetype<usize>(findBinding(5, uri))).toBe(0, "another user's contact is none of this one's");
  });

  it("runs out in the order of the deadlines", () => {
    bind(0, "sip:101@a", 1000, 3000);
    bind(0, "sip:101@b", 1000, 1000);
    bind(5, "sip:102@c", 1000, 2000);
    expect(locationNextTimeout()).toBe(1000);
    handleLocationTimeout(999);
    expect(bindingsUsed()).toBe(3);
    handleLocationTimeout(2500);
    expect(order(0)).toBe("a");
    handleLocationTimeout(2500);
    expect(order(5)).toBe("");
    handleLocationTimeout(2500);
    expect(bindingsUsed()).toBe(1);
    handleLocationTimeout(3000);
    expect(locationNextTimeout()).toBe(NEVER);
    expect(userAt(0).bindings).toBe(0);
  });

  it("a user's ninth contact takes the place of the one that ends first", () => {
    for (let index = 0; index < 8; index++) {
      const length = put("sip:101@h0");
      store<u8>(text + <usize>length - 1, <u8>(48 + index));
      const binding = addBinding(0);
      binding.contact.set(text, length);
      binding.q = 1000;
      binding.expiresAt = index == 4 ? 500.0 : <f64>(1000 + index);
      placeBinding(binding, true);
    }
    bind(0, "sip:101@h8", 1000, 5000);
    expect(order(0)).toBe("87653210");
    expect(bindingsUsed()).toBe(8);
  });

  it("takes all of a user's contacts out at once, and one by one", () => {
    const a = bind(0, "sip:101@a", 1000, 1000);
    bind(0, "sip:101@b", 1000, 1000);
    bind(5, "sip:102@c", 1000, 1000);
    removeBinding(a);
    expect(order(0)).toBe("b");
    removeBindings(0);
    expect(order(0)).toBe("");
    expect(bindingsUsed()).toBe(1);
    const left = nthBinding(0);
    expect(equals(left.contact.at, left.contact.length, "sip:102@c")).toBe(true);
    expect(changetype<usize>(nthBinding(1))).toBe(0);
  });

  it("says what comes and goes", () => {
    const binding = bind(0, "sip:101@a", 1000, 1000);
    removeBinding(binding);
    expect(pollAction()).not.toBe(0);
    expect(pollAction()).not.toBe(0);
    expect(pollAction()).toBe(0);
  });
});
