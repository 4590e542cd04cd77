import { isSecretName } from '@holdfast/core'
import { Option } from 'commander'
import { UserError } from './user-error.ts'

/** Options of every command that dials a gateway. */
export interface EndpointOptions {
  readonly url: string
  readonly token?: string | undefined
}

/** `--url`, with its environment variable. */
export function urlOption(): Option {
  return new Option('--url <url>', 'the gateway').env('HOLDFAST_URL').default('http://127.0.0.1:4600')
}

/** `--token`, with its environment variable. Its value is never shown. */
export function tokenOption(): Option {
  return new Option('--token <secret>', 'credential; better in HOLDFAST_TOKEN, which other users cannot see')
}

/** Where to dial, checked. @throws UserError for an address that cannot be dialed or has a secret in it */
export function endpointOf(options: { readonly url: string; readonly token?: string | undefined }): EndpointOptions {
  const url = httpUrl(options.url)
  const token = options.token ?? (process.env['HOLDFAST_TOKEN'] || undefined)
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) {
    throw new UserError('The token has characters that cannot travel in a header; check it for spaces and line ends.')
  }
  return { url, token }
}

/** The `http(s)` form of an address, without a trailing slash. @throws UserError */
export function httpUrl(text: string): string {
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`
  const url = URL.canParse(whole) ? new URL(whole.replace(/^ws/i, 'http')) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new UserError('--url: expected an address such as http://127.0.0.1:4600.')
  }
  const hasSecret = url.username !== '' || url.password !== '' || [...url.searchParams.keys()].some(isSecretName)
  if (hasSecret) throw new UserError('--url: addresses end up in logs. Give the credential as HOLDFAST_TOKEN instead.')
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '')
}

/** The headers that carry a token. */
export function authorization(token: string | undefined): Readonly<Record<string, string>> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` }
}
