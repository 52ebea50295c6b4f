// One telephone line on virtual time, of whose loop edges went unseen.

import { LineState } from "../../../assembly/line/line";
import { fresh, hangUp, hear, lift, lifted, line, now, rotary, runTo, said, setNow, wait } from "./telephone";

describe("line: edges that went unseen", () => {
  it("a spike whose end went unseen is nobody who lifts", () => {
    fresh();
    line.ring(now);
    said();
    hear(line.handleLoop(true, now, now));
    hear(line.handleLoss(now, now + 300));
    hear(line.handleLoss(now + 300, now + 300));
    hear(line.handleLoop(false, now + 300, now + 300));
    runTo(now + 1000);
    expect(said()).toBe("");
    hear(line.handleLoop(true, now, now));
    hear(line.handleLoss(now, now + 300));
    hear(line.handleLoss(now + 300, now + 300));
    runTo(now + 309);
    expect(said()).toBe("");
    runTo(now + 1);
    expect(said()).toBe("no-ring audio (off-hook) ANSWERED", "and who holds the handset then has lifted it");
  });

  it("a flash of which nobody saw the end is neither a flash nor a hang-up, late as it may be told", () => {
    lifted();
    said();
    const opens = now;
    setNow(opens + 1300);
    hear(line.handleLoop(false, opens, now));
    hear(line.handleLoss(opens, now));
    hear(line.handleLoss(now, now));
    hear(line.handleLoop(true, now, now));
    runTo(now + 5000);
    expect(said()).toBe("");
    expect(line.isOffHook).toBeTruthy();
  });

  it("a number with a digit of which a part went unseen is not called: congestion tone, whatever else is dialled", () => {
    lifted();
    rotary(3);
    wait(500);
    said();
    hear(line.handleLoop(false, now, now));
    hear(line.handleLoop(true, now + 60, now + 60));
    hear(line.handleLoss(now + 80, now + 80));
    hear(line.handleLoop(false, now + 100, now + 100));
    hear(line.handleLoop(true, now + 160, now + 160));
    runTo(now + 300);
    expect(<i32>line.state).toBe(<i32>LineState.Dialling);
    runTo(now + 70);
    expect(<i32>line.state).toBe(<i32>LineState.Congestion);
    rotary(2);
    runTo(now + 20000);
    expect(said().includes("DIALLED")).toBeFalsy();
    hangUp();
    lift();
    wait(500);
    said();
    rotary(4);
    wait(500);
    expect(said().includes("(4)")).toBeTruthy();
  });

  it("a loss between two digits, or before any, harms no number", () => {
    lifted();
    hear(line.handleLoss(now, now));
    wait(500);
    rotary(3);
    wait(500);
    hear(line.handleLoss(now, now));
    wait(500);
    rotary(2);
    wait(500);
    const story = said();
    expect(story.includes("(3)")).toBeTruthy(story);
    expect(story.includes("(2)")).toBeTruthy(story);
  });

  it("what was dialled long before the loss is believed", () => {
    lifted();
    said();
    const from = now;
    setNow(from + 2000);
    hear(line.handleLoop(false, from, now));
    hear(line.handleLoop(true, from + 60, now));
    hear(line.handleLoss(from + 1500, now));
    expect(said().includes("(1)")).toBeTruthy();
  });
});
