// The panel's lamps and button at GPIO pins.

import type { Board } from "../config/types.ts";
import type { PanelPins } from "./front-panel.ts";

export async function openPanelPins(board: Board): Promise<PanelPins> {
  throw new Error(`GPIO of board ${board.name} is not in this version`);
}
