/** Why a neuron stays or goes, in one plain sentence, and how those that share its channel vote. */
import { element } from "../element.js";
import { whole } from "../format.js";
import { plain } from "./math.js";
import { say, told } from "./say.js";
/** @import { Network, Now, Texts } from "../types.d.ts" */

/**
 * @param {Now} now
 * @returns {(Node | string)[]} the sentence
 */
export function reasonOf({ texts, network, settings, verdict, layer, numbers: { threshold } }) {
  const numbers = {
    score: plain(threshold.score), rank: whole(threshold.rank), neurons: whole(threshold.neurons),
    kept: whole(threshold.kept), least: verdict.least, equals: whole(threshold.equal?.neurons ?? 0),
    of_them: whole(threshold.equal?.kept ?? 0),
  };
  const { reason } = verdict;
  if (reason === "score" && threshold.equal) return say(texts[`equal_${verdict.kept ? "kept" : "removed"}`], numbers);
  if (reason === "score") {
    return say(texts[`score_${verdict.kept ? "kept" : "removed"}${threshold.layerwise ? "_layerwise" : ""}`], numbers);
  }
  if (reason === "held") {
    const { held } = network.layers[layer];
    return held ? say(texts.held, { held }) : say(texts.held_plain);
  }
  if (reason !== "tie" || verdict.decider === null) return say(texts[reason], numbers);
  const mute = settings.coupling === "paper" && !verdict.votes[0].counts;
  const other = nameOf(texts, network, verdict.decider);
  return say(texts[mute ? "tie_mute" : verdict.kept ? "tie_kept" : "tie_removed"], { other });
}

/**
 * The votes of those that share the channel, where there are others.
 * @param {Now} now
 * @param {(at: number) => void} choose
 */
export function votesOf({ texts, network, settings, verdict }, choose) {
  if (verdict.votes.length < 2) return null;
  const shown = verdict.votes.slice(0, 6);
  const rows = shown.map(({ at, stays, counts }, index) => {
    const said = counts ? texts[stays ? "vote_stays" : "vote_goes"] : texts.vote_mute;
    const on = { click: () => choose(at) };
    const name = index === 0
      ? element("b", { class: "x-neuron" }, nameOf(texts, network, at))
      : element("button", { type: "button", class: "x-link", on }, nameOf(texts, network, at));
    return element("li", { "data-vote": counts ? (stays ? "stays" : "goes") : "mute" }, name, ` ${said}`);
  });
  const more = verdict.votes.length - shown.length;
  if (more) rows.push(element("li", {}, ...say(texts.others, { count: more })));
  return element("div", { class: "x-votes" },
    element("strong", {}, texts.votes), element("ul", {}, ...rows),
    element("p", { class: "x-aside" }, texts[`vote_${settings.coupling}`]));
}

/**
 * @param {Texts} texts
 * @param {Network} network
 * @param {number} at
 */
export function nameOf(texts, network, at) {
  const layer = network.layerOf[at];
  return told(texts.name, { neuron: at - network.starts[layer], layer: network.layers[layer].name });
}
