import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { generate } from 'selfsigned'
import { CLI_MAIN, type GatewayProcess, run, startGateway } from '../gateway-process.ts'

/** The owner of everything, and one who may only watch sessions. */
export const TOKEN = 'a-token-of-ann'
const EYES = 'eyes-of-bob'
/** bash without anybody's start-up files. */
const SHELL = fileURLToPath(new URL('../support/plain-bash.sh', import.meta.url))

/** A gateway that speaks TLS and has pods, in a folder of its own. */
export interface SecureGateway {
  readonly url: string
  readonly folder: string
  /** Of who signed the gateway's certificate, which is itself; a file in PEM. */
  readonly authority: string
  /** Writes a configuration of kubectl with what `holdfast kubeconfig` prints. @returns its path */
  kubeconfig(token?: string): Promise<string>
  close(): Promise<void>
}

/** Starts one, with a pod `greeting` that says hello. */
export async function secureGateway(more: readonly string[] = []): Promise<SecureGateway> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-kubernetes-'))
  const authority = join(folder, 'cert.pem')
  const altNames = [
    { type: 2 as const, value: 'localhost' },
    { type: 7 as const, ip: '127.0.0.1' },
  ]
  const extensions = [{ name: 'subjectAltName' as const, altNames }]
  const pair = await generate([{ name: 'commonName', value: 'localhost' }], { keyType: 'ec', extensions })
  writeFileSync(authority, pair.cert)
  writeFileSync(join(folder, 'key.pem'), pair.private)
  const secure = ['--tls-cert', authority, '--tls-key', join(folder, 'key.pem')]
  const tokens = ['--token', TOKEN, '--token', `${EYES}=bob:observe`]
  const pods = ['--kubernetes', '--pod', "greeting=echo 'hello from' pod"]
  const place = ['--port', '0', '--store', 'memory', '--data', join(folder, 'data'), '--shell', SHELL]
  const gateway: GatewayProcess = await startGateway([...place, ...secure, ...tokens, ...pods, ...more])
  return {
    url: gateway.url,
    folder,
    authority,
    async kubeconfig(token = TOKEN) {
      const path = join(folder, `kubeconfig-${token}`)
      const args = ['kubeconfig', '--url', gateway.url, '--ca', authority, '--out', path]
      const { code, stderr } = await run(CLI_MAIN, args, { HOLDFAST_TOKEN: token }).ended
      if (code !== 0) throw new Error(stderr)
      return path
    },
    async close() {
      await gateway.stop('SIGTERM')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Of somebody who may not use shells. */
export const WATCHER: string = EYES
