// Dial plans: (plan, digits, what the plan says after the last digit), and plans that are refused with the place of the
// fault.

import { DIAL_PLAN_RECORD_SIZE, DialPlan, DialPlanError, DialResult } from "../../../assembly/line/dial-plan";

const record = memory.data(4096, 16);
const plan = changetype<DialPlan>(record);
const NO: i32 = DialResult.NoMatch, PARTIAL: i32 = DialResult.Partial;
const MATCH: i32 = DialResult.Match, COMPLETE: i32 = DialResult.Complete;

const CISCO = "(*xx|[3469]11|0|00|[2-9]xxxxxx|1xxx[2-9]xxxxxx|xxxxxxxxxxxx.)";

function compile(text: string): i32 {
  assert(DIAL_PLAN_RECORD_SIZE <= 4096);
  const bytes = String.UTF8.encode(text);
  return plan.compile(changetype<usize>(bytes), bytes.byteLength);
}

function check(text: string, digits: string, expected: i32): void {
  expect(compile(text)).toBe(0, text);
  let result: i32 = plan.result;
  for (let index = 0; index < digits.length; index++) result = plan.handleDigit(digits.charCodeAt(index));
  expect(result).toBe(expected, `${text} given ${digits}`);
}

function refused(text: string, error: DialPlanError, position: i32): void {
  expect(compile(text)).toBe(position, text);
  expect(<i32>plan.error).toBe(<i32>error, text);
}

describe("dial plan", () => {
  it("a single pattern", () => {
    check("101", "", PARTIAL);
    check("101", "1", PARTIAL);
    check("101", "10", PARTIAL);
    check("101", "101", COMPLETE);
    check("101", "102", NO);
    check("101", "1011", NO);
    check("xxx", "99", PARTIAL);
    check("Xx", "99", COMPLETE);
    check("xx", "*", NO);
    check("*xx", "*69", COMPLETE);
    check("#21#", "#21#", COMPLETE);
    check("+x.", "+", MATCH);
    check("+xx.", "+1", MATCH);
  });

  it("sets", () => {
    check("[2-4]", "2", COMPLETE);
    check("[2-4]", "4", COMPLETE);
    check("[2-4]", "1", NO);
    check("[2-4]", "5", NO);
    check("[24-69]x", "2", PARTIAL);
    check("[24-69]x", "5", PARTIAL);
    check("[24-69]x", "9", PARTIAL);
    check("[24-69]x", "3", NO);
    check("[*#0-9]", "#", COMPLETE);
    check("[0-0]", "0", COMPLETE);
  });

  it("`.` is zero or more of the element before it", () => {
    check("12.", "1", MATCH);
    check("12.", "12", MATCH);
    check("12.", "12222", MATCH);
    check("12.", "13", NO);
    check("12.3", "13", COMPLETE);
    check("12.3", "1223", COMPLETE);
    check("1x.#", "1555#", COMPLETE);
    check("1x..", "155", MATCH);
    check("[1-3].4", "1231234", COMPLETE);
    check("x.x.x.9", "1239", MATCH);
    check("x.5", "5", MATCH);
    check("x.5", "55", MATCH);
    check("x.5", "56", PARTIAL);
  });

  it("patterns side by side, as in the Cisco example", () => {
    check(CISCO, "*", PARTIAL);
    check(CISCO, "*69", COMPLETE);
    check(CISCO, "0", MATCH);
    check(CISCO, "00", MATCH);
    check(CISCO, "411", MATCH);
    check(CISCO, "911", MATCH);
    check(CISCO, "511", PARTIAL);
    check(CISCO, "5551234", MATCH);
    check(CISCO, "1408", PARTIAL);
    check(CISCO, "14085551234", MATCH);
    check(CISCO, "14081551234", MATCH); // by the last pattern, eleven digits or more
    check(CISCO, "1408155123", PARTIAL);
    check(CISCO, "123456789012345", MATCH);
    check("12|123|13", "12", MATCH);
    check("12|123|13", "123", COMPLETE);
    check("12|123|13", "14", NO);
  });

  it("blanks between elements do not count", () => {
    check(" ( *xx | 1 0 x ) ", "*12", COMPLETE);
    check(" ( *xx | 1 0 x ) ", "105", COMPLETE);
  });

  it("stays at NoMatch once nothing fits", () => {
    check("12", "13222", NO);
    check("12", "1A", NO);
  });

  it("says whether a pattern could use a digit", () => {
    compile("x.|**xx#");
    expect(plan.accepts(0x23)).toBeFalsy();
    expect(plan.accepts(0x2a)).toBeTruthy();
    expect(plan.accepts(0x41)).toBeFalsy();
    for (let index = 0; index < 4; index++) plan.handleDigit("**12".charCodeAt(index));
    expect(plan.accepts(0x23)).toBeTruthy();
    expect(plan.accepts(0x31)).toBeFalsy();
    plan.start();
    expect(plan.accepts(0x31)).toBeTruthy();
  });

  it("a refused plan names its fault and the place", () => {
    refused("", DialPlanError.EmptyPattern, 1);
    refused("()", DialPlanError.EmptyPattern, 2);
    refused("12||3", DialPlanError.EmptyPattern, 4);
    refused("12|", DialPlanError.EmptyPattern, 4);
    refused("1?", DialPlanError.UnknownCharacter, 2);
    refused("12é", DialPlanError.UnknownCharacter, 3);
    refused("12[3-5", DialPlanError.OpenSet, 3);
    refused("12[]", DialPlanError.EmptySet, 3);
    refused("[5-3]", DialPlanError.BadRange, 2);
    refused("[5-]", DialPlanError.BadRange, 2);
    refused("[1*-#]", DialPlanError.BadRange, 3);
    refused("[1-*]", DialPlanError.BadRange, 2);
    refused("[1x]", DialPlanError.UnknownCharacter, 3);
    refused("1|.", DialPlanError.NothingToRepeat, 3);
    refused("(12", DialPlanError.Parenthesis, 1);
    refused("12)", DialPlanError.Parenthesis, 3);
    refused("1(2)3", DialPlanError.Parenthesis, 2);
    refused("xx!", DialPlanError.Unsupported, 3);
    refused("1xxxS0", DialPlanError.Unsupported, 5);
    refused("<9:>xx", DialPlanError.Unsupported, 1);
    refused("9,xx", DialPlanError.Unsupported, 2);
    refused("L:15,(x.)", DialPlanError.Unsupported, 1);
    refused("[^1]", DialPlanError.Unsupported, 2);
  });

  it("a refused plan leaves the old one in force", () => {
    compile("12");
    expect(compile("13|[")).toBe(4);
    expect(<i32>plan.handleDigit(0x31)).toBe(PARTIAL);
    expect(<i32>plan.handleDigit(0x32)).toBe(COMPLETE);
  });

  it("the longest plan fits, one more character does not", () => {
    expect(compile("x".repeat(1023))).toBe(0);
    for (let digit = 1; digit < 1023; digit++) expect(<i32>plan.handleDigit(0x35)).toBe(PARTIAL);
    expect(<i32>plan.handleDigit(0x35)).toBe(COMPLETE);
    refused("x".repeat(1024), DialPlanError.TooLong, 1024);
    expect(compile("x.".repeat(511))).toBe(0);
    for (let digit = 1; digit < 600; digit++) expect(<i32>plan.handleDigit(0x35)).toBe(MATCH);
    expect(compile("1|".repeat(511) + "1")).toBe(0);
    expect(<i32>plan.handleDigit(0x31)).toBe(COMPLETE);
  });
});
