/** What the library says, written for these tests by tests/live/test_in_node.py, and where the component lies. */
import { readFileSync } from "node:fs";

export const figures = JSON.parse(readFileSync(process.env.RANP_FIGURES, "utf8"));

/** A module of the live component. */
export const load = (path) => import(new URL(`../../explorer/live/assets/${path}`, import.meta.url).href);

/** Enough of a document to make elements, to read back what is in them, and to tell them what a visitor does. */
class Node {
  constructor(tag) {
    Object.assign(this, { tag, children: [], attributes: new Map(), listeners: [] });
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

  addEventListener(type, listener) {
    this.listeners.push([type, listener]);
  }

  dispatch(...types) {
    for (const type of types) for (const [one, listener] of this.listeners) if (one === type) listener({ type });
  }

  /** The first with that attribute, in here. */
  find(name, value) {
    if (this.getAttribute(name) === value) return this;
    for (const child of this.children) {
      const found = child instanceof Node ? child.find(name, value) : null;
      if (found) return found;
    }
    return null;
  }
}

globalThis.document = { createElement: (tag) => new Node(tag), createElementNS: (_, tag) => new Node(tag) };
