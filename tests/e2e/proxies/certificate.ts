import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generate } from 'selfsigned'

/** Names the folder of the certificate to the tests. */
export const FOLDER = 'HOLDFAST_PROXIES_FOLDER'

/**
 * Makes the proxies' certificate before the processes of the tests start: what `NODE_EXTRA_CA_CERTS` names is trusted by
 * `fetch`, by sockets and by the programs that the tests start.
 */
export default async function certificate(): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-proxies-'))
  const altNames = [
    { type: 2 as const, value: 'localhost' },
    { type: 7 as const, ip: '127.0.0.1' },
  ]
  const extensions = [{ name: 'subjectAltName' as const, altNames }]
  const pair = await generate([{ name: 'commonName', value: 'localhost' }], { keyType: 'ec', extensions })
  writeFileSync(join(folder, 'chain.pem'), pair.cert)
  writeFileSync(join(folder, 'key.pem'), pair.private)
  writeFileSync(join(folder, 'both.pem'), `${pair.cert}\n${pair.private}`)
  process.env[FOLDER] = folder
  process.env['NODE_EXTRA_CA_CERTS'] = join(folder, 'chain.pem')
  return () => rmSync(folder, { recursive: true, force: true })
}
