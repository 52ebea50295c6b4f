// One round of power cuts: what CI has the time for.

import { powerCutStory } from "./power-cut-story.ts";

powerCutStory({ seed: 20_261_123, rounds: 1, saves: 3, mixtures: 1 });
