import { readFileSync } from 'node:fs'

/** The version of this gateway, from its package: one for all of the project. */
export function gatewayVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  const { version }: { readonly version?: unknown } = Object(manifest)
  return typeof version === 'string' ? version : 'unknown'
}
