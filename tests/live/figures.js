/** What the library says, written for these tests by tests/live/test_in_node.py, and where the component lies. */
import { readFileSync } from "node:fs";

export const figures = JSON.parse(readFileSync(process.env.RANP_FIGURES, "utf8"));

/** A module of the live component. */
export const load = (path) => import(new URL(`../../explorer/live/assets/${path}`, import.meta.url).href);

/** Enough of a document to make elements and to read back what is in them. */
class Node {
  constructor(tag) {
    Object.assign(this, { tag, children: [], attributes: new Map() });
  }

  append(...children) {
    this.children.push(...children);
  }

  hasAttribute(name) {
    return this.attributes.has(name);
  }

  getAttribute(name) {
    return this.attributes.get(name) ?? null;
  }

  setAttribute(name, value) {
    this.attributes.set(name, value);
  }

  removeAttribute(name) {
    this.attributes.delete(name);
  }

  addEventListener() {}
}

globalThis.document = { createElement: (tag) => new Node(tag), createElementNS: (_, tag) => new Node(tag) };
