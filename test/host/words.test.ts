// Numbers of the core that the host puts into words: every report for the log, every fault of a dial plan for whoever wrote it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Report } from "../../host/adapter-abi.ts";
import { dialPlanProblem } from "../../host/config/dial-plan.ts";
import { reportText } from "../../host/reports.ts";

test("every report of the core has words of its own in the log", () => {
  const words = Object.values(Report).map((report) => reportText(report, "").message);
  assert.deepEqual(
    words.filter((text) => /^report \d/.test(text) || text === ""),
    [],
  );
  assert.equal(reportText(Report.CallIncoming, "101 Phone 1").message, "rings, called by 101 Phone 1");
  assert.equal(reportText(Report.RegistrationFailed, "").level, "warn");
});

test("a report that this host does not know is shown by its number, quietly", () => {
  assert.deepEqual(reportText(9999, "text"), { level: "debug", message: "report 9999 text" });
});

for (const [plan, place, reason] of [
  ["", 1, "is a pattern without a digit"],
  ["12|", 4, "is a pattern without a digit"],
  ["1a", 2, "is not part of the notation"],
  ["1[23", 2, "opens a set that is not closed"],
  ["[]", 1, "is an empty set"],
  ["[5-2]", 0, "is no range of digits"],
  [".1", 1, "has nothing before it to repeat"],
  ["1(2)", 2, "is a parenthesis that does not stand round the whole plan"],
  ["<1:2>x", 1, "is not supported yet"],
] as const) {
  test(`dial plan ${plan.slice(0, 12)}: ${reason}`, () => {
    const problem = dialPlanProblem(plan) ?? "";
    assert.ok(problem.includes(reason), problem);
    assert.match(problem, place === 0 ? /at character \d+/ : new RegExp(`at character ${place}\\b`));
    assert.match(problem, /\(allowed: /);
  });
}

test("dial plans as they stand in manuals are taken, one after a fault too", () => {
  assert.ok(dialPlanProblem("1[") !== undefined);
  for (const plan of [
    "([1-7]xx|[089]x.|*xx.)",
    "(*xx|[3469]11|0|00|[2-9]xxxxxx|1xxx[2-9]xxxxxx|xxxxxxxxxxxx.)",
    "x.",
    "#21#",
  ])
    assert.equal(dialPlanProblem(plan), undefined, plan);
});
