/** What looks like a secret: keys and tokens by their names, and by the forms that providers give them. */
const SECRETS: readonly RegExp[] = [
  /\b(?:sk|pk|ghp|gho|ghs|github_pat|xox[abprs]|AKIA|AIza|glpat|hf)[-_A-Za-z0-9]{12,}/g,
  /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g,
  /\b(Bearer|Basic)\s+[\w.~+/=-]{8,}/gi,
  /((?:api[-_ ]?key|token|secret|password|passwd|authorization|credential)s?["']?\s*[:=]\s*["']?)[^\s"',;]{4,}/gi,
  /(:\/\/[^\s/:@]+:)[^\s@/]+(?=@)/g,
]

/** A text without what looks like a secret. */
export function redacted(text: string): string {
  return SECRETS.reduce((left, secret) => left.replace(secret, (_all, kept: unknown) => `${typeof kept === 'string' ? kept : ''} ***`.trim()), text)
}
