// What is ours: domains, own addresses, bounds of the settings.

import { Transport, endpointAt } from "../../../assembly/abi/endpoint";
import { parseAddress } from "../../../assembly/base/address";
import { writeText } from "../../../assembly/base/literal";
import {
  Setting, defaultExpires, isLocalEndpoint, isOurHost, localFor, maximumExpires, minimumExpires, resetSettings, setDomain,
  setLocalEndpoint, setNumber, setRealm,
} from "../../../assembly/server/settings";
import { setupCharacters } from "../../../assembly/sip/characters";

const text: usize = memory.data(256, 16);
const endpoint = endpointAt(memory.data(24, 16));

function put(value: string): i32 { return <i32>(writeText(text, value) - text); }
function isOurs(host: string, port: i32 = 0): bool { return isOurHost(text, put(host), port); }

function local(index: i32, address: string, port: u16): void {
  endpoint.clear();
  parseAddress(text, put(address), endpoint);
  endpoint.port = port;
  endpoint.transport = <u8>Transport.Udp;
  setLocalEndpoint(index, endpoint);
}

describe("who the server is", () => {
  beforeEach(() => {
    setupCharacters();
    resetSettings();
    local(0, "192.0.2.1", 5060);
    local(1, "2001:db8::1", 5070);
    setDomain(0, text, put("example.org"));
    setDomain(1, text, put("10.1.2.3"));
  });

  it("its addresses, alone or with their own port", () => {
    expect(isOurs("192.0.2.1")).toBe(true);
    expect(isOurs("192.0.2.1", 5060)).toBe(true);
    expect(isOurs("192.0.2.1", 5061)).toBe(false, "a phone on the same host");
    expect(isOurs("192.0.2.1", 5070)).toBe(false, "that port is the other address's");
    expect(isOurs("[2001:db8::1]", 5070)).toBe(true);
    expect(isOurs("[2001:DB8:0:0:0:0:0:1]")).toBe(true, "however it is written");
    expect(isOurs("192.0.2.2")).toBe(false);
  });

  it("its domains, in any case, alone or with one of its ports", () => {
    expect(isOurs("example.org")).toBe(true);
    expect(isOurs("EXAMPLE.org", 5070)).toBe(true);
    expect(isOurs("example.org", 5062)).toBe(false);
    expect(isOurs("www.example.org")).toBe(false);
    expect(isOurs("10.1.2.3")).toBe(true, "an address that a NAT in front of it has");
    setDomain(0, text, 0);
    expect(isOurs("example.org")).toBe(false);
    expect(isOurs("")).toBe(false);
  });

  it("the address that a peer of the same family sees", () => {
    endpoint.clear();
    parseAddress(text, put("2001:db8::9"), endpoint);
    endpoint.transport = <u8>Transport.Udp;
    expect(localFor(endpoint).port).toBe(5070);
    endpoint.transport = <u8>Transport.Tcp;
    expect(changetype<usize>(localFor(endpoint))).toBe(0);
    parseAddress(text, put("192.0.2.1"), endpoint);
    endpoint.port = 5060;
    expect(isLocalEndpoint(endpoint)).toBe(false, "TCP is not served");
    endpoint.transport = <u8>Transport.Udp;
    expect(isLocalEndpoint(endpoint)).toBe(true);
  });

  it("keeps its bounds of a registration in order", () => {
    expect(setNumber(Setting.MinimumExpires, 3601)).toBe(-1, "RFC 3261 §10.3: no interval of an hour is too brief");
    expect(setNumber(Setting.MaximumExpires, 7200)).toBe(0);
    expect(setNumber(Setting.DefaultExpires, 7201)).toBe(-1);
    expect(setNumber(Setting.DefaultExpires, 100)).toBe(0);
    expect(setNumber(Setting.MinimumExpires, 300)).toBe(0);
    expect(defaultExpires).toBe(300);
    expect(setNumber(Setting.MaximumExpires, 299)).toBe(-1);
    expect(setNumber(Setting.MaximumExpires, 300)).toBe(0);
    expect(minimumExpires).toBe(300);
    expect(maximumExpires).toBe(300);
    expect(setNumber(Setting.NonceLifetime, NaN)).toBe(-1);
    expect(setNumber(Setting.NonceLifetime, Infinity)).toBe(-1);
    expect(setNumber(Setting.Realm, 60)).toBe(-1);
  });

  it("takes no realm that would end its own quotes", () => {
    expect(setRealm(text, put("a realm"))).toBe(0);
    expect(setRealm(text, put("a\"b"))).toBe(2);
    expect(setRealm(text, put("ab\\"))).toBe(3);
    expect(setRealm(text, put("\r\n"))).toBe(1);
    expect(setRealm(text, 0)).toBe(-1);
  });
});
