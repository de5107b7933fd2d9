/** Why a neuron stays or goes, in one plain sentence, and how those that share its channel vote. */
import { element } from "../element.js";
import { whole } from "../format.js";
import { plain } from "./math.js";
import { say, told } from "./say.js";

/** @returns {Node[]} the sentence */
export function reasonOf({ texts, network, settings, verdict, layer, steps: { threshold } }) {
  const numbers = {
    score: plain(threshold.score), rank: whole(threshold.rank), neurons: whole(threshold.neurons),
    kept: whole(threshold.kept), least: verdict.least,
  };
  const { reason } = verdict;
  if (reason === "score") {
    return say(texts[`score_${verdict.kept ? "kept" : "removed"}${threshold.layerwise ? "_layerwise" : ""}`], numbers);
  }
  if (reason === "held") {
    const { held } = network.layers[layer];
    return held ? say(texts.held, { held }) : say(texts.held_plain);
  }
  if (reason !== "tie") return say(texts[reason], numbers);
  const mute = settings.coupling === "paper" && !verdict.votes[0].counts;
  const other = nameOf(texts, network, verdict.decider);
  return say(texts[mute ? "tie_mute" : verdict.kept ? "tie_kept" : "tie_removed"], { other });
}

/** The votes of those that share the channel, where there are others. */
export function votesOf({ texts, network, settings, verdict }, choose) {
  if (verdict.votes.length < 2) return null;
  const shown = verdict.votes.slice(0, 6);
  const rows = shown.map(({ at, stays, counts }, index) => {
    const said = counts ? texts[stays ? "vote_stays" : "vote_goes"] : texts.vote_mute;
    const name = index === 0
      ? element("b", { class: "x-neuron" }, nameOf(texts, network, at))
      : element("button", { type: "button", class: "x-link", on: { click: () => choose(at) } }, nameOf(texts, network, at));
    return element("li", { "data-vote": counts ? (stays ? "stays" : "goes") : "mute" }, name, ` ${said}`);
  });
  const more = verdict.votes.length - shown.length;
  if (more) rows.push(element("li", {}, ...say(texts.others, { count: more })));
  return element("div", { class: "x-votes" },
    element("strong", {}, texts.votes), element("ul", {}, ...rows),
    element("p", { class: "x-aside" }, texts[`vote_${settings.coupling}`]));
}

export function nameOf(texts, network, at) {
  const layer = network.layerOf[at];
  return told(texts.name, { neuron: at - network.starts[layer], layer: network.layers[layer].name });
}
