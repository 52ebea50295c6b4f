// Rounds of power cuts on one card, each with a start of the machine.

import { powerCutStory } from "./power-cut-story.ts";

powerCutStory({ seed: 20_261_124, rounds: 10, saves: 8, mixtures: 4 });
