import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { OpenError, type Target } from '@holdfast/core'
import { hubWebSocketUrl } from '@holdfast/protocol/hub'
import { execPath } from '@holdfast/protocol/shell'
import { nodeWebSocket } from '@holdfast/transport-node'
import { Command } from 'commander'
import { authorization, endpointOf, tokenOption } from '../endpoint.ts'
import { EXIT } from '../exit-codes.ts'
import { type Output, outputOn } from '../output.ts'

/** What one check found. `hint` is what to do about it. */
interface Finding {
  readonly check: string
  readonly verdict: 'ok' | 'warning' | 'failed'
  readonly text: string
  readonly hint?: string | undefined
}

const CHECK_MS = 10_000

/** What an error of the system means, and what to do. */
const SYSTEM: Readonly<Record<string, readonly [text: string, hint: string]>> = {
  ECONNREFUSED: ['nothing listens there', 'Check the port, and that the gateway runs: holdfast serve.'],
  ECONNRESET: ['the connection was reset', 'A firewall or proxy may cut it; try from another network.'],
  ETIMEDOUT: ['no answer at all', 'A firewall may drop the packets; check address and port.'],
  EHOSTUNREACH: ['no route to the host', 'Check the network, a VPN for instance.'],
  ENETUNREACH: ['no route to the network', 'Check the network, a VPN for instance.'],
  ENOTFOUND: ['the name is not known', 'Check the spelling, and the DNS server.'],
  EAI_AGAIN: ['the DNS server does not answer', 'Check the network.'],
  DEPTH_ZERO_SELF_SIGNED_CERT: [
    'its certificate is self-signed',
    'Trust its authority with NODE_EXTRA_CA_CERTS=ca.pem.',
  ],
  SELF_SIGNED_CERT_IN_CHAIN: ['its certificates end in one of its own', 'Trust it with NODE_EXTRA_CA_CERTS=ca.pem.'],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: [
    'its certificate is incomplete',
    'The server must send its intermediate certificates.',
  ],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: ['its authority is not trusted here', 'Trust it with NODE_EXTRA_CA_CERTS=ca.pem.'],
  CERT_HAS_EXPIRED: ['its certificate has expired', 'Renew it on the server; check the clock here.'],
  CERT_NOT_YET_VALID: ['its certificate is not valid yet', 'Check the clock here.'],
  ERR_TLS_CERT_ALTNAME_INVALID: ['its certificate is for another name', 'Use the name in the certificate.'],
  ERR_SSL_WRONG_VERSION_NUMBER: ['it does not speak TLS', 'Use http:// for this port.'],
  EPROTO: ['it does not speak TLS', 'Use http:// for this port.'],
}

