/** A source of random numbers in [0, 1). */
export type Random = () => number

/** The runtime's own randomness. For jitter, not for secrets. */
export const systemRandom: Random = () => Math.random()

/** An opaque random name of `length` characters (16 by default, about 80 bits). For ids, not for secrets. */
export function randomId(random: Random = systemRandom, length = 16): string {
  const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'
  const codes: number[] = []
  while (codes.length < length) codes.push(alphabet.charCodeAt(Math.floor(random() * 32)))
  // One flat text: a sum of characters would be kept as the list of its parts.
  return String.fromCharCode(...codes)
}
