/** Numbers that somebody vouched for, and that are missing from what was read without a gap in their place. */
export function silentlyLost(vouchedFor: readonly number[], read: readonly (number | 'gap')[]): readonly number[] {
  const wanted = new Set(vouchedFor)
  const missing = new Set(vouchedFor.filter((one) => !read.includes(one)))
  let last = Number.NEGATIVE_INFINITY
  // Before the first one nobody had begun to read.
  let isTold = true
  for (const one of [...read, Number.POSITIVE_INFINITY]) {
    if (one === 'gap') isTold = true
    else if (one > last && (wanted.has(one) || one === Number.POSITIVE_INFINITY)) {
      if (isTold) for (const lost of missing) if (lost > last && lost < one) missing.delete(lost)
      last = one
      isTold = false
    }
  }
  return [...missing]
}