/** `holdfast doctor`: what is between here and a gateway, in words. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description('dial every endpoint of a gateway and say in words what is wrong')
    .argument('<url>', 'the gateway, such as https://hub.example')
    .addOption(tokenOption())
    .option('--json', 'findings as lines of JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  $ holdfast doctor http://127.0.0.1:4600\n  $ holdfast doctor https://hub.example --json',
    )
    .action(async (url: string, options: { readonly token?: string; readonly json?: boolean }) => {
      process.exitCode = await doctor(endpointOf({ url, token: options.token }), options.json === true)
    })
}

async function doctor(
  where: { readonly url: string; readonly token?: string | undefined },
  json: boolean,
): Promise<number> {
  const out = outputOn(process.stdout)
  const findings: Finding[] = []
  const tell = async (finding: Finding): Promise<Finding> => {
    findings.push(finding)
    await (json ? out.json(finding) : out.line(lineOf(finding, out)))
    return finding
  }
  const proxy = proxyFor(where.url)
  if (proxy !== undefined)
    await tell({
      check: 'proxy',
      verdict: 'warning',
      text: `a proxy is set (${proxy})`,
      hint: 'NO_PROXY leaves hosts out.',
    })
  const reached = (await tell(await dns(where.url))).verdict !== 'failed' || proxy !== undefined
  if (reached && (await tell(await http(where.url))).verdict !== 'failed') {
    await tell(await credentials(where))
    await tell(
      await socket('hub', where, { url: hubWebSocketUrl(where.url, { role: 'observer', sessionId: 'doctor' }) }),
    )
    await tell(await shells(where))
  }
  return findings.some(({ verdict }) => verdict === 'failed') ? EXIT.failed : EXIT.ok
}

async function dns(url: string): Promise<Finding> {
  const check = 'name'
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '')
  if (isIP(host) !== 0) return { check, verdict: 'ok', text: `${host} is an address` }
  try {
    const found = await lookup(host, { all: true })
    return { check, verdict: 'ok', text: `${host} is ${found.map(({ address }) => address).join(', ')}` }
  } catch (error) {
    return { check, ...failure(error) }
  }
}

async function http(url: string): Promise<Finding> {
  const check = 'http'
  try {
    const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(CHECK_MS), redirect: 'manual' })
    const text = (await response.text()).slice(0, 200)
    if (response.status === 200 && text.includes('ready')) return { check, verdict: 'ok', text: 'a gateway, and ready' }
    if (response.status === 503)
      return {
        check,
        verdict: 'warning',
        text: 'a gateway, but not ready',
        hint: 'It starts, drains, or its store has trouble; see its log.',
      }
    if (response.status >= 300 && response.status < 400) {
      return {
        check,
        verdict: 'failed',
        text: `it redirects to ${response.headers.get('location') ?? 'somewhere'}`,
        hint: 'Use that address.',
      }
    }
    return {
      check,
      verdict: 'failed',
      text: `something answers with ${response.status}, but not a gateway`,
      hint: 'Check host, port and path.',
    }
  } catch (error) {
    return { check, ...failure(error) }
  }
}

async function credentials({
  url,
  token,
}: {
  readonly url: string
  readonly token?: string | undefined
}): Promise<Finding> {
  const check = 'token'
  const headers = authorization(token)
  const response = await fetch(`${url}/api/hub/sessions?limit=1`, {
    headers,
    signal: AbortSignal.timeout(CHECK_MS),
  }).catch(() => undefined)
  await response?.body?.cancel()
  if (response === undefined)
    return { check, verdict: 'failed', text: 'no answer in time', hint: 'See the log of the gateway.' }
  if (response.ok) return { check, verdict: 'ok', text: 'accepted' }
  if (response.status === 401) {
    return token === undefined
      ? { check, verdict: 'failed', text: 'none was given, and one is needed', hint: 'Set HOLDFAST_TOKEN.' }
      : {
          check,
          verdict: 'failed',
          text: 'refused',
          hint: 'The gateway prints its random token at start, or has --token.',
        }
  }
  if (response.status === 403)
    return {
      check,
      verdict: 'warning',
      text: 'accepted, but it may not look at sessions',
      hint: 'Give it the scope observe.',
    }
  return { check, verdict: 'warning', text: `answered with ${response.status}` }
}

/** Opens a WebSocket and waits for one answer to a ping: a link that carries nothing shows here. */
async function socket(
  check: string,
  { token }: { readonly token?: string | undefined },
  target: Target,
): Promise<Finding> {
  try {
    const signal = AbortSignal.timeout(CHECK_MS)
    const channel = await nodeWebSocket().open({ ...target, headers: authorization(token) }, { signal })
    return await new Promise<Finding>((resolve) => {
      const started = performance.now()
      const settle = (finding: Finding): void => {
        clearTimeout(timer)
        channel.terminate()
        resolve(finding)
      }
      const timer = setTimeout(
        () =>
          settle({
            check,
            verdict: 'failed',
            text: 'it opens, and then nothing comes back (half-open)',
            hint: 'Something on the way swallows frames: a proxy, a VPN, a firewall.',
          }),
        CHECK_MS,
      )
      channel.start({
        frame: () => {},
        pong: () =>
          settle({
            check,
            verdict: 'ok',
            text: `a WebSocket, ${Math.round(performance.now() - started)} ms there and back`,
          }),
        closed: ({ code, reason }) => {
          // An unknown session, or a token without the scope: the gateway itself said so, over the WebSocket.
          const isAnswer = code !== undefined && code >= 4000
          settle(
            isAnswer
              ? { check, verdict: 'ok', text: `a WebSocket (${code} ${reason})`.trim() }
              : {
                  check,
                  verdict: 'failed',
                  text: `closed at once${code === undefined ? '' : ` with ${code}`}`,
                  hint: 'A proxy may not let WebSockets through.',
                },
          )
        },
      })
      channel.ping()
    })
  } catch (error) {
    return { check, ...upgradeFailure(error) }
  }
}

