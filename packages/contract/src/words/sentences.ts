/**
 * Whether this build speaks in sentences. Bundles for production *and* browsers do not: they take `codes.ts` in the place of this
 * file, and a minifier leaves every sentence out that is asked for by this constant.
 */
export const SENTENCES: boolean = true

/** The text of an error: its sentence. */
export function messageOf(_code: string, sentence: string | false): string {
  return sentence || ''
}
