/**
 * A value worked out when it is first asked for.
 * @template Value
 * @param {() => Value} compute
 */
export function lazily(compute) {
  /** @type {Value | undefined} */
  let value;
  return () => (value ??= compute());
}