/** Asks for shells in a version that is too old for any server: it answers, and starts none. */
async function shells({ url, token }: { readonly url: string; readonly token?: string | undefined }): Promise<Finding> {
  const check = 'shells'
  const streams = { stdin: false, stdout: false, stderr: false, tty: false }
  const path = execPath({ namespace: 'default', pod: 'doctor', command: ['true'], ...streams })
  const target = {
    url: url.replace(/^http/, 'ws') + path,
    headers: authorization(token),
    protocols: ['v3.channel.k8s.io'],
  }
  try {
    const channel = await nodeWebSocket().open(target, { signal: AbortSignal.timeout(CHECK_MS) })
    channel.terminate()
    return { check, verdict: 'warning', text: 'something answers, but not a gateway' }
  } catch (error) {
    const body = error instanceof OpenError ? (error.details.body ?? '') : ''
    if (body.includes('shell/off')) return { check, verdict: 'warning', text: 'switched off on this gateway' }
    if (body.includes('subprotocol')) return { check, verdict: 'ok', text: 'the endpoint answers' }
    return { check, ...upgradeFailure(error) }
  }
}

function failure(error: unknown): Omit<Finding, 'check'> {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : error instanceof Error ? error.name : ''
  if (code === 'TimeoutError')
    return {
      verdict: 'failed',
      text: 'no answer in time',
      hint: 'A firewall may drop the packets; check address and port.',
    }
  const [text, hint] = SYSTEM[code] ?? [cause instanceof Error ? cause.message : String(cause), undefined]
  return { verdict: 'failed', text, hint }
}

function upgradeFailure(error: unknown): Omit<Finding, 'check'> {
  const details = error instanceof OpenError ? error.details : {}
  const { status, syscallCode } = details
  if (status === 401) return { verdict: 'failed', text: 'the token was refused (401)', hint: 'Set HOLDFAST_TOKEN.' }
  if (status === 403) return { verdict: 'warning', text: 'the token may not do this (403), or it is switched off' }
  if (status === 200 || status === 400 || status === 426) {
    return {
      verdict: 'failed',
      text: `the upgrade to WebSocket does not arrive (${status})`,
      hint: 'A proxy strips the Upgrade header; let it pass "Upgrade" and "Connection".',
    }
  }
  if (status !== undefined) return { verdict: 'failed', text: `the upgrade was answered with ${status}` }
  const [text, hint] = SYSTEM[syscallCode ?? ''] ?? [error instanceof Error ? error.message : String(error), undefined]
  return { verdict: 'failed', text, hint }
}

/** The proxy that is set for an address, without its credentials. */
function proxyFor(url: string): string | undefined {
  const { protocol, hostname } = new URL(url)
  const names = protocol === 'https:' ? ['https_proxy', 'HTTPS_PROXY'] : ['http_proxy', 'HTTP_PROXY']
  const set = [...names, 'all_proxy', 'ALL_PROXY'].map((name) => process.env[name]).find((value) => value)
  const exceptions = (process.env['no_proxy'] ?? process.env['NO_PROXY'] ?? '').split(',').map((part) => part.trim())
  if (set === undefined || exceptions.some((part) => part === '*' || (part !== '' && hostname.endsWith(part))))
    return undefined
  return URL.canParse(set) ? new URL(set).host : 'not a URL'
}

function lineOf({ check, verdict, text, hint }: Finding, { paint }: Output): string {
  const mark = { ok: paint.green('ok     '), warning: paint.yellow('warning'), failed: paint.red('failed ') }[verdict]
  return `${mark} ${check.padEnd(7)} ${text}${hint === undefined ? '' : `\n                ${paint.dim(hint)}`}`
}
